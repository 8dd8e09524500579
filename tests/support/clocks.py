"""Both loops that a daemon may run on, with a time that can be stopped and moved."""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import uvloop

__all__ = ["CLOCKS", "Clock"]

_ROUNDS = 20
_LONGEST_SLEEP = 3600 * 24 * 365 * 100.0


class Clock(Protocol):
    """A loop whose time can be stopped and moved; its sockets go on as ever."""

    def stop_clock(self) -> None:
        """Let no time pass but what ``move`` adds."""

    async def move(self, seconds: float) -> None:
        """Let time pass at once, and let everything run that has become due."""


class AsyncioClock(asyncio.SelectorEventLoop):
    """Asyncio's own loop: the daemon's where uvloop is missing."""

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0.0
        self._stopped_at: float | None = None
        self.set_debug(True)
        self.slow_callback_duration = float("inf")  # it would be measured by this clock

    def time(self) -> float:
        """The loop's own time, in seconds."""
        now = self._stopped_at if self._stopped_at is not None else super().time()
        return now + self._offset

    def stop_clock(self) -> None:
        """Let no time pass but what ``move`` adds."""
        if self._stopped_at is None:
            self._stopped_at = super().time()

    async def move(self, seconds: float) -> None:
        """Let time pass at once, and let everything run that has become due."""
        self._offset += seconds
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)


class Timer:
    """What uvloop returns for a time in the future: this and no more can be asked of it."""

    def __init__(self, due: int, call: Callable[[], object]) -> None:
        self._due = due
        self._call: Callable[[], object] | None = call

    def when(self) -> float:
        """The time of the loop's clock."""
        return self._due / 1000

    def cancel(self) -> None:
        """Never call."""
        self._call = None

    def cancelled(self) -> bool:
        """Whether there is nothing to call any more."""
        return self._call is None

    def run(self) -> None:
        """Call, unless it was cancelled."""
        if self._call is not None:
            self._call()


class UvloopClock(uvloop.Loop):
    """The daemon's loop. Its time, and the time of its timers, is whole milliseconds.

    As with the real one, a timer whose time is less than half a millisecond away is no timer: a
    handle without ``when`` is returned, and it is called at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._offset = 0.0
        self._stopped_at: float | None = None
        self._pending: list[tuple[int, int, contextvars.Context | None, Timer]] = []
        self._numbers = itertools.count()
        self._real: asyncio.TimerHandle | None = None
        self.set_debug(True)
        self.slow_callback_duration = float("inf")  # a busy machine makes every callback slow

    def _milliseconds(self) -> int:
        now = self._stopped_at if self._stopped_at is not None else super().time()
        return int((now + self._offset) * 1000 + 1e-6)

    def time(self) -> float:
        """The loop's own time, in seconds."""
        return self._milliseconds() / 1000

    def stop_clock(self) -> None:
        """Let no time pass but what ``move`` adds."""
        if self._stopped_at is None:
            self._stopped_at = super().time()

    async def move(self, seconds: float) -> None:
        """Let time pass at once, and let everything run that has become due."""
        self._offset += seconds
        for _ in range(_ROUNDS):
            self._run_due()
            await asyncio.sleep(0)

    def call_later(  # type: ignore[override]  # its timers are no TimerHandle
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle | Timer:
        """Call later by this clock."""
        after = round(min(max(delay, 0.0), _LONGEST_SLEEP) * 1000)
        if after == 0:
            return self.call_soon(callback, *args, context=context)
        due = self._milliseconds() + after
        timer = Timer(due, lambda: callback(*args))
        context = context if context is not None else contextvars.copy_context()
        heapq.heappush(self._pending, (due, next(self._numbers), context, timer))
        self._wait()
        return timer

    def call_at(  # type: ignore[override]  # its timers are no TimerHandle
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle | Timer:
        """Call at a time of this clock."""
        return self.call_later(when - self.time(), callback, *args, context=context)

    def _run_due(self) -> None:
        now = self._milliseconds()
        while self._pending and (self._pending[0][0] <= now or self._pending[0][3].cancelled()):
            _, _, context, timer = heapq.heappop(self._pending)
            if not timer.cancelled():
                self.call_soon(timer.run, context=context)
        self._wait()

    def _wait(self) -> None:
        """Let the real loop wake this one when the next timer is due, if time passes by itself."""
        if self._real is not None:
            self._real.cancel()
            self._real = None
        if self._pending and self._stopped_at is None:
            wait = (self._pending[0][0] - self._milliseconds()) / 1000
            self._real = super().call_later(max(wait, 0.001), self._run_due)


CLOCKS: Mapping[str, Callable[[], AsyncioClock | UvloopClock]] = MappingProxyType(
    {"asyncio": AsyncioClock, "uvloop": UvloopClock}
)
"""The loops by their names."""
