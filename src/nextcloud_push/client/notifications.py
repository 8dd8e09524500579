"""What a client is told, as values, and how a message of the protocol becomes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from nextcloud_push.words import NOTIFY_ACTIVITY, NOTIFY_FILE, NOTIFY_FILE_ID, NOTIFY_NOTIFICATION

__all__ = [
    "Activity",
    "Custom",
    "FileChanged",
    "Json",
    "Notification",
    "NotificationChanged",
    "Reconnected",
    "parse_message",
]

Json: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"
"""What JSON can say, as Python says it."""


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A file of the user changed: look for what is new.

    Args:
        ids: Nextcloud's file ids, first seen first, none twice; None when they are not known
            (always, unless the client asked for ids).
    """

    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """There is a new item in the user's activity stream."""


@dataclass(frozen=True, slots=True)
class NotificationChanged:
    """A notification of the user's was created, processed or dismissed."""


@dataclass(frozen=True, slots=True)
class Custom:
    """An event of a Nextcloud app's own.

    Args:
        type: What the app called it.
        body: What the app sent with it; None when it sent nothing.
    """

    type: str
    body: Json = None


@dataclass(frozen=True, slots=True)
class Reconnected:
    """The connection was lost and is there again: what happened meanwhile was not told.

    A program that must not miss anything looks for itself now.
    """


Notification: TypeAlias = FileChanged | Activity | NotificationChanged | Custom | Reconnected
"""One of the five; ``match`` over them is checked for completeness by type checkers."""

_BARE: Mapping[str, Notification] = {
    NOTIFY_FILE: FileChanged(),
    NOTIFY_ACTIVITY: Activity(),
    NOTIFY_NOTIFICATION: NotificationChanged(),
}


def parse_message(text: str) -> Notification:
    """Turn a message of the protocol into a notification.

    Only the exact forms of the protocol give the three kinds it names. All else is an event
    of some app: the type reaches to the first space and JSON follows it; when what follows is
    no JSON (or is nested deeper than Python decodes), the whole text is the type.
    """
    bare = _BARE.get(text)
    if bare is not None:
        return bare
    kind, space, rest = text.partition(" ")
    if not space:
        return Custom(text)
    try:
        body = json.loads(rest, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return Custom(text)
    if kind == NOTIFY_FILE_ID and _is_id_list(body):
        return FileChanged(tuple(dict.fromkeys(body)))
    return Custom(kind, body)


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity, which JSON does not have.
    raise ValueError(name)


def _is_id_list(body: Json) -> bool:
    return isinstance(body, list) and bool(body) and all(type(n) is int and n >= 0 for n in body)
