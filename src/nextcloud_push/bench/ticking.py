"""The daemon with a ticker on its loop, for the one figure that cannot be seen from outside.

Nothing of the daemon is changed but the factory of its event loop, which here returns a loop that
ticks every millisecond between two signals: the first SIGUSR1 begins, the second writes what was
seen to the file that ``BENCH_PAUSES`` names. A pause is the time from one tick to the next beyond
that millisecond; its CPU time tells the loop's own work from waiting for a core of the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Final

from nextcloud_push.commands import daemon_main
from nextcloud_push.server import process as service

TICK: Final = 0.001

SHOWN: Final = 20
"""The longest pauses are kept, so many."""


class Ticker:
    """Measures the pauses of a loop.

    Args:
        loop: Which loop.
        file: Where the longest pauses are written.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, file: Path) -> None:
        self._loop = loop
        self._file = file
        self._timer: asyncio.TimerHandle | None = None
        self._ticks = 0
        self._pauses: list[tuple[float, float]] = []  # seconds: all of it, on the CPU

    def on_signal(self) -> None:
        """Begin, or write what was seen."""
        if self._timer is None:
            self._wall, self._cpu = time.monotonic(), time.thread_time()
            self._timer = self._loop.call_later(TICK, self._tick)
        else:
            self._timer.cancel()
            self._timer = None
            longest = sorted(self._pauses, reverse=True)[:SHOWN]
            on_cpu = max((cpu for _, cpu in self._pauses), default=0.0)
            seen = {"ticks": self._ticks, "longest": longest, "longest_on_cpu": on_cpu}
            part = self._file.with_suffix(".part")
            part.write_text(json.dumps(seen))
            part.rename(self._file)

    def _tick(self) -> None:
        wall, cpu = time.monotonic(), time.thread_time()
        self._ticks += 1
        if wall - self._wall > 2 * TICK:
            self._pauses.append((wall - self._wall - TICK, cpu - self._cpu))
        self._wall, self._cpu = wall, cpu
        self._timer = self._loop.call_later(TICK, self._tick)


def main() -> None:
    """Run the daemon as ``notify_push`` does."""
    make_loop = service.new_event_loop

    def new_ticking_loop() -> asyncio.AbstractEventLoop:
        loop = make_loop()
        ticker = Ticker(loop, Path(os.environ["BENCH_PAUSES"]))
        loop.add_signal_handler(signal.SIGUSR1, ticker.on_signal)
        return loop

    service.new_event_loop = new_ticking_loop
    daemon_main()


if __name__ == "__main__":
    main()
