"""How a notification reads: a line for people, a line of JSON or variables for scripts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal, assert_never

from nextcloud_push.client.notifications import (
    Activity,
    Custom,
    FileChanged,
    Json,
    Notification,
    NotificationChanged,
    Reconnected,
)
from nextcloud_push.words.text import printable

__all__ = ["Kind", "as_json", "as_line", "as_variables", "kind_of"]

Kind = Literal["file", "activity", "notification", "custom", "reconnected"]

_MAX_VARIABLE = 8192
"""Characters a variable holds: Windows has 32,767 for the whole environment."""


def kind_of(notification: Notification) -> Kind:
    """The one word that names it."""
    match notification:
        case FileChanged():
            return "file"
        case Activity():
            return "activity"
        case NotificationChanged():
            return "notification"
        case Custom():
            return "custom"
        case Reconnected():
            return "reconnected"
        case _:
            assert_never(notification)


def as_line(notification: Notification) -> str:
    """A line for people, without the time; nothing in it commands a terminal."""
    return f"{kind_of(notification):<12}  {_details(notification)}".rstrip()


def as_json(notification: Notification, when: datetime) -> str:
    """A line of JSON in ASCII: ``time``, ``event``, and ``ids`` or ``type`` and ``body``."""
    fields: dict[str, Json] = {
        "time": when.isoformat(timespec="milliseconds"),
        "event": kind_of(notification),
    }
    match notification:
        case FileChanged(ids):
            fields["ids"] = None if ids is None else list(ids)
        case Custom(kind, body):
            fields |= {"type": kind, "body": body}
    return json.dumps(fields)


def as_variables(notification: Notification, when: datetime) -> dict[str, str]:
    """Environment variables; what is too long for one is left out."""
    variables = {
        "NOTIFY_PUSH_EVENT": kind_of(notification),
        "NOTIFY_PUSH_TIME": when.isoformat(timespec="milliseconds"),
    }
    match notification:
        case FileChanged(ids) if ids is not None:
            variables["NOTIFY_PUSH_IDS"] = " ".join(map(str, ids))
        case Custom(kind, body):
            # No variable can hold a NUL.
            variables["NOTIFY_PUSH_TYPE"] = kind.replace("\0", "\N{REPLACEMENT CHARACTER}")
            variables["NOTIFY_PUSH_BODY"] = json.dumps(body)
    return {name: value for name, value in variables.items() if len(value) <= _MAX_VARIABLE}


def _details(notification: Notification) -> str:
    match notification:
        case FileChanged(ids) if ids is not None:
            return "ids " + ", ".join(map(str, ids))
        case Custom(kind, None):
            return printable(kind)
        case Custom(kind, body):
            return f"{printable(kind)}  {printable(json.dumps(body, ensure_ascii=False))}"
        case Reconnected():
            return "what happened meanwhile was not told"
        case _:
            return ""
