"""Parts that no configuration reaches on its own, or only at its limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nextcloud_push.config.conversions import to_array, to_bool, to_bytes, to_number, to_object
from nextcloud_push.config.limits import Budget, LimitExceeded
from nextcloud_push.config.values import NotEvaluable, PhpArray, Unknown, Value

UNKNOWN = Unknown(None, "unknown")


@pytest.mark.parametrize(
    "convert",
    [to_array, to_bool, to_bytes, to_object, lambda value: to_number(value, "+", 1)],
)
def test_nothing_is_made_of_what_is_unknown(convert: Callable[[Value], Value]) -> None:
    with pytest.raises(NotEvaluable):
        convert(UNKNOWN)


def test_time_is_up() -> None:
    now = iter([0.0, 0.4, 0.6])
    budget = Budget(lambda: next(now), lambda: 0)
    budget.check_time()
    with pytest.raises(LimitExceeded, match=r"takes more than 0\.5 s"):
        budget.check_time()


def test_parsing_is_given_up_for_memory_too() -> None:
    peak = iter([0, 1000, 100_000])
    give_up = Budget(lambda: 0.0, lambda: next(peak)).parse_guard()
    assert [give_up(0, False), give_up(1, False)] == [False, True]


def test_a_copy_shares_what_is_inside() -> None:
    inner = PhpArray.of([1])
    outer = PhpArray.of([inner])
    outer.copy().open(0).append(2)
    assert inner.values() == [1]
