"""Loads what the routing has to know: storages' mounts, in batches, and the mounts of one user."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from typing import Final, Protocol

from nextcloud_push.server.errors import DatabaseError
from nextcloud_push.server.logs import RateLimit
from nextcloud_push.server.routing.load_queue import LoadQueue
from nextcloud_push.server.routing.storage_access import StorageAccess
from nextcloud_push.words.backoff import ExponentialBackoff

__all__ = ["BATCH_TIME", "REFRESH_AGAIN", "Loader", "Mounts", "Routing", "WaitingQueue"]

logger = logging.getLogger("notify_push.routing.loader")

BATCH_TIME: Final = 0.005
"""Seconds for which storages are collected before one query asks for all of them."""

MAX_BATCH: Final = 500
"""Storages of one query; what it answers is taken in without a turn for others."""

MAX_QUERIES: Final = 4
"""Queries of each kind under way at a time."""

REFRESH_AGAIN: Final = (2.0, 10.0, 60.0)
"""Seconds after a share or group event at which the user's mounts are asked for again, since
Nextcloud may write a mount later than it publishes."""

BACKOFF: Final = ExponentialBackoff(first=0.1, cap=2.0)
"""Between two tries while the database is out of reach."""


class Mounts(Protocol):
    """The database, as far as routing asks it."""

    async def mounts_of_storages(
        self, storages: Collection[int]
    ) -> dict[int, list[tuple[str, str]]]:
        """(user, root path) rows by storage."""

    async def mounts_of_user(self, user: str) -> list[tuple[int, str]]:
        """(storage, root path) rows of a user."""

    async def check(self) -> None:
        """Prove that the database answers."""


class Routing(Protocol):
    """What goes on when something is loaded."""

    def mappings_loaded(self, storages: Iterable[int]) -> None:
        """Go on with the events of storages whose mappings are known now."""

    def refreshed(self, refreshes: Iterable[int]) -> None:
        """Go on with the events that waited for these refreshes of a user's mounts."""

    def refresh_when_back(self, user: str) -> None:
        """Note that the mounts of a user without a connection may be out of date."""


class WaitingQueue(LoadQueue):
    """A queue that the loader can wait at.

    Attributes:
        storages: Set when there may be a storage.
        users: Set when there may be a user.
    """

    __slots__ = ("storages", "users")

    def __init__(self) -> None:
        self.storages, self.users = asyncio.Event(), asyncio.Event()
        super().__init__(on_storage=self.storages.set, on_user=self.users.set)


class Loader:
    """Asks the database for what the routing wants, and tries again until it answers.

    Args:
        mounts: The database.
        queue: What is wanted; it also has whether the database answers.
        access: The storage mappings.
        routing: Goes on when something is loaded.
        count_query: Called for every query that succeeded.
        is_connected: Tells whether a user has a connection.
    """

    def __init__(
        self,
        *,
        mounts: Mounts,
        queue: WaitingQueue,
        access: StorageAccess,
        routing: Routing,
        count_query: Callable[[], None],
        is_connected: Callable[[str], bool],
    ) -> None:
        self._mounts = mounts
        self._queue = queue
        self._access = access
        self._routing = routing
        self._count_query = count_query
        self._is_connected = is_connected
        self._under_way: dict[str, list[int]] = {}  # users, with the refreshes that wait for it
        self._repetitions: dict[str, asyncio.TimerHandle] = {}
        self._faults = RateLimit(5, 10.0)
        self._doubted = asyncio.Event()

    async def run(self) -> None:
        """Load until cancelled; run again after a fault, it asks again what was being asked."""
        self._ask_again()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._prove_connection())
                tasks.create_task(self._load_storages())
                tasks.create_task(self._load_users())
        finally:
            for timer in self._repetitions.values():
                timer.cancel()

    def _ask_again(self) -> None:
        self._access.load_again()
        for user, refreshes in self._under_way.items():
            self._queue.put_user(user, refreshes)
        self._under_way.clear()
        for user in list(self._repetitions):
            self._refresh_again(user, 0)
        self._doubted.set()

    async def _prove_connection(self) -> None:
        """Ask at the start, and after every failure, until the database answers."""
        failures = 0
        while True:
            await self._doubted.wait()
            await asyncio.sleep(BACKOFF.pause(failures))
            self._doubted.clear()
            if self._queue.database_answers:
                failures = 0
                continue
            try:
                await self._mounts.check()
            except DatabaseError as error:
                self._failed(error)
                failures += 1
            else:
                self._succeeded()
                failures = 1  # a database that fails again at once is not asked at once

    async def _load_storages(self) -> None:
        places = asyncio.Semaphore(MAX_QUERIES)
        failures = 0
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._queue.storages.wait()
                if self._queue.database_answers or not failures:
                    await asyncio.sleep(BATCH_TIME)
                else:
                    await asyncio.sleep(BACKOFF.pause(failures))
                failures = 0 if self._queue.database_answers else failures + 1
                self._queue.storages.clear()
                wanted = self._access.begin_loading()
                size = min(MAX_BATCH, self._access.capacity)  # more would push each other out
                for start in range(0, len(wanted), size):
                    await places.acquire()
                    task = tasks.create_task(self._load_batch(wanted[start : start + size]))
                    task.add_done_callback(lambda _: places.release())

    async def _load_batch(self, storages: list[int]) -> None:
        try:
            await self._load(storages)
        except DatabaseError as error:
            self._failed(error)
            self._access.failed(storages)
        except (Exception, asyncio.CancelledError) as error:  # a fault: it costs one storage
            _raise_if_cancelled(error)
            if len(storages) > 1:
                for storage in storages:
                    await self._load_batch([storage])
                return
            self._report_fault(f"the mounts of storage {storages[0]}", error)
            self._access.forget(storages[0])
        # After a failure too: what is known of them counts during an outage.
        self._routing.mappings_loaded(storages)

    async def _load(self, storages: list[int]) -> None:
        rows = await self._mounts.mounts_of_storages(storages)
        self._succeeded()
        self._count_query()
        now = asyncio.get_running_loop().time()
        for storage in storages:
            self._access.loaded(storage, rows.get(storage, ()), now)

    async def _load_users(self) -> None:
        places = asyncio.Semaphore(MAX_QUERIES)
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._queue.users.wait()
                await places.acquire()
                # One query a user at a time: an older answer must not come behind a newer one.
                taken = self._queue.take_user(self._under_way.__contains__)
                if taken is None:
                    places.release()
                    self._queue.users.clear()
                    continue
                user, refreshes = taken
                self._under_way[user] = refreshes
                if refreshes:  # an event, and none of its repetitions
                    self._refresh_later(user, 0)
                task = tasks.create_task(self._load_user(user))
                task.add_done_callback(lambda _: places.release())

    async def _load_user(self, user: str) -> None:
        try:
            rows = await self._mounts.mounts_of_user(user)
        except DatabaseError as error:
            self._failed(error)
            self._refresh_later(user, 0)
        except (Exception, asyncio.CancelledError) as error:  # a fault: nobody waits for it
            _raise_if_cancelled(error)
            self._report_fault("the mounts of a user", error)
        else:
            self._succeeded()
            self._count_query()
            self._access.replace_user(user, rows)
        refreshes = self._under_way.pop(user)
        self._queue.users.set()
        self._routing.refreshed(refreshes)

    def _refresh_later(self, user: str, step: int) -> None:
        waiting = self._repetitions.pop(user, None)
        if waiting is not None:
            waiting.cancel()
        if step == len(REFRESH_AGAIN):
            return
        if not self._is_connected(user):
            self._routing.refresh_when_back(user)
            return
        pause = REFRESH_AGAIN[step] - (REFRESH_AGAIN[step - 1] if step else 0.0)
        loop = asyncio.get_running_loop()
        self._repetitions[user] = loop.call_later(pause, self._refresh_again, user, step + 1)

    def _refresh_again(self, user: str, step: int) -> None:
        self._queue.put_user(user)
        self._refresh_later(user, step)

    def _report_fault(self, what: str, error: BaseException) -> None:
        if self._faults.allows(asyncio.get_running_loop().time()):
            logger.error("%s cannot be loaded: %s", what, type(error).__name__)
            logger.debug("where", exc_info=error)

    def _failed(self, error: DatabaseError) -> None:
        if self._queue.database_answers is not False:
            logger.error("the database does not answer, trying again: %s", error)
        self._queue.database_answers = False
        self._doubted.set()

    def _succeeded(self) -> None:
        if self._queue.database_answers is False:
            logger.warning("the database answers again")
        self._queue.database_answers = True


def _raise_if_cancelled(error: BaseException) -> None:
    """Go on ending when this task was asked to; a library may also cancel what it waits for."""
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
        raise error
