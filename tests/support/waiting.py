"""Waiting for what happens elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["wait_for"]


def wait_for(condition: Callable[[], object], timeout: float = 15.0) -> None:
    """Ask until it is so: what another thread or process does can only be asked for."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
