import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.server.delivery.notification import ACTIVITY, FILE, NOTIFICATION, Notification
from nextcloud_push.server.delivery.outbox import Outbox, debounce_time

KINDS = (FILE, ACTIVITY, NOTIFICATION)


def event(now: float, kind: int = FILE, *ids: int) -> Notification:
    return Notification(kind, now, now, ids)


@pytest.mark.parametrize(
    ("active", "longest", "expected"),
    [(0, 15, 1), (19, 15, 1), (20, 15, 2), (149, 15, 14), (10_000, 15, 15), (10_000, 0, 1)],
)
def test_debounce_time_grows_with_the_connections(
    active: int, longest: float, expected: float
) -> None:
    assert debounce_time(active, longest) == expected


def test_quiet_client_is_told_after_the_merge_window() -> None:
    outbox = Outbox(1.0)
    assert outbox.put(event(10.0), 1.0) == pytest.approx(10.1)


def test_burst_becomes_one_message_with_all_ids_in_first_seen_order() -> None:
    outbox = Outbox(1.0)
    for step, file_id in enumerate((7, 3, 7, 5)):
        outbox.put(event(10 + step / 100, FILE, file_id), 1.0)
    (merged,) = outbox.take(10.2)
    assert merged.ids == (7, 3, 5)


def test_unknown_id_makes_the_merged_one_plain() -> None:
    outbox = Outbox(1.0)
    for one in (event(10.0, FILE, 1), event(10.01), event(10.02, FILE, 2)):
        outbox.put(one, 1.0)
    (merged,) = outbox.take(11.0)
    assert merged.ids == ()


def test_steady_stream_is_told_half_a_second_after_its_first_event() -> None:
    outbox = Outbox(1.0)
    dues = [outbox.put(event(10 + step * 0.05), 1.0) for step in range(20)]
    assert max(dues) == pytest.approx(10.5)


def test_second_message_waits_for_the_debounce_time_and_the_factor() -> None:
    outbox = Outbox(1.25)
    outbox.put(event(10.0), 4.0)
    outbox.take(10.1)
    assert outbox.put(event(10.2), 4.0) == pytest.approx(10.1 + 5.0)


def test_notifications_wait_a_second_whatever_the_debounce_time() -> None:
    outbox = Outbox(1.4)
    outbox.put(event(10.0, NOTIFICATION), 15.0)
    outbox.take(10.1)
    assert outbox.put(event(10.2, NOTIFICATION), 15.0) == pytest.approx(11.1)


def test_kinds_do_not_wait_for_each_other() -> None:
    outbox = Outbox(1.0)
    outbox.put(event(10.0), 15.0)
    outbox.take(10.1)
    outbox.put(event(10.2), 15.0)
    assert outbox.put(event(10.2, ACTIVITY), 15.0) == pytest.approx(10.3)
    assert outbox.next_due() == pytest.approx(10.3)


def test_at_equal_times_file_goes_before_activity_before_notification() -> None:
    outbox = Outbox(1.0)
    for kind in (NOTIFICATION, ACTIVITY, FILE):
        outbox.put(event(10.0, kind), 1.0)
    assert [one.kind for one in outbox.take(10.1)] == list(KINDS)


def test_earlier_due_goes_first() -> None:
    outbox = Outbox(1.0)
    outbox.put(event(10.0, NOTIFICATION), 1.0)
    outbox.put(event(10.05), 1.0)
    assert [one.kind for one in outbox.take(11)] == [NOTIFICATION, FILE]


def test_nothing_is_taken_before_it_is_due() -> None:
    outbox = Outbox(1.0)
    outbox.put(event(10.0), 1.0)
    assert outbox.take(10.09) == []
    assert outbox.next_due() == pytest.approx(10.1)


def test_nothing_waits_in_an_empty_one() -> None:
    assert Outbox(1.0).next_due() is None


@given(
    st.lists(st.tuples(st.floats(0, 0.4), st.sampled_from(list(KINDS))), min_size=1, max_size=40),
    st.floats(0.5, 1.5, exclude_max=True),
)
def test_every_event_is_told_and_none_later_than_the_law_says(
    steps: list[tuple[float, int]], factor: float
) -> None:
    """A client woken when ``put`` and ``next_due`` say hears of each event in time."""
    outbox = Outbox(factor)
    now, sent = 0.0, {kind: float("-inf") for kind in KINDS}
    waiting: dict[int, float] = {}
    for pause, kind in [*steps, (100.0, FILE)]:
        until = now + pause
        while (due := outbox.next_due()) is not None and due <= until:
            for one in outbox.take(due):
                pause_of_kind = 1.0 if one.kind == NOTIFICATION else 2.0 * factor
                latest = max(waiting.pop(one.kind) + 0.5, sent[one.kind] + pause_of_kind)
                assert sent[one.kind] + pause_of_kind <= due <= latest + 1e-9
                sent[one.kind] = due
        now = until
        waiting.setdefault(kind, now)
        outbox.put(event(now, kind), 2.0)
    assert list(waiting) == [FILE]


def test_time_is_that_of_the_debounce_when_the_event_came() -> None:
    outbox = Outbox(1.0)
    outbox.put(event(10.0), 1.0)
    outbox.take(10.1)
    assert outbox.put(event(10.2), 4.0) == pytest.approx(14.1)
    assert outbox.put(event(10.3), 2.0) == pytest.approx(12.1)
    assert outbox.take_only(12.0) is None
    assert outbox.take_only(12.2) is not None


def test_several_kinds_are_not_taken_as_one() -> None:
    outbox = Outbox(1.0)
    outbox.put(event(10.0), 1.0)
    outbox.put(event(10.0, ACTIVITY), 1.0)
    assert outbox.take_only(11.0) is None
    assert [one.kind for one in outbox.take(11.0)] == [FILE, ACTIVITY]
