"""No process outlives the tests that started it."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

__all__ = ["none_left_behind"]

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 10.0
"""Seconds that what was told to end has for it, on a busy machine."""


@contextmanager
def none_left_behind() -> Iterator[None]:
    """Fail at the end of the block when a process is left, and end it.

    What has lost its parent, such as a command of a shell that was killed, is found as well.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = set(psutil.Process().children(recursive=True))
    yield
    started = set(psutil.Process().children(recursive=True)) - before
    psutil.wait_procs(started, timeout=_PATIENCE)
    left = [text for process in started if (text := _end(process))]
    assert left == []


def _end(process: psutil.Process) -> str:
    """End a process that still runs, and say which it was."""
    with suppress(psutil.NoSuchProcess):
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            text = " ".join(process.cmdline())
            if "multiprocessing.resource_tracker" in text:  # ends with this process
                return ""
            process.kill()
            return text
    return ""
