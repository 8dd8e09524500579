"""The WebSocket frames that the server sends.

Server frames are unmasked, so the frame of a message is built once and written to every receiver.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from nextcloud_push import words

__all__ = [
    "ACTIVITY_FRAME",
    "AUTHENTICATED",
    "AUTHENTICATION_TIMEOUT",
    "CONNECTION_LIMIT",
    "FILE_FRAME",
    "INVALID_CREDENTIALS",
    "INVALID_MESSAGE",
    "NOTIFICATION_FRAME",
    "close_frame",
    "custom_frame",
    "file_ids_frame",
    "login_failed_frame",
    "ping_frame",
    "text_frame",
]

_FIN_TEXT: Final = 0x81
_FIN_CLOSE: Final = 0x88
_FIN_PING: Final = 0x89

_SHORT_TEXT: Final = tuple(bytes((_FIN_TEXT, size)) for size in range(126))
"""Headers of text frames, by size."""

_encode_json: Final = msgspec.json.Encoder().encode


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


AUTHENTICATED: Final = text_frame(words.AUTHENTICATED)
INVALID_CREDENTIALS: Final = text_frame(words.INVALID_CREDENTIALS)
INVALID_MESSAGE: Final = text_frame(words.INVALID_MESSAGE)
AUTHENTICATION_TIMEOUT: Final = text_frame(words.AUTHENTICATION_TIMEOUT)
CONNECTION_LIMIT: Final = text_frame(words.CONNECTION_LIMIT)
FILE_FRAME: Final = text_frame(words.NOTIFY_FILE)
ACTIVITY_FRAME: Final = text_frame(words.NOTIFY_ACTIVITY)
NOTIFICATION_FRAME: Final = text_frame(words.NOTIFY_NOTIFICATION)


def file_ids_frame(ids: Iterable[int]) -> bytes:
    """Build the frame that names the changed files."""
    return text_frame(f"{words.NOTIFY_FILE_ID} [{','.join(map(str, ids))}]")


def login_failed_frame(reason: str) -> bytes:
    """Build the answer to a login that Nextcloud could not be asked about."""
    return text_frame(words.LOGIN_FAILED + reason)


def custom_frame(message: str, body: Any) -> bytes:
    """Build the frame of a custom event: its type, and its body as compact JSON unless null."""
    payload = message.encode()
    if body is not None:
        payload += b" " + _encode_json(body)
    size = len(payload)
    if size < len(_SHORT_TEXT):  # as nearly all are
        return _SHORT_TEXT[size] + payload
    return _frame(_FIN_TEXT, payload)
