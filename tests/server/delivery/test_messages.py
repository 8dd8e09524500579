import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from nextcloud_push.server.delivery import messages
from nextcloud_push.server.delivery.messages import Kind, News


def text_of(frame: bytes) -> str:
    """The text of a whole unmasked frame, read by the header's own word for its size."""
    assert frame[0] == 0x81
    start = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[start:].decode()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
def test_frames_are_those_of_the_library(size: int) -> None:
    text = "x" * size
    expected = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    assert messages.text_frame(text) == expected


def test_control_frames() -> None:
    assert messages.ping_frame(0x01020304) == b"\x89\x04\x01\x02\x03\x04"
    assert messages.close_frame(1001) == b"\x88\x02\x03\xe9"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "type"),
        ([], "type []"),
        (False, "type false"),
        ("s", 'type "s"'),
        ({"b": 1, "a": [1.5, None]}, 'type {"b":1,"a":[1.5,null]}'),
        ("ä/\u2028", 'type "ä/\u2028"'),
        (0, "type 0"),
    ],
)
def test_custom_message_has_its_body_as_compact_json(body: Any, text: str) -> None:
    assert text_of(messages.custom_frame("type", body)) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_custom_body_survives(body: Any) -> None:
    frame = text_of(messages.custom_frame("t", [body]))
    assert json.loads(frame.partition(" ")[2]) == [body]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.FILE, "notify_file"),
        (Kind.ACTIVITY, "notify_activity"),
        (Kind.NOTIFICATION, "notify_notification"),
    ],
)
def test_plain_notifications(kind: Kind, text: str) -> None:
    for with_ids in (False, True):
        assert text_of(News(kind, 0, 0).frame(with_ids)) == text


def test_ids_are_told_to_those_who_asked() -> None:
    news = News(Kind.FILE, 0, 0, (2, 1, 18446744073709551615))
    assert text_of(news.frame(with_ids=False)) == "notify_file"
    assert text_of(news.frame(with_ids=True)) == "notify_file_id [2,1,18446744073709551615]"
    assert news.frame(with_ids=True) is news.frame(with_ids=True)


def test_receivers_with_the_same_history_share_the_merged_value() -> None:
    first, later = News(Kind.FILE, 1, 1, (1,)), News(Kind.FILE, 2, 2, (1, 2))
    merged = first.merge(later)
    assert (merged.first, merged.last, merged.ids) == (1, 2, (1, 2))
    assert first.merge(later) is merged
    assert first.merge(News(Kind.FILE, 3, 3, (5,))).ids == (1, 5)


def test_more_than_a_thousand_ids_are_not_told() -> None:
    most = News(Kind.FILE, 1, 1, tuple(range(1000)))
    assert len(most.merge(News(Kind.FILE, 2, 2, (0,))).ids) == 1000
    assert most.merge(News(Kind.FILE, 2, 2, (1000,))).ids == ()


def test_failed_login_has_its_reason() -> None:
    frame = messages.login_failed_frame("Client error: 403 Forbidden")
    expected = "err: Error while sending authentication request to nextcloud: Client error: "
    assert text_of(frame) == f"{expected}403 Forbidden"
