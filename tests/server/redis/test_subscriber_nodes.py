"""The subscriber with several nodes: a real cluster, real sentinels, and made-up ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from nextcloud_push.server.settings import Redis, RedisNode
from support.processes import free_port
from support.redis import (
    listening,
    publish,
    redis_client,
    redis_cluster,
    redis_sentinels,
    until_logged,
)
from support.redis_stub import StubRedis, array, message, says, stub_redis


async def test_one_node_hears_the_whole_cluster_until_it_dies() -> None:
    with redis_cluster(password="s3cret") as cluster:
        first, _, third = cluster.settings.nodes
        async with listening(cluster.settings) as listener:
            assert not await listener.subscribed.get()
            with redis_client(cluster.settings, third) as client:
                client.publish("c", "from elsewhere")
            assert await listener.messages.get() == (b"c", b"from elsewhere")
            cluster.kill(first.port)
            assert await listener.subscribed.get()
            with redis_client(cluster.settings, third) as client:
                client.publish("c", "again")
            assert await listener.messages.get() == (b"c", b"again")


async def test_the_master_that_sentinels_name_is_followed() -> None:
    with redis_sentinels(password="s3cret") as trio:
        async with listening(trio.settings) as listener:
            assert not await listener.subscribed.get()
            trio.master.kill()
            assert await listener.subscribed.get()
            replica = Redis(nodes=(RedisNode(port=trio.replica_port),), password="s3cret")
            publish(replica, "c", "from the new master")
            assert await listener.messages.get() == (b"c", b"from the new master")


def names(*stubs: StubRedis) -> Callable[[StubRedis, list[bytes]], bytes]:
    """A sentinel's answers: one after the other, the last for good."""
    ports = iter(stubs[:-1])

    def answer(_stub: StubRedis, command: list[bytes]) -> bytes:
        assert command[1:] == [b"get-master-addr-by-name", b"mymaster"]
        return array(b"127.0.0.1", b"%d" % next(ports, stubs[-1]).node.port)

    return answer


def watched_by(*sentinels: RedisNode, password: str | None = None) -> Redis:
    return Redis(nodes=sentinels, mode="sentinel", service="mymaster", password=password)


async def test_a_master_is_left_when_sentinels_name_another() -> None:
    async with AsyncExitStack() as stack:
        old, new = [await stack.enter_async_context(stub_redis()) for _ in range(2)]
        sentinel = await stack.enter_async_context(stub_redis(SENTINEL=names(old, old, new)))
        settings = watched_by(sentinel.node)
        async with listening(settings, ping_interval=0.02) as listener:
            assert not await listener.subscribed.get()
            assert await listener.subscribed.get()
            new.send(message(b"c", b"x"))
            assert await listener.messages.get() == (b"c", b"x")
        assert old.names[0] == "ROLE"  # which it does not know, and that is no reason to leave


async def test_a_replica_is_not_taken_for_the_master(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        stub_redis(ROLE=says(array(b"slave", b"127.0.0.1", 1))) as replica,
        stub_redis(SENTINEL=names(replica)) as sentinel,
        listening(watched_by(sentinel.node)),
    ):
        await sentinel.until(lambda stub: stub.connections > 2)
        await until_logged(caplog, "it is no master any more")
    assert "SUBSCRIBE" not in replica.names


async def test_the_next_sentinel_is_asked_when_one_is_gone() -> None:
    async with stub_redis() as master, stub_redis(SENTINEL=names(master)) as sentinel:
        settings = watched_by(RedisNode(port=free_port()), sentinel.node)
        async with listening(settings, ping_interval=0.02) as listener:
            await listener.subscribed.get()


async def test_a_sentinel_that_is_gone_does_not_end_the_subscription() -> None:
    answers = iter([True])

    def once(stub: StubRedis, command: list[bytes]) -> bytes:
        return names(master)(stub, command) if next(answers, False) else b"-ERR gone\r\n"

    async with (
        stub_redis() as master,
        stub_redis(SENTINEL=once) as sentinel,
        listening(watched_by(sentinel.node), ping_interval=0.02) as listener,
    ):
        await sentinel.until(lambda stub: stub.connections > 3)
        assert listener.subscribed.qsize() == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"*-1\r\n", "the sentinel knows no master called mymaster"),
        (b"-ERR nope\r\n", "SENTINEL refused: ERR nope"),
        (b"-NOAUTH Authentication required.\r\n", "the sentinel wants a password"),
        (array(b"h", b"99999"), "the sentinel's answer makes no sense"),
        (array(b"h"), "the sentinel's answer makes no sense"),
        (array(b"\xff", b"1"), "the sentinel's answer makes no sense"),
        (array(b"", b"1"), "the sentinel's answer makes no sense"),
        (array(b"h\n", b"1"), "the sentinel's answer makes no sense"),
        (array(b"a..b", b"1"), "no usable address"),
        (b"", "timed out"),
    ],
)
async def test_a_sentinel_without_an_answer_is_logged(
    answer: bytes, reason: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not answer:
        monkeypatch.setattr("nextcloud_push.server.redis.link.SENTINEL_TIMEOUT", 0.1)
    async with stub_redis(SENTINEL=says(answer)) as sentinel, listening(watched_by(sentinel.node)):
        await sentinel.until(lambda stub: stub.connections > 1)
        await until_logged(caplog, reason)


async def test_a_sentinel_gets_the_password_only_when_it_asks() -> None:
    def sentinel_answer(stub: StubRedis, command: list[bytes]) -> bytes:
        known = "AUTH" in stub.names
        return names(master)(stub, command) if known else b"-NOAUTH Authentication required.\r\n"

    async with stub_redis() as master, stub_redis(SENTINEL=sentinel_answer) as sentinel:
        async with listening(watched_by(sentinel.node, password="p")) as listener:
            await listener.subscribed.get()
        assert sentinel.names[:3] == ["SENTINEL", "AUTH", "SENTINEL"]
        assert master.names[0] == "AUTH"
