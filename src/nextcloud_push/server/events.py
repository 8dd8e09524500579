"""The eleven channels that Nextcloud's app publishes on, and their messages as typed events.

Payloads are JSON. Unknown fields are ignored, needed ones have their type; decoding and validation
are one step (msgspec), since every event of the installation passes here.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec

from nextcloud_push.server.errors import PayloadError

__all__ = [
    "CHANNELS",
    "Activity",
    "Config",
    "Custom",
    "Event",
    "GroupUpdate",
    "Notification",
    "PreAuth",
    "Query",
    "ShareCreated",
    "Signal",
    "StorageUpdate",
    "TestCookie",
    "decode",
]

MAX_U64 = 2**64 - 1
MAX_PATH = 4096
"""Characters of a storage path; Nextcloud's own column holds 4,000."""

U32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
# msgspec has no bounds past 63 bits: the upper one is checked after decoding.
U64 = Annotated[int, msgspec.Meta(ge=0)]
Path = Annotated[str, msgspec.Meta(max_length=MAX_PATH)]


class StorageUpdate(msgspec.Struct, frozen=True, gc=False):
    """A file of a storage changed; ``file_id`` is None when it is not known."""

    storage: U32
    path: Path
    file_id: U64 | None = None


class GroupUpdate(msgspec.Struct, frozen=True, gc=False):
    """A user joined or left a group."""

    user: str
    group: str


class ShareCreated(msgspec.Struct, frozen=True, gc=False):
    """Something was shared with a user."""

    user: str


class Activity(msgspec.Struct, frozen=True, gc=False):
    """A user has a new activity item."""

    user: str


class Notification(msgspec.Struct, frozen=True, gc=False):
    """A notification of a user was created, processed or dismissed."""

    user: str


class PreAuth(msgspec.Struct, frozen=True, gc=False):
    """A token with which a client of this user may log in once."""

    user: str
    token: str

    def __repr__(self) -> str:
        return f"PreAuth(user={self.user!r}, token='***')"


class Custom(msgspec.Struct, frozen=True):
    """An app's own message to a user; ``body`` is any JSON value."""

    user: str
    message: str
    body: Any = None

    def __repr__(self) -> str:
        shown = ", ".join(map(reprlib.repr, (self.user, self.message, self.body)))
        return f"Custom({shown})"  # a body may be megabytes


class TestCookie(msgspec.Struct, frozen=True, gc=False):
    """The number that the self-test asks for next."""

    __test__ = False  # a name that pytest would collect

    value: int


class LogSpec(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=False):
    """A temporary log level, e.g. ``notify_push=debug``."""

    log_spec: str


class Config(msgspec.Struct, frozen=True, gc=False):
    """A change of the log level: a specification, or None to go back by one."""

    log_spec: str | None


class Query(msgspec.Struct, frozen=True, gc=False):
    """A request to write the metrics to Redis."""


class Signal(msgspec.Struct, frozen=True, gc=False):
    """A request to close every connection."""


Event = (
    StorageUpdate
    | GroupUpdate
    | ShareCreated
    | Activity
    | Notification
    | PreAuth
    | Custom
    | TestCookie
    | Config
    | Query
    | Signal
)


def _storage_update() -> Callable[[bytes], StorageUpdate]:
    decode_json = msgspec.json.Decoder(StorageUpdate).decode

    def decode_checked(payload: bytes) -> StorageUpdate:
        event = decode_json(payload)
        if event.file_id is not None and event.file_id > MAX_U64:
            raise msgspec.ValidationError("Expected `int` <= 2^64-1 - at `$.file_id`")
        return event

    return decode_checked


def _converted(shape: Any, convert: Callable[[Any], Event]) -> Callable[[bytes], Event]:
    decode_json = msgspec.json.Decoder(shape).decode
    return lambda payload: convert(decode_json(payload))


_DECODERS: dict[bytes, Callable[[bytes], Event]] = {
    b"notify_storage_update": _storage_update(),
    b"notify_group_membership_update": msgspec.json.Decoder(GroupUpdate).decode,
    b"notify_user_share_created": msgspec.json.Decoder(ShareCreated).decode,
    b"notify_activity": msgspec.json.Decoder(Activity).decode,
    b"notify_notification": msgspec.json.Decoder(Notification).decode,
    b"notify_pre_auth": msgspec.json.Decoder(PreAuth).decode,
    b"notify_custom": msgspec.json.Decoder(Custom).decode,
    b"notify_test_cookie": _converted(U32, TestCookie),
    b"notify_config": _converted(
        LogSpec | Literal["log_restore"],
        lambda value: Config(value.log_spec if isinstance(value, LogSpec) else None),
    ),
    b"notify_query": _converted(Literal["metrics"], lambda _: Query()),
    b"notify_signal": _converted(Literal["reset"], lambda _: Signal()),
}

CHANNELS: tuple[str, ...] = tuple(name.decode() for name in _DECODERS)
"""Every channel the daemon subscribes to."""


def decode(channel: bytes, payload: bytes) -> Event:
    """Turn a message of a channel into an event.

    Raises:
        PayloadError: The channel is unknown, or the payload is not what it carries.
    """
    try:
        return _DECODERS[channel](payload)
    except KeyError:
        raise PayloadError(channel.decode(errors="replace"), "unknown channel") from None
    # ValueError: JSON that is malformed, of another shape (msgspec's errors) or no UTF-8.
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise PayloadError(channel.decode(), reason) from None
