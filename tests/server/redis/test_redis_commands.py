"""The commands against real servers, a cluster, sentinels, and a server that knows seven."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.redis import commands as backend
from nextcloud_push.server.redis.commands import RedisCommands
from nextcloud_push.server.settings import Redis, RedisNode, Tls
from support.processes import free_port
from support.redis import redis_client, redis_cluster, redis_sentinels, redis_server
from support.redis_stub import StubRedis, array, says, stub_redis

FORMS: dict[str, dict[str, Any]] = {
    "TCP": {},
    "IPv6": {"host": "::1"},
    "Unix socket": {"unix": True, "password": "s3cret", "db": 2},
    "password": {"password": "p@ss wörd \" \\ ' $", "db": 5},
    "ACL user": {"user": "nextcloud", "password": "s3cret"},
    "TLS": {"tls": True, "server_name": "127.0.0.1"},
    "TLS with a client certificate": {
        "tls": True,
        "client_certificate": True,
        "server_name": "127.0.0.1",
    },
}


@asynccontextmanager
async def commands_of(settings: Redis) -> AsyncIterator[RedisCommands]:
    commands = RedisCommands(settings)
    try:
        yield commands
    finally:
        await commands.close()


async def use(commands: RedisCommands) -> None:
    """Every command once, with its effect."""
    await commands.ping()
    await commands.set("a", "text")
    await commands.set("b", b"\x00\xff")
    assert (await commands.get("a"), await commands.get("b")) == (b"text", b"\x00\xff")
    await commands.delete("a", "b", "missing")
    assert await commands.get("a") is None


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_address_takes_commands(form: str) -> None:
    with redis_server(**FORMS[form]) as server:
        async with commands_of(server.settings) as commands:
            await use(commands)


async def test_the_database_is_the_one_of_the_settings() -> None:
    with redis_server(db=5) as server:
        async with commands_of(server.settings) as commands:
            await commands.set("key", "value")
        with redis_client(replace(server.settings, db=0)) as client:
            assert client.get("key") is None
            assert client.execute_command("SELECT", 5)


@pytest.mark.parametrize(
    "tls", [Tls(verify=False), pytest.param("name", id="any name"), pytest.param("ca", id="CA")]
)
async def test_verification_can_be_loosened(tls: Tls | str) -> None:
    with redis_server(tls=True, server_name="elsewhere.test") as server:
        assert server.certificates is not None
        ca = server.certificates.ca
        if tls == "ca":
            with pytest.raises(RedisError, match="certificate verify failed"):
                async with commands_of(replace(server.settings, tls=Tls(ca=ca))) as commands:
                    await commands.ping()
            return
        loose = Tls(ca=ca, check_hostname=False) if isinstance(tls, str) else tls
        async with commands_of(replace(server.settings, tls=loose)) as commands:
            await use(commands)


async def test_a_cluster_is_used_whole_and_outlives_a_node() -> None:
    keys = [f"key{number}" for number in range(30)]  # on all three masters
    with redis_cluster(password="s3cret") as cluster:
        async with commands_of(cluster.settings) as commands:
            await use(commands)
            cluster.kill(cluster.settings.nodes[0].port)
            while True:  # until the replica has taken over
                try:
                    for key in keys:
                        await commands.set(key, key)
                    break
                except RedisError:
                    await asyncio.sleep(0.05)
            assert [await commands.get(key) for key in keys] == [key.encode() for key in keys]
            await commands.delete(*keys)
            await commands.ping()


async def test_the_master_that_sentinels_name_is_followed() -> None:
    with redis_sentinels(password="s3cret", sentinel_password="s3cret") as trio:
        async with commands_of(trio.settings) as commands:
            await use(commands)
            trio.master.kill()
            while True:  # until the sentinels have agreed
                try:
                    await commands.set("key", "value")
                    break
                except RedisError:
                    await asyncio.sleep(0.05)
            replica = Redis(nodes=(RedisNode(port=trio.replica_port),), password="s3cret")
            with redis_client(replica) as client:
                assert client.get("key") == b"value"


async def test_a_master_that_became_a_replica_is_left_at_once() -> None:
    async with stub_redis(SET=says(b"-READONLY You can't write\r\n")) as old, stub_redis() as new:
        answers = iter([old, new])

        def master(_stub: StubRedis, _command: list[bytes]) -> bytes:
            return array(b"127.0.0.1", b"%d" % next(answers).node.port)

        async with stub_redis(SENTINEL=master) as sentinel:
            nodes = (RedisNode(port=free_port()), sentinel.node)
            settings = Redis(nodes=nodes, mode="sentinel", service="mymaster")
            async with commands_of(settings) as commands:
                await commands.set("key", "value")
        assert new.values == {b"key": b"value"}


async def test_sentinels_that_are_all_gone_are_an_error() -> None:
    nodes = (RedisNode(port=free_port()), RedisNode(port=free_port()))
    async with commands_of(Redis(nodes=nodes, mode="sentinel", service="m")) as commands:
        with pytest.raises(RedisError, match="Connect"):
            await commands.ping()


async def test_a_sentinel_that_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nextcloud_push.server.redis.link.SENTINEL_TIMEOUT", 0.1)
    async with stub_redis(SENTINEL=says(b"")) as sentinel:
        settings = Redis(nodes=(sentinel.node,), mode="sentinel", service="m")
        with pytest.raises(RedisError, match="timed out"):
            await RedisCommands(settings).ping()


async def test_only_what_is_asked_is_sent() -> None:
    async with stub_redis() as stub:
        settings = Redis(nodes=(stub.node,), user="u", password="p", db=3)
        async with commands_of(settings) as commands:
            await use(commands)
    assert stub.commands[:2] == [[b"AUTH", b"u", b"p"], [b"SELECT", b"3"]]
    assert stub.names[2:] == ["PING", "SET", "SET", "GET", "GET", "DEL", "GET"]


async def test_without_credentials_only_the_command_is_sent() -> None:
    async with stub_redis() as stub, commands_of(Redis(nodes=(stub.node,), user="u")) as commands:
        await commands.get("key")
    assert stub.names == ["GET"]


async def test_an_idle_connection_that_died_does_no_harm() -> None:
    with redis_server(password="s3cret") as server:
        async with commands_of(server.settings) as commands:
            await commands.ping()
            server.kill()
            server.restart()
            await commands.ping()


async def test_a_connection_that_died_without_a_word_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend, "ANSWER_TIMEOUT", 0.1)

    def first_only(stub: StubRedis, _command: list[bytes]) -> bytes:
        return b"+PONG\r\n" if stub.connections == 2 or len(stub.commands) == 1 else b""

    async with stub_redis(PING=first_only) as stub, commands_of(Redis(nodes=(stub.node,))) as redis:
        await redis.ping()
        await redis.ping()
    assert stub.connections == 2


async def test_a_server_that_hangs_is_an_error_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "ANSWER_TIMEOUT", 0.1)
    with redis_server() as server:
        async with commands_of(server.settings) as commands:
            await commands.ping()
            server.process.send_signal(signal.SIGSTOP)
            with pytest.raises(RedisError, match=r"[Tt]ime"):
                await commands.ping()
            server.process.send_signal(signal.SIGCONT)
            await commands.ping()


async def test_the_time_limit_covers_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "TIMEOUT", 0.1)
    async with stub_redis(GET=says(b"")) as stub, commands_of(Redis(nodes=(stub.node,))) as redis:
        with pytest.raises(RedisError, match="timed out"):
            await redis.get("key")


async def test_at_most_eight_commands_are_under_way() -> None:
    async with stub_redis() as stub, commands_of(Redis(nodes=(stub.node,))) as commands:
        await asyncio.gather(*(commands.get("key") for _ in range(100)))
    assert stub.names == ["GET"] * 100
    assert stub.connections <= backend.CONNECTIONS


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"password": "wr0ng"}, "invalid username-password pair"),
        ({"password": "wr0ng", "user": "alice"}, "invalid username-password pair"),
        ({"password": None}, "Authentication required"),
        ({"db": 99}, "DB index is out of range"),
        ({"nodes": (RedisNode(socket="/nonexistent/redis.sock"),)}, "No such file"),
        ({"nodes": (RedisNode("nul\0"),)}, "nul"),
        ({"nodes": (RedisNode("a..b"),)}, "label"),
        ({"nodes": (RedisNode("a..b"), RedisNode("a..c")), "mode": "cluster"}, "."),
    ],
)
async def test_a_failure_says_why_without_the_password(
    settings: dict[str, Any], reason: str
) -> None:
    with redis_server(password="s3cret") as server:
        async with commands_of(replace(server.settings, **settings)) as commands:
            with pytest.raises(RedisError, match=reason) as raised:
                await commands.get("key")
    assert raised.value.__cause__ is None
    assert "wr0ng" not in str(raised.value)


async def test_a_password_that_is_repeated_is_not_shown() -> None:
    def auth(_stub: StubRedis, command: list[bytes]) -> bytes:
        return b"-ERR what is " + b" ".join(command) + b"?\r\n"

    async with stub_redis(AUTH=auth) as stub:
        settings = Redis(nodes=(stub.node,), user="alice", password="s3cret")
        async with commands_of(settings) as commands:
            with pytest.raises(RedisError, match=r"what is AUTH \*\*\* \*\*\*\?"):
                await commands.ping()


async def test_close_is_harmless_when_repeated_or_early() -> None:
    commands = RedisCommands(Redis(nodes=(RedisNode(),)))
    await commands.close()
    await commands.close()


def test_the_library_is_imported_at_the_first_command_only() -> None:
    program = (
        "import sys, nextcloud_push.server.redis.commands, nextcloud_push.server.redis.subscriber;"
        "print([name for name in ('redis', 'ssl', 'uvloop') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"redis" not in shown.stdout
