"""Functions that sort arrays in place."""

from __future__ import annotations

import functools
from collections.abc import Callable

from nextcloud_push.config.builtins.arrays import array_in
from nextcloud_push.config.calls import call
from nextcloud_push.config.comparison import compare, natural_order
from nextcloud_push.config.conversions import to_bytes, to_float, to_int
from nextcloud_push.config.interpreter import Callee, Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import Key, PhpArray, Ref, Value

_Order = Callable[[Value, Value], int]
_Pair = tuple[Key, Value]


def _flagged(flags: int) -> _Order:
    """The order that ``SORT_…`` flags mean."""
    fold = bool(flags & 8)
    kind = flags & ~8

    def numeric(left: Value, right: Value) -> int:
        first, second = to_float(left), to_float(right)
        return (first > second) - (first < second)

    def text(left: Value, right: Value) -> int:
        first, second = to_bytes(left), to_bytes(right)
        if fold:
            first, second = first.lower(), second.lower()
        return (first > second) - (first < second)

    def natural(left: Value, right: Value) -> int:
        return natural_order(to_bytes(left), to_bytes(right), fold_case=fold)

    return {1: numeric, 2: text, 5: text, 6: natural}.get(kind, compare)


def _sort(
    it: Interpreter,
    array: Ref,
    order: _Order,
    *,
    by_key: bool = False,
    reverse: bool = False,
    keep_keys: bool = True,
) -> Value:
    items = array_in("sort", array)
    pairs = list(items.pairs())

    def of_pairs(left: _Pair, right: _Pair) -> int:
        result = order(left[0], right[0]) if by_key else order(left[1], right[1])
        return -result if reverse else result

    pairs.sort(key=functools.cmp_to_key(of_pairs))
    made = PhpArray()
    for key, value in pairs:
        if keep_keys:
            made.set(key, value, items.origins.get(key))
        else:
            made.append(value)
    array.value = made
    return True


def _register_sorts() -> None:
    for name, by_key, reverse, keep_keys in (
        ("sort", False, False, False),
        ("rsort", False, True, False),
        ("asort", False, False, True),
        ("arsort", False, True, True),
        ("ksort", True, False, True),
        ("krsort", True, True, True),
    ):

        def sort(
            it: Interpreter,
            array: Ref,
            flags: int = 0,
            *,
            by_key: bool = by_key,
            reverse: bool = reverse,
            keep_keys: bool = keep_keys,
        ) -> Value:
            order = _flagged(flags)
            return _sort(it, array, order, by_key=by_key, reverse=reverse, keep_keys=keep_keys)

        builtin(name)(sort)


_register_sorts()


def _by_callback(it: Interpreter, callback: Callee) -> _Order:
    return lambda left, right: to_int(call(it, callback, [left, right]))


@builtin()
def _usort(it: Interpreter, array: Ref, callback: Callee) -> Value:
    return _sort(it, array, _by_callback(it, callback), keep_keys=False)


@builtin()
def _uasort(it: Interpreter, array: Ref, callback: Callee) -> Value:
    return _sort(it, array, _by_callback(it, callback))


@builtin()
def _uksort(it: Interpreter, array: Ref, callback: Callee) -> Value:
    return _sort(it, array, _by_callback(it, callback), by_key=True)


@builtin()
def _natsort(it: Interpreter, array: Ref) -> Value:
    return _sort(it, array, _flagged(6))


@builtin()
def _natcasesort(it: Interpreter, array: Ref) -> Value:
    return _sort(it, array, _flagged(6 | 8))
