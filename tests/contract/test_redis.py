"""Redis as it is met: restarted, guarded, behind other transports, and not quite Redis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from nextcloud_push.server.events import CHANNELS
from support.background import in_background
from support.bus import Bus, as_json
from support.daemon import DaemonProcess, Start
from support.in_process import InProcessDaemon, Run
from support.nextcloud import StubNextcloud
from support.redis import RedisServer, redis_cluster, redis_server
from support.redis_stub import StubRedis, message, stub_redis
from support.waiting import wait_for
from support.websocket import WebSocket


def hears(daemon: DaemonProcess | InProcessDaemon, server: RedisServer, user: str) -> bool:
    """Whether an event gets from this Redis to a client."""
    client = daemon.log_in(user)
    server.publish("notify_custom", as_json({"user": user, "message": "hello"}))
    return client.receive() == "hello"


# Restarts


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that the test may stop."""
    with redis_server() as server:
        yield server


@pytest.fixture
def daemon(start: Start, own_redis: RedisServer) -> DaemonProcess:
    """A daemon on that Redis."""
    return start(env={"REDIS_URL": f"redis://127.0.0.1:{own_redis.port}"}, metrics=True)


LOOK = ["notify_file", "notify_notification"]


def told_to_look(client: WebSocket) -> bool:
    return sorted([client.receive(), client.receive()]) == LOOK


def test_after_a_restart_everybody_is_told_to_look(
    daemon: DaemonProcess, own_redis: RedisServer, user: str
):
    clients = [daemon.log_in(f"{user}-{number}", "listen notify_file_id") for number in range(20)]
    own_redis.kill()
    daemon.wait_until(state=False)
    assert "redis" in daemon.http("GET /ready").body.lower()
    own_redis.restart()
    daemon.wait_until()
    assert all(told_to_look(client) for client in clients)
    assert hears(daemon, own_redis, user)


def test_a_lost_subscription_is_renewed_at_once(
    daemon: DaemonProcess, own_redis: RedisServer, user: str
):
    client = daemon.log_in(user)
    with own_redis.client() as admin:
        admin.client_kill_filter(_type="pubsub")
    assert told_to_look(client)


def test_nobody_is_told_at_the_first_subscription(
    daemon: DaemonProcess, own_redis: RedisServer, user: str
):
    client = daemon.log_in(user)
    own_redis.publish("notify_custom", as_json({"user": user, "message": "hello"}))
    assert client.receive_until("hello") == []
    assert daemon.metrics()['message_count_total{type="file"}'] == 0


def test_clients_stay_connected_while_redis_is_away(
    daemon: DaemonProcess, own_redis: RedisServer, user: str
):
    client = daemon.log_in(user)
    own_redis.kill()
    daemon.wait_until(state=False)
    assert client.round_trip() == []
    daemon.log_in(f"{user}-late")
    assert daemon.http("GET /health").status == 200


# Ways to get there


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ({}, "redis://127.0.0.1:{port}"),
        ({}, "redis://127.0.0.1:{port}/"),
        ({}, "redis://127.0.0.1:{port}/7"),
        ({}, "valkey://127.0.0.1:{port}"),
        ({"host": "::1"}, "redis://[::1]:{port}"),
        ({"password": "p@ss:w/rd%"}, "redis://:p%40ss%3Aw%2Frd%25@127.0.0.1:{port}"),
        ({"password": "pw", "user": "push"}, "redis://push:pw@127.0.0.1:{port}/2"),
        ({"unix": True}, "redis+unix://{socket}"),
        ({"unix": True}, "valkey+unix://{socket}"),
        ({"unix": True, "password": "p w"}, "unix://{socket}?db=3&pass=p%20w"),
        ({"unix": True, "password": "pw", "user": "u"}, "unix://{socket}?user=u&pass=pw"),
    ],
)
def test_urls(run: Run, user: str, server: dict[str, Any], url: str):
    with redis_server(**server) as own:
        url = url.format(port=own.port, socket=own.socket)
        assert hears(run({"REDIS_URL": url}), own, user)


@pytest.mark.parametrize(
    ("scheme", "options", "settings"),
    [
        ("rediss", {}, ("REDIS_TLS_CA",)),
        (
            "rediss",
            {"client_certificate": True},
            ("REDIS_TLS_CA", "REDIS_TLS_CERT", "REDIS_TLS_KEY"),
        ),
        ("valkeys", {}, ("REDIS_TLS_INSECURE",)),
        (
            "valkeys",
            {"server_name": "elsewhere.example"},
            ("REDIS_TLS_CA", "REDIS_TLS_DONT_VALIDATE_HOSTNAME"),
        ),
    ],
)
def test_tls(
    run: Run,
    user: str,
    scheme: str,
    options: dict[str, Any],
    settings: tuple[str, ...],
):
    with redis_server(tls=True, host="127.0.0.1", **options) as own:
        assert own.certificates
        values = {
            "REDIS_TLS_CA": str(own.certificates.ca),
            "REDIS_TLS_CERT": str(own.certificates.client),
            "REDIS_TLS_KEY": str(own.certificates.client),
            "REDIS_TLS_INSECURE": "true",
            "REDIS_TLS_DONT_VALIDATE_HOSTNAME": "1",
        }
        env = {name: values[name] for name in settings}
        daemon = run(env | {"REDIS_URL": f"{scheme}://localhost:{own.port}"})
        assert hears(daemon, own, user)


def test_a_cluster(start: Start, user: str):
    with redis_cluster(password="pw") as cluster:
        first, *others = [f"127.0.0.1:{node.port}" for node in cluster.settings.nodes]
        urls = [f"redis://:pw@{first}/3", *(f"redis://{other}" for other in others)]
        daemon = start(env={"REDIS_URL": ",".join(urls)})
        client = daemon.log_in(user)
        for port in cluster.processes:
            with redis.Redis(port=port, password="pw") as node:
                node.publish("notify_custom", as_json({"user": user, "message": str(port)}))
            assert client.receive() == str(port)


# What is sent to it


NEEDED = {"AUTH", "SELECT", "SUBSCRIBE", "PING", "GET", "SET", "DEL"}


def unneeded(stub: StubRedis) -> set[str]:
    """What was sent beside what a server has to know."""
    return set(stub.names) - NEEDED


def test_a_server_that_knows_seven_commands(start: Start, user: str):
    with in_background(stub_redis()) as stub:
        daemon = start(env={"REDIS_URL": f"redis://127.0.0.1:{stub.node.port}"})
        subscribed = [one for one in stub.commands if one[0].upper() == b"SUBSCRIBE"]
        assert {name for one in subscribed for name in one[1:]} == {c.encode() for c in CHANNELS}
        client = daemon.log_in(user)
        event = as_json({"user": user, "message": "hello"}).encode()
        stub.send(message(b"notify_custom", event))
        assert client.receive() == "hello"
        assert not {"AUTH", "SELECT"} & set(stub.names)
        assert unneeded(stub) == set()


def test_select_only_when_the_number_is_not_0(start: Start):
    with in_background(stub_redis()) as stub:
        start(env={"REDIS_URL": f"redis://:pw@127.0.0.1:{stub.node.port}/4"})
        assert [b"SELECT", b"4"] in [[part.upper() for part in one] for one in stub.commands]
        assert "AUTH" in stub.names


def test_every_channel_is_heard(push: DaemonProcess, bus: Bus):
    counts = dict(bus.client.pubsub_numsub(*CHANNELS))
    assert all(count >= 1 for count in counts.values())
    assert len(counts) == 11


# Keys


def test_the_version_for_the_self_test(push: DaemonProcess, bus: Bus):
    bus.client.set("test-token", "t")
    assert push.http("POST /test/version", "token: t").body == "set"
    assert bus.client.get("notify_push_version") == b"1.4.0"


@pytest.mark.parametrize(
    ("app", "reported", "warned"),
    [
        (None, "1.4.0", True),
        ("1.4.0", "1.4.0", False),
        ("1.3.1", "1.3.1", True),
        ("1.5.0", "1.5.0", True),
        ("2.0.0", "1.4.0", True),
        ("0.9.0", "1.4.0", True),
        ("nonsense", "1.4.0", True),
    ],
)
def test_the_apps_version_is_learned(
    run: Run,
    bus: Bus,
    nextcloud: StubNextcloud,
    caplog: pytest.LogCaptureFixture,
    app: str | None,
    reported: str,
    warned: bool,
):
    bus.client.set("notify_push_app_version", "1.0.0")  # left over: deleted before the question

    async def write_version() -> None:
        assert not bus.client.exists("notify_push_app_version")
        if app is not None:
            bus.client.set("notify_push_app_version", app)

        before.append(keys_read())

    before: list[int] = []

    def keys_read() -> int:
        return int(bus.client.info("commandstats").get("cmdstat_get", {"calls": 0})["calls"])

    nextcloud.on_version = write_version
    daemon = run({})
    wait_for(lambda: before and keys_read() > before[0])  # it knows what there is to know
    bus.client.set("test-token", "t")

    def version() -> str:
        daemon.http("POST /test/version", "token: t")
        written = bus.client.get("notify_push_version")
        assert isinstance(written, bytes)
        return written.decode()

    def warnings() -> list[str]:
        if isinstance(daemon, DaemonProcess):
            return daemon.output.matching("WARN|ERROR")
        return [r.getMessage() for r in caplog.records if r.name.startswith("notify_push")]

    wait_for(lambda: version() == reported and bool(warnings()) is warned)
    assert all("version" in warning for warning in warnings())
