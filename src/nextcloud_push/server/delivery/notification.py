"""A notification: what one event, or several merged ones, amount to for a client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nextcloud_push.server.delivery.server_frames import (
    ACTIVITY_FRAME,
    FILE_FRAME,
    NOTIFICATION_FRAME,
    file_ids_frame,
)
from nextcloud_push.words import MAX_FILE_IDS

__all__ = [
    "ACTIVITY",
    "CUSTOM",
    "FILE",
    "KINDS",
    "MAX_MERGE_DELAY",
    "MERGE_WINDOW",
    "NOTIFICATION",
    "Notification",
]

MERGE_WINDOW: Final = 0.1
"""Seconds without a further event of its kind after which a notification is sent."""

MAX_MERGE_DELAY: Final = 0.5
"""Seconds after its first event at which a notification is sent however many follow."""

FILE: Final = 0
ACTIVITY: Final = 1
NOTIFICATION: Final = 2
CUSTOM: Final = 3
"""Kinds of message, in the order in which simultaneous ones go out; custom events are never merged.
Plain integers: they are indices on the hot path, and an enum's members are slow ones."""

KINDS: Final = ("file", "activity", "notification", "custom")
"""The kinds' names, in that order."""

_FRAMES: Final = (FILE_FRAME, ACTIVITY_FRAME, NOTIFICATION_FRAME)


class Notification:
    """What a client is told: never changed once made.

    All receivers of an event share one value, and so its frame; clients with the same history
    share the merged value too.

    Args:
        kind: FILE, ACTIVITY or NOTIFICATION.
        first: When the first of the merged events arrived, in seconds of the loop's clock.
        last: When the last one did.
        ids: The changed files in first-seen order; empty when they are not all known.

    Attributes:
        merged: When nothing more is waited for to be merged, in seconds.
        frame: The frame that says it, without file ids.
    """

    __slots__ = (
        "_frame_with_ids",
        "_last_added",
        "_last_merged",
        "first",
        "frame",
        "ids",
        "kind",
        "last",
        "merged",
    )

    def __init__(self, kind: int, first: float, last: float, ids: Sequence[int] = ()) -> None:
        self.kind = kind
        self.frame = _FRAMES[kind]
        self.first = first
        self.last = last
        self.merged = min(last + MERGE_WINDOW, first + MAX_MERGE_DELAY)
        self.ids = ids
        self._frame_with_ids: bytes | None = None
        self._last_added: Notification | None = None
        self._last_merged: Notification | None = None

    def merge(self, later: Notification) -> Notification:
        """Add a later event of the same kind; receivers in the same state get the same value."""
        if self._last_added is later and self._last_merged is not None:
            return self._last_merged
        ids: Sequence[int] = ()
        if self.ids and later.ids:
            ids = tuple(dict.fromkeys((*self.ids, *later.ids)))
            if len(ids) > MAX_FILE_IDS:
                ids = ()
        first, last = min(self.first, later.first), max(self.last, later.last)
        merged = Notification(self.kind, first, last, ids)
        self._last_added, self._last_merged = later, merged
        return merged

    @property
    def frame_with_ids(self) -> bytes:
        """The frame for a connection that asked for file ids; without them where there are none."""
        if not self.ids:
            return self.frame
        if self._frame_with_ids is None:
            self._frame_with_ids = file_ids_frame(self.ids)
        return self._frame_with_ids
