"""What arrives on the eleven channels, wanted and unwanted."""

from __future__ import annotations

import json
import logging

import pytest
import redis

from support.bus import Bus
from support.daemon import DaemonProcess, Start
from support.databases import SqliteDatabase
from support.in_process import InProcessDaemon
from support.waiting import wait_for
from support.websocket import Opcode

NO_JSON = [
    b"",
    b" ",
    b"nonsense",
    b"{",
    b"{}}",
    b"\xff\xfe",
    b'{"user":"\xff"}',
    b"\xef\xbb\xbf{}",
    b"NaN",
    b"[" * 100_000,
    b'{"user":' * 20_000,
    b"\0",
    b'{"user":"a"} x',
]
NO_OBJECT = [b"null", b"true", b"1", b"[]", b'"text"', b"{}"]
NO_USER = [
    b'{"user":null}',
    b'{"user":1}',
    b'{"user":["a"]}',
    b'{"user":{}}',
    b'{"User":"a"}',
    rb'{"user":"\ud800"}',
]
HOSTILE: dict[str, list[bytes]] = {
    "storage_update": [
        *NO_JSON,
        *NO_OBJECT,
        b'{"storage":1}',
        b'{"path":"a"}',
        b'{"storage":"1","path":"a"}',
        b'{"storage":-1,"path":"a"}',
        b'{"storage":4294967296,"path":"a"}',
        b'{"storage":1.5,"path":"a"}',
        b'{"storage":null,"path":"a"}',
        b'{"storage":true,"path":"a"}',
        b'{"storage":1,"path":null}',
        b'{"storage":1,"path":1}',
        b'{"storage":1,"path":"a","file_id":-1}',
        b'{"storage":1,"path":"a","file_id":"1"}',
        b'{"storage":1,"path":"a","file_id":1.5}',
        b'{"storage":1,"path":"a","file_id":18446744073709551616}',
        b'{"storage":1,"path":"a","file_id":%s}' % (b"9" * 1000),
        b'{"storage":%s,"path":"a"}' % (b"9" * 1000),
    ],
    "group_membership_update": [*NO_JSON, *NO_OBJECT, *NO_USER, b'{"user":"a"}', b'{"group":"a"}'],
    "user_share_created": [*NO_JSON, *NO_OBJECT, *NO_USER],
    "activity": [*NO_JSON, *NO_OBJECT, *NO_USER],
    "notification": [*NO_JSON, *NO_OBJECT, *NO_USER],
    "pre_auth": [
        *NO_JSON,
        *NO_OBJECT,
        *NO_USER,
        b'{"user":"a"}',
        b'{"token":"a"}',
        b'{"user":"a","token":1}',
        b'{"user":"a","token":null}',
    ],
    "custom": [
        *NO_JSON,
        *NO_OBJECT,
        *NO_USER,
        b'{"user":"a"}',
        b'{"user":"a","message":1}',
        b'{"user":"a","message":null}',
        b'{"user":"a","message":"m","body":%s}' % (b"[" * 50_000 + b"]" * 50_000),
        b'{"user":"a","message":"m","body":nothing}',
    ],
    "test_cookie": [*NO_JSON, b"null", b"[]", b"{}", b'"1"', b"-1", b"1.5", b"4294967296"],
    "config": [
        *NO_JSON,
        b"null",
        b"1",
        b"[]",
        b"{}",
        b'"restore"',
        b'{"log_spec":1}',
        b'{"log_spec":null}',
        b'{"log_spec":"notify_push=loud"}',
        b'{"log_spec":"notify_push="}',
    ],
    "query": [*NO_JSON, *NO_OBJECT, b'"Metrics"', b'["metrics"]'],
    "signal": [*NO_JSON, *NO_OBJECT, b'"Reset"', b'"stop"'],
}


@pytest.mark.parametrize("channel", HOSTILE)
def test_what_does_not_decode_costs_a_warning(
    timed: InProcessDaemon,
    bus: Bus,
    user: str,
    channel: str,
    caplog: pytest.LogCaptureFixture,
):
    client = timed.log_in(user)
    caplog.clear()
    for payload in HOSTILE[channel]:
        timed.move(10)  # past the rate limit of the warnings
        bus.raw(channel, payload)
        assert bus.fence(client, user) == [], payload[:100]
        records = [record for record in caplog.records if record.name == "notify_push.receive"]
        assert [record.levelno for record in records] == [logging.WARNING], payload[:100]
        text = records[0].getMessage()
        assert "log level" in text or f"notify_{channel}" in text
        assert len(text) < 500
        caplog.clear()


def test_warnings_are_limited(start: Start, bus: Bus, user: str):
    daemon = start()
    for _ in range(1000):
        bus.raw("activity", "nonsense")
    bus.raw("pre_auth", "another channel has a limit of its own")
    daemon.output.wait_for("notify_pre_auth")
    assert 1 <= len(daemon.output.matching("notify_activity")) <= 50


def test_a_control_character_stays_on_its_line(push: DaemonProcess, bus: Bus, user: str):
    bus.raw("config", '{"log_spec":"notify_push=\\u001b[31m\\nred"}')
    line = push.output.wait_for("unknown log level")
    assert "\x1b" not in line
    assert all("WARN" in line or "ERROR" in line for line in push.output.lines)


def test_unknown_fields_are_ignored(prompt: DaemonProcess, bus: Bus, user: str):
    client = prompt.log_in(user)
    for channel in ("activity", "notification"):
        bus.publish(channel, {"user": user, "new": [1, {"deep": None}], "": 0})
    assert bus.fence(client, user) == ["notify_activity", "notify_notification"]


def test_two_megabytes_of_payload(prompt: DaemonProcess, bus: Bus, user: str):
    client = prompt.log_in(user)
    bus.publish("activity", {"user": user, "padding": "x" * 2_000_000})
    assert client.receive() == "notify_activity"


def test_a_path_of_4000_letters(
    prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "ä", user)
    client = prompt.log_in(user)
    bus.storage_update(storage, ("ä/" * 2000)[:-1], 1)
    assert client.receive() == "notify_file"


@pytest.mark.parametrize("channel", ["group_membership_update", "user_share_created"])
def test_shares_and_groups_are_file_events(
    prompt: DaemonProcess, bus: Bus, user: str, other: str, channel: str
):
    client = prompt.log_in(user, "listen notify_file_id")
    stranger = prompt.log_in(other)
    bus.publish(channel, {"user": user, "group": "group"})
    assert client.receive() == "notify_file"
    assert bus.fence(stranger, other) == []


# test_cookie


def test_the_cookie_is_there_at_once(push: DaemonProcess, bus: Bus, user: str):
    bus.client.set("test-token", "t" * 32)
    client = push.log_in(user)
    for cookie in (0, 1, 2**31, 2**32 - 1, 12345):
        bus.raw("test_cookie", str(cookie))
        bus.fence(client, user)
        assert push.http("GET /test/cookie", f"token: {'t' * 32}").body == str(cookie)


# config


class Log:
    """Finds out by what is logged which level holds."""

    def __init__(
        self, daemon: InProcessDaemon, bus: Bus, user: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.daemon = daemon
        self.bus = bus
        self.user = user
        self.client = daemon.log_in(user)
        self.caplog = caplog

    def config(self, payload: object) -> None:
        self.bus.publish("config", payload)
        self.bus.fence(self.client, self.user)

    def spec(self, specification: str) -> None:
        self.config({"log_spec": specification})

    @property
    def shown(self) -> set[str]:
        """Which of a debug and a warning of receiving, a debug of sending, are shown."""
        self.daemon.move(10)
        self.caplog.clear()
        self.bus.raw("activity", "nonsense")
        for _ in range(2):  # what is logged behind the writing of the first is there at the second
            self.bus.fence(self.client, self.user)
        found = set()
        for record in self.caplog.records:
            if record.name == "notify_push.receive":
                found.add("warning" if record.levelno == logging.WARNING else "received")
            elif record.name == "notify_push.send":
                found.add("sent")
        return found


@pytest.fixture
def log(timed: InProcessDaemon, bus: Bus, user: str, caplog: pytest.LogCaptureFixture) -> Log:
    return Log(timed, bus, user, caplog)


EVERYTHING = {"warning", "received", "sent"}


def test_a_temporary_level_and_back(log: Log):
    assert log.shown == {"warning"}
    log.spec("notify_push=debug")
    assert log.shown == EVERYTHING
    log.config("log_restore")
    assert log.shown == {"warning"}


def test_levels_stack(log: Log):
    for level in ("debug", "error", "trace"):
        log.spec(f"notify_push={level}")
    assert log.shown == EVERYTHING
    log.config("log_restore")
    assert log.shown == set()
    log.config("log_restore")
    assert log.shown == EVERYTHING
    for _ in range(3):  # one too many does no harm
        log.config("log_restore")
        assert log.shown == {"warning"}


@pytest.mark.parametrize(
    ("specification", "shown"),
    [
        ("debug", EVERYTHING),
        ("trace", EVERYTHING),
        ("info", {"warning"}),
        ("warn", {"warning"}),
        ("error", set()),
        ("off", set()),
        ("notify_push", EVERYTHING),
        ("notify_push=DEBUG", EVERYTHING),
        ("notify_push::send=debug", {"warning", "sent"}),
        ("notify_push::receive=debug", {"warning", "received"}),
        ("notify_push::receive", {"warning", "received"}),
        ("error,notify_push::receive=warn", {"warning"}),
        ("notify_push=error,notify_push::send=trace", {"sent"}),
        ("off, notify_push::send = debug", {"sent"}),
        ("unknown_module=debug", {"warning"}),
        ("unknown_module=debug,notify_push=debug", EVERYTHING),
        ("hyper::client=trace,error", set()),
    ],
)
def test_specifications(log: Log, specification: str, shown: set[str]):
    log.spec(specification)
    assert log.shown == shown
    log.config("log_restore")
    assert log.shown == {"warning"}


@pytest.mark.parametrize("specification", ["notify_push=loud", "debug,notify_push=5", "x=y"])
def test_an_unknown_level_changes_nothing(log: Log, specification: str):
    log.spec("notify_push=error")
    log.spec(specification)
    assert log.shown == set()
    log.config("log_restore")
    assert log.shown == {"warning"}


# query


def test_metrics_are_written_to_redis(start: Start, bus: Bus, user: str):
    daemon = start(env={"REDIS_URL": f"{bus.url}/5"})
    daemon.log_in(user)
    with redis.Redis(port=bus.server.port, db=5) as own:
        for _ in range(3):
            own.publish("notify_query", '"metrics"')
            wait_for(lambda: own.exists("notify_push_metrics"))
            figures = json.loads(own.get("notify_push_metrics"))
            own.delete("notify_push_metrics")
            assert figures["active_connection_count"] == 1


# signal


def test_reset_closes_every_connection(push: DaemonProcess, bus: Bus, user: str, other: str):
    clients = [push.log_in(name) for name in (user, user, other)] + [push.connect()]
    bus.publish("signal", "reset")
    for client in clients:
        assert client.read_to_end() == ([], 1000)
    push.log_in(user)


def test_reset_with_a_thousand_connections(push: DaemonProcess, bus: Bus):
    clients = [push.connect().log_in(f"many{number % 50}") for number in range(1000)]
    bus.publish("signal", "reset")
    for client in clients:
        found = client.read_frame()
        assert found is not None
        assert (found.opcode, found.payload) == (Opcode.CLOSE, (1000).to_bytes(2))
        client.sock.close()
