"""The real daemon in developer mode's process: what stands in for Redis, and its ups and downs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from nextcloud_push.dev.bus import MemoryBus
from nextcloud_push.server.daemon import Daemon
from nextcloud_push.server.database.sqlite import SqliteMounts
from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.events import CHANNELS
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.nextcloud import NextcloudClient
from nextcloud_push.server.parts import Parts
from nextcloud_push.server.redis.commands import RedisCommands
from nextcloud_push.server.redis.subscriber import Subscriber
from nextcloud_push.server.settings import Settings

__all__ = ["EmbeddedPush", "embedded_parts"]

logger = logging.getLogger("notify_push.dev.push")

_DIRECT: Mapping[str, str] = {}
"""How the stand-in is called: no proxy stands between two of one process."""


class MemorySource:
    """The source of events in place of a subscription to Redis.

    Args:
        bus: Where the stand-in publishes.
        on_message: Takes channel and payload of a message.
        on_subscribed: Told once that messages arrive from now on.
    """

    def __init__(
        self,
        bus: MemoryBus,
        on_message: Callable[[bytes, bytes], None],
        on_subscribed: Callable[[bool], None],
    ) -> None:
        self._bus = bus
        self._on_message = on_message
        self._on_subscribed = on_subscribed

    @property
    def connected(self) -> bool:
        """Whether events arrive at present."""
        return self._bus.ingest == self._on_message

    async def run(self) -> None:
        """Take events in until cancelled."""
        self._bus.ingest = self._on_message
        self._on_subscribed(False)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if self.connected:
                self._bus.ingest = None


def embedded_parts(settings: Settings, database_uri: str, bus: MemoryBus | None) -> Parts:
    """The services around the daemon in developer mode.

    Args:
        settings: What the daemon is told; its database is not looked at.
        database_uri: The stand-in's tables.
        bus: What stands in for Redis; None for the real one that the settings name.
    """

    def source(
        on_message: Callable[[bytes, bytes], None], on_subscribed: Callable[[bool], None]
    ) -> MemorySource | Subscriber:
        if bus is not None:
            return MemorySource(bus, on_message, on_subscribed)
        return Subscriber(
            settings.redis, CHANNELS, on_message=on_message, on_subscribed=on_subscribed
        )

    return Parts(
        database=SqliteMounts(f"{database_uri}&mode=ro"),
        keys=bus or RedisCommands(settings.redis),
        nextcloud=NextcloudClient(settings.nextcloud, _DIRECT),
        source=source,
    )


class EmbeddedPush:
    """The push server, which can be taken down and comes up again; the page's `PushControl`.

    Args:
        settings: What every daemon is told; port 0 becomes the first daemon's free port.
        make_parts: Makes the services around a daemon.
        log: Takes temporary log levels.
    """

    def __init__(
        self, settings: Settings, make_parts: Callable[[], Parts], log: LogControl
    ) -> None:
        self._settings = settings
        self._make_parts = make_parts
        self._log = log
        self._daemon: Daemon | None = None
        self._comeback: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()  # one change at a time: none sees a half-started daemon

    @property
    def port(self) -> int:
        """The TCP port."""
        return self._settings.listen.port

    def is_up(self) -> bool:
        """Whether it accepts connections."""
        return self._daemon is not None

    async def start(self) -> None:
        """Bind and serve.

        Raises:
            StartupError: The address cannot be used.
        """
        daemon = Daemon(self._settings, self._make_parts(), self._log)
        await daemon.start()
        self._daemon = daemon
        listen = replace(self._settings.listen, port=daemon.port)
        self._settings = replace(self._settings, listen=listen)

    async def stop(self) -> None:
        """Take leave of every client and end; harmless when it is down."""
        async with self._changing:
            await self._cancel_comeback()
            await self._stop_daemon()

    async def drop(self, user: str) -> int:
        """Cut a user's connections without a close frame; returns how many there were."""
        return self._daemon.gateway.abort_user(user) if self._daemon is not None else 0

    async def down(self, seconds: float) -> None:
        """Stop now, and start again after some seconds; returns when it is down."""
        async with self._changing:
            await self._cancel_comeback()
            await self._stop_daemon()
            self._comeback = asyncio.create_task(self._come_back(seconds))

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._changing:
            try:
                await self.start()
            except StartupError as error:
                logger.error("the push server cannot come up again: %s", error)

    async def _cancel_comeback(self) -> None:
        """Give up what is planned; it only ever sleeps, or waits for its turn, when this is run."""
        comeback, self._comeback = self._comeback, None
        if comeback is not None:
            comeback.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await comeback

    async def _stop_daemon(self) -> None:
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            await daemon.stop()
