"""The limits of the process that evaluates: time, memory, files. They hold until it ends.

Three nets, each for what slips through the one before. Processor time raises an exception that
still names the line; the kernel ends what does not come back to Python, such as the parser; and an
alarm ends what waits for a machine that does not answer.
"""

from __future__ import annotations

import math
import os
import signal
import stat
import sys
from typing import Final, NoReturn

from nextcloud_push.config.limits import LimitExceeded

__all__ = [
    "CPU_SECONDS",
    "MEMORY",
    "PHP_SECONDS",
    "SECONDS",
    "confine",
    "end_after",
    "release",
    "watch",
]

CPU_SECONDS: Final = 0.5
"""Time of the processor for parsing and evaluating everything."""
MEMORY: Final = 128 * 1024 * 1024
"""Bytes that values and syntax trees may take, beside what Python itself does."""
SECONDS: Final = 10
"""Time on the clock, for a file on a machine that does not answer."""
PHP_SECONDS: Final = 20
"""Time on the clock when PHP is asked, which has limits of its own."""

_FILES: Final = 64
_LINUX: Final = sys.platform == "linux"


def confine() -> None:
    """Limit this process for good; to be called when all is imported and before a file is read."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = used.ru_utime + used.ru_stime
    # The kernel counts whole seconds here; an error still has to be told.
    seconds = math.ceil(spent + CPU_SECONDS + 0.4)
    _lower(resource.RLIMIT_CPU, seconds, seconds + 1)
    _lower(resource.RLIMIT_CORE, 0, 0)  # a dump would hold secrets
    _lower(resource.RLIMIT_NOFILE, _FILES, _FILES)
    if _LINUX:  # elsewhere it counts something else, or is not kept
        data = _data_size() + MEMORY
        _lower(resource.RLIMIT_DATA, data, data)
    if not _answers_into_a_file():
        _lower(resource.RLIMIT_FSIZE, 0, 0)
    watch()
    end_after(SECONDS)


def _answers_into_a_file() -> bool:
    try:
        return any(stat.S_ISREG(os.fstat(stream).st_mode) for stream in (1, 2))
    except OSError:  # one is closed
        return False


def watch() -> None:
    """From now on, `CPU_SECONDS` of processor time raise `LimitExceeded`."""
    signal.signal(signal.SIGPROF, _time_is_up)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)


def release() -> None:
    """Stop watching: what is left is to tell the answer."""
    signal.setitimer(signal.ITIMER_PROF, 0)


def end_after(seconds: int) -> None:
    """Let the kernel end this process after a time, also when nobody is left to do so."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


def _time_is_up(_signal: int, _frame: object) -> NoReturn:
    raise LimitExceeded(f"evaluating it takes more than {CPU_SECONDS} s")


def _lower(kind: int, soft: int, hard: int) -> None:
    """Lower a limit; what is lower already stays."""
    import resource

    most = resource.getrlimit(kind)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def _data_size() -> int:
    """Bytes of memory of its own that this process has now."""
    with open("/proc/self/statm", "rb") as stream:
        return int(stream.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
