"""Loads what the routing has to know: storages' mounts, in batches, and the mounts of one user."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final, Protocol

from nextcloud_push.server.errors import DatabaseError
from nextcloud_push.server.routing.dispatcher import Dispatcher
from nextcloud_push.server.routing.storage_access import StorageAccess

__all__ = ["BATCH_TIME", "REFRESH_AGAIN", "Loader", "Mounts"]

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

SHORTEST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
"""Seconds between two tries while the database is out of reach."""


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


class Loader:
    """Asks the database for what the routing wants, and tries again until it answers.

    Args:
        mounts: The database.
        access: The storage mappings, which say what is wanted.
        count_query: Called for every query that succeeded.
        is_connected: Tells whether a user has a connection.
    """

    def __init__(
        self,
        *,
        mounts: Mounts,
        access: StorageAccess,
        count_query: Callable[[], None],
        is_connected: Callable[[str], bool],
    ) -> None:
        self._mounts = mounts
        self._access = access
        self._count_query = count_query
        self._is_connected = is_connected
        self._dispatcher: Dispatcher | None = None
        self._users: dict[str, list[int]] = {}  # to refresh, with the refreshes that wait for it
        self._again: dict[str, asyncio.TimerHandle] = {}
        self._storages_wanted = asyncio.Event()
        self._users_wanted = asyncio.Event()
        self._users_asked: dict[str, list[int]] = {}
        self._doubted = asyncio.Event()
        self._doubted.set()
        self.answered = False
        """Whether the database answered the last time it was asked."""

    def attach(self, dispatcher: Dispatcher) -> None:
        """Name the dispatcher that goes on when something is loaded."""
        self._dispatcher = dispatcher

    def want_storages(self) -> None:
        """Load what the storage mappings want."""
        self._storages_wanted.set()

    def refresh_user(self, user: str, refresh: int) -> None:
        """Ask for a user's mounts now, and again later."""
        self._users.setdefault(user, []).append(refresh)
        self._users_wanted.set()
        self._refresh_later(user, 0)

    async def run(self) -> None:
        """Load until cancelled; run again after a fault, it asks again what was being asked."""
        self._ask_again()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._prove_connection())
                tasks.create_task(self._load_storages())
                tasks.create_task(self._load_users())
        finally:
            for timer in self._again.values():
                timer.cancel()

    def _ask_again(self) -> None:
        self._access.failed(self._access.loading())
        for user, refreshes in self._users_asked.items():
            self._users.setdefault(user, []).extend(refreshes)
        self._users_asked.clear()
        for user in list(self._again):
            self._refresh_again(user, 0)
        for event in (self._storages_wanted, self._users_wanted, self._doubted):
            event.set()

    async def _prove_connection(self) -> None:
        """Ask at the start, and after every failure, until the database answers."""
        pause = 0.0
        while True:
            await self._doubted.wait()
            await asyncio.sleep(pause)
            self._doubted.clear()
            if self.answered:
                pause = 0.0
                continue
            try:
                await self._mounts.check()
            except DatabaseError as error:
                self._failed(error)
                pause = _longer(pause)
            else:
                self._succeeded()
                pause = SHORTEST_PAUSE

    async def _load_storages(self) -> None:
        places = asyncio.Semaphore(MAX_QUERIES)
        pause = 0.0
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._storages_wanted.wait()
                await asyncio.sleep(BATCH_TIME if self.answered or not pause else pause)
                pause = 0.0 if self.answered else _longer(pause)
                self._storages_wanted.clear()
                wanted = self._access.take_wanted()
                size = min(MAX_BATCH, self._access.capacity)  # more would push each other out
                for start in range(0, len(wanted), size):
                    await places.acquire()
                    task = tasks.create_task(self._load_batch(wanted[start : start + size]))
                    task.add_done_callback(lambda _: places.release())

    async def _load_batch(self, storages: list[int]) -> None:
        assert self._dispatcher is not None
        now = asyncio.get_running_loop().time
        try:
            rows = await self._mounts.mounts_of_storages(storages)
        except DatabaseError as error:
            self._failed(error)
            self._access.failed(storages)
            self._storages_wanted.set()
        else:
            self._succeeded()
            self._count_query()
            for storage in storages:
                self._access.loaded(storage, rows.get(storage, ()), now())
        # After a failure too: what is known of them counts during an outage.
        self._dispatcher.mappings_loaded(storages, now())

    async def _load_users(self) -> None:
        places = asyncio.Semaphore(MAX_QUERIES)
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._users_wanted.wait()
                await places.acquire()
                # One query a user at a time: an older answer must not come behind a newer one.
                user = next((one for one in self._users if one not in self._users_asked), None)
                if user is None:
                    places.release()
                    self._users_wanted.clear()
                    continue
                refreshes = self._users_asked[user] = self._users.pop(user)
                task = tasks.create_task(self._load_user(user, refreshes))
                task.add_done_callback(lambda _: places.release())

    async def _load_user(self, user: str, refreshes: list[int]) -> None:
        assert self._dispatcher is not None
        try:
            rows = await self._mounts.mounts_of_user(user)
        except DatabaseError as error:
            self._failed(error)
            self._refresh_later(user, 0)
        else:
            self._succeeded()
            self._count_query()
            self._access.replace_user(user, rows)
        del self._users_asked[user]
        self._users_wanted.set()
        self._dispatcher.refreshed(refreshes, asyncio.get_running_loop().time())

    def _refresh_later(self, user: str, step: int) -> None:
        waiting = self._again.pop(user, None)
        if waiting is not None:
            waiting.cancel()
        if step == len(REFRESH_AGAIN):
            return
        if not self._is_connected(user):
            assert self._dispatcher is not None
            self._dispatcher.refresh_when_back(user)
            return
        pause = REFRESH_AGAIN[step] - (REFRESH_AGAIN[step - 1] if step else 0.0)
        loop = asyncio.get_running_loop()
        self._again[user] = loop.call_later(pause, self._refresh_again, user, step + 1)

    def _refresh_again(self, user: str, step: int) -> None:
        self._users.setdefault(user, [])
        self._users_wanted.set()
        self._refresh_later(user, step)

    def _failed(self, error: DatabaseError) -> None:
        assert self._dispatcher is not None
        if self.answered or self._dispatcher.database_up:
            logger.error("the database does not answer, trying again: %s", error)
        self.answered = False
        self._doubted.set()
        self._dispatcher.database_up = False

    def _succeeded(self) -> None:
        assert self._dispatcher is not None
        if not self._dispatcher.database_up:
            logger.warning("the database answers again")
        self.answered = True
        self._dispatcher.database_up = True


def _longer(pause: float) -> float:
    return min(max(2 * pause, SHORTEST_PAUSE), LONGEST_PAUSE)
