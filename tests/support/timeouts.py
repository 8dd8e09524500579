"""A test that takes too long ends, on whichever loop it stands still.

What a signal's handler raises does not leave uvloop: it is logged, and the loop waits on, for ever.
So the tasks of a loop that waits are cancelled, and what does not heed that is ended again.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import Any

import pytest

__all__ = ["pytest_timeout_set_timer"]

_AGAIN = 5.0
"""Seconds until what is still there is ended once more."""


def _show(reason: str) -> None:
    """Write down what every thread is at."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    sys.stderr.write(f"+++ {reason}\n")
    for number, frame in sys._current_frames().items():
        stack = "".join(traceback.format_stack(frame))
        sys.stderr.write(f"--- thread {names.get(number, number)}\n{stack}")


def _cancel_tasks(loop: asyncio.AbstractEventLoop, reason: str) -> None:
    for task in asyncio.all_tasks(loop):
        task.print_stack(file=sys.stderr)
        task.cancel(reason)
    loop.call_soon_threadsafe(lambda: None)  # it may wait for a socket, and not know


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: Any, settings: Any) -> bool | None:
    """End a test after its time, in place of pytest-timeout's own way by signal."""
    if settings.method != "signal" or threading.current_thread() is not threading.main_thread():
        return None
    reason = f"Timeout (>{settings.timeout}s) of {item.nodeid}"
    asked = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        __tracebackhide__ = True
        _show(reason)
        loop = asyncio._get_running_loop()
        if loop is not None and asyncio.current_task(loop) is None:
            _cancel_tasks(loop, reason)
            if not asked:
                asked = True
                return
        pytest.fail(reason)

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    item.cancel_timeout = cancel
    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout, _AGAIN)
    return True
