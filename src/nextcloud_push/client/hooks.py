"""Run a command for each notification."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import datetime

from nextcloud_push.client.notifications import Notification
from nextcloud_push.client.printing import as_json, as_variables

__all__ = ["CommandRunner"]

_PATIENCE = 2.0
"""Seconds a command has to end after it was asked to."""


class CommandRunner:
    """Starts a shell command per notification, in order, so many at a time.

    The details are in its environment and, as a line of JSON, on its standard input; none of
    them is ever part of the command line, so that no sender can make the shell run anything.

    Args:
        command: For the system's shell.
        parallel: Commands that run at a time; `start` waits for room.
        complain: Called with a sentence when a command fails.
        secrets: Variables that the commands must not inherit.
    """

    def __init__(
        self,
        command: str,
        *,
        parallel: int,
        complain: Callable[[str], None],
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        self._command = command
        self._room = asyncio.Semaphore(parallel)
        self._complain = complain
        self._base = {name: value for name, value in os.environ.items() if name not in secrets}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, notification: Notification, when: datetime) -> None:
        """Wait for room, then start the command."""
        await self._room.acquire()
        task = asyncio.create_task(self._run(notification, when))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Wait until all commands have ended."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """End the commands that still run."""
        for task in self._tasks:
            task.cancel()
        await self.finish()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    async def _run(self, notification: Notification, when: datetime) -> None:
        try:
            process = await asyncio.create_subprocess_shell(
                self._command,
                stdin=asyncio.subprocess.PIPE,
                env=self._base | as_variables(notification, when),
            )
        except OSError as exc:
            self._complain(f"the command cannot be started: {exc.strerror}")
            return
        try:
            await process.communicate(as_json(notification, when).encode() + b"\n")
        except asyncio.CancelledError:
            await _end(process)
            raise
        if process.returncode:
            self._complain(f"the command ended with status {process.returncode}")


async def _end(process: asyncio.subprocess.Process) -> None:
    try:
        process.terminate()
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    except ProcessLookupError:
        pass  # it has just ended by itself
