from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from nextcloud_push.client import (
    Activity,
    Custom,
    FileChanged,
    Notification,
    NotificationChanged,
    Reconnected,
)
from nextcloud_push.client.printing import as_json, as_line, as_variables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("notification", "line", "fields"),
    [
        (FileChanged(), "file", {"event": "file", "ids": None}),
        (FileChanged((1, 2)), "file ids 1, 2", {"event": "file", "ids": [1, 2]}),
        (Activity(), "activity", {"event": "activity"}),
        (NotificationChanged(), "notification", {"event": "notification"}),
        (Custom("t"), "custom t", {"event": "custom", "type": "t", "body": None}),
        (Custom("t\n", [1]), r"custom t\n [1]", {"event": "custom", "type": "t\n", "body": [1]}),
        (
            Reconnected(),
            "reconnected what happened meanwhile was not told",
            {"event": "reconnected"},
        ),
    ],
)
def test_lines(notification: Notification, line: str, fields: dict[str, object]) -> None:
    assert " ".join(as_line(notification).split()) == line
    assert json.loads(as_json(notification, NOON)) == fields | {
        "time": "2026-03-01T12:00:00.000+00:00"
    }


def test_variables_hold_what_variables_can() -> None:
    variables = as_variables(Custom("a\0b", "x" * 9000), NOON)
    assert variables["NOTIFY_PUSH_TYPE"] == "a\ufffdb"
    assert "NOTIFY_PUSH_BODY" not in variables
    assert as_variables(FileChanged((1, 2)), NOON)["NOTIFY_PUSH_IDS"] == "1 2"
