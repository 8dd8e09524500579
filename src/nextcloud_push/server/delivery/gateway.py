"""What the connections of this process share: limits, deadlines, and who answers their logins."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from nextcloud_push.server.delivery.alarm import SLICE, Alarm
from nextcloud_push.server.delivery.hub import Hub, Receiver
from nextcloud_push.server.delivery.notification import FILE, NOTIFICATION, Notification
from nextcloud_push.server.delivery.outbox import Outbox, debounce_time
from nextcloud_push.server.delivery.server_frames import ping_frame
from nextcloud_push.server.delivery.timer_wheel import (
    DELIVERY_RESOLUTION,
    UPKEEP_RESOLUTION,
    Bucket,
)

__all__ = ["Authenticate", "Counters", "Gateway", "Limits", "LogSwitches", "Visitor"]

logger = logging.getLogger("notify_push.delivery.gateway")

Authenticate = Callable[[str, str, str | None], Awaitable[str | None]]
"""User, password, chain of addresses → uid, or None for wrong credentials."""

CLOSE_SLICE_TIME: Final = 0.005
"""Seconds that a slice of close frames takes at least: timers without a delay would all run in one
turn of the loop."""


class Counters(Protocol):
    """The figures that connections count."""

    messages_sent: list[int]
    total_connections: int
    logins_refused: int
    logins_unanswered: int
    logins_timed_out: int
    logins_malformed: int
    closed_over_limit: int
    closed_slow: int
    closed_without_pong: int
    closed_for_protocol: int


class LogSwitches(Protocol):
    """What is logged at present: asked for each message, hence plain attributes."""

    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a connection is allowed.

    Args:
        connections_per_user: More are closed after their login.
        connection_time: Seconds after the login at which a connection is closed; 0 for never.
        debounce_time: Longest debounce time in seconds.
        debounce: False sends every notification at once.
    """

    connections_per_user: int
    connection_time: float
    debounce_time: float
    debounce: bool


class Visitor(Protocol):
    """A connection that is not in the hub."""

    def close(self, code: int) -> None:
        """Begin the close handshake."""

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
        hub: The authenticated connections.
        limits: What each of them is allowed.
        counters: The figures that they count.
        log: What of them is logged.
        authenticate: Asks Nextcloud who somebody is; raises NextcloudError.
        take_token: Uses up a pre-authenticated token: token, now → uid or None.
        on_user_came: Called with a user whose first connection is there.
        loop: Has the clock and the timers.
    """

    def __init__(
        self,
        *,
        hub: Hub,
        limits: Limits,
        counters: Counters,
        log: LogSwitches,
        authenticate: Authenticate,
        take_token: Callable[[str, float], str | None],
        on_user_came: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.hub = hub
        self.limits = limits
        self.counters = counters
        self.log = log
        self.authenticate = authenticate
        self.take_token = take_token
        self.loop = loop
        self.now = loop.time
        self.deliveries: Alarm[Any] = Alarm(loop, DELIVERY_RESOLUTION, _deliver)
        self.upkeep: Alarm[Any] = Alarm(loop, UPKEEP_RESOLUTION, _check)
        self.others: set[Visitor] = set()
        """Connections that are not in the hub: not authenticated yet, or closing."""
        self.debounce = debounce_time(0, limits.debounce_time)
        """The present debounce time in seconds."""
        self._on_user_came = on_user_came
        self._empty = asyncio.Event()
        self._ping = (0, b"")
        self._ping_drawn = -1.0
        # Asked for every message: one step instead of two.
        self.messages_sent = counters.messages_sent
        self.debounces = limits.debounce
        self.schedule = self.deliveries.schedule

    def join(self, connection: Receiver) -> None:
        """Count a connection in that has just been authenticated."""
        if self.hub.add(connection):
            self._on_user_came(connection.user)
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
        spread = max(spread, len(everybody) / SLICE * CLOSE_SLICE_TIME)
        for start in range(0, len(everybody), SLICE):
            delay = spread * start / len(everybody)
            self.loop.call_later(delay, _close, everybody[start : start + SLICE], code)

    def abort_all(self) -> None:
        """Drop every connection without a word."""
        for one in [*self.hub.receivers(), *self.others]:
            one.abort()

    def end(self) -> None:
        """Drop every connection, and wake nobody any more."""
        self.abort_all()
        self.deliveries.cancel()
        self.upkeep.cancel()

    def abort_user(self, user: str) -> int:
        """Drop a user's connections without a word, as a failing network does.

        Returns:
            How many there were.
        """
        those = self.hub.receivers_of(user) or ()
        for receiver in those:
            receiver.abort()
        return len(those)

    def notify_everyone(self) -> None:
        """Notify every client that files and notifications may have changed.

        For when events may have been missed. Spread over the debounce time, since every client
        then asks Nextcloud.
        """
        receivers = self.hub.receivers()
        random.shuffle(receivers)
        size = min(max(len(receivers) // 100, 1), SLICE)
        for start in range(0, len(receivers), size):
            delay = self.debounce * start / len(receivers)
            self.loop.call_later(delay, self._notify_of_a_gap, receivers[start : start + size])

    def _notify_of_a_gap(self, receivers: list[Receiver]) -> None:
        now = self.now()
        for kind in (FILE, NOTIFICATION):
            notification = Notification(kind, now, now)
            for receiver in receivers:
                if receiver in (self.hub.receivers_of(receiver.user) or ()):  # still there
                    receiver.notify(notification)
