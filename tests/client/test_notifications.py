from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextcloud_push.client import (
    Activity,
    Custom,
    FileChanged,
    Json,
    Notification,
    NotificationChanged,
    parse_message,
)

JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("text", "notification"),
    [
        ("notify_file", FileChanged()),
        ("notify_file_id [3,1,3]", FileChanged((3, 1))),
        ("notify_activity", Activity()),
        ("notify_notification", NotificationChanged()),
        ("my_type", Custom("my_type")),
        ('my_type {"a":"é/"}', Custom("my_type", {"a": "é/"})),
        ("my_type []", Custom("my_type", [])),
        ("my_type false", Custom("my_type", False)),
        ('my_type "s"', Custom("my_type", "s")),
        ("no json here", Custom("no json here")),
        ("my_type NaN", Custom("my_type NaN")),
        ("my_type ", Custom("my_type ")),
        ("", Custom("")),
        ("NOTIFY_FILE", Custom("NOTIFY_FILE")),
        ("notify_file 1", Custom("notify_file", 1)),
        ("notify_file_id []", Custom("notify_file_id", [])),
        ("notify_file_id [true]", Custom("notify_file_id", [True])),
        ("notify_file_id [-1]", Custom("notify_file_id", [-1])),
        ('notify_file_id ["1"]', Custom("notify_file_id", ["1"])),
        ("notify_file_id [1", Custom("notify_file_id [1")),
    ],
)
def test_message(text: str, notification: Notification) -> None:
    assert parse_message(text) == notification


def test_a_body_too_deep_to_decode_is_part_of_the_type() -> None:
    text = "t " + "[" * 200_000
    assert parse_message(text) == Custom(text)


@settings(deadline=None)
@given(st.text(), st.sampled_from(("", "t ", "t [", "notify_file_id ", 'notify_file_id [1, "')))
def test_any_text_is_some_notification(text: str, before: str) -> None:
    found = parse_message(before + text)
    assert isinstance(found, FileChanged | Activity | NotificationChanged | Custom)
    if isinstance(found, Custom):
        assert (before + text).startswith(found.type)


@settings(deadline=None)
@given(st.text().filter(lambda kind: " " not in kind and kind != "notify_file_id"), JSON)
def test_a_custom_event_comes_back_as_it_was_published(kind: str, body: Json) -> None:
    assert parse_message(f"{kind} {json.dumps(body)}") == Custom(kind, body)
