"""What waits to be told to one client, and until when: merging and debouncing.

A notification is a hint to look, so several may become one. For each kind

    due = max(last_sent + debounce, min(last_event + MERGE_WINDOW, first_event + MAX_MERGE_DELAY))

so that a burst becomes one message, and a steady stream of events delays none for ever.
"""

from __future__ import annotations

from typing import Final

from notify_push.delivery.messages import Kind, News

__all__ = ["MAX_MERGE_DELAY", "MERGE_WINDOW", "NOTIFICATION_DEBOUNCE", "Outbox", "debounce_time"]

MERGE_WINDOW: Final = 0.1
"""Seconds without a further event of its kind after which a notification is sent."""

MAX_MERGE_DELAY: Final = 0.5
"""Seconds after its first event at which a notification is sent however many follow."""

NOTIFICATION_DEBOUNCE: Final = 1.0
"""Seconds between two messages of kind notification."""

_NEVER: Final = float("-inf")
_NOTIFICATION: Final = int(Kind.NOTIFICATION)  # the members of an enum are slow to get at
_NOTHING: Final[list[News | None]] = [None, None, None]


def debounce_time(active_connections: int, longest: float) -> float:
    """Seconds between two file or activity messages, before the connection's own factor.

    Args:
        active_connections: Authenticated connections of this process.
        longest: The limit, in seconds; one second at least is kept.
    """
    return min(max(active_connections // 10, 1), max(longest, 1.0))


class Outbox:
    """What waits for one connection.

    Args:
        factor: The connection's share of the debounce time, drawn once from [0.5, 1.5), so that
            clients that were told together do not ask Nextcloud together for ever.
    """

    __slots__ = ("_factor", "_sent", "_waiting")

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._waiting: list[News | None] = [None, None, None]  # a place for each kind
        self._sent = [_NEVER, _NEVER, _NEVER]

    def put(self, news: News, debounce: float) -> float:
        """Add an event and return when its kind is due, in seconds.

        Args:
            debounce: The present debounce time of file and activity, in seconds.
        """
        kind = news.kind
        waiting = self._waiting[kind]
        if waiting is not None:
            news = waiting.merge(news)
        self._waiting[kind] = news
        return self._due(news, debounce)

    def take(self, now: float, debounce: float) -> list[News]:
        """Take out what is due, in the order in which it fell due; file before the others."""
        ready = [
            (due, news.kind, news)
            for news in self._waiting
            if news is not None and (due := self._due(news, debounce)) <= now
        ]
        if len(ready) > 1:
            ready.sort()  # kinds are unique, so that news are never compared
        taken = []
        for _, kind, news in ready:
            self._waiting[kind] = None
            self._sent[kind] = now
            taken.append(news)
        return taken

    def next_due(self, debounce: float) -> float | None:
        """When the next kind is due, in seconds; None when nothing waits."""
        if self._waiting == _NOTHING:
            return None
        return min(self._due(news, debounce) for news in self._waiting if news is not None)

    def _due(self, news: News, debounce: float) -> float:
        kind = news.kind
        pause = NOTIFICATION_DEBOUNCE if kind == _NOTIFICATION else debounce * self._factor
        allowed = self._sent[kind] + pause
        due = news.last + MERGE_WINDOW
        latest = news.first + MAX_MERGE_DELAY
        if latest < due:
            due = latest
        return due if due > allowed else allowed
