"""What a client can be told, and the WebSocket frames that say it.

Server frames are unmasked, so the frame of a message is built once and written to every receiver.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import msgspec

__all__ = [
    "ACTIVITY",
    "AUTHENTICATED",
    "AUTHENTICATION_TIMEOUT",
    "CONNECTION_LIMIT",
    "INVALID_CREDENTIALS",
    "INVALID_MESSAGE",
    "LISTEN_FILE_ID",
    "MAX_FILE_IDS",
    "NOTIFICATION",
    "Kind",
    "News",
    "close_frame",
    "custom_frame",
    "login_failed_frame",
    "ping_frame",
    "text_frame",
]

MAX_FILE_IDS: Final = 1000
"""A merged notification names at most so many files; with more it says only that files changed."""

MERGE_WINDOW: Final = 0.1
"""Seconds without a further event of its kind after which a notification is sent."""

MAX_MERGE_DELAY: Final = 0.5
"""Seconds after its first event at which a notification is sent however many follow."""

LISTEN_FILE_ID: Final = "listen notify_file_id"
"""What a client sends to be told the ids of changed files."""

_FIN_TEXT: Final = 0x81
_FIN_CLOSE: Final = 0x88
_FIN_PING: Final = 0x89


_SHORT_TEXT: Final = tuple(bytes((_FIN_TEXT, size)) for size in range(126))
"""Headers of text frames, by size."""

_encode_json: Final = msgspec.json.Encoder().encode


class Kind(IntEnum):
    """Kinds of notification that are debounced, in the order in which simultaneous ones go out."""

    FILE = 0
    ACTIVITY = 1
    NOTIFICATION = 2


CUSTOM_PLACE: Final = len(Kind)
"""Where custom events are counted, behind the kinds."""


def _frame(first_byte: int, payload: bytes) -> bytes:
    """Build an unmasked frame (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((first_byte, size)) + payload
    if size < 65536:
        return bytes((first_byte, 126)) + size.to_bytes(2) + payload
    return bytes((first_byte, 127)) + size.to_bytes(8) + payload


def text_frame(text: str) -> bytes:
    """Build the frame of a text message."""
    return _frame(_FIN_TEXT, text.encode())


def ping_frame(payload: int) -> bytes:
    """Build a ping with a payload of four bytes."""
    return _frame(_FIN_PING, payload.to_bytes(4))


def close_frame(code: int) -> bytes:
    """Build a close frame with a code (RFC 6455 §7.4) and no reason."""
    return _frame(_FIN_CLOSE, code.to_bytes(2))


AUTHENTICATED: Final = text_frame("authenticated")
INVALID_CREDENTIALS: Final = text_frame("err: Invalid credentials")
INVALID_MESSAGE: Final = text_frame("err: Invalid authentication message")
AUTHENTICATION_TIMEOUT: Final = text_frame("Authentication timeout")
CONNECTION_LIMIT: Final = text_frame(
    "Error while handling authentication: Connection limit exceeded for user"
)
FILE: Final = text_frame("notify_file")
ACTIVITY: Final = text_frame("notify_activity")
NOTIFICATION: Final = text_frame("notify_notification")
_PLAIN: Final = (FILE, ACTIVITY, NOTIFICATION)


def login_failed_frame(reason: str) -> bytes:
    """Build the answer to a login that Nextcloud could not be asked about."""
    return text_frame(f"err: Error while sending authentication request to nextcloud: {reason}")


def custom_frame(message: str, body: Any) -> bytes:
    """Build the frame of a custom event: its type, and its body as compact JSON unless null."""
    payload = message.encode()
    if body is not None:
        payload += b" " + _encode_json(body)
    size = len(payload)
    if size < len(_SHORT_TEXT):  # as nearly all are
        return _SHORT_TEXT[size] + payload
    return _frame(_FIN_TEXT, payload)


class News:
    """What one event, or several merged ones, amount to for a client: never changed once made.

    All receivers of an event share one value, and so its frame; clients with the same history
    share the merged value too.

    Args:
        kind: What happened.
        first: When the first of the merged events arrived, in seconds of the loop's clock.
        last: When the last one did.
        ids: The changed files in first-seen order; empty when they are not all known.
    """

    __slots__ = (
        "_frame_with_ids",
        "_last_added",
        "_last_merged",
        "first",
        "ids",
        "kind",
        "last",
        "merged",
        "place",
        "plain",
    )

    def __init__(self, kind: Kind, first: float, last: float, ids: Sequence[int] = ()) -> None:
        self.kind = kind
        self.place = int(kind)  # an index; the members of an enum are slow ones
        self.plain = _PLAIN[kind]
        self.first = first
        self.last = last
        self.merged = min(last + MERGE_WINDOW, first + MAX_MERGE_DELAY)
        self.ids = ids
        self._frame_with_ids: bytes | None = None
        self._last_added: News | None = None
        self._last_merged: News | None = None

    def merge(self, later: News) -> News:
        """Add a later event of the same kind; receivers in the same state get the same value."""
        if self._last_added is later and self._last_merged is not None:
            return self._last_merged
        ids: Sequence[int] = ()
        if self.ids and later.ids:
            ids = tuple(dict.fromkeys((*self.ids, *later.ids)))
            if len(ids) > MAX_FILE_IDS:
                ids = ()
        merged = News(self.kind, min(self.first, later.first), max(self.last, later.last), ids)
        self._last_added, self._last_merged = later, merged
        return merged

    def frame(self, with_ids: bool) -> bytes:
        """The frame that says it; ``with_ids`` for a connection that asked for file ids."""
        if not (with_ids and self.ids):
            return _PLAIN[self.kind]
        if self._frame_with_ids is None:
            ids = ",".join(map(str, self.ids))
            self._frame_with_ids = text_frame(f"notify_file_id [{ids}]")
        return self._frame_with_ids
