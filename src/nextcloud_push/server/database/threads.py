"""Run a blocking database driver on a few threads, each with a session of its own.

Threads are daemons, unlike those of ``concurrent.futures``: a driver that hangs in a name look-up
or on a dead network drive must not keep the process from exiting.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

from nextcloud_push.server.database.mounts import CONNECT_TIMEOUT, QUERY_TIMEOUT, Row
from nextcloud_push.server.errors import DatabaseError

__all__ = ["Session", "SessionThreads"]

_CALL_TIMEOUT = CONNECT_TIMEOUT + QUERY_TIMEOUT
_CLOSE_TIMEOUT = 2.0


class Session(Protocol):
    """A connection that makes and mends itself; used by one thread only."""

    def fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """Run one query, connecting first where needed; failures are DatabaseErrors."""
        ...

    def close(self) -> None:
        """Let go of the connection; never raises."""
        ...


class _Job:
    """Work on its way to a thread, and its result on the way back.

    Args:
        work: What to do with the thread's session.
        last: The thread ends after it.
    """

    __slots__ = ("_loop", "_work", "answer", "last")

    def __init__(self, work: Callable[[Session], Sequence[Row]], *, last: bool = False) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Sequence[Row]] = self._loop.create_future()
        self.last = last

    def run(self, session: Session, done: Callable[[], None]) -> None:
        """Do the work, on the thread; ``done`` is called on the loop, also when nobody waits."""
        rows: Sequence[Row] = ()
        failure: BaseException | None = None
        if not self.answer.cancelled():  # else it timed out in the queue
            try:
                rows = self._work(session)
            except BaseException as exc:  # raised again where the answer is awaited
                failure = exc

        def settle() -> None:
            done()
            if self.answer.done():
                return
            if failure is None:
                self.answer.set_result(rows)
            else:
                self.answer.set_exception(failure)

        try:
            self._loop.call_soon_threadsafe(settle)
        except RuntimeError:
            pass  # the loop is closed: nobody waits for anything


class SessionThreads:
    """A pool of sessions. Threads start when they are needed and stay.

    Args:
        session: Makes a session without connecting it.
        size: How many sessions at most.
        name: Begins the names of the threads.
    """

    def __init__(self, session: Callable[[], Session], *, size: int, name: str) -> None:
        self._session = session
        self._size = size
        self._name = name
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._threads = 0
        self._pending = 0
        self._closed = False

    async def fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """Run one query on a thread that is free.

        Raises:
            DatabaseError: It failed, or took longer than connecting and asking may.
        """
        if self._closed:
            raise DatabaseError("the connection to the database was closed")
        answer = self._submit(_Job(lambda session: session.fetch(sql, parameters)))
        if self._pending > self._threads < self._size:
            self._threads += 1
            name = f"{self._name}-{self._threads}"
            threading.Thread(target=self._work, name=name, daemon=True).start()
        try:
            async with asyncio.timeout(_CALL_TIMEOUT):
                return await answer
        except TimeoutError:
            raise DatabaseError(f"no answer within {_CALL_TIMEOUT:.0f} s") from None

    async def close(self) -> None:
        """End the threads after what they have to do; one that hangs is left behind."""
        self._closed = True
        endings = [self._submit(_Job(_close, last=True)) for _ in range(self._threads)]
        self._threads = 0
        if endings:
            await asyncio.wait(endings, timeout=_CLOSE_TIMEOUT)

    def _submit(self, job: _Job) -> asyncio.Future[Sequence[Row]]:
        self._pending += 1
        self._jobs.put(job)
        return job.answer

    def _work(self) -> None:
        session = self._session()
        last = False
        while not last:
            job = self._jobs.get()
            last = job.last
            job.run(session, self._one_done)

    def _one_done(self) -> None:
        self._pending -= 1


def _close(session: Session) -> Sequence[Row]:
    session.close()
    return ()
