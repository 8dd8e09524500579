"""Deadlines for very many items without a timer object each.

Deadlines are rounded up to a resolution, and what falls into the same tick shares a bucket. There
is no cancelling: an item remembers the bucket that counts for it and ignores the others. A whole
bucket costs one heap operation; an item costs a list entry.
"""

from __future__ import annotations

import heapq
import math
from typing import Final, Generic, TypeVar

__all__ = ["DELIVERY_RESOLUTION", "UPKEEP_RESOLUTION", "Bucket", "TimerWheel"]

T = TypeVar("T")

DELIVERY_RESOLUTION: Final = 0.01
"""Seconds by which a notification may be later than it is due."""

UPKEEP_RESOLUTION: Final = 0.25
"""Seconds by which a ping or a time limit may be late; pings of that time go out together."""


class Bucket(list[T]):
    """The items whose deadline is after ``start`` and, by one resolution, not later."""

    __slots__ = ("start",)

    def __init__(self, start: float) -> None:
        super().__init__()
        self.start = start


class TimerWheel(Generic[T]):
    """Buckets of deadlines.

    Args:
        resolution: Seconds of one tick; an item comes out at most so much after its deadline.
    """

    def __init__(self, resolution: float) -> None:
        self.resolution = resolution
        self._buckets: dict[int, Bucket[T]] = {}
        self._ticks: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._ticks)

    def schedule(self, when: float, item: T) -> Bucket[T]:
        """Put an item into the bucket of a deadline, given in seconds, and return that bucket."""
        tick = math.ceil(when / self.resolution)
        bucket = self._buckets.get(tick)
        if bucket is None:
            bucket = self._buckets[tick] = Bucket((tick - 1) * self.resolution)
            heapq.heappush(self._ticks, tick)
        bucket.append(item)
        return bucket

    def next_due(self) -> float | None:
        """When the earliest bucket is due, in seconds; None without one."""
        return self._ticks[0] * self.resolution if self._ticks else None

    def pop_due(self, now: float) -> Bucket[T] | None:
        """Take out the earliest bucket if it is due; None otherwise."""
        if not self._ticks or self._ticks[0] * self.resolution > now:
            return None
        return self._buckets.pop(heapq.heappop(self._ticks))
