"""What clients may send, and with which code they are shown out otherwise."""

from __future__ import annotations

import socket

import pytest

from support.daemon import DaemonProcess
from support.websocket import Frame, Opcode, WebSocket, frame, text

LIMIT = 8192


@pytest.fixture(params=["before", "after"])
def client(request: pytest.FixtureRequest, push: DaemonProcess, user: str) -> WebSocket:
    """A client before its login, and one behind it."""
    return push.connect() if request.param == "before" else push.log_in(user)


def ended(client: WebSocket, data: bytes) -> int | None:
    """The code of the close frame after these bytes."""
    client.send_bytes(data)
    messages, code = client.read_to_end()
    assert messages == []
    return code


def test_8_kib_are_allowed(client: WebSocket):
    client.send("x" * LIMIT)
    assert client.round_trip() == []


@pytest.mark.parametrize(
    "data",
    [
        frame(Opcode.TEXT, b"x" * (LIMIT + 1)),
        frame(Opcode.BINARY, b"x" * (LIMIT + 1)),
        frame(Opcode.TEXT, b"x" * LIMIT, fin=False) + frame(Opcode.CONTINUATION, b"x"),
        frame(Opcode.TEXT, b"x" * 1_000_000)[:14],
        bytes((0x81, 0xFF)) + (2**62).to_bytes(8) + b"mask",
    ],
)
def test_more_is_too_big(client: WebSocket, data: bytes):
    assert ended(client, data) == 1009


@pytest.mark.parametrize(
    "payload", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"ok \x80"]
)
def test_text_has_to_be_utf8(client: WebSocket, payload: bytes):
    assert ended(client, frame(Opcode.TEXT, payload)) == 1007


def test_fragments_are_checked_together(client: WebSocket):
    first = frame(Opcode.TEXT, b"\xc3", fin=False)
    assert ended(client, first + frame(Opcode.CONTINUATION, b"x")) == 1007


@pytest.mark.parametrize(
    "data",
    [
        frame(Opcode.TEXT, b"unmasked", mask=False),
        frame(Opcode.PING, b"", mask=False),
        *(frame(Opcode.TEXT, b"x", reserved=bit) for bit in (1, 2, 4, 7)),
        *(frame(opcode, b"") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
        frame(Opcode.CONTINUATION, b"of nothing"),
        frame(Opcode.TEXT, b"a", fin=False) + text("b"),
        frame(Opcode.PING, b"", fin=False),
        frame(Opcode.PING, b"x" * 126),
        frame(Opcode.CLOSE, b"x"),
        *(frame(Opcode.CLOSE, code.to_bytes(2)) for code in (0, 999, 1004, 1005, 1006, 1015)),
    ],
)
def test_the_protocol_has_to_be_kept(client: WebSocket, data: bytes):
    assert ended(client, data) == 1002


def test_the_reason_of_a_close_frame_has_to_be_utf8(client: WebSocket):
    assert ended(client, frame(Opcode.CLOSE, b"\x03\xe8\xff")) == 1007


def test_empty_fragments_without_end(client: WebSocket):
    """A message that never ends costs a client its connection, not the server its memory."""
    data = frame(Opcode.TEXT, b"", fin=False)
    assert ended(client, data + frame(Opcode.CONTINUATION, b"", fin=False) * 1000) == 1008


def test_a_few_empty_fragments_are_no_trouble(client: WebSocket):
    data = frame(Opcode.TEXT, b"", fin=False) + frame(Opcode.CONTINUATION, b"", fin=False) * 20
    client.send_bytes(data + frame(Opcode.CONTINUATION, b"x"))
    assert client.round_trip() == []


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
def test_pings_are_answered(client: WebSocket, payload: bytes):
    client.ping(payload)
    assert client.read_frame() == Frame(Opcode.PONG, payload)


def test_a_thousand_pings_in_one_segment(client: WebSocket):
    pings = [b"%d" % number for number in range(1000)]
    client.send_bytes(b"".join(frame(Opcode.PING, payload) for payload in pings))
    assert [client.read_frame() for _ in pings] == [Frame(Opcode.PONG, one) for one in pings]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 127])
def test_frames_chopped_in_any_way(client: WebSocket, size: int):
    data = frame(Opcode.PING, b"one") + frame(Opcode.PING, b"x" * 100) + frame(Opcode.PING, b"two")
    for start in range(0, len(data), size):
        client.send_bytes(data[start : start + size])
    pongs = [client.read_frame() for _ in range(3)]
    assert [pong and pong.payload for pong in pongs] == [b"one", b"x" * 100, b"two"]


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_a_good_bye_is_answered(client: WebSocket, code: int):
    client.close(code)
    assert client.read_frame() == Frame(Opcode.CLOSE, code.to_bytes(2))
    assert client.read_frame() is None


def test_a_good_bye_without_a_code(client: WebSocket):
    client.send_bytes(frame(Opcode.CLOSE))
    answer = client.read_frame()
    assert answer is not None
    assert answer.opcode == Opcode.CLOSE
    assert client.read_frame() is None


def test_a_client_that_closes_its_half(client: WebSocket):
    client.sock.shutdown(socket.SHUT_WR)
    assert client.read_to_end() == ([], None)


def test_nothing_behind_a_good_bye_counts(push: DaemonProcess, user: str):
    client = push.connect()
    client.send_bytes(text(user) + frame(Opcode.CLOSE, b"\x03\xe8") + text("pw"))
    assert client.read_to_end()[0] == []


def test_a_fault_behind_a_message_in_one_segment(push: DaemonProcess, bus, user: str):
    client = push.log_in(user)
    assert ended(client, text("ignored") + frame(3, b"")) == 1002


def test_a_flood_of_small_frames_is_answered_in_order(push: DaemonProcess, user: str):
    """Much that comes at once is read in slices, and nothing of it is lost."""
    client = push.log_in(user)
    client.send_bytes(b"".join(frame(Opcode.PING, b"%d" % number) for number in range(20_000)))
    pongs = [client.read_frame() for _ in range(20_000)]
    assert [pong.payload for pong in pongs if pong] == [b"%d" % number for number in range(20_000)]
