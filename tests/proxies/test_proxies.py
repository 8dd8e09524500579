"""The daemon behind real proxies, set up with the very text of the documentation."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from support.daemon import DaemonProcess, started
from support.databases import SqliteDatabase
from support.in_process import InProcessDaemon
from support.nextcloud import StubNextcloud
from support.processes import scratch
from support.proxies import Proxy, documented, proxy
from support.redis import RedisServer
from support.websocket import Opcode, frame

Publish = Callable[..., None]
PROXY = "127.0.0.1"
CLIENT = "127.0.0.2"
"""Where a client connects from, so that its address is not the proxy's."""


def last_chain(nextcloud: StubNextcloud, user: str) -> str:
    """The X-Forwarded-For with which Nextcloud was asked who this is."""
    asked = [seen for seen in nextcloud.seen if (seen.credentials() or ("",))[0] == user]
    return asked[-1].headers["x-forwarded-for"]


# The WebSocket


def test_log_in_and_be_told(front: Proxy, user: str, publish: Publish):
    with front.connect().log_in(user) as client:
        publish("notification", user=user)
        assert client.receive() == "notify_notification"


def test_a_changed_file_reaches_its_owner(
    front: Proxy, user: str, publish: Publish, mounts: SqliteDatabase
):
    storage = 100 + mounts.add_mount(int(user.removeprefix("proxied")), "", user)
    mounts.add_mount(storage, "files", user)
    with front.connect().log_in(user, "pw", "listen notify_file_id") as client:
        client.round_trip()
        publish("storage_update", storage=storage, path="files/a.txt", file_id=7)
        assert client.receive() == "notify_file_id [7]"


def test_a_burst_arrives_whole_and_in_order(front: Proxy, user: str, publish: Publish):
    with front.connect().log_in(user) as client:
        for number in range(300):
            publish("custom", user=user, message="burst", body={"n": number, "text": "ü" * 100})
        received = [client.receive() for _ in range(300)]
    assert [json.loads(text.removeprefix("burst "))["n"] for text in received] == [*range(300)]


def test_wrong_credentials_arrive_with_the_close_frame(front: Proxy, user: str):
    with front.connect() as client:
        client.send(user, "wrong")
        assert client.read_to_end() == (["err: Invalid credentials"], 1008)


def test_a_reset_arrives_as_a_close_frame(front: Proxy, user: str, shared_redis: RedisServer):
    with front.connect().log_in(user) as client:
        shared_redis.publish("notify_signal", b'"reset"')
        assert client.read_to_end() == ([], 1000)


def test_a_client_that_vanishes_is_forgotten(front: Proxy, user: str, daemon: DaemonProcess):
    daemon.wait_for_metric("active_connection_count", 0)
    client = front.connect().log_in(user)
    assert daemon.metrics()["active_connection_count"] == 1
    raw = client.sock
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()
    daemon.wait_for_metric("active_connection_count", 0)


def test_pings_of_a_client_are_answered(front: Proxy, user: str):
    with front.connect().log_in(user) as client:
        assert client.round_trip() == []


def test_pings_of_the_server_keep_a_client(kind: str, user: str, timed: InProcessDaemon):
    with (
        proxy(kind, f"127.0.0.1:{timed.address[1]}") as front,
        front.connect().log_in(user) as client,
    ):
        for _ in range(4):
            timed.move(31)
            ping = client.read_frame()
            assert ping is not None
            assert ping.opcode == Opcode.PING
            client.send_bytes(frame(Opcode.PONG, ping.payload))
            client.round_trip()


# The client's address


def test_nextcloud_learns_the_address_of_the_client(
    front: Proxy, user: str, nextcloud: StubNextcloud
):
    with front.connect(source=CLIENT).log_in(user):
        assert last_chain(nextcloud, user) == f"{CLIENT}, {PROXY}"


def test_a_made_up_address_stands_before_the_true_one(
    front: Proxy, user: str, nextcloud: StubNextcloud
):
    with front.connect("X-Forwarded-For: 1.2.3.4", source=CLIENT).log_in(user):
        assert last_chain(nextcloud, user).endswith(f"{CLIENT}, {PROXY}")


def test_nginx_over_a_unix_socket(
    environment: dict[str, str], user: str, nextcloud: StubNextcloud, publish: Publish
):
    with scratch() as folder:
        path = folder / "push.sock"
        flags = ("--socket-path", str(path), "--socket-permissions", "0666")
        with (
            started(environment, *flags, socket_path=path),
            proxy("nginx", f"unix:{path}:") as front,
            front.connect(source=CLIENT).log_in(user) as client,
        ):
            publish("activity", user=user)
            assert client.receive() == "notify_activity"
    assert last_chain(nextcloud, user) == CLIENT


# Prefixes and the self-test


@pytest.fixture(params=["stripped", "kept"])
def prefixed(request: pytest.FixtureRequest, kind: str, run_proxy: Callable[..., Proxy]) -> Proxy:
    """Each proxy, taking the prefix away and passing it on."""
    return run_proxy(kind, keep_prefix=request.param == "kept")


@pytest.fixture
def token(shared_redis: RedisServer, nextcloud: StubNextcloud) -> str:
    """The header that a self-test sends."""
    with shared_redis.client() as client:
        client.set("test-token", nextcloud.token)
    return f"token: {nextcloud.token}"


def test_the_prefix_may_be_passed_on(prefixed: Proxy, user: str, publish: Publish):
    with prefixed.connect().log_in(user) as client:
        publish("activity", user=user)
        assert client.receive() == "notify_activity"


def test_the_self_test_passes(
    prefixed: Proxy, token: str, nextcloud: StubNextcloud, shared_redis: RedisServer
):
    nextcloud.cookie = 4711
    shared_redis.publish("notify_test_cookie", b"815")
    asked: list[Any] = [
        prefixed.http(f"GET /push/test/{path}", token)
        for path in ("cookie", "reverse_cookie", "mapping/4000000000", "remote/1.2.3.4")
    ]
    asked.append(prefixed.http("POST /push/test/version", token, "Content-Length: 0"))
    assert [(one.status, one.body) for one in asked] == [
        (200, "815"), (200, "4711"), (200, "0"), (200, "1.2.3.4"), (200, "set"),
    ]  # fmt: skip


def test_a_double_slash_does_no_harm(prefixed: Proxy, token: str, shared_redis: RedisServer):
    shared_redis.publish("notify_test_cookie", b"99")
    assert prefixed.http("GET /push//test/cookie", token).body == "99"


def test_without_a_token_nothing_is_told(front: Proxy):
    assert front.http("GET /push/test/mapping/1").status == 403


def test_readiness_can_be_asked_for(front: Proxy):
    assert front.http("GET /push/ready").status == 200


# The documentation


def test_the_readme_shows_the_same_block():
    assert documented("nginx", "README.md") == documented("nginx")
