"""Which user has which connections, and notifying them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, Protocol

from nextcloud_push.server.delivery.notification import Notification

__all__ = ["Hub", "Receiver"]

logger = logging.getLogger("notify_push.delivery.hub")

_NOBODY: Final = ()

CHANGES_KEPT: Final = 4096
"""Users that came or went lately, for who keeps a list of those who are there."""


SLICE: Final = 1024
"""Users notified in one go: some 1 ms."""

MAX_BACKLOG: Final = 16
"""Fan-outs under way at a time."""


class Receiver(Protocol):
    """One authenticated connection, as the hub sees it."""

    user: str

    def notify(self, notification: Notification) -> None:
        """Put an event among what waits for the client."""

    def send(self, frame: bytes) -> None:
        """Send a custom event at once."""

    def close(self, code: int) -> None:
        """Begin the close handshake."""

    def abort(self) -> None:
        """Drop the connection without a word."""


class Hub:
    """Connections by user.

    ``version`` grows by one whenever a user's first connection opens or the last one closes;
    ``changes_since`` names those users, so that who derives something from the set of connected
    users can follow it at the cost of the changes instead of the users.

    Args:
        defer: Calls a function soon, when others have had their turn.
    """

    def __init__(self, defer: Callable[[Callable[[], None]], object]) -> None:
        # Most users have one connection: a tuple is the smallest container for one.
        self._receivers: dict[str, tuple[Receiver, ...]] = {}
        self.receivers_of: Callable[[str], tuple[Receiver, ...] | None] = self._receivers.get
        """A user's connections; None without any. Not a method: every event asks this."""
        self._changes: deque[str] = deque(maxlen=CHANGES_KEPT)
        self._backlog: deque[tuple[list[str], Notification]] = deque()
        self._defer = defer
        self.version = 0
        self.connections = 0

    def __len__(self) -> int:
        return len(self._receivers)

    def __contains__(self, user: object) -> bool:
        return user in self._receivers

    def __iter__(self) -> Iterator[str]:
        return iter(self._receivers)

    def changes_since(self, version: int) -> list[str] | None:
        """Users that came or went since a version; None when that is too long ago."""
        count = self.version - version
        if count > len(self._changes):
            return None
        return [self._changes[-step] for step in range(1, count + 1)]

    def count(self, user: str) -> int:
        """How many connections a user has."""
        return len(self._receivers.get(user, _NOBODY))

    def receivers(self) -> list[Receiver]:
        """Every authenticated connection."""
        return [receiver for those in self._receivers.values() for receiver in those]

    def add(self, receiver: Receiver) -> bool:
        """Add an authenticated connection; tell whether it is the first of its user."""
        others = self._receivers.get(receiver.user, _NOBODY)
        if others:
            receiver.user = others[0].user  # one string for all connections of a user
        else:
            self._changed(receiver.user)
        self._receivers[receiver.user] = (*others, receiver)
        self.connections += 1
        return not others

    def remove(self, receiver: Receiver) -> None:
        """Remove a connection; one that is not there is no error."""
        those = self._receivers.get(receiver.user, _NOBODY)
        if receiver not in those:
            return
        self.connections -= 1
        if len(those) > 1:
            self._receivers[receiver.user] = tuple(one for one in those if one is not receiver)
        else:
            del self._receivers[receiver.user]
            self._changed(receiver.user)

    def notify_all(self, users: Collection[str], notification: Notification) -> None:
        """Notify the clients of many users, connected or not: a slice at a time when many.

        Notifications arrive in the order of the calls.
        """
        if not self._backlog:
            if len(users) <= SLICE:
                self._notify_each(users, notification)
                return
            self._defer(self._go_on)
        self._backlog.append((list(users), notification))
        while len(self._backlog) > MAX_BACKLOG:  # who brings more than that has to wait
            self._work_off()

    def _go_on(self) -> None:
        self._work_off()
        if self._backlog:
            self._defer(self._go_on)

    def _work_off(self) -> None:
        """Notify one slice of those in the backlog."""
        if self._backlog:
            users, notification = self._backlog.popleft()
            if len(users) > SLICE:
                self._backlog.appendleft((users[SLICE:], notification))
            self._notify_each(users[:SLICE], notification)

    def _notify_each(self, users: Iterable[str], notification: Notification) -> None:
        receivers = self._receivers
        for user in users:
            for receiver in receivers.get(user, _NOBODY):
                try:
                    receiver.notify(notification)
                except Exception:  # whatever one connection does, the others are notified
                    logger.exception("a notification failed")

    def _changed(self, user: str) -> None:
        self._changes.append(user)
        self.version += 1
