import pytest

from nextcloud_push.server.delivery.notification import (
    ACTIVITY,
    FILE,
    KINDS,
    NOTIFICATION,
    Notification,
)


@pytest.mark.parametrize("kind", [FILE, ACTIVITY, NOTIFICATION])
def test_without_ids_there_is_one_frame(kind: int) -> None:
    text = f"notify_{KINDS[kind]}"
    notification = Notification(kind, 0, 0)
    assert (
        notification.frame
        == notification.frame_with_ids
        == bytes((0x81, len(text))) + text.encode()
    )


def test_ids_are_sent_to_those_who_asked() -> None:
    notification = Notification(FILE, 0, 0, (2, 1, 18446744073709551615))
    assert notification.frame[2:] == b"notify_file"
    assert notification.frame_with_ids[2:] == b"notify_file_id [2,1,18446744073709551615]"
    assert notification.frame_with_ids is notification.frame_with_ids


def test_receivers_with_the_same_history_share_the_merged_value() -> None:
    first, later = Notification(FILE, 1, 1, (1,)), Notification(FILE, 2, 2, (1, 2))
    merged = first.merge(later)
    assert (merged.first, merged.last, merged.ids) == (1, 2, (1, 2))
    assert first.merge(later) is merged
    assert first.merge(Notification(FILE, 3, 3, (5,))).ids == (1, 5)


def test_more_than_a_thousand_ids_are_not_sent() -> None:
    most = Notification(FILE, 1, 1, tuple(range(1000)))
    assert len(most.merge(Notification(FILE, 2, 2, (0,))).ids) == 1000
    assert most.merge(Notification(FILE, 2, 2, (1000,))).ids == ()
