"""What waits between the socket and the program.

Hints merge: of each kind at most one waits, file ids joined, since a program looks once for
all of them. Events of apps are kept each, in order; when ``limit`` of them wait, reading from
the socket pauses, so that memory is bounded and nothing is dropped or told twice.
"""

from __future__ import annotations

import asyncio
from collections import deque

from nextcloud_push.client.notifications import Custom, FileChanged, Notification
from nextcloud_push.words import MAX_FILE_IDS

__all__ = ["Inbox", "Waiting"]


class Waiting:
    """The notifications that wait, without any waiting of its own."""

    def __init__(self) -> None:
        self._order: deque[Notification | type[Notification]] = deque()
        self._hints: dict[type[Notification], Notification] = {}
        self.customs = 0

    def __bool__(self) -> bool:
        return bool(self._order)

    def add(self, notification: Notification) -> None:
        """Append it, or merge it into the one of its kind that waits."""
        if isinstance(notification, Custom):
            self.customs += 1
            self._order.append(notification)
            return
        kind = type(notification)
        waiting = self._hints.get(kind)
        if waiting is None:
            self._order.append(kind)
        elif isinstance(waiting, FileChanged) and isinstance(notification, FileChanged):
            notification = _join(waiting, notification)
        self._hints[kind] = notification

    def take(self) -> Notification:
        """Remove and return the oldest; there must be one."""
        first = self._order.popleft()
        if isinstance(first, type):
            return self._hints.pop(first)
        self.customs -= 1
        return first


def _join(one: FileChanged, other: FileChanged) -> FileChanged:
    if one.ids is None or other.ids is None:
        return FileChanged()
    ids = tuple(dict.fromkeys(one.ids + other.ids))
    return FileChanged(ids if len(ids) <= MAX_FILE_IDS else None)


class Inbox:
    """Hands notifications from one task to others.

    Args:
        limit: Events of apps that may wait before `put` does.
    """

    def __init__(self, limit: int) -> None:
        self._waiting = Waiting()
        self._limit = limit
        self._readable = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False
        self._error: Exception | None = None

    async def put(self, notification: Notification) -> None:
        """Add a notification, after waiting for room."""
        while self._waiting.customs >= self._limit:
            self._room.clear()
            await self._room.wait()
        self._waiting.add(notification)
        self._readable.set()

    async def get(self) -> Notification | None:
        """Wait for a notification; being cancelled loses none.

        Returns:
            None once the inbox was closed and all was taken.

        Raises:
            Exception: What the inbox was closed with, once all was taken.
        """
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._closed:
                return None
            self._readable.clear()
            await self._readable.wait()
        notification = self._waiting.take()
        self._room.set()
        return notification

    def close(self, error: Exception | None = None) -> None:
        """End the inbox; what waits in it can still be taken."""
        if not self._closed:
            self._closed = True
            self._error = error
        self._readable.set()
