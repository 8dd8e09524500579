"""The client without asyncio: in a thread, since the server runs in this one's loop."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from asyncio.subprocess import PIPE

import pytest

from client.fakes import AT_ONCE, TRUST, FakePush
from nextcloud_push.client import Activity, Custom, Notification, SyncPushClient, WrongCredentials


def client_of(push: FakePush, password: str = "secret") -> SyncPushClient:
    return SyncPushClient(push.url, "alice", password, tls=TRUST, policy=AT_ONCE)


async def test_iterating(push: FakePush) -> None:
    def listen() -> list[Notification]:
        with client_of(push) as client:
            return [notification for notification, _ in zip(client, range(3), strict=False)][:3]

    listening = asyncio.create_task(asyncio.to_thread(listen))
    await push.connected()
    await push.tell("a", "b 1", "notify_activity", "c")
    assert await listening == [Custom("a"), Custom("b", 1), Activity()]
    assert not [t for t in threading.enumerate() if t.name == "notify_push.client"]
    await push.empty()


async def test_a_time_limit_loses_nothing(push: FakePush) -> None:
    def listen() -> Notification:
        with client_of(push) as client:
            with pytest.raises(TimeoutError):
                client.receive(timeout=0.01)
            waited.set()
            return client.receive()

    waited = threading.Event()
    listening = asyncio.create_task(asyncio.to_thread(listen))
    await asyncio.to_thread(waited.wait, 10)
    await push.tell("notify_activity")
    assert await listening == Activity()


async def test_an_error_while_entering_ends_the_thread(push: FakePush) -> None:
    with pytest.raises(WrongCredentials):
        await asyncio.to_thread(client_of(push, "wrong").__enter__)
    assert not [t for t in threading.enumerate() if t.name == "notify_push.client"]


def test_it_must_be_entered() -> None:
    with pytest.raises(RuntimeError):
        SyncPushClient("ws://h", "alice", "secret", tls=TRUST).receive()


async def test_it_can_be_entered_once_and_left_twice(push: FakePush) -> None:
    def use() -> None:
        with client_of(push) as client:
            with pytest.raises(RuntimeError):
                client.__enter__()
            client.close()

    await asyncio.to_thread(use)


async def test_closing_from_elsewhere_ends_the_iteration(push: FakePush) -> None:
    client = client_of(push)
    await asyncio.to_thread(client.__enter__)
    listening = asyncio.create_task(asyncio.to_thread(list, client))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(client.close)
    assert await listening == []


async def test_ctrl_c_ends_a_script(push: FakePush) -> None:
    script = (
        "import sys; from nextcloud_push.client import SyncPushClient\n"
        "with SyncPushClient(sys.argv[1], 'alice', 'secret') as client:\n"
        "    for n in client: pass"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, push.url, stderr=PIPE
    )
    await push.connected()
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        _, err = await process.communicate()
    assert err.rstrip().endswith(b"KeyboardInterrupt")
    assert b"Exception ignored" not in err
