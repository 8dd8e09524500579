"""What a process costs, read from outside it. Linux only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Memory", "cpu_seconds", "family", "memory"]


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in KiB.

    Args:
        pss: With pages that are shared counted by share, as ``smaps_rollup`` has it.
        private: Pages that nobody else has.
    """

    pss: int
    private: int


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    pids = [pid]
    for parent in pids:
        for task in Path(f"/proc/{parent}/task").iterdir():
            pids += map(int, (task / "children").read_text().split())
    return pids


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, of a process and its descendants, threads that ended included.

    Read from the processes' CPU clocks, which count nanoseconds where ``/proc/PID/stat`` counts
    ticks of 10 ms. The number of such a clock is made as clock_getcpuclockid(3) makes it.
    """
    return sum(time.clock_gettime(~one << 3 | 2) for one in family(pid))


def memory(pid: int) -> Memory:
    """The memory of a process and its descendants."""
    pss = private = 0
    for one in family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Pss":
                pss += int(value.split()[0])
            elif name in ("Private_Clean", "Private_Dirty"):
                private += int(value.split()[0])
    return Memory(pss, private)
