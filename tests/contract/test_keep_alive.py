"""Pings, pongs and time limits, with a clock that the test moves."""

from __future__ import annotations

import pytest

from support.bus import Bus
from support.in_process import InProcessDaemon, StartTimed
from support.websocket import Frame, Opcode, WebSocket, frame

LATE = 0.55
"""Seconds by which a ping or a time limit may be late."""


@pytest.fixture
def client(timed: InProcessDaemon, user: str) -> WebSocket:
    """A client that does not answer pings by itself; the clock stands."""
    timed.stop_clock()
    client = timed.log_in(user)
    client.answers_pings = False
    return client


def ping(client: WebSocket) -> bytes:
    """The payload of the ping that the server has sent."""
    found = client.read_frame()
    assert found is not None
    assert (found.opcode, len(found.payload)) == (Opcode.PING, 4)
    return found.payload


def silence(timed: InProcessDaemon, client: WebSocket, seconds: float) -> None:
    """Let time pass in which nothing is sent; nothing is received meanwhile either."""
    timed.move(seconds)
    with pytest.raises(TimeoutError):
        client.read_frame(timeout=0.05)


def pong(client: WebSocket, payload: bytes) -> None:
    """Answer, and let the server see it without any other frame."""
    client.send_bytes(frame(Opcode.PONG, payload))


def settle(timed: InProcessDaemon) -> None:
    """Let the server read what was sent before: its sockets are read in turn."""
    for _ in range(2):
        timed.http("GET /health")


def test_a_ping_is_due_30_s_after_the_last_thing_received(
    timed: InProcessDaemon, client: WebSocket
):
    silence(timed, client, 29.9)
    timed.move(0.1 + LATE)
    assert ping(client) != bytes(4)


def test_what_is_sent_does_not_put_it_off(
    timed: InProcessDaemon, client: WebSocket, bus: Bus, user: str
):
    for _ in range(5):
        timed.move(5.9)
        assert bus.fence(client, user) == []
    timed.move(0.5 + LATE)
    assert len(ping(client)) == 4


@pytest.mark.parametrize(
    "data", [frame(Opcode.TEXT, b"x"), frame(Opcode.PONG, b"unasked")], ids=["text", "pong"]
)
def test_what_is_received_does(timed: InProcessDaemon, client: WebSocket, data: bytes):
    timed.move(20)
    client.send_bytes(data)
    settle(timed)
    silence(timed, client, 29.9)
    timed.move(0.1 + LATE)
    assert len(ping(client)) == 4


def test_a_pong_is_followed_by_the_next_ping(timed: InProcessDaemon, client: WebSocket):
    payloads = []
    for _ in range(4):
        timed.move(30 + LATE)
        payloads.append(ping(client))
        pong(client, payloads[-1])
        settle(timed)
    assert len(set(payloads)) == 4


def test_no_pong_closes_the_connection_30_s_later(timed: InProcessDaemon, client: WebSocket):
    timed.move(30 + LATE)
    ping(client)
    silence(timed, client, 29.5)
    timed.move(0.5 + 2 * LATE)
    assert client.read_to_end() == ([], 1011)


def test_other_frames_are_no_pong(timed: InProcessDaemon, client: WebSocket):
    timed.move(30 + LATE)
    ping(client)
    timed.move(20)
    client.send("listen notify_file_id")
    client.round_trip()
    timed.move(10 + 2 * LATE)
    assert client.read_to_end() == ([], 1011)


@pytest.mark.parametrize("wrong", [b"", b"\0\0\0\0", b"\0\0\0\0\0", b"wrong"])
def test_a_wrong_pong_closes_the_connection(
    timed: InProcessDaemon, client: WebSocket, wrong: bytes
):
    timed.move(30 + LATE)
    ping(client)
    pong(client, wrong)
    assert client.read_to_end() == ([], 1011)


@pytest.mark.parametrize("payload", [b"", b"abcd", b"\0\0\0\0", b"x" * 125])
def test_a_pong_nobody_asked_for_is_ignored(
    timed: InProcessDaemon, client: WebSocket, payload: bytes
):
    pong(client, payload)
    assert client.round_trip() == []


def test_a_second_pong_is_one_nobody_asked_for(timed: InProcessDaemon, client: WebSocket):
    timed.move(30 + LATE)
    payload = ping(client)
    pong(client, payload)
    pong(client, payload)
    pong(client, b"abcd")
    assert client.round_trip() == []


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
def test_a_pong_in_pieces(timed: InProcessDaemon, client: WebSocket, size: int):
    timed.move(30 + LATE)
    data = frame(Opcode.PONG, ping(client))
    for start in range(0, len(data), size):
        client.send_bytes(data[start : start + size])
        settle(timed)
    timed.move(30 + LATE)
    assert len(ping(client)) == 4


def test_a_pong_together_with_other_frames(timed: InProcessDaemon, client: WebSocket):
    timed.move(30 + LATE)
    payload = ping(client)
    client.send_bytes(frame(Opcode.PONG, payload) + frame(Opcode.PING, b"mine"))
    assert client.read_frame() == Frame(Opcode.PONG, b"mine")
    timed.move(30 + LATE)
    assert len(ping(client)) == 4


def test_a_client_without_its_login_is_not_pinged(timed: InProcessDaemon):
    timed.stop_clock()
    client = timed.connect()
    timed.move(14.9)
    assert client.round_trip() == []


# The longest time of a connection


def test_the_time_limit_under_steady_traffic(start_timed: StartTimed, bus: Bus, user: str):
    timed = start_timed(max_connection_time=60)
    timed.stop_clock()
    client = timed.log_in(user)
    for _ in range(118):
        timed.move(0.5)
        bus.publish("notification", {"user": user})
        bus.fence(client, user)
    timed.move(1 + LATE)
    assert client.read_to_end()[1] == 1000


def test_the_time_limit_begins_with_the_login(start_timed: StartTimed, bus: Bus, user: str):
    timed = start_timed(max_connection_time=10)
    timed.stop_clock()
    client = timed.connect()
    client.round_trip()
    timed.move(9)
    client.log_in(user)
    timed.move(9.9)
    assert bus.fence(client, user) == []
    timed.move(0.1 + LATE)
    assert client.read_to_end() == ([], 1000)


def test_no_limit_by_default(timed: InProcessDaemon, bus: Bus, user: str):
    timed.stop_clock()
    client = timed.log_in(user)
    for _ in range(200):
        timed.move(20)
        client.round_trip()
    assert bus.fence(client, user) == []


# Who does not leave


@pytest.mark.parametrize("phase", ["login", "open"])
def test_a_client_that_does_not_answer_a_close_is_dropped(
    timed: InProcessDaemon, bus: Bus, user: str, phase: str
):
    timed.stop_clock()
    client = timed.log_in(user) if phase == "open" else timed.connect()
    if phase == "open":
        bus.publish("signal", "reset")
    else:
        client.send("", "")
        assert client.receive() == "err: Invalid credentials"
    found = client.read_frame()
    assert found is not None
    assert found.opcode == Opcode.CLOSE
    settle(timed)
    timed.move(2 + LATE)
    assert client.read_frame(timeout=5) is None
