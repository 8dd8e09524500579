"""Functions that make arrays: of parts of others, of ranges, of columns."""

from __future__ import annotations

from nextcloud_push.config.builtins.arrays import append_renumbered
from nextcloud_push.config.comparison import loosely_equal
from nextcloud_push.config.conversions import (
    array_key,
    numeric_string,
    to_bytes,
    to_int,
)
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import (
    Key,
    PhpArray,
    PhpObject,
    Thrown,
    Value,
)


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
            append_renumbered(made, array, key, value)
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
    made = PhpArray.of([value] * missing if length < 0 else [])
    for key, item in array.pairs():
        append_renumbered(made, array, key, item)
    for _ in range(missing if length > 0 else 0):
        made.append(value)
    return made


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
    first, last, stride = _bound(start), _bound(end), abs(_plain(_bound(step)))
    if isinstance(first, bytes) and isinstance(last, bytes):
        codes = _steps(it, first[0], last[0], stride)
        return PhpArray.of([bytes([int(code)]) for code in codes])
    return PhpArray.of(list[Value](_steps(it, _plain(first), _plain(last), stride)))


def _steps(it: Interpreter, first: float, last: float, stride: float) -> list[int | float]:
    span = abs(last - first)
    if span and not 0 < stride <= span:
        raise Thrown.of(
            "ValueError", "range(): Argument #3 ($step) must not exceed the specified range"
        )
    count = int(span / (stride or 1) + 1e-9) + 1
    by = stride if last >= first else -stride
    return [first + index * by for index in range(count)]


def _bound(value: Value) -> int | float | bytes:
    if isinstance(value, bytes):
        number = numeric_string(value)
        return number if number is not None else value[:1] or 0
    return value if isinstance(value, float) else to_int(value)


def _plain(value: int | float | bytes) -> int | float:
    return 0 if isinstance(value, bytes) else value
