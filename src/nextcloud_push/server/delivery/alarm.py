"""Wakes the items of a timer wheel in time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from nextcloud_push.server.delivery.timer_wheel import Bucket, TimerWheel

__all__ = ["SLICE", "Alarm"]

T = TypeVar("T")

SLICE: Final = 256
"""Connections handled before the loop gets a turn: some 2 ms of writing."""


class Alarm(Generic[T]):
    """Wakes items of a timer wheel in time, a slice at a time, with one timer for all.

    Args:
        wake: Called with an item, the bucket it was scheduled in, and the time.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        resolution: float,
        wake: Callable[[list[T], Bucket[T], float], None],
    ) -> None:
        self._loop = loop
        self._wheel: TimerWheel[T] = TimerWheel(resolution)
        self._wake = wake
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0
        self._open: Bucket[T] | None = None
        self._position = 0
        self._last_when = math.nan
        self._last_bucket: Bucket[T] = Bucket(0.0)

    def schedule(self, when: float, item: T) -> Bucket[T]:
        """Wake an item at a time in seconds of the loop's clock; returns its bucket."""
        if when == self._last_when:  # those who are told together mostly have one deadline
            bucket = self._last_bucket
            bucket.append(item)
            return bucket
        bucket = self._wheel.schedule(when, item)
        self._last_when, self._last_bucket = when, bucket
        if self._open is None and (self._timer is None or when < self._timer_due):
            self._set_timer()
        return bucket

    def cancel(self) -> None:
        """Wake nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        self.cancel()
        due = self._wheel.next_due()
        if due is not None:
            self._timer_due = due
            self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        """Wake a slice of what is due, then let the loop have its turn."""
        self._timer = None
        now = self._loop.time()
        if self._open is None:
            # The timer may come a hair early: what it was set for is due all the same.
            self._last_when = math.nan
            self._open = self._wheel.pop_due(max(now, self._timer_due))
            self._position = 0
            if self._open is None:
                self._set_timer()
                return
        bucket, start = self._open, self._position
        self._position = start + SLICE
        self._wake(bucket[start : self._position], bucket, now)
        if self._position >= len(bucket):
            self._open = None
            self._set_timer()
        else:
            self._timer = self._loop.call_later(0, self._ring)
