"""The subscription to Redis: connect, log in, subscribe, notice silence, come back.

What is published while nobody listens is lost, so every subscription after the first is reported
as a gap. Only AUTH, SELECT, SUBSCRIBE and PING are sent to a server; SENTINEL and ROLE join them
when sentinels say where it is.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final

from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.redis.link import ask_sentinel, check_master, dial, log_in
from nextcloud_push.server.redis.protocol import RedisConnection, readable
from nextcloud_push.server.settings.model import Redis, RedisNode
from nextcloud_push.words.backoff import ExponentialBackoff

__all__ = ["Subscriber"]

logger = logging.getLogger("notify_push.ingest.subscriber")

PING_INTERVAL: Final = 3.0
"""Seconds between pings. A peer is given up after two intervals without a byte, hence at the
latest three intervals after it fell silent."""

SILENT_INTERVALS: Final = 2


BACKOFF: Final = ExponentialBackoff(first=0.1, cap=2.0)
"""Between rounds of failed attempts."""


class Subscriber:
    """Listens to channels for as long as `run` runs.

    Args:
        settings: Where Redis is. The nodes of a cluster are tried in turn: one node's
            subscription hears everything.
        channels: What to subscribe to.
        on_message: Called with channel and payload of each message, synchronously, in order.
        on_subscribed: Called once subscribed; True when messages may have been missed, that is
            every time but the first.
        backoff: How long to wait between failed attempts.
        ping_interval: Seconds between pings.
    """

    def __init__(
        self,
        settings: Redis,
        channels: Sequence[str],
        *,
        on_message: Callable[[bytes, bytes], None],
        on_subscribed: Callable[[bool], None],
        backoff: ExponentialBackoff = BACKOFF,
        ping_interval: float = PING_INTERVAL,
    ) -> None:
        self._settings = settings
        self._channels = tuple(channels)
        self._on_message = on_message
        self._on_subscribed = on_subscribed
        self._backoff = backoff
        self._ping_interval = ping_interval
        self._turn = 0
        self._connected = False
        self._been_subscribed = False
        self._reported: dict[RedisNode, str] = {}

    @property
    def connected(self) -> bool:
        """Whether the subscription holds right now."""
        return self._connected

    async def run(self) -> None:
        """Subscribe, and again whenever the connection is lost, until cancelled."""
        failures = 0
        while True:
            # The jitter only spreads load.
            await asyncio.sleep(self._backoff.pause(failures, random.random()))  # noqa: S311
            # A server that accepts and drops at once is a failure too: it is not asked again
            # without a pause.
            failures = 0 if await self._try_nodes() else failures + 1

    async def _try_nodes(self) -> bool:
        """Try each node until a subscription was had and lost; whether it held for a while."""
        nodes = self._settings.nodes
        for _ in nodes:
            configured = nodes[self._turn % len(nodes)]
            self._turn += 1
            try:
                node = configured
                if self._settings.mode == "sentinel":
                    node = await ask_sentinel(configured, self._settings)
                return await self._attend(configured, node)
            except TimeoutError:
                self._report(configured, "timed out")
            except (RedisError, OSError) as error:
                self._report(configured, str(error))
        return False

    async def _attend(self, configured: RedisNode, node: RedisNode) -> bool:
        """Subscribe at a node and stay until that is lost; whether it held for a while.

        Args:
            configured: What the settings name: the node itself, or the sentinel that named it.
            node: Where to subscribe.
        """
        connection = RedisConnection(self._on_message)
        try:
            async with asyncio.timeout(self._settings.timeout):
                await dial(connection, node, self._settings.tls)
                await log_in(connection, self._settings)
                if self._settings.mode == "sentinel":
                    await check_master(connection)
                await connection.subscribe(self._channels, self._subscribed)
            logger.info("subscribed at %s", node)
            intervals, reason = await self._watch(connection, configured, node)
        finally:
            self._connected = False
            connection.close()
        self._report(configured, reason)
        return intervals > 0

    async def _watch(
        self, connection: RedisConnection, configured: RedisNode, node: RedisNode
    ) -> tuple[int, str]:
        """Ping until the connection is lost; how many intervals it lived, and what ended it."""
        lived = silent = 0
        while silent < SILENT_INTERVALS:
            connection.ping()
            await asyncio.wait({connection.closed}, timeout=self._ping_interval)
            if connection.closed.done():
                return lived, connection.closed.result()
            if not connection.heard():
                silent += 1
                continue
            silent = 0
            lived += 1
            self._settle(node)
            if self._settings.mode == "sentinel" and await self._moved(configured, node):
                return lived, "the sentinels name another master"
        return lived, "it fell silent"

    def _subscribed(self) -> None:
        """Tell the owner, ahead of the first message of this subscription."""
        gap, self._been_subscribed = self._been_subscribed, True
        self._connected = True
        try:
            self._on_subscribed(gap)
        except Exception:  # the owner's trouble does not cost the subscription
            logger.exception("the subscription could not be acted upon")

    def _settle(self, node: RedisNode) -> None:
        """Say that an outage is over, once that looks lasting."""
        if self._reported:
            logger.warning("Redis is back: subscribed at %s", node)
            self._reported.clear()

    async def _moved(self, sentinel: RedisNode, node: RedisNode) -> bool:
        """Whether the sentinel knows of another master; one out of reach knows nothing."""
        try:
            return await ask_sentinel(sentinel, self._settings) != node
        except (RedisError, OSError):
            return False

    def _report(self, node: RedisNode, reason: str) -> None:
        """Log why there is no subscription, once until the reason changes."""
        reason = readable(reason, (self._settings.password, self._settings.user))
        changed = self._reported.get(node) != reason
        self._reported[node] = reason
        level = logging.WARNING if changed else logging.DEBUG
        logger.log(level, "no subscription to Redis at %s: %s", node, reason)
