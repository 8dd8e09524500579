"""The client against the real push server, with a real Redis."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from client.fakes import FakeNextcloud, StallingProxy, client_of
from nextcloud_push.client import (
    Activity,
    Custom,
    FileChanged,
    NotificationChanged,
    PushClient,
    Reconnected,
    Timing,
    WrongCredentials,
)
from support.processes import answers, free_port
from support.redis import RedisServer, redis_server

SCHEMA = """
CREATE TABLE oc_mounts (storage_id INTEGER, root_id INTEGER, user_id TEXT);
CREATE TABLE oc_filecache (fileid INTEGER, path TEXT);
INSERT INTO oc_mounts VALUES (5, 1, 'alice');
INSERT INTO oc_filecache VALUES (1, 'files');
"""


class RealPush:
    """`python -m nextcloud_push` as a process, and the events it is sent."""

    def __init__(self, redis: RedisServer, database: Path) -> None:
        self.users = {"alice": "secret"}
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}/ws"
        self._redis = redis
        self._database = database
        self._process: Process | None = None

    async def start(self, nextcloud: str, *options: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nextcloud_push", "serve", "--port", str(self.port)),
            *("--bind", "127.0.0.1", "--nextcloud-url", nextcloud),
            *("--redis-url", f"redis://127.0.0.1:{self._redis.port}"),
            *("--database-url", f"sqlite://{self._database}", *options),
            env=os.environ | {"DEBOUNCE_DISABLE": "1"},
            stdout=DEVNULL,
        )
        async with asyncio.timeout(20):
            while not (answers(self.port) and self._subscribed()):
                await asyncio.sleep(0.02)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    def publish(self, channel: str, **event: Any) -> None:
        assert self._redis.publish(channel, json.dumps(event))

    def burst(self, count: int) -> None:
        with self._redis.client() as redis:
            for i in range(count):
                redis.publish("notify_custom", json.dumps(custom(i)))

    def remember(self, token: str, user: str) -> None:
        self.publish("notify_pre_auth", user=user, token=token)

    def _subscribed(self) -> bool:
        with self._redis.client() as redis:
            return bool(redis.pubsub_numsub("notify_custom")[0][1])


def custom(body: Any) -> dict[str, Any]:
    return {"user": "alice", "message": "n", "body": body}


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
async def nextcloud(redis: RedisServer, tmp_path: Path) -> AsyncIterator[FakeNextcloud]:
    with sqlite3.connect(tmp_path / "nc.db") as database:
        database.executescript(SCHEMA)
    database.close()
    push = RealPush(redis, tmp_path / "nc.db")
    async with FakeNextcloud(push).running() as nextcloud:
        await push.start(nextcloud.url)
        yield nextcloud
        await push.stop()


@pytest.fixture
def push(nextcloud: FakeNextcloud) -> RealPush:
    assert isinstance(nextcloud.push, RealPush)
    return nextcloud.push


async def upcoming(client: PushClient, count: int = 1) -> list[Any]:
    async with asyncio.timeout(20):
        return [await anext(client) for _ in range(count)]


async def test_every_kind_arrives(push: RealPush, nextcloud: FakeNextcloud) -> None:
    async with client_of(push, url=nextcloud.url, ids=True) as client:
        push.publish("notify_custom", **custom({"a": "é/"}))
        assert await upcoming(client) == [Custom("n", {"a": "é/"})]
        push.publish("notify_activity", user="alice")
        assert await upcoming(client) == [Activity()]
        push.publish("notify_notification", user="alice")
        assert await upcoming(client) == [NotificationChanged()]
        push.publish("notify_storage_update", storage=5, path="files/a", file_id=7)
        assert await upcoming(client) == [FileChanged((7,))]


async def test_a_wrong_password(push: RealPush) -> None:
    with pytest.raises(WrongCredentials):
        await client_of(push, "wrong").run()


async def test_a_token_in_place_of_the_password(push: RealPush, nextcloud: FakeNextcloud) -> None:
    async with client_of(push, url=nextcloud.url, pre_auth=True) as client:
        push.publish("notify_activity", user="alice")
        assert await upcoming(client) == [Activity()]


async def test_a_token_that_is_not_valid_any_more(
    push: RealPush, nextcloud: FakeNextcloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_out: list[str] = []
    remember = push.remember

    def once_too_late(token: str, user: str) -> None:
        handed_out.append(token)
        if len(handed_out) > 1:
            remember(token, user)

    monkeypatch.setattr(push, "remember", once_too_late)
    async with client_of(push, url=nextcloud.url, pre_auth=True):
        assert len(handed_out) == 2


async def test_a_burst_in_order_and_nothing_twice(push: RealPush) -> None:
    async with client_of(push) as client:
        sending = asyncio.create_task(asyncio.to_thread(push.burst, 10_000))
        assert await upcoming(client, 10_000) == [Custom("n", i) for i in range(10_000)]
        await sending


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_server_that_ends_and_comes_back(
    push: RealPush, nextcloud: FakeNextcloud, how: signal.Signals
) -> None:
    async with client_of(push) as client:
        await push.stop(how)
        await push.start(nextcloud.url)
        assert await upcoming(client) == [Reconnected()]
        push.publish("notify_custom", **custom(1))
        while (got := await upcoming(client)) != [Custom("n", 1)]:
            assert got[0] in (FileChanged(), NotificationChanged())  # what it says to catch up


async def test_a_network_that_falls_silent(push: RealPush) -> None:
    watchful = Timing(connect=5, login=5, silence=0.2, answer=0.2, close=0.1)
    async with StallingProxy(push.port) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}/ws"
        async with client_of(push, url=url, timing=watchful) as client:
            proxy.stall()
            assert await upcoming(client) == [Reconnected()]


async def test_one_connection_too_many_is_told(
    push: RealPush, nextcloud: FakeNextcloud, caplog: pytest.LogCaptureFixture
) -> None:
    await push.stop()
    await push.start(nextcloud.url, "--max-connections-per-user", "1")
    async with client_of(push), client_of(push):
        async with asyncio.timeout(10):
            while "allows this user no further connection" not in caplog.text:
                await asyncio.sleep(0.01)
