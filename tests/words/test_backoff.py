"""The one policy of waiting before another attempt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.words.backoff import ExponentialBackoff


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_waits_stay_in_the_upper_half_of_what_doubles_up_to_the_cap(
    failures: int, jitter: float
) -> None:
    longest = 2 if failures > 5 else 2 ** (failures - 1) / 10  # 1.6 is the last below the cap
    pause = ExponentialBackoff(first=0.1, cap=2).pause(failures, jitter)
    assert pause == pytest.approx(longest * (1 + jitter) / 2)


def test_nothing_failed_nothing_waits() -> None:
    assert ExponentialBackoff(first=1, cap=2).pause(0, 0.5) == 0


def test_who_is_alone_waits_the_whole_time() -> None:
    policy = ExponentialBackoff(first=1, cap=30)
    assert [policy.pause(failures) for failures in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


def test_the_first_wait_does_not_pass_the_cap_either() -> None:
    assert ExponentialBackoff(first=5, cap=2).pause(1) == 2
