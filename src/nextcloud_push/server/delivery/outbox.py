"""What waits to be sent to one client, and until when: merging and debouncing.

A notification is a hint to look, so several may become one. For each kind

    due = max(last_sent + debounce, min(last_event + MERGE_WINDOW, first_event + MAX_MERGE_DELAY))

so that a burst becomes one message, and a steady stream of events delays none for ever. The time
is computed when an event arrives, with the debounce time of that moment.
"""

from __future__ import annotations

from typing import Final

from nextcloud_push.server.delivery.notification import NOTIFICATION, Notification

__all__ = ["NOTIFICATION_DEBOUNCE", "Outbox", "debounce_time"]

NOTIFICATION_DEBOUNCE: Final = 1.0
"""Seconds between two messages of kind notification."""

_NEVER: Final = float("-inf")


def debounce_time(active_connections: int, longest: float) -> float:
    """Seconds between two file or activity messages, before the connection's own factor.

    Args:
        active_connections: Authenticated connections of this process.
        longest: The limit, in seconds; one second at least is kept.
    """
    return min(max(active_connections // 10, 1), max(longest, 1.0))


class Outbox:
    """What waits for one connection.

    Nearly always that is one notification, or none: it has a place of its own, and only the
    others are in a container.

    Args:
        factor: The connection's share of the debounce time, drawn once from [0.5, 1.5), so that
            clients that were told together do not ask Nextcloud together for ever.
    """

    __slots__ = ("_due", "_factor", "_others", "_sent", "_waiting")

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._waiting: Notification | None = None
        self._due = 0.0  # of that one
        # Of other kinds, each behind its due time; empty unless there is one above.
        self._others: tuple[tuple[float, Notification], ...] = ()
        self._sent = [_NEVER, _NEVER, _NEVER]

    def put(self, notification: Notification, debounce: float) -> float:
        """Add an event and return when its kind is due, in seconds.

        Args:
            debounce: The present debounce time of file and activity, in seconds.
        """
        kind = notification.kind
        waiting = self._waiting
        is_first = waiting is None or waiting.kind == kind
        if waiting is not None:
            notification = (
                waiting.merge(notification) if is_first else self._merge_beside(notification)
            )
        allowed = self._sent[kind] + (
            NOTIFICATION_DEBOUNCE if kind == NOTIFICATION else debounce * self._factor
        )
        due = notification.merged
        if allowed > due:
            due = allowed
        if is_first:
            self._waiting = notification
            self._due = due
        else:
            self._others = (*self._others, (due, notification))
        return due

    def take_only(self, now: float) -> Notification | None:
        """Take out what waits if that is one notification and it is due: the usual case."""
        notification = self._waiting
        if notification is None or self._others or self._due > now:
            return None
        self._waiting = None
        self._sent[notification.kind] = now
        return notification

    def take(self, now: float) -> list[Notification]:
        """Take out what is due, in the order in which it fell due; file before the others."""
        ready = sorted(
            ((due, one.kind, one) for due, one in self._all() if due <= now),
            key=lambda entry: entry[:2],  # notifications are never compared
        )
        kept = [(due, one) for due, one in self._all() if due > now]
        self._waiting, self._others = None, ()
        if kept:
            (self._due, self._waiting), *others = kept
            self._others = tuple(others)
        for _, kind, _ in ready:
            self._sent[kind] = now
        return [one for _, _, one in ready]

    def next_due(self) -> float | None:
        """When the next kind is due, in seconds; None when nothing waits."""
        return min((due for due, _ in self._all()), default=None)

    def _all(self) -> tuple[tuple[float, Notification], ...]:
        return () if self._waiting is None else ((self._due, self._waiting), *self._others)

    def _merge_beside(self, notification: Notification) -> Notification:
        """Take out what waits of this kind, and merge it with a later event."""
        others = []
        for due, waiting in self._others:
            if waiting.kind == notification.kind:
                notification = waiting.merge(notification)
            else:
                others.append((due, waiting))
        self._others = tuple(others)
        return notification
