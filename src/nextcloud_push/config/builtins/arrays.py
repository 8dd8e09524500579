"""Functions on arrays, apart from sorting."""

from __future__ import annotations

from nextcloud_push.config.calls import call
from nextcloud_push.config.comparison import identical, loosely_equal
from nextcloud_push.config.conversions import (
    array_key,
    leading_number,
    to_bool,
    to_int,
)
from nextcloud_push.config.interpreter import Arguments, Callee, Interpreter
from nextcloud_push.config.operators import BINARY
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import (
    Key,
    NotEvaluable,
    PhpArray,
    Ref,
    Thrown,
    Unknown,
    Value,
    describe,
)


def append_renumbered(made: PhpArray, source: PhpArray, key: Key, value: Value) -> None:
    """Put an element behind the others: integer keys are counted anew."""
    if isinstance(key, int):
        made.append(value, source.origins.get(key))
    else:
        made.set(key, value, source.origins.get(key))


@builtin("count", "sizeof")
def _count(it: Interpreter, value: Value, mode: int = 0) -> Value:
    if not isinstance(value, PhpArray):
        raise Thrown.of(
            "TypeError",
            "count(): Argument #1 ($value) must be of type Countable|array,"
            f" {describe(value)} given",
        )
    inner = (_count(it, item, 1) for item in value.values() if isinstance(item, PhpArray))
    return len(value) + (sum(map(to_int, inner)) if mode == 1 else 0)


@builtin()
def _array_keys(
    it: Interpreter, array: PhpArray, filter_value: Value = None, strict: bool = False
) -> Value:
    equal = identical if strict else loosely_equal
    wanted = [k for k, v in array.pairs() if filter_value is None or equal(v, filter_value)]
    return PhpArray.of(list[Value](wanted))


@builtin()
def _array_values(it: Interpreter, array: PhpArray) -> Value:
    return PhpArray.of(array.values())


@builtin()
def _array_filter(
    it: Interpreter, array: PhpArray, callback: Callee | None = None, mode: int = 0
) -> Value:
    made = PhpArray()
    for key, value in array.pairs():
        given: list[Value] = [key] if mode == 2 else [value, key] if mode == 1 else [value]
        if to_bool(value if callback is None else call(it, callback, given)):
            made.set(key, value, array.origins.get(key))
    return made


@builtin()
def _array_map(
    it: Interpreter, callback: Callee | None, array: PhpArray, *arrays: PhpArray
) -> Value:
    made = PhpArray()
    if not arrays and callback is not None:
        for key, value in array.pairs():
            made.set(key, call(it, callback, [value]), array.origins.get(key))
        return made
    columns = [given.values() for given in (array, *arrays)]
    for index in range(max(map(len, columns))):
        row = [column[index] if index < len(column) else None for column in columns]
        if callback is None:
            made.append(PhpArray.of(row) if arrays else row[0])
        else:
            made.append(call(it, callback, row))
    return made


@builtin()
def _array_walk(it: Interpreter, array: Ref, callback: Callee, *arg: Value) -> Value:
    items = array.open()
    for key in list(items.items):
        given = [items.reference(key)] if callback.wants_reference(0) else [items.get(key)]
        it.budget.step()
        callback.call(it, Arguments([*given, key, *arg]))
    return True


@builtin()
def _array_reduce(
    it: Interpreter, array: PhpArray, callback: Callee, initial: Value = None
) -> Value:
    carry = initial
    for value in array.values():
        carry = call(it, callback, [carry, value])
    return carry


@builtin()
def _array_merge(it: Interpreter, *arrays: PhpArray) -> Value:
    made = PhpArray()
    for array in arrays:
        for key, value in array.pairs():
            append_renumbered(made, array, key, value)
    return made


def _merge_recursive(it: Interpreter, left: PhpArray, right: PhpArray) -> PhpArray:
    it.budget.enter()
    made = left.copy()
    for key, value in right.pairs():
        if isinstance(key, int) or not made.has(key):
            append_renumbered(made, right, key, value)
            continue
        mine = made.get(key)
        first = mine if isinstance(mine, PhpArray) else PhpArray.of([mine])
        second = value if isinstance(value, PhpArray) else PhpArray.of([value])
        made.set(key, _merge_recursive(it, first, second), right.origins.get(key))
    it.budget.leave()
    return made


@builtin()
def _array_merge_recursive(it: Interpreter, *arrays: PhpArray) -> Value:
    made = PhpArray()
    for array in arrays:
        made = _merge_recursive(it, made, array)
    return made


@builtin()
def _array_replace(it: Interpreter, array: PhpArray, *replacements: PhpArray) -> Value:
    made = array.copy()
    for replacement in replacements:
        for key, value in replacement.pairs():
            made.set(key, value, replacement.origins.get(key))
    return made


def _replace_recursive(it: Interpreter, base: PhpArray, replacement: PhpArray) -> PhpArray:
    it.budget.enter()
    made = base.copy()
    for key, value in replacement.pairs():
        mine = made.get(key)
        if isinstance(mine, PhpArray) and isinstance(value, PhpArray):
            value = _replace_recursive(it, mine, value)
        made.set(key, value, replacement.origins.get(key))
    it.budget.leave()
    return made


@builtin()
def _array_replace_recursive(it: Interpreter, array: PhpArray, *replacements: PhpArray) -> Value:
    for replacement in replacements:
        array = _replace_recursive(it, array, replacement)
    return array


def _position(needle: Value, haystack: PhpArray, *, strict: bool) -> Key | None:
    equal = identical if strict else loosely_equal
    for key, value in haystack.pairs():
        if equal(value, needle):
            return key
    return None


@builtin()
def _in_array(it: Interpreter, needle: Value, haystack: PhpArray, strict: bool = False) -> Value:
    return _position(needle, haystack, strict=strict) is not None


@builtin()
def _array_search(
    it: Interpreter, needle: Value, haystack: PhpArray, strict: bool = False
) -> Value:
    found = _position(needle, haystack, strict=strict)
    return False if found is None else found


@builtin("array_key_exists", "key_exists")
def _array_key_exists(it: Interpreter, key: Value, array: Value) -> Value:
    if not isinstance(array, PhpArray):
        raise _no_array("array_key_exists(): Argument #2", array)
    return array.has(array_key(key))


@builtin()
def _array_key_first(it: Interpreter, array: PhpArray) -> Value:
    return next(iter(array.pairs()), (None, None))[0]


@builtin()
def _array_key_last(it: Interpreter, array: PhpArray) -> Value:
    return list(array.items)[-1] if len(array) else None


@builtin("current", "reset")
def _first(it: Interpreter, array: Value) -> Value:
    if not isinstance(array, PhpArray):
        raise _no_array("current(): Argument #1", array)
    return next(iter(array.pairs()), (None, False))[1]


@builtin()
def _end(it: Interpreter, array: PhpArray) -> Value:
    return array.values()[-1] if len(array) else False


@builtin()
def _array_is_list(it: Interpreter, array: PhpArray) -> Value:
    return array.is_list()


def _total(array: PhpArray, operator: str, start: int) -> Value:
    total: Value = start
    for value in array.values():
        if isinstance(value, bytes):
            value = leading_number(value) or 0
        if not isinstance(value, PhpArray):
            total = BINARY[operator](total, value)
    return total


@builtin()
def _array_sum(it: Interpreter, array: PhpArray) -> Value:
    return _total(array, "+", 0)


@builtin()
def _array_product(it: Interpreter, array: PhpArray) -> Value:
    return _total(array, "*", 1)


@builtin()
def _array_push(it: Interpreter, array: Ref, *values: Value) -> Value:
    items = array_in("array_push", array)
    for value in values:
        items.append(value)
    return len(items)


@builtin()
def _array_unshift(it: Interpreter, array: Ref, *values: Value) -> Value:
    items = array_in("array_unshift", array)
    made = PhpArray.of(list(values))
    for key, value in items.pairs():
        append_renumbered(made, items, key, value)
    array.value = made
    return len(made)


@builtin()
def _array_pop(it: Interpreter, array: Ref) -> Value:
    items = array_in("array_pop", array)
    if not len(items):
        return None
    key = list(items.items)[-1]
    value = items.get(key)
    items.delete(key)
    numbers = [k for k in items.items if isinstance(k, int)]
    items.next = max(numbers) + 1 if numbers else None
    return value


@builtin()
def _array_shift(it: Interpreter, array: Ref) -> Value:
    items = array_in("array_shift", array)
    if not len(items):
        return None
    (_, first), *others = items.pairs()
    made = PhpArray()
    for key, value in others:
        append_renumbered(made, items, key, value)
    array.value = made
    return first


def array_in(name: str, array: Ref) -> PhpArray:
    """The array in a reference, to write into."""
    if isinstance(array.value, Unknown):
        raise NotEvaluable(array.value)
    if not isinstance(array.value, PhpArray):
        raise _no_array(f"{name}(): Argument #1", array.value)
    return array.open()


def _no_array(where: str, value: Value) -> Thrown:
    given = describe(value)
    return Thrown.of("TypeError", f"{where} ($array) must be of type array, {given} given")
