"""Where the stand-in publishes: to the daemon in the same process, or to a real Redis."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nextcloud_push.dev.publications import Message
from nextcloud_push.server.redis.commands import RedisCommands

__all__ = ["Bus", "MemoryBus", "Published", "RedisBus", "TappedBus"]


class Bus(Protocol):
    """What Nextcloud's app and the daemon use Redis for."""

    async def publish(self, message: Message) -> None:
        """Hand a message to whoever listens to its channel."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""

    async def set(self, key: str, value: bytes | str) -> None:
        """Give a key a value."""

    async def delete(self, *keys: str) -> None:
        """Remove keys."""

    async def close(self) -> None:
        """Close what is open."""


class MemoryBus:
    """In place of Redis, within one process.

    Attributes:
        ingest: Called with channel and payload of every message; set by who listens.
    """

    def __init__(self) -> None:
        self.ingest: Callable[[bytes, bytes], None] | None = None
        self._keys: dict[str, bytes] = {}

    async def publish(self, message: Message) -> None:
        """Hand a message to the listener at once; without one it is lost, as in Redis."""
        if self.ingest is not None:
            self.ingest(message.channel.encode(), message.payload.encode())

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        return self._keys.get(key)

    async def set(self, key: str, value: bytes | str) -> None:
        """Give a key a value."""
        self._keys[key] = value.encode() if isinstance(value, str) else value

    async def delete(self, *keys: str) -> None:
        """Remove keys; missing ones do no harm."""
        for key in keys:
            self._keys.pop(key, None)

    async def close(self) -> None:
        """Nothing is open; the keys stay, as Redis outlives a daemon."""


class RedisBus:
    """A real Redis.

    Args:
        redis: The commands; closed with the bus.
    """

    def __init__(self, redis: RedisCommands) -> None:
        self._redis = redis
        self.get = redis.get
        self.set = redis.set
        self.delete = redis.delete
        self.close = redis.close

    async def publish(self, message: Message) -> None:
        """Hand a message to whoever listens to its channel.

        Raises:
            RedisError: Redis is out of reach.
        """
        await self._redis.publish(message.channel, message.payload)


@dataclass(frozen=True, slots=True)
class Published:
    """A message that was published, for people to read.

    Args:
        number: Counted from 1.
        time: Seconds since 1970.
        channel: Its channel.
        payload: Its JSON; tokens are left out.
    """

    number: int
    time: float
    channel: str
    payload: str


class TappedBus:
    """Passes everything on and remembers the latest messages for the page.

    Args:
        inner: The bus that does the work.
        keep: How many messages are remembered.
    """

    def __init__(self, inner: Bus, keep: int = 500) -> None:
        self._inner = inner
        self._recent: deque[Published] = deque(maxlen=keep)
        self._count = 0
        self.get = inner.get
        self.set = inner.set
        self.delete = inner.delete
        self.close = inner.close

    async def publish(self, message: Message) -> None:
        """Pass a message on and remember it."""
        self._count += 1
        secret = message.channel == "notify_pre_auth"
        payload = '{"user":"…","token":"…"}' if secret else message.payload
        self._recent.append(Published(self._count, time.time(), message.channel, payload))
        await self._inner.publish(message)

    @property
    def count(self) -> int:
        """How many messages were published."""
        return self._count

    def since(self, number: int) -> list[Published]:
        """What is remembered of the messages after this one."""
        return [published for published in self._recent if published.number > number]
