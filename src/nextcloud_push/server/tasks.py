"""The daemon's tasks: begun, restarted after a fault, and ended together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from nextcloud_push.server.errors import ConfigurationError, StartupError
from nextcloud_push.words.backoff import ExponentialBackoff

__all__ = ["Tasks"]

logger = logging.getLogger("notify_push.daemon")

BACKOFF: Final = ExponentialBackoff(first=0.1, cap=30.0)
"""Until an essential part that failed is started again; one that held for longer starts anew."""


class Tasks:
    """What runs beside the callbacks.

    Args:
        loop: Where.

    Attributes:
        failed: Set when a part cannot go on without which there is nothing to do but end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._running: set[asyncio.Task[Any]] = set()
        self.failed = asyncio.Event()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine; its failure is logged and ends nothing else."""
        task = self._loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._on_done)

    def keep_running(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run an essential part, and again after a fault: a restart costs no client anything.

        A fault of the configuration stays: then ``failed`` is set.

        Args:
            name: What failed, for the log.
        """
        self.begin(self._keep_running(name, run))

    async def end(self) -> None:
        """Cancel what runs, and again: a library may lose a cancellation among its own errors."""
        while self._running:
            for task in self._running:
                task.cancel()
            await asyncio.wait(self._running, timeout=0.1)

    async def _keep_running(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        failures = 0
        while True:
            began = self._loop.time()
            try:
                await run()
                reason = "it ended"
            except Exception as error:  # whatever it is, the connections do not pay for it
                fault = _first_fault(error)
                if isinstance(fault, ConfigurationError | StartupError):
                    logger.error("%s cannot go on: %s", name, fault)
                    self.failed.set()
                    return
                logger.debug("%s failed", name, exc_info=error)
                reason = type(fault).__name__
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                reason = "it was cancelled from inside"  # by a library; nobody asked us to end
            failures = 1 if self._loop.time() - began > BACKOFF.cap else failures + 1
            pause = BACKOFF.pause(failures)
            logger.error("%s failed (%s), starting it again in %.1f s", name, reason, pause)
            await asyncio.sleep(pause)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a part of the daemon failed", exc_info=task.exception())


def _first_fault(error: BaseException) -> BaseException:
    """The first exception in groups of task groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
