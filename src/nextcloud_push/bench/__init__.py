"""The benchmark: what the daemon costs on this machine, beside the floor of bare ``send()``.

The daemon runs as users start it, in a process of its own, on a real Redis and real sockets; the
clients are swarms, processes of their own too, and the floor is one more process that holds as
many sockets and does nothing but write the same bytes to them.

    course     which figures are taken, in which order
    scenarios  how each one is taken
    stand      the processes, started and stopped
    children   one process that obeys, whichever it is
    swarm      a process of clients            (a program of its own)
    floor      a process that only sends       (a program of its own)
    ticking    the daemon with a ticker        (a program of its own)
    probes     CPU and memory of a process, from outside
    figures    rounds, their median and spread, the bars
    report     table, JSON file, plot
"""

from typing import Final

__all__ = ["MAX_CONNECTIONS", "SCENARIOS"]

SCENARIOS: Final = (
    "base",
    "connect",
    "rest",
    "fanout",
    "custom",
    "unheard",
    "mounts",
    "latency",
    "first",
    "curve",
    "pause",
)
"""What ``--only`` takes, in the order in which they run."""

MAX_CONNECTIONS: Final = 18_000
"""In two processes: one may have 20,000 files open on many machines."""
