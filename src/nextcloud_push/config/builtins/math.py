"""Functions on numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext

from nextcloud_push.config.comparison import compare
from nextcloud_push.config.conversions import numeric_string, to_int
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.operators import BINARY, fit
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import INT_MIN, PhpArray, Thrown, Value, describe


def _number(value: Value) -> int | float:
    if isinstance(value, bytes):
        return numeric_string(value) or 0
    return value if isinstance(value, float) else to_int(value)


@builtin()
def _abs(it: Interpreter, num: Value) -> Value:
    number = abs(_number(num))
    return fit(number) if isinstance(number, int) else number


@builtin()
def _floor(it: Interpreter, num: Value) -> Value:
    number = float(_number(num))
    return math.copysign(math.floor(number), number) if math.isfinite(number) else number


@builtin()
def _ceil(it: Interpreter, num: Value) -> Value:
    number = float(_number(num))
    return math.copysign(math.ceil(number), number) if math.isfinite(number) else number


def round_half_up(number: int | float, precision: int) -> float:
    """A number with so many decimal places (or zeros), halves rounded away from zero."""
    if not math.isfinite(number) or (precision >= 0 and isinstance(number, int)):
        return float(number)
    places = Decimal(1).scaleb(-max(min(precision, 300), -300))
    # PHP rounds the shortest text of the number, not its binary value.
    with localcontext(prec=700):
        return float(Decimal(repr(number)).quantize(places, ROUND_HALF_UP))


@builtin()
def _round(it: Interpreter, num: Value, precision: int = 0) -> Value:
    return round_half_up(_number(num), precision)


@builtin()
def _intdiv(it: Interpreter, num1: int, num2: int) -> Value:
    if num2 == 0:
        raise Thrown.of("DivisionByZeroError", "Division by zero")
    if num1 == INT_MIN and num2 == -1:
        raise Thrown.of("ArithmeticError", "Division of PHP_INT_MIN by -1 is not an integer")
    quotient = abs(num1) // abs(num2)
    return quotient if (num1 < 0) == (num2 < 0) else -quotient


@builtin()
def _fmod(it: Interpreter, num1: float, num2: float) -> Value:
    return math.fmod(num1, num2) if num2 and math.isfinite(num1) else math.nan


@builtin()
def _pow(it: Interpreter, num: Value, exponent: Value) -> Value:
    return BINARY["**"](num, exponent)


@builtin()
def _sqrt(it: Interpreter, num: float) -> Value:
    return math.sqrt(num) if num >= 0 else math.nan


@builtin()
def _pi(it: Interpreter) -> Value:
    return math.pi


def _candidates(name: str, value: Value, values: tuple[Value, ...]) -> list[Value]:
    found = [value, *values]
    if not values:
        if not isinstance(value, PhpArray):
            given = f"must be of type array, {describe(value)} given"
            raise Thrown.of("TypeError", f"{name}(): Argument #1 ($value) {given}")
        found = value.values()
    if not found:
        raise Thrown.of(
            "ValueError", f"{name}(): Argument #1 ($value) must contain at least one element"
        )
    return found


@builtin()
def _max(it: Interpreter, value: Value, *values: Value) -> Value:
    best, *others = _candidates("max", value, values)
    for other in others:
        if compare(other, best) > 0:
            best = other
    return best


@builtin()
def _min(it: Interpreter, value: Value, *values: Value) -> Value:
    best, *others = _candidates("min", value, values)
    for other in others:
        if compare(other, best) < 0:
            best = other
    return best


def _from_base(text: bytes, base: int) -> int | float:
    """What the digits of a base mean; other characters are passed over."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    kept = "".join(c for c in text.decode("latin-1").lower() if c in digits)
    return fit(int(kept[:400] or "0", base))


def _to_base(number: int, base: int) -> bytes:
    number %= 2**64
    digits = bytearray()
    while number or not digits:
        number, digit = divmod(number, base)
        digits.append(b"0123456789abcdefghijklmnopqrstuvwxyz"[digit])
    return bytes(reversed(digits))


def _register_bases() -> None:
    for to_decimal, from_decimal, base in (
        ("hexdec", "dechex", 16),
        ("octdec", "decoct", 8),
        ("bindec", "decbin", 2),
    ):

        def decimal(it: Interpreter, text: bytes, *, base: int = base) -> Value:
            return _from_base(text, base)

        def digits(it: Interpreter, num: int, *, base: int = base) -> Value:
            return _to_base(num, base)

        builtin(to_decimal)(decimal)
        builtin(from_decimal)(digits)


_register_bases()


@builtin()
def _base_convert(it: Interpreter, num: bytes, from_base: int, to_base: int) -> Value:
    for index, (name, base) in enumerate((("from_base", from_base), ("to_base", to_base)), 2):
        if not 2 <= base <= 36:
            where = f"base_convert(): Argument #{index} (${name})"
            raise Thrown.of("ValueError", f"{where} must be between 2 and 36 (inclusive)")
    return _to_base(to_int(_from_base(num, from_base)), to_base)


def _register_checks() -> None:
    checks: dict[str, Callable[[float], bool]] = {
        "is_nan": math.isnan,
        "is_finite": math.isfinite,
        "is_infinite": math.isinf,
    }
    for name, test in checks.items():

        def check(it: Interpreter, num: float, *, test: Callable[[float], bool] = test) -> Value:
            return test(num)

        builtin(name)(check)


_register_checks()
