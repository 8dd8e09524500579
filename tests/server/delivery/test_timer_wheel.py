from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.server.delivery.timer_wheel import TimerWheel


def test_empty_wheel_is_never_due() -> None:
    wheel: TimerWheel[str] = TimerWheel(0.5)
    assert not wheel
    assert wheel.next_due() is None
    assert wheel.pop_due(1e9) is None


def test_item_comes_out_when_due_and_not_before() -> None:
    wheel: TimerWheel[str] = TimerWheel(0.5)
    wheel.schedule(1.2, "a")
    assert wheel.next_due() == 1.5
    assert wheel.pop_due(1.49) is None
    assert wheel.pop_due(1.5) == ["a"]
    assert not wheel


def test_items_of_a_tick_share_a_bucket_that_knows_its_start() -> None:
    wheel: TimerWheel[str] = TimerWheel(0.5)
    bucket = wheel.schedule(1.2, "a")
    assert wheel.schedule(1.5, "b") is bucket
    assert bucket.start == 1.0


@given(st.lists(st.floats(0, 1000)))
def test_items_come_out_in_order_and_less_than_a_resolution_late(times: list[float]) -> None:
    wheel: TimerWheel[float] = TimerWheel(0.25)
    for when in times:
        wheel.schedule(when, when)
    out = []
    while (due := wheel.next_due()) is not None:
        bucket = wheel.pop_due(due)
        assert bucket is not None
        assert all(0 <= due - when <= 0.25 for when in bucket)
        out += sorted(bucket)
    assert out == sorted(times)
