"""What goes wrong on the way, and how a client comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any

import pytest

from client.fakes import FakeNextcloud, FakePush, StallingProxy, client_of
from nextcloud_push.client import (
    Activity,
    Custom,
    FileChanged,
    Notification,
    Reconnected,
    Timing,
    WrongCredentials,
)

pytestmark = pytest.mark.usefixtures("only_this_task")

WATCHFUL = Timing(connect=5, login=5, silence=0.1, answer=0.1, close=0.1, stable=0)


async def test_a_server_that_restarts(push: FakePush) -> None:
    async with client_of(push, ids=True) as client:
        await push.connected()
        await push.tell("before")
        await push.stop(code=1012)
        await push.start()
        await push.connected()
        await push.tell("after")
        got = [await anext(client) for _ in range(3)]
    assert got == [Custom("before"), Reconnected(), Custom("after")]
    assert push.heard == ["listen notify_file_id"] * 2


async def test_a_server_that_is_killed_and_stays_away_for_a_while(
    push: FakePush, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(push) as client:
        await push.connected()
        await push.kill()
        async with asyncio.timeout(5):
            while caplog.text.count("next attempt") < 3:
                await asyncio.sleep(0.005)
        await push.start()
        assert await anext(client) == Reconnected()
    assert "connection lost: it broke off" in caplog.text


async def test_a_server_that_falls_silent(push: FakePush) -> None:
    async with StallingProxy(push.port) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}/ws"
        async with client_of(push, url=url, timing=WATCHFUL) as client:
            await push.connected()
            proxy.stall()
            async with asyncio.timeout(5):
                assert await anext(client) == Reconnected()


async def test_a_quiet_server_that_answers_is_kept(push: FakePush) -> None:
    timing = Timing(silence=0.02, answer=0.5)
    async with client_of(push, timing=timing) as client:
        await push.connected()
        async with asyncio.timeout(10):
            while push.clients[0].pings < 2:  # type: ignore[attr-defined]  # see fakes
                await asyncio.sleep(0.01)
        await push.tell("notify_activity")
        assert await anext(client) == Activity()
    assert len(push.logins) == 1


async def test_a_password_that_is_withdrawn_is_tried_three_times(push: FakePush) -> None:
    async with client_of(push) as client:
        await push.connected()
        push.users["alice"] = "changed"
        await push.clients[0].close(1000)
        with pytest.raises(WrongCredentials):
            await anext(client)
        with pytest.raises(WrongCredentials):
            await anext(client)
    assert len(push.logins) == 4


async def test_two_refusals_are_survived(push: FakePush) -> None:
    async with client_of(push) as client:
        await push.connected()
        push.answers = ["err: Invalid credentials"] * 2
        await push.clients[0].close(1000)
        assert await anext(client) == Reconnected()


async def test_a_server_that_moved_is_found_again(push: FakePush, nextcloud: FakeNextcloud) -> None:
    async with client_of(push, url=nextcloud.url) as client:
        await push.connected()
        moved = await FakePush().start()
        nextcloud.websocket = moved.url
        await push.kill()
        assert await anext(client) == Reconnected()
        assert client.endpoint == moved.url
    await moved.stop()


async def test_a_server_back_at_once_is_not_searched_anew(
    push: FakePush, nextcloud: FakeNextcloud
) -> None:
    async with client_of(push, url=nextcloud.url) as client:
        await push.connected()
        await push.clients[0].close(1001)
        assert await anext(client) == Reconnected()
    assert len(nextcloud.requests) == 1


async def test_a_connection_that_does_not_hold_is_no_success(push: FakePush) -> None:
    class Recorder:
        def delay(self, failures: int, *, restart: bool) -> float:
            seen.append((failures, restart))
            return 0

    seen: list[tuple[int, bool]] = []
    async with client_of(push, policy=Recorder(), timing=Timing(stable=60)) as client:
        for code in (1001, 1001, 1011):
            await push.connected()
            await push.clients[0].close(code)
            assert await anext(client) == Reconnected()
    assert seen == [(1, True), (2, True), (3, False)]


async def test_bytes_where_text_is_due_end_the_connection(push: FakePush) -> None:
    async with client_of(push) as client:
        await push.connected()
        await push.tell(b"notify_file")
        assert await anext(client) == Reconnected()


async def test_cancelling_a_wait_loses_nothing(push: FakePush) -> None:
    async with client_of(push) as client:
        await push.connected()
        got: list[Notification] = []
        sender = asyncio.create_task(push.tell(*(f"n {i}" for i in range(300))))
        while len(got) < 300:
            try:
                async with asyncio.timeout(0):
                    got.append(await anext(client))
            except TimeoutError:
                pass
        await sender
    assert got == [Custom("n", i) for i in range(300)]


class CancelledAt:
    """Runs a coroutine whose task is cancelled at its n-th wait."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], wait: int) -> None:
        self._waits = coroutine.__await__()
        self._left = wait

    def __await__(self) -> Generator[Any, Any, None]:
        step = partial(self._waits.send, None)
        while True:
            try:
                future = step()
            except StopIteration:
                return
            self._count()
            try:
                yield future
                step = partial(self._waits.send, None)
            except BaseException as exc:
                step = partial(self._waits.throw, exc)

    def _count(self) -> None:
        self._left -= 1
        task = asyncio.current_task()
        if self._left == 0 and task:
            task.cancel()


@pytest.mark.parametrize("pre_auth", [False, True])
async def test_cancellation_at_any_wait_leaves_nothing_behind(
    push: FakePush, nextcloud: FakeNextcloud, pre_auth: bool
) -> None:
    async def use() -> None:
        async with client_of(push, url=nextcloud.url, pre_auth=pre_auth) as client:
            await push.tell("notify_file")
            assert await anext(client) == FileChanged()
            await push.clients[0].close(1001)
            assert await anext(client) == Reconnected()

    async def cancelled_at(wait: int) -> bool:
        task = asyncio.ensure_future(CancelledAt(use(), wait))
        await asyncio.wait([task])
        await push.empty()
        return task.cancelled()

    reached = 1
    while await cancelled_at(reached):
        reached += 1
    assert reached > 10
    print("reached", reached)
