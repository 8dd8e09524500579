"""The subscriber against real servers: every form of address, outages, bursts."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nextcloud_push.server.redis.link import SENTINEL_TIMEOUT
from nextcloud_push.server.redis.subscriber import PING_INTERVAL, SILENT_INTERVALS
from nextcloud_push.server.settings import Redis, RedisNode, Tls
from support.redis import RedisServer, listening, redis_server, until_logged

Server = Callable[[], AbstractContextManager[RedisServer]]
LoopFactory = Callable[[], asyncio.AbstractEventLoop]


@contextmanager
def tls_server(
    server_name: str = "localhost", *, verify: bool = True, check_hostname: bool = True
) -> Iterator[RedisServer]:
    """A server with TLS whose settings verify as told."""
    with redis_server(tls=True, host="127.0.0.1", server_name=server_name) as server:
        assert server.certificates is not None
        node = RedisNode("localhost", server.port)
        ca = server.certificates.ca if verify else None
        tls = Tls(ca=ca, verify=verify, check_hostname=check_hostname)
        server.settings = replace(server.settings, nodes=(node,), tls=tls)
        yield server


FORMS: dict[str, Server] = {
    "TCP": redis_server,
    "IPv6": lambda: redis_server(host="::1"),
    "Unix socket": lambda: redis_server(unix=True),
    "password": lambda: redis_server(password="p@ss wörd \" \\ ' $"),
    "ACL user": lambda: redis_server(user="nextcloud", password="s3cret"),
    "Unix socket, password, database": lambda: redis_server(unix=True, password="s3cret", db=2),
    "database": lambda: redis_server(db=5),
    "TLS": tls_server,
    "TLS with a client certificate": lambda: redis_server(
        tls=True, client_certificate=True, server_name="127.0.0.1", password="s3cret"
    ),
    "TLS, any name": lambda: tls_server("elsewhere.test", check_hostname=False),
    "TLS, any certificate": lambda: tls_server("elsewhere.test", verify=False),
}


async def hears(server: RedisServer) -> bool:
    """Whether a subscriber gets what is published there."""
    async with listening(server.settings) as listener:
        assert not await listener.subscribed.get()
        assert listener.subscriber.connected
        assert server.publish("c", b"hello") == 1
        return await listener.messages.get() == (b"c", b"hello")


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_address_is_heard(form: str) -> None:
    with FORMS[form]() as server:
        assert await hears(server)


def loops() -> list[LoopFactory]:
    factories: list[LoopFactory] = [asyncio.new_event_loop]
    if sys.platform != "win32":
        import uvloop

        factories.append(uvloop.new_event_loop)
    return factories


@pytest.mark.parametrize("form", ["TCP", "Unix socket", "TLS"])
@pytest.mark.parametrize("loop_factory", loops())
def test_either_event_loop_will_do(loop_factory: LoopFactory, form: str) -> None:
    with FORMS[form]() as server, asyncio.Runner(loop_factory=loop_factory) as runner:
        assert runner.run(hears(server))


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        (Tls(), "certificate verify failed"),
        (Tls(ca=Path("/nonexistent/ca.pem")), "No such file"),
    ],
)
async def test_an_unknown_authority_is_refused(
    tls: Tls, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with tls_server() as server:
        async with listening(replace(server.settings, tls=tls)) as listener:
            await until_logged(caplog, reason)
            assert not listener.subscriber.connected


async def test_another_name_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    with tls_server("elsewhere.test") as server:
        async with listening(server.settings):
            await until_logged(caplog, "certificate is not valid for 'localhost'")


async def test_a_missing_client_certificate_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server(tls=True, client_certificate=True, server_name="127.0.0.1") as server:
        assert server.settings.tls is not None
        without = replace(server.settings.tls, cert=None, key=None)
        async with listening(replace(server.settings, tls=without)):
            await until_logged(caplog, "no subscription to Redis")


@pytest.mark.parametrize(
    ("server_has", "given", "words"),
    [
        ({"password": "right"}, {"password": "wr0ng"}, "AUTH refused: WRONGPASS"),
        ({"password": "right"}, {"password": None}, "SUBSCRIBE refused: NOAUTH"),
        ({}, {"password": "wr0ng"}, "AUTH refused: ERR AUTH <password> called without"),
        ({}, {"db": 99}, "SELECT refused: ERR DB index is out of range"),
    ],
)
async def test_a_refusal_is_logged_once_without_the_password(
    server_has: dict[str, Any],
    given: dict[str, Any],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with redis_server(**server_has) as server:
        async with listening(replace(server.settings, **given)):
            while caplog.text.count(words) < 3:
                await asyncio.sleep(0.01)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "wr0ng" not in caplog.text


async def test_a_channel_that_is_not_permitted_is_named_as_such(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis_server() as server:
        with server.client() as client:
            client.execute_command("ACL SETUSER narrow on >s3cret ~* resetchannels &other +@all")
        async with listening(replace(server.settings, user="narrow", password="s3cret")):
            await until_logged(caplog, "SUBSCRIBE refused: NOPERM")


async def test_a_killed_server_is_come_back_to_and_the_gap_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis_server(password="s3cret") as server:
        async with listening(server.settings, ping_interval=0.05) as listener:
            assert not await listener.subscribed.get()
            server.kill()
            await until_logged(caplog, "no subscription to Redis")
            server.restart()
            assert await listener.subscribed.get()
            server.publish("c", b"again")
            assert await listener.messages.get() == (b"c", b"again")
            await until_logged(caplog, "Redis is back")


async def test_a_server_that_was_not_there_at_first_leaves_no_gap() -> None:
    with redis_server() as server:
        server.kill()
        async with listening(server.settings) as listener:
            server.restart()
            assert not await listener.subscribed.get()


async def test_a_peer_that_falls_silent_is_noticed() -> None:
    with redis_server() as server:
        settings = replace(server.settings, timeout=0.2)
        async with listening(settings, ping_interval=0.1) as listener:
            await listener.subscribed.get()
            server.process.send_signal(signal.SIGSTOP)
            while listener.subscriber.connected:
                await asyncio.sleep(0.01)
            server.process.send_signal(signal.SIGCONT)
            assert await listener.subscribed.get()


def test_silence_is_noticed_within_15_seconds() -> None:
    intervals = SILENT_INTERVALS + 1  # the first began right after a sign of life
    assert intervals * PING_INTERVAL + SENTINEL_TIMEOUT < 15


async def test_a_burst_arrives_whole_and_in_order() -> None:
    payloads = [b"%d" % number for number in range(20_000)]
    with redis_server() as server:
        async with listening(server.settings) as listener:
            await listener.subscribed.get()
            with server.client() as client:
                pipeline = client.pipeline(transaction=False)
                for payload in payloads:
                    pipeline.publish("c", payload)
                await asyncio.to_thread(pipeline.execute)
            assert [(await listener.messages.get())[1] for _ in payloads] == payloads


async def test_many_channels_are_kept_apart() -> None:
    channels = [f"notify_{number}" for number in range(11)]
    with redis_server() as server:
        async with listening(server.settings, *channels) as listener:
            await listener.subscribed.get()
            for channel in channels:
                server.publish(channel, channel)
            heard = [await listener.messages.get() for _ in channels]
    assert heard == [(channel.encode(), channel.encode()) for channel in channels]


@pytest.mark.parametrize(
    "node", [RedisNode("a..b"), RedisNode("nul\0"), RedisNode(socket="/nonexistent/redis.sock")]
)
async def test_an_impossible_address_is_logged(
    node: RedisNode, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(Redis(nodes=(node,))):
        await until_logged(caplog, "no subscription to Redis")
