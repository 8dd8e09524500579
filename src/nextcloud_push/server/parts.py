"""The services around the daemon, as it sees them: the real ones, or those of developer mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from nextcloud_push.server.events import CHANNELS
from nextcloud_push.server.routing.loader import Mounts
from nextcloud_push.server.settings import Settings

__all__ = ["Database", "EventSource", "KeyValue", "NextcloudCalls", "Parts", "real_parts"]


class EventSource(Protocol):
    """Where events come from."""

    @property
    def connected(self) -> bool:
        """Whether events arrive at present."""

    async def run(self) -> None:
        """Take events in until cancelled."""


class KeyValue(Protocol):
    """The keys of Redis; every call raises RedisError."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""

    async def set(self, key: str, value: bytes | str) -> None:
        """Set a key."""

    async def delete(self, *keys: str) -> None:
        """Remove keys."""

    async def close(self) -> None:
        """Close what is open."""


class NextcloudCalls(Protocol):
    """What Nextcloud is asked; every call raises NextcloudError."""

    async def authenticate(self, user: str, password: str, forwarded: str | None) -> str | None:
        """Ask who somebody is."""

    async def test_cookie(self, token: bytes) -> int:
        """Ask for the remembered cookie."""

    async def test_remote(self, address: str, token: bytes) -> str:
        """Ask which address a forwarded request comes from."""

    async def request_version(self) -> None:
        """Have the app write its version to Redis."""

    async def close(self) -> None:
        """Close what is open."""


class Database(Mounts, Protocol):
    """The database as the daemon owns it."""

    async def close(self) -> None:
        """Close what is open."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The services around the daemon: the real ones, or those of the developer mode.

    Args:
        database: Nextcloud's database.
        keys: Redis's keys.
        nextcloud: Nextcloud.
        source: Makes the source of events from what takes a message (channel, payload) and what
            is told of a subscription (whether messages may have been missed).
    """

    database: Database
    keys: KeyValue
    nextcloud: NextcloudCalls
    source: Callable[[Callable[[bytes, bytes], None], Callable[[bool], None]], EventSource]


def real_parts(settings: Settings, proxies: Mapping[str, str]) -> Parts:
    """Make the services that the settings name; nothing connects yet.

    Args:
        proxies: As `urllib.request.getproxies_environment` reads them; empty for none.

    Raises:
        StartupError: A certificate cannot be used.
    """
    from nextcloud_push.server.database import open_database
    from nextcloud_push.server.nextcloud import NextcloudClient
    from nextcloud_push.server.redis.commands import RedisCommands
    from nextcloud_push.server.redis.subscriber import Subscriber

    return Parts(
        database=open_database(settings.database),
        keys=RedisCommands(settings.redis),
        nextcloud=NextcloudClient(settings.nextcloud, proxies),
        source=lambda on_message, on_subscribed: Subscriber(
            settings.redis, CHANNELS, on_message=on_message, on_subscribed=on_subscribed
        ),
    )
