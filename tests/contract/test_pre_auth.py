"""Pre-authenticated tokens: an empty user name, and a password that Nextcloud published."""

from __future__ import annotations

import pytest

from support.bus import Bus
from support.daemon import DaemonProcess
from support.databases import SqliteDatabase
from support.in_process import InProcessDaemon
from support.nextcloud import StubNextcloud
from support.websocket import WebSocket

REFUSED = (["err: Invalid credentials"], 1008)


def give(bus: Bus, daemon: DaemonProcess | InProcessDaemon, user: str, token: str) -> None:
    """Publish a token, and see that the daemon has handled it."""
    bus.publish("pre_auth", {"user": user, "token": token})
    witness = daemon.connect().log_in(f"witness of {user}")
    assert bus.fence(witness, f"witness of {user}") == []


def log_in(client: WebSocket, name: str, token: str) -> WebSocket:
    return client.log_in(name, token)


def refused(client: WebSocket, name: str, token: str) -> bool:
    client.send(name, token)
    return client.read_to_end() == REFUSED


def test_a_token_logs_its_user_in(push: DaemonProcess, bus: Bus, user: str):
    give(bus, push, user, f"token of {user}")
    client = log_in(push.connect(), "", f"token of {user}")
    bus.custom(user, "hello")
    assert client.receive() == "hello"


def test_nextcloud_is_not_asked(push: DaemonProcess, bus: Bus, nextcloud: StubNextcloud, user: str):
    give(bus, push, user, "0123456789abcdef")
    asked = len(nextcloud.seen)
    log_in(push.connect(), "", "0123456789abcdef")
    assert len(nextcloud.seen) == asked


def test_web_clients_send_everything_at_once(
    push: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    give(bus, push, user, f"token of {user}")
    client = push.connect()
    client.send("", f"token of {user}", "listen notify_file_id")
    assert client.receive() == "authenticated"
    bus.storage_update(storage, "a", 3)
    assert client.receive() == "notify_file_id [3]"


@pytest.mark.parametrize("name", ["somebody", "somebody else", "  "])
def test_whatever_the_user_name(push: DaemonProcess, bus: Bus, user: str, name: str):
    give(bus, push, user, f"token of {user}")
    client = log_in(push.connect(), name, f"token of {user}")
    bus.custom(user, "hello")
    assert client.receive() == "hello"


def test_a_token_is_trimmed(push: DaemonProcess, bus: Bus, user: str):
    give(bus, push, user, f"token-of-{user}")
    log_in(push.connect(), "", f" token-of-{user}\n")


def test_a_token_is_used_up(push: DaemonProcess, bus: Bus, user: str):
    give(bus, push, user, f"token of {user}")
    log_in(push.connect(), "", f"token of {user}")
    assert refused(push.connect(), "", f"token of {user}")
    assert refused(push.connect(), user, f"token of {user}")


def test_tokens_of_one_user_are_independent(push: DaemonProcess, bus: Bus, user: str):
    give(bus, push, user, f"first of {user}")
    give(bus, push, user, f"second of {user}")
    log_in(push.connect(), "", f"second of {user}")
    log_in(push.connect(), "", f"first of {user}")


@pytest.mark.parametrize("token", ["unknown", "", " "])
def test_an_unknown_token(push: DaemonProcess, token: str):
    assert refused(push.connect(), "", token)


def test_an_empty_token_is_none(push: DaemonProcess, bus: Bus, user: str):
    give(bus, push, user, "")
    assert refused(push.connect(), "", "")


def test_a_token_lives_15_seconds(timed: InProcessDaemon, bus: Bus, user: str):
    timed.stop_clock()
    give(bus, timed, user, f"token of {user}")
    timed.move(14.9)
    log_in(timed.connect(), "", f"token of {user}")


def test_and_no_longer(timed: InProcessDaemon, bus: Bus, user: str):
    give(bus, timed, user, f"token of {user}")
    timed.move(15.1)
    assert refused(timed.connect(), "", f"token of {user}")


def test_the_same_token_again_is_a_new_one(timed: InProcessDaemon, bus: Bus, user: str):
    timed.stop_clock()
    give(bus, timed, user, f"token of {user}")
    timed.move(14)
    give(bus, timed, user, f"token of {user}")
    timed.move(14)
    log_in(timed.connect(), "", f"token of {user}")


def test_a_token_that_comes_a_moment_later(push: DaemonProcess, bus: Bus, user: str):
    """A login may overtake its token, which is behind a burst of events."""
    client = push.connect()
    client.send("", f"token of {user}")
    client.round_trip()
    bus.publish("pre_auth", {"user": user, "token": f"token of {user}"})
    assert client.receive() == "authenticated"
