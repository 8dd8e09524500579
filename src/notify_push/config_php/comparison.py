"""PHP's comparisons: loose, strict and natural order."""

from __future__ import annotations

import functools
import math

from notify_push.config_php.conversions import numeric_string, to_bool, to_bytes
from notify_push.config_php.values import NotEvaluable, PhpArray, PhpObject, Unknown, Value

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

    Follows Martin Pool's algorithm as PHP has it, quirks with zeros and spaces included.
    """
    if not left or not right:
        return (len(left) > 0) - (len(right) > 0)
    if fold_case:
        left, right = left.upper(), right.upper()
    a = b = 0
    while True:
        a, b = _skip_filling(left, a), _skip_filling(right, b)
        if _digit(left, a) and _digit(right, b):
            order, length = _digit_runs(left[a:], right[b:])
            if order:
                return order
            a, b = a + length, b + length
            if a == len(left) or b == len(right):
                return (a < len(left)) - (b < len(right))
        order = _sign(left[a : a + 1], right[b : b + 1])
        if order:
            return order
        a, b = a + 1, b + 1
        if a >= len(left) or b >= len(right):
            return (a < len(left)) - (b < len(right))


def _digit(text: bytes, index: int) -> bool:
    return text[index : index + 1].isdigit()


def _skip_filling(text: bytes, index: int) -> int:
    while text[index : index + 1] == b"0" and _digit(text, index + 1):
        index += 1
    while text[index : index + 1].isspace():
        index += 1
    return index


def _digit_runs(left: bytes, right: bytes) -> tuple[int, int]:
    """How two runs of digits compare, and their length when they are equal."""
    first = left[: len(left) - len(left.lstrip(b"0123456789"))]
    second = right[: len(right) - len(right.lstrip(b"0123456789"))]
    if first[:1] == b"0" or second[:1] == b"0" or len(first) == len(second):
        return _sign(first, second), len(first)
    return (-1 if len(first) < len(second) else 1), len(first)


natural_key = functools.cmp_to_key(natural_order)
"""Key function that sorts by `natural_order`."""
