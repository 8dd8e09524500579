"""The kinds of events that people fire at will: by a button of the page, a command or a test."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from nextcloud_push.dev.refusal import Refused

__all__ = [
    "Activity",
    "Custom",
    "Event",
    "File",
    "Group",
    "Notification",
    "Share",
    "decode",
]

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
FilePath = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class _Event(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class File(_Event, frozen=True, tag="file"):
    """A file is written; its folders are made when they are missing.

    Args:
        user: In whose view.
        path: Path in that view, e.g. ``Documents/a.txt``.
        content: Its new contents; None makes it empty.
    """

    user: Name
    path: FilePath
    content: str | None = None


class Activity(_Event, frozen=True, tag="activity"):
    """A user has a new activity item."""

    user: Name


class Notification(_Event, frozen=True, tag="notification"):
    """A user gets a notification."""

    user: Name
    message: Name = "Hello"


class Custom(_Event, frozen=True, tag="custom"):
    """An app's own event; ``body`` is any JSON value."""

    user: Name
    message: Name
    body: Any = None


class Share(_Event, frozen=True, tag="share"):
    """A user shares a file or folder; a file is made when nothing is there.

    Args:
        user: Who shares.
        path: What, in that user's view.
        receiver: With which user or group.
        to_group: Whether the receiver is a group.
    """

    user: Name
    path: FilePath
    receiver: Name
    to_group: bool = False


class Group(_Event, frozen=True, tag="group"):
    """A user joins or leaves a group, which is made when it is missing."""

    user: Name
    group: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    leave: bool = False


Event = File | Activity | Notification | Custom | Share | Group

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def decode(body: bytes) -> Event:
    """Read an event from JSON, e.g. ``{"kind": "activity", "user": "alice"}``.

    Raises:
        Refused: It is none; the reason says where.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, f"no event: {error}") from None
