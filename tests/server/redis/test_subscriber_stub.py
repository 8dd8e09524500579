"""The subscriber against servers that misbehave, or know little."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from nextcloud_push.server.redis.subscriber import Subscriber
from nextcloud_push.server.settings import Redis, RedisNode
from nextcloud_push.words.backoff import ExponentialBackoff
from support.processes import free_port
from support.redis import listening
from support.redis_stub import StubRedis, array, message, says, stub_redis


@dataclass(frozen=True)
class Recorder(ExponentialBackoff):
    """Does not wait, and remembers when it should have."""

    first: float = 0.0
    cap: float = 0.0
    asked: list[int] = field(default_factory=list)

    def pause(self, failures: int, jitter: float = 1.0) -> float:
        self.asked.append(failures)
        return 0.0


def settings(stub: StubRedis, **more: Any) -> Redis:
    return replace(Redis(nodes=(stub.node,)), **more)


async def test_only_what_is_needed_is_sent() -> None:
    async with stub_redis() as stub:
        to = settings(stub, user="u", password="p", db=3)
        async with listening(to, "a", "b", ping_interval=0.01):
            await stub.until(lambda stub: len(stub.commands) > 5)
    first = [[b"AUTH", b"u", b"p"], [b"SELECT", b"3"], [b"SUBSCRIBE", b"a", b"b"]]
    assert stub.commands[:3] == first
    assert set(stub.names[3:]) == {"PING"}


async def test_without_credentials_and_database_only_the_subscription_is_sent() -> None:
    async with stub_redis() as stub, listening(settings(stub)) as listener:
        await listener.subscribed.get()
        assert stub.names[0] == "SUBSCRIBE"


async def test_a_cluster_is_never_asked_for_a_database() -> None:
    async with stub_redis() as stub, listening(settings(stub, mode="cluster", db=3)) as listener:
        await listener.subscribed.get()
    assert "SELECT" not in stub.names


async def test_a_server_without_users_gets_the_password_alone() -> None:
    def auth(_stub: StubRedis, command: list[bytes]) -> bytes:
        wrong = b"-ERR wrong number of arguments for 'auth' command\r\n"
        return b"+OK\r\n" if len(command) == 2 else wrong

    async with (
        stub_redis(AUTH=auth) as stub,
        listening(settings(stub, user="u", password="p")) as listener,
    ):
        await listener.subscribed.get()
    assert stub.commands[1] == [b"AUTH", b"p"]


async def test_an_unknown_ping_is_a_sign_of_life() -> None:
    async with (
        stub_redis(PING=says(b"-ERR unknown command 'PING'\r\n")) as stub,
        listening(settings(stub), ping_interval=0.05) as listener,
    ):
        await stub.until(lambda stub: stub.names.count("PING") > 6)
        assert listener.subscribed.qsize() == 1


async def test_messages_count_as_a_sign_of_life() -> None:
    def ping(stub: StubRedis, _command: list[bytes]) -> bytes:
        return message(b"c", b"x")

    async with (
        stub_redis(PING=ping) as stub,
        listening(settings(stub), ping_interval=0.05) as listener,
    ):
        await stub.until(lambda stub: stub.names.count("PING") > 6)
        assert listener.subscribed.qsize() == 1


async def test_a_silent_server_is_left() -> None:
    async with (
        stub_redis(PING=says(b"")) as stub,
        listening(settings(stub), ping_interval=0.02) as listener,
    ):
        assert [await listener.subscribed.get() for _ in range(3)] == [False, True, True]


@pytest.mark.parametrize("command", ["AUTH", "SUBSCRIBE"])
async def test_a_server_that_never_answers_is_left(
    command: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        stub_redis(**{command: says(b"")}) as stub,
        listening(settings(stub, password="p", timeout=0.05)),
    ):
        await stub.until(lambda stub: stub.connections > 1)
    assert "timed out" in caplog.text


async def test_a_lasting_subscription_is_renewed_at_once() -> None:
    backoff = Recorder()
    async with (
        stub_redis() as stub,
        listening(settings(stub), ping_interval=0.02, backoff=backoff) as listener,
    ):
        await stub.until(lambda stub: stub.names.count("PING") > 2)
        stub.drop()
        assert [await listener.subscribed.get() for _ in range(2)] == [False, True]
    assert backoff.asked[:2] == [0, 0]


async def test_a_server_that_accepts_and_drops_is_not_hammered() -> None:
    def subscribe(stub: StubRedis, _command: list[bytes]) -> bytes:
        asyncio.get_running_loop().call_soon(stub.drop)
        return array(b"subscribe", b"c", 1)

    backoff = Recorder()
    async with (
        stub_redis(SUBSCRIBE=subscribe) as stub,
        listening(settings(stub), backoff=backoff) as listener,
    ):
        for _ in range(4):
            await listener.subscribed.get()
    assert backoff.asked[:4] == [0, 1, 2, 3]


@pytest.mark.parametrize("bytes_sent", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"*3\r\n$-9\r\n"])
async def test_a_server_that_speaks_otherwise_is_left_and_tried_again(bytes_sent: bytes) -> None:
    async with stub_redis() as stub, listening(settings(stub)) as listener:
        await listener.subscribed.get()
        stub.send(bytes_sent)
        assert await listener.subscribed.get()


async def test_a_password_that_is_repeated_does_not_reach_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    def auth(_stub: StubRedis, command: list[bytes]) -> bytes:
        return b"-ERR what is " + b" ".join(command) + b"?\r\n"

    async with (
        stub_redis(AUTH=auth) as stub,
        listening(settings(stub, user="alice", password="s3cret")),
    ):
        await stub.until(lambda stub: stub.connections > 1)
    assert "AUTH refused: ERR what is AUTH *** ***?" in caplog.text
    assert "s3cret" not in caplog.text


async def test_another_seed_is_taken_at_once_when_one_dies() -> None:
    backoff = Recorder()
    async with stub_redis() as first, stub_redis() as second:
        nodes = (RedisNode(port=free_port()), first.node, second.node)
        cluster = Redis(nodes=nodes, mode="cluster")
        async with listening(cluster, backoff=backoff, ping_interval=0.02) as listener:
            assert not await listener.subscribed.get()
            await first.until(lambda stub: stub.names.count("PING") > 2)
            first.drop()
            assert await listener.subscribed.get()
            second.send(message(b"c", b"x"))
            assert await listener.messages.get() == (b"c", b"x")
    assert backoff.asked == [0, 0]


async def test_trouble_with_the_news_of_a_subscription_does_not_end_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    messages: asyncio.Queue[bytes] = asyncio.Queue()

    def trouble(_gap: bool) -> None:
        raise ValueError

    async with stub_redis() as stub:
        subscriber = Subscriber(
            settings(stub),
            ["c"],
            on_message=lambda _channel, payload: messages.put_nowait(payload),
            on_subscribed=trouble,
        )
        task = asyncio.create_task(subscriber.run())
        await stub.until(lambda stub: "PING" in stub.names)
        stub.send(message(b"c", b"x"))
        assert await messages.get() == b"x"
        task.cancel()
        assert await asyncio.gather(task, return_exceptions=True)
    assert "could not be acted upon" in caplog.text


async def test_the_end_of_run_closes_the_connection() -> None:
    async with stub_redis() as stub:
        async with listening(settings(stub)) as listener:
            await listener.subscribed.get()
        while stub.writers:
            await asyncio.sleep(0)
        assert not listener.subscriber.connected
