"""PHP's comparisons: loose, strict and natural order."""

from __future__ import annotations

import functools
import math
import re

from nextcloud_push.config.conversions import numeric_string, to_bool, to_bytes
from nextcloud_push.config.values import NotEvaluable, PhpArray, PhpObject, Unknown, Value

__all__ = ["compare", "identical", "loosely_equal", "natural_key", "natural_order"]


def _sign(left: bytes, right: bytes) -> int:
    return (left > right) - (left < right)


def _numbers(left: float, right: float) -> int:
    if isinstance(left, int) and isinstance(right, int):
        return (left > right) - (left < right)
    left, right = float(left), float(right)
    # Not-a-number is greater than everything on either side.
    return 0 if left == right else -1 if left < right else 1


def _strings(left: bytes, right: bytes) -> int:
    first, second = numeric_string(left), numeric_string(right)
    if first is None or second is None:
        return _sign(left, right)
    if isinstance(first, float) and isinstance(second, float) and first == second:
        digits = left.strip().lstrip(b"+-").isdigit() and right.strip().lstrip(b"+-").isdigit()
        if digits or math.isinf(first):  # both overflowed: only their text can tell them apart
            return _sign(left, right)
    return _numbers(first, second)


def _number_and_string(number: float, text: bytes) -> int:
    other = numeric_string(text)
    return _sign(to_bytes(number), text) if other is None else _numbers(number, other)


def _arrays(left: PhpArray, right: PhpArray) -> int:
    if len(left) != len(right):
        return -1 if len(left) < len(right) else 1
    for key, value in left.pairs():
        if not right.has(key):
            return 1
        order = compare(value, right.get(key))
        if order:
            return order
    return 0


def _objects(left: PhpObject, right: PhpObject) -> int:
    if left is right:
        return 0
    if type(left) is not type(right) or left.class_name != right.class_name:
        return 1
    return _arrays(left.properties, right.properties)


def compare(left: Value, right: Value) -> int:
    """``<=>``: -1, 0 or 1; what cannot be compared is 1 either way.

    Raises:
        NotEvaluable: One of them, or something in it, is unknown.
    """
    for value in (left, right):
        if isinstance(value, Unknown):
            raise NotEvaluable(value)
    if isinstance(left, bytes) and isinstance(right, bytes):
        return _strings(left, right)
    if isinstance(left, bytes) and right is None:
        return 1 if left else 0
    if left is None and isinstance(right, bytes):
        return -1 if right else 0
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return to_bool(left) - to_bool(right)
    if isinstance(left, int | float):
        if isinstance(right, int | float):
            return _numbers(left, right)
        if isinstance(right, bytes):
            return _number_and_string(left, right)
    if isinstance(left, bytes) and isinstance(right, int | float):
        return -_number_and_string(right, left)
    if isinstance(left, PhpArray) and isinstance(right, PhpArray):
        return _arrays(left, right)
    if isinstance(left, PhpObject) and isinstance(right, PhpObject):
        return _objects(left, right)
    if isinstance(left, PhpObject) or (
        isinstance(left, PhpArray) and not isinstance(right, PhpObject)
    ):
        return 1
    return -1


def loosely_equal(left: Value, right: Value) -> bool:
    """``==``."""
    return compare(left, right) == 0


def identical(left: Value, right: Value) -> bool:
    """``===``: the same type too, and for arrays the same order.

    Raises:
        NotEvaluable: One of them, or something in it, is unknown.
    """
    for value in (left, right):
        if isinstance(value, Unknown):
            raise NotEvaluable(value)
    if isinstance(left, PhpObject) or isinstance(right, PhpObject):
        return left is right
    if isinstance(left, PhpArray) and isinstance(right, PhpArray):
        return len(left) == len(right) and all(
            mine == theirs and identical(value, other)
            for (mine, value), (theirs, other) in zip(left.pairs(), right.pairs(), strict=True)
        )
    return type(left) is type(right) and left == right


def natural_order(left: bytes, right: bytes, *, fold_case: bool = False) -> int:
    """``strnatcmp``: runs of digits compare as numbers; -1, 0 or 1.

    Zeros before a number count for nothing at the beginning of a text; further on they make it
    a fraction. White space is passed over.
    """
    if not left or not right:
        return (len(left) > 0) - (len(right) > 0)
    if fold_case:
        left, right = left.upper(), right.upper()
    a, b = _after(_ZEROS, left, 0), _after(_ZEROS, right, 0)
    while True:
        a, b = _after(_SPACES, left, a), _after(_SPACES, right, b)
        first = left[a : _after(_DIGITS, left, a)]
        second = right[b : _after(_DIGITS, right, b)]
        if first and second:
            order = _digits(first, second)
            if order:
                return order
            a, b = a + len(first), b + len(second)
            if a == len(left) or b == len(right):
                return (a < len(left)) - (b < len(right))
        order = _sign(left[a : a + 1], right[b : b + 1])
        if order:
            return order
        a, b = a + 1, b + 1
        if a >= len(left) or b >= len(right):
            return (a < len(left)) - (b < len(right))


def _after(pattern: re.Pattern[bytes], text: bytes, index: int) -> int:
    match = pattern.match(text, index)
    return match.end() if match else index


def _digits(first: bytes, second: bytes) -> int:
    """How two runs of digits compare: by value, or with a zero in front as after a point."""
    if first[0] != _ZERO and second[0] != _ZERO and len(first) != len(second):
        return -1 if len(first) < len(second) else 1
    return _sign(first, second)


_ZERO = ord("0")
_ZEROS = re.compile(rb"0+(?=[0-9])")
_SPACES = re.compile(rb"[ \t\n\r\v\f]+")
_DIGITS = re.compile(rb"[0-9]+")

natural_key = functools.cmp_to_key(natural_order)
"""Key function that sorts by `natural_order`."""
