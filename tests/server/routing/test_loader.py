import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

import pytest

from nextcloud_push.server.errors import DatabaseError
from nextcloud_push.server.routing import loader as module
from nextcloud_push.server.routing.loader import Loader, WaitingQueue
from nextcloud_push.server.routing.storage_access import StorageAccess
from nextcloud_push.words.backoff import ExponentialBackoff


class Mounts:
    """A database whose answers the test lets go."""

    def __init__(self) -> None:
        self.queries: asyncio.Queue[object] = asyncio.Queue()
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.checks = 0

    async def _answer(self, query: object) -> Any:
        self.queries.put_nowait(query)
        answer = await self.answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def mounts_of_storages(
        self, storages: Collection[int]
    ) -> dict[int, list[tuple[str, str]]]:
        found: dict[int, list[tuple[str, str]]] = await self._answer(sorted(storages))
        return found

    async def mounts_of_user(self, user: str) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = await self._answer(user)
        return found

    async def check(self) -> None:
        self.checks += 1
        if self.checks == 1:
            raise DatabaseError("not up yet")


class Routing:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()

    def mappings_loaded(self, storages: Iterable[int]) -> None:
        self.told.put_nowait(("loaded", *storages))

    def refreshed(self, refreshes: Iterable[int]) -> None:
        self.told.put_nowait(("refreshed", *refreshes))

    def refresh_when_back(self, user: str) -> None:
        self.told.put_nowait(("when back", user))


class World:
    def __init__(self) -> None:
        self.mounts, self.routing, self.queue = Mounts(), Routing(), WaitingQueue()
        self.access = StorageAccess(10, self.queue)
        self.counted = 0
        self.connected = True
        self.loader = Loader(
            mounts=self.mounts,
            queue=self.queue,
            access=self.access,
            routing=self.routing,
            count_query=self.count,
            is_connected=lambda user: self.connected,
        )

    def count(self) -> None:
        self.counted += 1


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(module, "BACKOFF", ExponentialBackoff(first=0.001, cap=0.002))
    monkeypatch.setattr(module, "REFRESH_AGAIN", (0.01, 0.02))
    world = World()
    task = asyncio.create_task(world.loader.run())
    yield world
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_storages_wanted_together_are_one_query(world: World) -> None:
    for storage in (3, 1, 2):
        world.access.find(storage, 0.0)
    assert await world.mounts.queries.get() == [1, 2, 3]
    world.mounts.answers.put_nowait({1: [("a", "")], 2: [], 3: []})
    assert await world.routing.told.get() == ("loaded", 3, 1, 2)
    assert world.counted == 1
    assert world.access.find(1, 0.0) is not None


async def test_storage_being_loaded_is_not_asked_for_twice(world: World) -> None:
    world.access.find(1, 0.0)
    await world.mounts.queries.get()
    world.access.find(1, 0.0)
    world.access.find(2, 0.0)
    assert await world.mounts.queries.get() == [2]


async def test_failed_query_is_repeated_until_it_succeeds(world: World) -> None:
    world.access.find(1, 0.0)
    for _ in range(3):
        assert await world.mounts.queries.get() == [1]
        world.mounts.answers.put_nowait(DatabaseError("down"))
        assert await world.routing.told.get() == ("loaded", 1)
        assert world.queue.database_answers is False
    await world.mounts.queries.get()
    world.mounts.answers.put_nowait({1: []})
    assert await world.routing.told.get() == ("loaded", 1)
    assert world.queue.database_answers
    assert world.counted == 1


async def test_database_is_asked_for_an_answer_at_start(world: World) -> None:
    while not world.queue.database_answers:
        await asyncio.sleep(0)
    assert world.mounts.checks == 2


async def test_refresh_of_a_user_is_told_and_repeated_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Far apart: on a busy machine two that are due together would be one query.
    monkeypatch.setattr(module, "REFRESH_AGAIN", (0.01, 0.5))
    world.access.loaded(1, [("a", "")], 0.0)
    world.queue.put_user("a", [1])
    world.queue.put_user("a", [2])
    for told in (("refreshed", 1, 2), ("refreshed",), ("refreshed",)):
        assert await world.mounts.queries.get() == "a"
        world.mounts.answers.put_nowait([])
        assert await world.routing.told.get() == told
    mapping = world.access.find(1, 0.0)
    assert mapping is not None
    assert mapping.roots == {}


async def test_refresh_that_fails_holds_nobody_up(world: World) -> None:
    world.queue.put_user("a", [1])
    await world.mounts.queries.get()
    world.mounts.answers.put_nowait(DatabaseError("down"))
    assert await world.routing.told.get() == ("refreshed", 1)


async def test_refresh_that_fails_is_tried_again_until_it_succeeds(world: World) -> None:
    world.access.loaded(1, [("a", "")], 0.0)
    world.queue.put_user("a", [1])
    failures = 2 * len(module.REFRESH_AGAIN)
    for number in range(failures):
        assert await world.mounts.queries.get() == "a"
        world.mounts.answers.put_nowait(DatabaseError("down"))
        told = await world.routing.told.get()
        assert told == (("refreshed", 1) if number == 0 else ("refreshed",))
    assert await world.mounts.queries.get() == "a"
    world.mounts.answers.put_nowait([])
    assert await world.routing.told.get() == ("refreshed",)
    assert world.queue.database_answers
    mapping = world.access.find(1, 0.0)
    assert mapping is not None
    assert mapping.roots == {}


async def test_user_who_left_is_not_asked_for_again(world: World) -> None:
    world.connected = False
    world.queue.put_user("a", [1])
    await world.mounts.queries.get()
    assert await world.routing.told.get() == ("when back", "a")


async def test_one_query_a_user_at_a_time(world: World) -> None:
    world.queue.put_user("a", [1])
    assert await world.mounts.queries.get() == "a"
    world.queue.put_user("a", [2])
    world.queue.put_user("b", [3])
    assert await world.mounts.queries.get() == "b"
    for _ in range(2):
        world.mounts.answers.put_nowait([])
    assert await world.mounts.queries.get() == "a"


async def test_database_is_asked_after_a_failure_until_it_answers(world: World) -> None:
    while not world.queue.database_answers:
        await asyncio.sleep(0)
    world.connected = False
    world.queue.put_user("a", [1])
    await world.mounts.queries.get()
    world.mounts.answers.put_nowait(DatabaseError("down"))
    while world.mounts.checks < 3:
        await asyncio.sleep(0)
    assert world.queue.database_answers


async def test_after_a_fault_it_asks_again_what_was_being_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()

    async def fault() -> None:
        await world.mounts.answers.get()
        raise RuntimeError("a fault")

    monkeypatch.setattr(world.mounts, "check", fault)
    task = asyncio.create_task(world.loader.run())
    world.access.find(1, 0.0)
    world.queue.put_user("a", [1])
    asked = {str(await world.mounts.queries.get()) for _ in range(2)}
    world.mounts.answers.put_nowait(None)  # for the check, which waits the longest
    with pytest.raises(ExceptionGroup):
        await task
    again = asyncio.create_task(world.loader.run())
    assert {str(await world.mounts.queries.get()) for _ in range(2)} == asked == {"[1]", "a"}
    again.cancel()
    with pytest.raises(asyncio.CancelledError):
        await again


async def test_distrusted_mapping_is_not_trusted_because_of_a_restart(world: World) -> None:
    world.access.loaded(1, [("a", "")], 0.0)
    world.access.distrust()
    assert world.access.find(1, 0.0) is None
    assert await world.mounts.queries.get() == [1]
    world.access.load_again()
    assert world.access.find(1, 0.0) is None


@pytest.mark.parametrize("fault", [RuntimeError("a fault"), asyncio.CancelledError()])
async def test_fault_of_one_storage_costs_that_one_only(
    world: World, fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    for storage in (1, 2):
        world.access.find(storage, 0.0)
    for expected, answer in (([1, 2], fault), ([1], fault), ([2], {2: [("a", "")]})):
        assert await world.mounts.queries.get() == expected
        world.mounts.answers.put_nowait(answer)
    assert {await world.routing.told.get() for _ in range(2)} == {("loaded", 1), ("loaded", 2)}
    assert world.access.find(2, 0.0) is not None
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if "loaded" in line] == [
        f"the mounts of storage 1 cannot be loaded: {type(fault).__name__}"
    ]


@pytest.mark.parametrize("fault", [RuntimeError("a fault"), asyncio.CancelledError()])
async def test_fault_of_a_users_query_holds_nobody_up(world: World, fault: BaseException) -> None:
    world.queue.put_user("a", [1])
    await world.mounts.queries.get()
    world.mounts.answers.put_nowait(fault)
    assert await world.routing.told.get() == ("refreshed", 1)
