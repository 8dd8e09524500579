"""The WebSocket frames that the server sends.

Server frames are unmasked, so the frame of a message is built once and written to every receiver.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

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

LISTEN_FILE_ID: Final = "listen notify_file_id"
"""What a client sends to be told the ids of changed files."""

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


AUTHENTICATED: Final = text_frame("authenticated")
INVALID_CREDENTIALS: Final = text_frame("err: Invalid credentials")
INVALID_MESSAGE: Final = text_frame("err: Invalid authentication message")
AUTHENTICATION_TIMEOUT: Final = text_frame("Authentication timeout")
CONNECTION_LIMIT: Final = text_frame(
    "Error while handling authentication: Connection limit exceeded for user"
)
FILE_FRAME: Final = text_frame("notify_file")
ACTIVITY_FRAME: Final = text_frame("notify_activity")
NOTIFICATION_FRAME: Final = text_frame("notify_notification")


def file_ids_frame(ids: Iterable[int]) -> bytes:
    """Build the frame that names the changed files."""
    return text_frame(f"notify_file_id [{','.join(map(str, ids))}]")


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
