"""The daemon in a thread of the tests, with a clock that can be moved, on either loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nextcloud_push.server.daemon import Daemon
from nextcloud_push.server.events import CHANNELS
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.parts import real_parts
from nextcloud_push.server.redis.subscriber import Subscriber
from nextcloud_push.server.settings import ListenAddress, Settings
from support.background import Background, background_loop
from support.clocks import CLOCKS, Clock
from support.daemon import DaemonProcess
from support.websocket import Reply, WebSocket, http

__all__ = ["InProcessDaemon", "Run", "StartTimed", "in_process"]

_NO_PINGS = 1e9


class InProcessDaemon:
    """A daemon with a clock.

    Args:
        daemon: The daemon.
        background: The thread it runs in.
        clock: Its loop.
    """

    def __init__(self, daemon: Daemon, background: Background, clock: Clock) -> None:
        self.daemon = daemon
        self.address = ("127.0.0.1", daemon.port)
        self._background = background
        self._clock = clock
        self._clients: list[WebSocket] = []

    def connect(self, path: str = "/ws", *headers: str) -> WebSocket:
        """Open a WebSocket, closed at the end of the test."""
        self._clients.append(WebSocket.connect(self.address, path, *headers))
        return self._clients[-1]

    def log_in(self, user: str, *further: str) -> WebSocket:
        """Open a WebSocket and authenticate; the server has handled further messages as well."""
        client = self.connect().log_in(user, "pw", *further)
        client.round_trip()
        return client

    def http(self, line: str, *headers: str) -> Reply:
        """Send an HTTP request."""
        return http(self.address, line, *headers)

    def stop_clock(self) -> None:
        """From here on only ``move`` lets time pass."""
        self._clock.stop_clock()

    def move(self, seconds: float) -> None:
        """Let so many seconds pass for the daemon."""
        self._background.run(self._clock.move(seconds))

    def stop(self) -> Future[None]:
        """Let it take its leave, as a signal does; the result is there when it has ended."""
        return self._background.start(self.daemon.stop())

    def hang_up(self) -> None:
        """Close every client."""
        for client in self._clients:
            client.sock.close()


StartTimed = Callable[..., InProcessDaemon]
"""Starts a daemon with settings by name or a whole environment, until the test ends."""


Run = Callable[[dict[str, str]], "InProcessDaemon | DaemonProcess"]
"""Starts a daemon of some kind with this environment, until the test ends."""


async def _start(settings: Settings, wait: bool) -> Daemon:
    parts = real_parts(settings, {})

    def source(on_message: Any, on_subscribed: Any) -> Subscriber:
        # A clock that jumps would make Redis look dead to a subscriber that pings by it.
        return Subscriber(
            settings.redis,
            CHANNELS,
            on_message=on_message,
            on_subscribed=on_subscribed,
            ping_interval=_NO_PINGS,
        )

    daemon = Daemon(settings, replace(parts, source=source), LogControl(settings.log_spec))
    await daemon.start()
    while wait and not daemon.readiness()[0]:
        await asyncio.sleep(0.005)
    return daemon


@contextmanager
def in_process(settings: Settings, *, loop: str, wait: bool = True) -> Iterator[InProcessDaemon]:
    """Run a daemon on a free port of 127.0.0.1 until the block ends.

    Args:
        loop: The name of the loop it runs on.
        wait: Wait until it is ready.
    """
    clock = CLOCKS[loop]()
    settings = replace(settings, listen=ListenAddress(bind="127.0.0.1", port=0))
    loggers = [logging.getLogger(f"notify_push{module}") for module in ("", ".send", ".receive")]
    levels = [logger.level for logger in loggers]
    with background_loop(lambda: clock) as background:
        daemon = background.run(_start(settings, wait))
        running = InProcessDaemon(daemon, background, clock)
        try:
            yield running
        finally:
            running.hang_up()
            background.run(daemon.abort())
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
