"""More storage updates at once than a database can follow, and faults of the daemon's own parts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import pytest

from nextcloud_push.server.daemon import Daemon
from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.parts import Parts, real_parts
from nextcloud_push.server.settings import ListenAddress, Settings
from nextcloud_push.server.settings.load import load_settings, read_values
from support.bus import Bus, as_json
from support.daemon import DaemonProcess

MANY = 20_000
"""Twenty times what is delivered in one go: enough to need a further turn at once."""


def publish_updates(bus: Bus, storages: range) -> None:
    pipe = bus.client.pipeline(transaction=False)
    for storage in storages:
        payload = as_json({"storage": storage, "path": "files/a", "file_id": 1})
        pipe.publish("notify_storage_update", payload)
    pipe.execute()


def test_a_backlog_of_unknown_storages_ends_nothing(
    prompt: DaemonProcess, bus: Bus, user: str, storage: int
):
    client = prompt.log_in(user)
    before = len(prompt.output.matching("ERROR"))
    publish_updates(bus, range(1_000_000_000, 1_000_000_000 + MANY))
    assert bus.fence(client, user) == []
    prompt.wait_for_metric("notify_push_storage_updates_waiting", 0, timeout=60)
    assert prompt.output.matching("ERROR")[before:] == []


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    loaded = load_settings(read_values([], environment), None)
    return replace(loaded, listen=ListenAddress(bind="127.0.0.1", port=0))


class FaultyDatabase:
    """A database whose next answers are faults that nobody has thought of."""

    def __init__(self, parts: Parts, *faults: Exception) -> None:
        self._database = parts.database
        self._faults = list(faults)
        self.asked: asyncio.Queue[list[int]] = asyncio.Queue()

    async def mounts_of_storages(self, storages: Collection[int]) -> Any:
        self.asked.put_nowait(list(storages))
        return await self._database.mounts_of_storages(storages)

    async def mounts_of_user(self, user: str) -> Any:
        return await self._database.mounts_of_user(user)

    async def check(self) -> None:
        if self._faults:
            raise self._faults.pop(0)
        await self._database.check()

    async def close(self) -> None:
        await self._database.close()


async def started(
    settings: Settings, *faults: Exception
) -> tuple[Daemon, FaultyDatabase, Callable[[int], None]]:
    parts = real_parts(settings, {})
    database = FaultyDatabase(parts, *faults)
    daemon = Daemon(settings, replace(parts, database=database), LogControl(settings.log_spec))
    await daemon.start()

    def update(storage: int) -> None:
        payload = as_json({"storage": storage, "path": "files/a", "file_id": 1}).encode()
        daemon.intake.ingest(b"notify_storage_update", payload)

    return daemon, database, update


async def test_a_fault_of_an_essential_part_is_one_line_and_a_new_start(
    settings: Settings, nextcloud: object, storage: int, caplog: pytest.LogCaptureFixture
):
    daemon, database, update = await started(settings, RuntimeError("a"), RuntimeError("b"))
    while not daemon.readiness()[0]:
        await asyncio.sleep(0.005)
    update(storage)
    assert await database.asked.get() == [storage]
    assert not daemon.failed.is_set()
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    await daemon.abort()
    assert [line.partition(" in ")[0] for line in lines] == [
        "the loading of mounts failed (RuntimeError), starting it again"
    ] * 2


async def test_a_fault_of_the_configuration_ends_the_daemon(settings: Settings, nextcloud: object):
    daemon, _, _ = await started(settings, StartupError("that file is not a certificate"))
    await daemon.failed.wait()
    await daemon.abort()
