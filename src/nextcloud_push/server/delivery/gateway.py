"""What the connections of this process share: limits, deadlines, and who answers their logins."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from nextcloud_push.server.delivery.alarm import SLICE, Alarm
from nextcloud_push.server.delivery.hub import Hub, Receiver
from nextcloud_push.server.delivery.login import Authenticate
from nextcloud_push.server.delivery.messages import Kind, News, ping_frame
from nextcloud_push.server.delivery.outbox import Outbox, debounce_time
from nextcloud_push.server.delivery.timer_wheel import (
    DELIVERY_RESOLUTION,
    UPKEEP_RESOLUTION,
    Bucket,
)

__all__ = ["Counters", "Gateway", "Limits"]

logger = logging.getLogger("notify_push.delivery.gateway")


CLOSES_PER_SECOND: Final = 50_000
"""Close frames at most: timers without a delay would all run in one turn of the loop."""


class Counters(Protocol):
    """The figures that connections count."""

    total_connections: int
    logins_refused: int
    logins_unanswered: int
    logins_timed_out: int
    logins_malformed: int
    closed_over_limit: int
    closed_slow: int
    closed_without_pong: int
    closed_for_protocol: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a connection is allowed.

    Args:
        connections_per_user: More are closed after their login.
        connection_time: Seconds after the login at which a connection is closed; 0 for never.
        debounce_time: Longest debounce time in seconds.
        debounce: False sends every notification at once.
    """

    connections_per_user: int = 64
    connection_time: float = 0.0
    debounce_time: float = 15.0
    debounce: bool = True


class Visitor(Protocol):
    """A connection that is not in the hub."""

    def close(self, code: int) -> None:
        """Say good-bye."""

    def abort(self) -> None:
        """Drop the connection without a word."""


def _close(those: list[Visitor], code: int) -> None:
    for one in those:
        one.close(code)


def _deliver(items: list[Any], bucket: Bucket[Any], now: float) -> None:
    for item in items:
        try:
            item.deliver(bucket, now)
        except Exception:  # whatever one connection does, the others are woken
            logger.exception("a delivery failed")


def _check(items: list[Any], bucket: Bucket[Any], now: float) -> None:
    for item in items:
        try:
            item.check(bucket, now)
        except Exception:  # whatever one connection does, the others are woken
            logger.exception("a connection's deadline failed")


class Gateway:
    """What the connections of one process share.

    Args:
        authenticate: Asks Nextcloud who somebody is: user, password, chain of addresses → uid, or
            None for wrong credentials; raises NextcloudError.
        take_token: Uses up a pre-authenticated token: token, now → uid or None.
        serve_http: Makes the protocol that answers a request that is no WebSocket's.
    """

    def __init__(
        self,
        *,
        hub: Hub,
        limits: Limits,
        counters: Counters,
        authenticate: Authenticate,
        take_token: Callable[[str, float], str | None],
        serve_http: Callable[[], asyncio.Protocol],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.hub = hub
        self.limits = limits
        self.counters = counters
        self.authenticate = authenticate
        self.take_token = take_token
        self.serve_http = serve_http
        self.loop = loop
        self.now = loop.time
        self.deliveries: Alarm[Any] = Alarm(loop, DELIVERY_RESOLUTION, _deliver)
        self.upkeep: Alarm[Any] = Alarm(loop, UPKEEP_RESOLUTION, _check)
        self.others: set[Visitor] = set()
        """Connections that are not in the hub: not authenticated yet, or taking their leave."""
        self.debounce = debounce_time(0, limits.debounce_time)
        """The present debounce time in seconds."""
        self.on_user_came: Callable[[str], None] = lambda user: None
        """Called when a user's first connection is there."""
        self._empty = asyncio.Event()
        self.log_sent = False
        """Whether each message to a client is logged."""
        self._ping = (0, b"")
        self._ping_drawn = -1.0
        hub.on_backlog = self._work_off_soon
        self.told = [0] * (len(Kind) + 1)
        """Messages sent, by the place of their kind; custom events last."""
        # Asked for every message: one step instead of two.
        self.debounces = limits.debounce
        self.schedule = self.deliveries.schedule

    def join(self, connection: Receiver) -> None:
        """Count a connection in that has just been authenticated."""
        if self.hub.add(connection):
            self.on_user_came(connection.user)
        self.counters.total_connections += 1
        self._update_debounce()

    def leave(self, connection: Receiver) -> None:
        """Count a connection out that was authenticated."""
        self.hub.remove(connection)
        self._update_debounce()

    def enter(self, visitor: Visitor) -> None:
        """Note a connection that is not in the hub, or no longer."""
        self.others.add(visitor)

    def forget(self, visitor: Visitor) -> None:
        """Forget such a connection: it is authenticated, handed on, or closed."""
        self.others.discard(visitor)
        if not self.others and not self.hub:
            self._empty.set()

    async def wait_until_empty(self) -> None:
        """Return when there is no connection any more."""
        while self.others or self.hub:
            self._empty.clear()
            await self._empty.wait()

    def _update_debounce(self) -> None:
        self.debounce = debounce_time(self.hub.connections, self.limits.debounce_time)

    def new_outbox(self) -> Outbox:
        """Make the outbox of a connection, with a factor drawn for it."""
        return Outbox(0.5 + random.random())  # noqa: S311  # spreads load, guards nothing

    def ping(self, now: float) -> tuple[int, bytes]:
        """Draw the payload of a ping and its frame; pings of the same moment share one."""
        if now != self._ping_drawn:
            payload = secrets.randbits(32) or 1
            self._ping = (payload, ping_frame(payload))
            self._ping_drawn = now
        return self._ping

    def close_all(self, code: int, spread: float = 0.0) -> None:
        """Close every connection, authenticated or not.

        Args:
            code: A status code of RFC 6455 §7.4.
            spread: Seconds over which to spread it at least.
        """
        everybody = [*self.hub.receivers(), *self.others]
        spread = max(spread, len(everybody) / CLOSES_PER_SECOND)
        for start in range(0, len(everybody), SLICE):
            delay = spread * start / len(everybody)
            self.loop.call_later(delay, _close, everybody[start : start + SLICE], code)

    def abort_all(self) -> None:
        """Drop every connection without a word."""
        for one in [*self.hub.receivers(), *self.others]:
            one.abort()

    def tell_everyone_to_look(self) -> None:
        """Tell every client that files and notifications may have changed.

        For when events may have been missed. Spread over the debounce time, since every client
        then asks Nextcloud.
        """
        receivers = self.hub.receivers()
        random.shuffle(receivers)
        size = min(max(len(receivers) // 100, 1), SLICE)
        for start in range(0, len(receivers), size):
            delay = self.debounce * start / len(receivers)
            self.loop.call_later(delay, self._tell_to_look, receivers[start : start + size])

    def _work_off_soon(self) -> None:
        self.loop.call_soon(self._work_off)

    def _work_off(self) -> None:
        if self.hub.work_off():
            self._work_off_soon()

    def _tell_to_look(self, receivers: list[Receiver]) -> None:
        now = self.now()
        for kind in (Kind.FILE, Kind.NOTIFICATION):
            news = News(kind, now, now)
            for receiver in receivers:
                if receiver in (self.hub.receivers_of(receiver.user) or ()):  # still there
                    receiver.tell(news)

    def count_message(self, kind: Kind) -> None:
        """Count a notification that was sent."""
        self.told[kind] += 1
