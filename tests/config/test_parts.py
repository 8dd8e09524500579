"""Parts that no configuration reaches on its own, or only at its limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nextcloud_push.config.conversions import to_array, to_bool, to_bytes, to_number, to_object
from nextcloud_push.config.values import NotEvaluable, PhpArray, Unknown, Value

UNKNOWN = Unknown(None, "unknown")


@pytest.mark.parametrize(
    "convert",
    [to_array, to_bool, to_bytes, to_object, lambda value: to_number(value, "+", 1)],
)
def test_nothing_is_made_of_what_is_unknown(convert: Callable[[Value], Value]) -> None:
    with pytest.raises(NotEvaluable):
        convert(UNKNOWN)


def test_a_copy_shares_what_is_inside() -> None:
    inner = PhpArray.of([1])
    outer = PhpArray.of([inner])
    outer.copy().open(0).append(2)
    assert inner.values() == [1]
