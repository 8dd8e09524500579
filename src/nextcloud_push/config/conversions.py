"""PHP's conversions between types, as PHP 8.2 does them."""

from __future__ import annotations

import math
import re

from nextcloud_push.config.values import (
    INT_MAX,
    INT_MIN,
    Key,
    NotEvaluable,
    PhpArray,
    PhpObject,
    Thrown,
    Unknown,
    Value,
    describe,
)

__all__ = [
    "SHORTEST",
    "array_key",
    "leading_number",
    "numeric_string",
    "print_float",
    "to_array",
    "to_bool",
    "to_bytes",
    "to_float",
    "to_int",
    "to_number",
    "to_object",
    "wrap",
]

SHORTEST = 17
"""Digits of the longest float that `print_float` never has to write with an exponent."""

_SPACE = rb"[ \t\n\r\v\f]*"
_NUMBER = re.compile(_SPACE + rb"([+-]?(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d+)?)")
_NUMERIC = re.compile(_NUMBER.pattern + _SPACE + rb"\Z")
_CANONICAL_INT = re.compile(rb"(?:0|-?[1-9]\d{0,18})\Z")


def wrap(number: int) -> int:
    """The 64 bits that remain of an integer, as a signed number."""
    return (number + 2**63) % 2**64 - 2**63


def _parsed(match: re.Match[bytes]) -> int | float:
    text, fraction, bare_fraction, exponent = match.groups()
    if fraction is None and bare_fraction is None and exponent is None and len(text) < 25:
        number = int(text)
        if INT_MIN <= number <= INT_MAX:
            return number
    return float(text)


def numeric_string(text: bytes) -> int | float | None:
    """The number that a whole string is, white space around it allowed; else None."""
    match = _NUMERIC.match(text)
    return _parsed(match) if match else None


def leading_number(text: bytes) -> int | float | None:
    """The number that a string begins with; None when it begins with none."""
    match = _NUMBER.match(text)
    return _parsed(match) if match else None


def to_bool(value: Value) -> bool:
    """``(bool)``."""
    if isinstance(value, Unknown):
        raise NotEvaluable(value)
    if isinstance(value, bytes):
        return value not in (b"", b"0")
    if isinstance(value, PhpObject):
        return True
    return bool(value)


def to_int(value: Value) -> int:
    """``(int)``: what does not fit 64 bits keeps its low bits, a string saturates."""
    if isinstance(value, bytes):
        match = _NUMBER.match(value)
        if match is None:
            return 0
        if match[2] is match[3] is match[4] is None:
            return max(INT_MIN, min(INT_MAX, int(match[1][:25])))
        number = float(match[1])
        return max(INT_MIN, min(INT_MAX, int(number))) if math.isfinite(number) else 0
    if isinstance(value, float):
        return wrap(int(value)) if math.isfinite(value) else 0
    if isinstance(value, int):
        return int(value)
    return 1 if to_bool(value) else 0


def to_float(value: Value) -> float:
    """``(float)``."""
    if isinstance(value, bytes):
        match = _NUMBER.match(value)
        return float(match[1]) if match else 0.0
    return value if isinstance(value, float) else float(to_int(value))


def to_number(value: Value, operator: str, other: Value, *, swapped: bool = False) -> int | float:
    """An operand of arithmetic.

    Args:
        value: The operand.
        operator: For the message of the TypeError.
        other: The other operand, for the same.
        swapped: Whether ``value`` is the right one.

    Raises:
        Thrown: A TypeError, for an array, an object or a string that is no number.
    """
    if isinstance(value, bool) or value is None:
        return int(value or 0)
    if isinstance(value, int | float):
        return value
    if isinstance(value, bytes):
        number = leading_number(value)
        if number is not None:
            return number
    if isinstance(value, Unknown):
        raise NotEvaluable(value)
    left, right = (other, value) if swapped else (value, other)
    raise Thrown.of(
        "TypeError",
        f"Unsupported operand types: {describe(left)} {operator} {describe(right)}",
    )


def print_float(number: float, *, digits: int = SHORTEST, exponent: str = "E") -> bytes:
    """A float as PHP prints it.

    Args:
        number: What to print.
        digits: `SHORTEST` for what reads back the same (``var_export``, JSON); else the number
            of significant digits (14 where a string is needed).
        exponent: The letter before an exponent.
    """
    if math.isnan(number):
        return b"NAN"
    if math.isinf(number):
        return b"INF" if number > 0 else b"-INF"
    if number == 0:
        return b"-0" if math.copysign(1, number) < 0 else b"0"
    text = repr(abs(number)) if digits == SHORTEST else f"{abs(number):.{digits - 1}e}"
    sign = "-" if number < 0 else ""
    mantissa, _, power = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    figures = (whole + fraction).lstrip("0")
    point = len(whole) + int(power or 0) - (len(whole + fraction) - len(figures))
    figures = figures.rstrip("0")
    if point < -3 or point > digits:
        tens = f"{exponent}{'-' if point < 1 else '+'}{abs(point - 1)}"
        return f"{sign}{figures[0]}.{figures[1:] or '0'}{tens}".encode()
    if point <= 0:
        return f"{sign}0.{'0' * -point}{figures}".encode()
    whole, rest = figures[:point].ljust(point, "0"), figures[point:]
    return f"{sign}{whole}{'.' + rest if rest else ''}".encode()


def to_bytes(value: Value) -> bytes:
    """``(string)``; an array is the word ``Array``.

    Raises:
        Thrown: An Error, for an object.
    """
    if isinstance(value, bytes):
        return value
    if value is None or value is False:
        return b""
    if value is True:
        return b"1"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, float):
        return print_float(value, digits=14)
    if isinstance(value, PhpArray):
        return b"Array"
    if isinstance(value, Unknown):
        raise NotEvaluable(value)
    raise Thrown.of("Error", f"Object of class {value.class_name} could not be converted to string")


def to_array(value: Value) -> PhpArray:
    """``(array)``."""
    if isinstance(value, PhpArray):
        return value
    if isinstance(value, Unknown):
        raise NotEvaluable(value)
    if isinstance(value, PhpObject) and value.class_name == "Closure":
        return PhpArray.of([value])
    if isinstance(value, PhpObject):
        array = PhpArray()
        for name, item in value.properties.pairs():
            array.set(array_key(name), item)
        return array
    return PhpArray() if value is None else PhpArray.of([value])


def to_object(value: Value) -> PhpObject:
    """``(object)``."""
    if isinstance(value, PhpObject):
        return value
    made = PhpObject("stdClass")
    if isinstance(value, PhpArray):
        for key, item in value.pairs():
            made.properties.set(to_bytes(key), item)
    elif value is not None:
        if isinstance(value, Unknown):
            raise NotEvaluable(value)
        made.properties.set(b"scalar", value)
    return made


def array_key(value: Value) -> Key:
    """A value as the key of an array: decimal strings become integers, null the empty string.

    Raises:
        Thrown: A TypeError, for an array or an object.
    """
    if isinstance(value, bytes):
        if _CANONICAL_INT.match(value) and INT_MIN <= int(value) <= INT_MAX:
            return int(value)
        return value
    if value is None:
        return b""
    if isinstance(value, PhpArray | PhpObject):
        raise Thrown.of("TypeError", "Illegal offset type")
    return to_int(value)
