"""What waits to be told to one client, and until when: merging and debouncing.

A notification is a hint to look, so several may become one. For each kind

    due = max(last_sent + debounce, min(last_event + MERGE_WINDOW, first_event + MAX_MERGE_DELAY))

so that a burst becomes one message, and a steady stream of events delays none for ever.
"""

from __future__ import annotations

from typing import Final

from nextcloud_push.server.delivery.messages import MAX_MERGE_DELAY, MERGE_WINDOW, Kind, News

__all__ = ["MAX_MERGE_DELAY", "MERGE_WINDOW", "NOTIFICATION_DEBOUNCE", "Outbox", "debounce_time"]

NOTIFICATION_DEBOUNCE: Final = 1.0
"""Seconds between two messages of kind notification."""

_NEVER: Final = float("-inf")
_NOTIFICATION: Final = int(Kind.NOTIFICATION)  # the members of an enum are slow to get at


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

    __slots__ = ("_factor", "_more", "_news", "_sent")

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._news: News | None = None
        self._more: tuple[News, ...] = ()  # of other kinds; empty unless there is one above
        self._sent = [_NEVER, _NEVER, _NEVER]

    def put(self, news: News, debounce: float) -> float:
        """Add an event and return when its kind is due, in seconds.

        Args:
            debounce: The present debounce time of file and activity, in seconds.
        """
        waiting = self._news
        if waiting is not None:
            if waiting.place != news.place:
                return self._put_beside(news, debounce)
            news = waiting.merge(news)
        self._news = news
        place = news.place
        allowed = self._sent[place] + (
            NOTIFICATION_DEBOUNCE if place == _NOTIFICATION else debounce * self._factor
        )
        due = news.merged
        return due if due > allowed else allowed

    def take_only(self, now: float, debounce: float) -> News | None:
        """Take out what waits if that is one notification and it is due: the usual case."""
        news = self._news
        if news is None or self._more:
            return None
        place = news.place
        sent = self._sent
        pause = NOTIFICATION_DEBOUNCE if place == _NOTIFICATION else debounce * self._factor
        if news.merged > now or sent[place] + pause > now:
            return None
        self._news = None
        sent[place] = now
        return news

    def take(self, now: float, debounce: float) -> list[News]:
        """Take out what is due, in the order in which it fell due; file before the others."""
        ready, kept = [], []
        for news in self._waiting():
            due = self._due(news, debounce)
            if due <= now:
                ready.append((due, news.place, news))
            else:
                kept.append(news)
        ready.sort()  # kinds are unique, so that news are never compared
        self._news, self._more = (kept[0], tuple(kept[1:])) if kept else (None, ())
        for _, place, _ in ready:
            self._sent[place] = now
        return [news for _, _, news in ready]

    def next_due(self, debounce: float) -> float | None:
        """When the next kind is due, in seconds; None when nothing waits."""
        return min((self._due(news, debounce) for news in self._waiting()), default=None)

    def _waiting(self) -> tuple[News, ...]:
        return () if self._news is None else (self._news, *self._more)

    def _put_beside(self, news: News, debounce: float) -> float:
        """Add an event of another kind than the first that waits."""
        others = []
        for waiting in self._more:
            if waiting.place == news.place:
                news = waiting.merge(news)
            else:
                others.append(waiting)
        self._more = (*others, news)
        return self._due(news, debounce)

    def _due(self, news: News, debounce: float) -> float:
        place = news.place
        pause = NOTIFICATION_DEBOUNCE if place == _NOTIFICATION else debounce * self._factor
        return max(news.merged, self._sent[place] + pause)
