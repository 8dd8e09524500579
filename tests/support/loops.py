"""The loops that what is asynchronous has to work on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import uvloop

__all__ = ["LOOPS", "new_asyncio_loop", "new_uvloop"]


def new_asyncio_loop() -> asyncio.AbstractEventLoop:
    """Asyncio's own, where the other is missing."""
    return _patient(asyncio.new_event_loop())


def new_uvloop() -> asyncio.AbstractEventLoop:
    """The daemon's."""
    return _patient(uvloop.new_event_loop())


def _patient(loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
    loop.slow_callback_duration = float("inf")  # a busy machine makes every callback slow
    return loop


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": new_uvloop,
    "asyncio": new_asyncio_loop,
}
