"""PHP's operators on values: arithmetic, bits, text and logic without short cuts."""

from __future__ import annotations

import math
from collections.abc import Callable

from nextcloud_push.config.comparison import compare, identical, loosely_equal
from nextcloud_push.config.conversions import (
    numeric_string,
    to_bool,
    to_bytes,
    to_int,
    to_number,
    wrap,
)
from nextcloud_push.config.values import (
    INT_MAX,
    INT_MIN,
    PhpArray,
    Thrown,
    Value,
    describe,
)

__all__ = ["BINARY", "decrement", "fit", "increment", "invert", "union"]


def fit(number: int) -> int | float:
    """An integer, or a float where 64 bits do not hold it."""
    if INT_MIN <= number <= INT_MAX:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _operands(left: Value, right: Value, operator: str) -> tuple[int | float, int | float]:
    return to_number(left, operator, right), to_number(right, operator, left, swapped=True)


def _result(number: int | float) -> int | float:
    return fit(number) if isinstance(number, int) else number


def union(left: PhpArray, right: PhpArray) -> PhpArray:
    """``+`` of arrays: what the left one lacks comes from the right one."""
    made = left.copy()
    if made.rest is None:
        for key, value in right.items.items():
            if key not in made.items:
                made.adopt(right, key, value)
        made.rest = right.rest
    return made


def _add(left: Value, right: Value) -> Value:
    if isinstance(left, PhpArray) and isinstance(right, PhpArray):
        return union(left, right)
    first, second = _operands(left, right, "+")
    return _result(first + second)


def _subtract(left: Value, right: Value) -> Value:
    first, second = _operands(left, right, "-")
    return _result(first - second)


def _multiply(left: Value, right: Value) -> Value:
    first, second = _operands(left, right, "*")
    return _result(first * second)


def _divide(left: Value, right: Value) -> Value:
    first, second = _operands(left, right, "/")
    if second == 0:
        raise Thrown.of("DivisionByZeroError", "Division by zero")
    if isinstance(first, int) and isinstance(second, int) and first % second == 0:
        return fit(first // second)
    return float(first) / float(second)


def _integers(left: Value, right: Value, operator: str) -> tuple[int, int]:
    _operands(left, right, operator)  # refuses what is no number
    return to_int(left), to_int(right)


def _modulo(left: Value, right: Value) -> Value:
    first, second = _integers(left, right, "%")
    if second == 0:
        raise Thrown.of("DivisionByZeroError", "Modulo by zero")
    rest = abs(first) % abs(second)
    return -rest if first < 0 else rest


def _power(left: Value, right: Value) -> Value:
    base, exponent = _operands(left, right, "**")
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if abs(base) <= 1:
            return int(base ** min(exponent, 2 + exponent % 2))
        if exponent * base.bit_length() <= 1000:  # beyond, nothing huge is ever computed
            return fit(int(base**exponent))
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _shift(left: Value, right: Value, operator: str) -> int:
    first, second = _integers(left, right, operator)
    if second < 0:
        raise Thrown.of("ArithmeticError", "Bit shift by negative number")
    count = min(second, 64)
    return wrap(first << count) if operator == "<<" else first >> count


def _bits(
    operator: str, on_bytes: Callable[[bytes, bytes], bytes], on_ints: Callable[[int, int], int]
) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, bytes) and isinstance(right, bytes):
            return on_bytes(left, right)
        return on_ints(*_integers(left, right, operator))

    return apply


def _longer_or(left: bytes, right: bytes) -> bytes:
    length = max(len(left), len(right))
    pairs = zip(left.ljust(length, b"\0"), right.ljust(length, b"\0"), strict=True)
    return bytes(a | b for a, b in pairs)


def _concatenate(left: Value, right: Value) -> Value:
    return to_bytes(left) + to_bytes(right)


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _modulo,
    "**": _power,
    ".": _concatenate,
    "<<": lambda left, right: _shift(left, right, "<<"),
    ">>": lambda left, right: _shift(left, right, ">>"),
    "&": _bits(
        "&", lambda a, b: bytes(x & y for x, y in zip(a, b, strict=False)), lambda a, b: a & b
    ),
    "|": _bits("|", _longer_or, lambda a, b: a | b),
    "^": _bits(
        "^", lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=False)), lambda a, b: a ^ b
    ),
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
    "<>": lambda left, right: not loosely_equal(left, right),
    "===": identical,
    "!==": lambda left, right: not identical(left, right),
    "<": lambda left, right: compare(left, right) < 0,
    "<=": lambda left, right: compare(left, right) <= 0,
    ">": lambda left, right: compare(right, left) < 0,
    ">=": lambda left, right: compare(right, left) <= 0,
    "<=>": compare,
    "xor": lambda left, right: to_bool(left) is not to_bool(right),
}
"""The binary operators that evaluate both of their sides, by their sign."""


def invert(value: Value) -> Value:
    """``~``.

    Raises:
        Thrown: A TypeError, for what has no bits.
    """
    if isinstance(value, bytes):
        return bytes(255 - byte for byte in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ~to_int(value)
    raise Thrown.of("TypeError", f"Cannot perform bitwise not on {describe(value)}")


def increment(value: Value) -> Value:
    """The value after ``++``: null becomes 1, ``"a"`` becomes ``"b"``, booleans stay."""
    if value is None:
        return 1
    if isinstance(value, bytes) and numeric_string(value) is None:
        return _next_text(value)
    return value if isinstance(value, bool) else _step(value, 1)


def decrement(value: Value) -> Value:
    """The value after ``--``: null, booleans and text that is no number stay, ``""`` is -1."""
    if value == b"":
        return -1
    if isinstance(value, bytes) and numeric_string(value) is None:
        return value
    return value if value is None or isinstance(value, bool) else _step(value, -1)


def _step(value: Value, by: int) -> Value:
    if isinstance(value, bytes):
        value = numeric_string(value)
    if isinstance(value, int | float):
        return _result(value + by)
    verb = "increment" if by > 0 else "decrement"
    raise Thrown.of("TypeError", f"Cannot {verb} {describe(value)}")


def _next_text(text: bytes) -> bytes:
    """The text that follows as on an odometer: az → ba, Zz → AAa, a9 → b0."""
    if not text:
        return b"1"
    wheels = bytearray(text)
    for index in range(len(wheels) - 1, -1, -1):
        byte = wheels[index : index + 1]
        if not byte.isalnum():
            return bytes(wheels)
        turned = {b"9": b"0", b"z": b"a", b"Z": b"A"}.get(bytes(byte))
        if turned is None:
            wheels[index] += 1
            return bytes(wheels)
        wheels[index : index + 1] = turned
    return {b"0": b"1"}.get(bytes(wheels[:1]), bytes(wheels[:1])) + bytes(wheels)
