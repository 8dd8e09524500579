"""What is counted, and the two forms in which it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.bus import Bus
from support.daemon import DaemonProcess, Start
from support.databases import SqliteDatabase
from support.nextcloud import StubNextcloud
from support.processes import scratch
from support.waiting import wait_for
from support.websocket import http

TYPES = ("file", "notification", "activity", "custom")


@pytest.fixture
def counted(start: Start, bus: Bus) -> DaemonProcess:
    """A daemon of the test's own that sends at once."""
    return start(env={"DEBOUNCE_DISABLE": "1", "REDIS_URL": f"{bus.url}/6"}, metrics=True)


def test_everything_is_counted(
    counted: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, other: str, storage: int
):
    mounts.add_mount(storage, "", user)
    counted.connect()
    clients = [counted.log_in(user), counted.log_in(user), counted.log_in(other)]
    bus.storage_update(storage, "a", 1)
    bus.publish("notification", {"user": user})
    bus.publish("activity", {"user": "nobody"})
    bus.raw("activity", "nonsense")
    bus.custom(other, "last")
    assert clients[2].receive() == "last"
    assert sorted([clients[0].receive(), clients[0].receive()])[0] == "notify_file"
    found = counted.metrics()
    assert found["active_connection_count"] == 3
    assert found["active_user_count"] == 2
    assert found["total_connection_count"] == 3
    assert found["mapping_query_count"] == 1
    assert found["event_count_total"] == 5
    sent = [found[f'message_count_total{{type="{kind}"}}'] for kind in TYPES]
    assert sent == [2, 2, 0, 1]


def test_what_ended_is_not_active(counted: DaemonProcess, user: str):
    with counted.log_in(user):
        counted.wait_for_metric("active_connection_count", 1)
    counted.wait_for_metric("active_connection_count", 0)
    found = counted.metrics()
    assert (found["active_user_count"], found["total_connection_count"]) == (0, 1)


def test_who_was_refused_does_not_count(
    counted: DaemonProcess, nextcloud: StubNextcloud, user: str
):
    client = counted.connect()
    client.send(user, "wrong")
    client.read_to_end()
    assert counted.metrics()["total_connection_count"] == 0


def test_a_failed_query_does_not_count(start: Start, bus: Bus, user: str):
    env = {"DATABASE_URL": "sqlite:///nowhere/nc.db", "DEBOUNCE_DISABLE": "1"}
    daemon = start(env=env, metrics=True, wait=False)
    client = daemon.log_in(user)
    bus.storage_update(1, "a", 1)
    bus.fence(client, user)
    daemon.output.wait_for("database")
    assert daemon.metrics()["mapping_query_count"] == 0


def test_the_text_of_prometheus(push: DaemonProcess):
    assert push.metrics_address
    reply = http(push.metrics_address, "GET /metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    lines = reply.body.splitlines()
    series = {line.split("{")[0].split(" ")[0] for line in lines} - {"#"}
    assert {line.split(" ")[2] for line in lines if line.startswith("# HELP ")} == series
    assert {line.split(" ")[2] for line in lines if line.startswith("# TYPE ")} == series
    reference = {
        "active_connection_count",
        "active_user_count",
        "total_connection_count",
        "mapping_query_count",
        "event_count_total",
        "message_count_total",
    }
    assert reference <= series
    assert all(name.startswith("notify_push_") for name in series - reference)
    assert not any(name.endswith("_created") for name in series)


def test_no_series_counts_double(push: DaemonProcess):
    """Summed over its labels a name gives what it says: there is no series of totals."""
    names = [name for name in push.metrics() if name.startswith("message_count_total")]
    assert sorted(names) == sorted(f'message_count_total{{type="{kind}"}}' for kind in TYPES)


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_is_on_both_listeners(push: DaemonProcess, path: str):
    assert push.metrics_address
    assert http(push.metrics_address, f"GET {path}").status == 200
    assert http(push.metrics_address, f"HEAD {path}", version="1.0").body == ""


@pytest.mark.parametrize("path", ["/", "/ws", "/test/cookie"])
def test_the_metrics_listener_shows_nothing_else(push: DaemonProcess, path: str):
    assert push.metrics_address
    assert http(push.metrics_address, f"GET {path}").status == 404


def test_metrics_on_a_unix_socket_win_over_a_port(start: Start):
    with scratch() as folder:
        path = folder / "metrics.sock"
        daemon = start(
            "--metrics-socket-path",
            str(path),
            env={"METRICS_PORT": "1", "SOCKET_PERMISSIONS": "0600"},
        )
        assert "active_user_count 0" in http(path, "GET /metrics").body
        assert path.stat().st_mode & 0o777 == 0o600
        daemon.process.terminate()
        assert daemon.wait_for_exit() == 0
        assert not path.exists()


def test_the_json_has_exactly_these_integers(
    counted: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    client = counted.log_in(user)
    bus.storage_update(storage, "a", 1)
    assert client.receive() == "notify_file"
    bus.publish("activity", {"user": user})
    bus.publish("notification", {"user": user})
    bus.custom(user, "x")
    bus.custom(user, "y")
    client.receive_until("y")
    bus.client.publish("notify_query", '"metrics"')
    bus.client.select(6)
    try:
        wait_for(lambda: bus.client.exists("notify_push_metrics"))
        written = bus.client.get("notify_push_metrics")
    finally:
        bus.client.select(0)
    assert written
    figures = json.loads(written)
    assert figures == {
        "active_connection_count": 1,
        "active_user_count": 1,
        "total_connection_count": 1,
        "mapping_query_count": 1,
        "events_received": 6,
        "messages_sent": 5,
        "messages_sent_file": 1,
        "messages_sent_activity": 1,
        "messages_sent_notification": 1,
        "messages_sent_custom": 2,
    }
    assert all(type(value) is int for value in figures.values())


def test_every_metric_is_documented(push: DaemonProcess):
    documents = Path(__file__).parents[2] / "docs/reference/metrics.md"
    text = documents.read_text()
    names = {name.split("{")[0] for name in push.metrics()}
    assert len(names) > 10
    assert {name for name in names if name not in text} == set()
