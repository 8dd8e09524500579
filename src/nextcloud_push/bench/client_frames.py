"""The few frames that the benchmark's clients speak, written so that they cost next to nothing."""

from __future__ import annotations

from typing import Final

__all__ = ["HANDSHAKE", "login", "pong", "text"]

_MASK: Final = 0x5BD1E995
"""Any mask is legal (RFC 6455 §5.3): it protects proxies, of which there are none here."""

_MASK_BYTES: Final = _MASK.to_bytes(4)

HANDSHAKE: Final = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""A client's request, with the key of RFC 6455's own example."""


def text(message: str) -> bytes:
    """A short text frame as a server sends it."""
    payload = message.encode()
    assert len(payload) < 126
    return bytes((0x81, len(payload))) + payload


def _masked(first_byte: int, payload: bytes) -> bytes:
    mask = _MASK_BYTES * (len(payload) // 4 + 1)
    masked = bytes(a ^ b for a, b in zip(payload, mask, strict=False))
    return bytes((first_byte, 0x80 | len(payload))) + _MASK_BYTES + masked


def login(token: str) -> bytes:
    """Both messages of a login by token: an empty user name, and the token."""
    return _masked(0x81, b"") + _masked(0x81, token.encode())


def pong(payload: bytes) -> bytes:
    """The answer to a ping."""
    if len(payload) == 4:
        return b"\x8a\x84" + _MASK_BYTES + (int.from_bytes(payload) ^ _MASK).to_bytes(4)
    return _masked(0x8A, payload)
