"""Functions on arrays, apart from sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_push.config_php.callables import Callee
from notify_push.config_php.calls import call
from notify_push.config_php.comparison import identical, loosely_equal
from notify_push.config_php.conversions import array_key, numeric_string, to_bool, to_bytes, to_int
from notify_push.config_php.operators import BINARY
from notify_push.config_php.registry import builtin
from notify_push.config_php.values import (
    Key,
    NotEvaluable,
    PhpArray,
    PhpObject,
    Ref,
    Thrown,
    Unknown,
    Value,
    describe,
)

if TYPE_CHECKING:
    from notify_push.config_php.interpreter import Interpreter


def _append(made: PhpArray, source: PhpArray, key: Key, value: Value) -> None:
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
        it.budget.elements(len(row))
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
        from notify_push.config_php.callables import Arguments

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
            _append(made, array, key, value)
    return made


def _merge_recursive(it: Interpreter, left: PhpArray, right: PhpArray) -> PhpArray:
    it.budget.enter()
    made = left.copy()
    for key, value in right.pairs():
        if isinstance(key, int) or not made.has(key):
            _append(made, right, key, value)
            continue
        mine = made.get(key)
        first = mine if isinstance(mine, PhpArray) else PhpArray.of([mine])
        second = value if isinstance(value, PhpArray) else PhpArray.of([value])
        made.set(key, _merge_recursive(it, first, second), right.origins.get(key))
    it.budget.leave()
    it.budget.made(made)
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
    it.budget.made(made)
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
    if isinstance(array, PhpObject):
        array = array.properties
    if not isinstance(array, PhpArray):
        raise Thrown.of("TypeError", "array_key_exists(): Argument #2 ($array) must be an array")
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
        raise Thrown.of("TypeError", "current(): Argument #1 ($array) must be of type array")
    return next(iter(array.pairs()), (None, False))[1]


@builtin()
def _end(it: Interpreter, array: PhpArray) -> Value:
    return array.values()[-1] if len(array) else False


@builtin()
def _array_is_list(it: Interpreter, array: PhpArray) -> Value:
    return array.is_list()


@builtin()
def _array_combine(it: Interpreter, keys: PhpArray, values: PhpArray) -> Value:
    if len(keys) != len(values):
        raise Thrown.of(
            "ValueError",
            "array_combine(): Argument #1 ($keys) and argument #2 ($values)"
            " must have the same number of elements",
        )
    made = PhpArray()
    for key, value in zip(keys.values(), values.values(), strict=True):
        made.set(array_key(to_bytes(key)), value)
    return made


@builtin()
def _array_flip(it: Interpreter, array: PhpArray) -> Value:
    made = PhpArray()
    for key, value in array.pairs():
        if isinstance(value, int | bytes) and not isinstance(value, bool):
            made.set(array_key(value), key)
    return made


@builtin()
def _array_fill(it: Interpreter, start_index: int, count: int, value: Value) -> Value:
    if count < 0:
        raise Thrown.of(
            "ValueError", "array_fill(): Argument #2 ($count) must be greater than or equal to 0"
        )
    it.budget.elements(count)
    made = PhpArray()
    for index in range(start_index, start_index + count):
        made.set(index, value)
    return made


@builtin()
def _array_fill_keys(it: Interpreter, keys: PhpArray, value: Value) -> Value:
    made = PhpArray()
    for key in keys.values():
        made.set(array_key(to_bytes(key)), value)
    return made


@builtin()
def _array_unique(it: Interpreter, array: PhpArray, flags: int = 2) -> Value:
    it.budget.step(len(array) ** 2 // 16 if flags != 2 else 0)
    made = PhpArray()
    seen: set[bytes] = set()
    kept: list[Value] = []
    for key, value in array.pairs():
        if flags == 2:
            text = to_bytes(value)
            if text in seen:
                continue
            seen.add(text)
        elif any(loosely_equal(value, other) for other in kept):
            continue
        kept.append(value)
        made.set(key, value)
    return made


def _select(array: PhpArray, others: tuple[PhpArray, ...], *, by_key: bool, keep: bool) -> PhpArray:
    """The elements that are in all of the others (``keep``), or in none of them."""
    made = PhpArray()
    if by_key:
        sets: list[set[Key] | set[bytes]] = [set(dict(other.pairs())) for other in others]
    else:
        sets = [{to_bytes(value) for value in other.values()} for other in others]
    for key, value in array.pairs():
        mark = key if by_key else to_bytes(value)
        found = [mark in known for known in sets]
        if all(found) if keep else not any(found):
            made.set(key, value, array.origins.get(key))
    return made


@builtin()
def _array_diff(it: Interpreter, array: PhpArray, *arrays: PhpArray) -> Value:
    return _select(array, arrays, by_key=False, keep=False)


@builtin()
def _array_diff_key(it: Interpreter, array: PhpArray, *arrays: PhpArray) -> Value:
    return _select(array, arrays, by_key=True, keep=False)


@builtin()
def _array_intersect(it: Interpreter, array: PhpArray, *arrays: PhpArray) -> Value:
    return _select(array, arrays, by_key=False, keep=True)


@builtin()
def _array_intersect_key(it: Interpreter, array: PhpArray, *arrays: PhpArray) -> Value:
    return _select(array, arrays, by_key=True, keep=True)


def _slice(array: PhpArray, pairs: list[tuple[Key, Value]], *, keep_keys: bool) -> PhpArray:
    made = PhpArray()
    for key, value in pairs:
        if keep_keys:
            made.set(key, value)
        else:
            _append(made, array, key, value)
    return made


@builtin()
def _array_slice(
    it: Interpreter,
    array: PhpArray,
    offset: int,
    length: int | None = None,
    preserve_keys: bool = False,
) -> Value:
    size = len(array)
    start = min(offset, size) if offset >= 0 else max(size + offset, 0)
    end = size if length is None else start + length if length >= 0 else size + length
    return _slice(array, list(array.pairs())[start : max(end, start)], keep_keys=preserve_keys)


@builtin()
def _array_reverse(it: Interpreter, array: PhpArray, preserve_keys: bool = False) -> Value:
    return _slice(array, list(array.pairs())[::-1], keep_keys=preserve_keys)


@builtin()
def _array_chunk(
    it: Interpreter, array: PhpArray, length: int, preserve_keys: bool = False
) -> Value:
    if length < 1:
        raise Thrown.of("ValueError", "array_chunk(): Argument #2 ($length) must be greater than 0")
    pairs = list(array.pairs())
    it.budget.elements(len(pairs) * 2)
    chunks: list[Value] = []
    for start in range(0, len(pairs), length):
        chunk = pairs[start : start + length]
        if preserve_keys:
            chunks.append(_slice(array, chunk, keep_keys=True))
        else:
            chunks.append(PhpArray.of([value for _, value in chunk]))
    return PhpArray.of(chunks)


@builtin()
def _array_pad(it: Interpreter, array: PhpArray, length: int, value: Value) -> Value:
    missing = max(abs(length) - len(array), 0)
    if not missing:
        return array
    it.budget.elements(missing)
    made = PhpArray.of([value] * missing if length < 0 else [])
    for key, item in array.pairs():
        _append(made, array, key, item)
    for _ in range(missing if length > 0 else 0):
        made.append(value)
    return made


def _total(array: PhpArray, operator: str, start: int) -> Value:
    total: Value = start
    for value in array.values():
        if isinstance(value, bytes):
            value = numeric_string(value) or 0
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
def _array_column(
    it: Interpreter, array: PhpArray, column_key: Value, index_key: Value = None
) -> Value:
    made = PhpArray()
    for row in array.values():
        cells = row.properties if isinstance(row, PhpObject) else row
        if not isinstance(cells, PhpArray):
            continue
        if column_key is not None and not cells.has(array_key(column_key)):
            continue
        value: Value = row if column_key is None else cells.get(array_key(column_key))
        if index_key is not None and cells.has(array_key(index_key)):
            made.set(array_key(cells.get(array_key(index_key))), value)
        else:
            made.append(value)
    return made


@builtin()
def _array_change_key_case(it: Interpreter, array: PhpArray, case: int = 0) -> Value:
    made = PhpArray()
    for key, value in array.pairs():
        if isinstance(key, bytes):
            key = key.upper() if case == 1 else key.lower()
        made.set(key, value)
    return made


@builtin()
def _array_count_values(it: Interpreter, array: PhpArray) -> Value:
    made = PhpArray()
    for value in array.values():
        if isinstance(value, int | bytes) and not isinstance(value, bool):
            key = array_key(value)
            made.set(key, to_int(made.get(key)) + 1)
    return made


@builtin()
def _range(it: Interpreter, start: Value, end: Value, step: Value = 1) -> Value:
    first, last, by = _bound(start), _bound(end), _bound(step)
    letters = isinstance(first, bytes) and isinstance(last, bytes)
    low, high = (first[0], last[0]) if letters else (_plain(first), _plain(last))  # type: ignore[index]
    stride = abs(_plain(by))
    if not stride or stride > abs(high - low) > 0:
        if stride:
            return PhpArray.of([first])
        raise Thrown.of("ValueError", "range(): Argument #3 ($step) cannot be 0")
    count = int(abs(high - low) / stride + 1e-9) + 1
    it.budget.elements(count)
    sign = 1 if high >= low else -1
    numbers = [low + sign * index * stride for index in range(count)]
    if letters:
        return PhpArray.of([bytes([int(number)]) for number in numbers])
    return PhpArray.of(list[Value](numbers))


def _bound(value: Value) -> int | float | bytes:
    if isinstance(value, bytes):
        number = numeric_string(value)
        return number if number is not None else value[:1] or 0
    return value if isinstance(value, float) else to_int(value)


def _plain(value: int | float | bytes) -> int | float:
    return 0 if isinstance(value, bytes) else value


@builtin()
def _array_push(it: Interpreter, array: Ref, *values: Value) -> Value:
    items = _array_of("array_push", array)
    for value in values:
        items.append(value)
    return len(items)


@builtin()
def _array_unshift(it: Interpreter, array: Ref, *values: Value) -> Value:
    items = _array_of("array_unshift", array)
    made = PhpArray.of(list(values))
    for key, value in items.pairs():
        _append(made, items, key, value)
    array.value = it.budget.made(made)
    return len(made)


@builtin()
def _array_pop(it: Interpreter, array: Ref) -> Value:
    items = _array_of("array_pop", array)
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
    items = _array_of("array_shift", array)
    if not len(items):
        return None
    (_, first), *others = items.pairs()
    made = PhpArray()
    for key, value in others:
        _append(made, items, key, value)
    array.value = it.budget.made(made)
    return first


def _array_of(name: str, array: Ref) -> PhpArray:
    """The array in a reference, to write into."""
    if isinstance(array.value, Unknown):
        raise NotEvaluable(array.value)
    if not isinstance(array.value, PhpArray):
        given = describe(array.value)
        raise Thrown.of(
            "TypeError", f"{name}(): Argument #1 ($array) must be of type array, {given} given"
        )
    return array.open()
