"""Where a WebSocket can be opened, and what everything else at those paths gets."""

from __future__ import annotations

import pytest

from support.daemon import DaemonProcess
from support.in_process import InProcessDaemon
from support.websocket import Reply, exchange, open_socket, read_head, upgrade_request


@pytest.mark.parametrize(
    "path",
    [
        "/ws",
        "/push/ws",
        "/nextcloud/push/ws",
        "/a/b/c/d/e/ws",
        "/ws/",
        "/push/ws/",
        "//ws",
        "/push//ws",
        "///push///ws/",
        "/ws?query=1",
        "/push/ws?a=/b/c",
    ],
)
def test_a_websocket_below_any_prefix(push: DaemonProcess, user: str, path: str):
    push.connect(path).log_in(user)


@pytest.mark.parametrize("path", ["/", "/ws/x", "/wss", "/xws", "/push", "/?/ws", "/ws.", "/WS"])
def test_no_websocket_elsewhere(push: DaemonProcess, path: str):
    assert Reply.parse(exchange(push.address, upgrade_request(path))).status == 404


@pytest.mark.parametrize("path", ["/ws", "/push/ws", "//ws", "/ws/"])
def test_a_plain_get_is_told_to_upgrade(push: DaemonProcess, path: str):
    assert push.http(f"GET {path}").status == 426


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_wrong_method(push: DaemonProcess, method: str):
    assert push.http(f"{method} /ws", "Content-Length: 0").status == 405


def test_a_wrong_method_with_an_upgrade(push: DaemonProcess):
    request = upgrade_request().replace(b"GET", b"POST")
    assert Reply.parse(exchange(push.address, request)).status == 405


def test_http_1_0_cannot_upgrade(push: DaemonProcess):
    reply = Reply.parse(exchange(push.address, upgrade_request(version="1.0")))
    assert reply.status == 505


@pytest.mark.parametrize("origin", ["https://cloud.example.com", "null", "file://", "x"])
def test_any_origin_is_welcome(push: DaemonProcess, user: str, origin: str):
    push.connect("/ws", f"Origin: {origin}").log_in(user)


def test_headers_in_any_case(push: DaemonProcess, user: str):
    request = upgrade_request().decode()
    request = request.replace("Upgrade: websocket", "UPGRADE:WebSocket")
    request = request.replace("Connection: Upgrade", "connection: keep-alive, upgrade")
    with open_socket(push.address) as sock:
        sock.sendall(request.encode())
        assert read_head(sock)[0].startswith(b"HTTP/1.1 101 ")


def test_the_answer_to_a_handshake(push: DaemonProcess):
    """RFC 6455 §4.2.2; nothing is negotiated that was not understood."""
    with open_socket(push.address) as sock:
        offers = ("Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: x")
        sock.sendall(upgrade_request("/ws", offers))
        reply = Reply.parse(read_head(sock)[0])
    assert reply.headers["upgrade"].lower() == "websocket"
    assert reply.headers["connection"].lower() == "upgrade"
    assert reply.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in reply.headers
    assert "sec-websocket-protocol" not in reply.headers


@pytest.mark.parametrize(
    ("line", "replacement", "status"),
    [
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"", 400),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short", 400),
        (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 8", 400),
        (b"Upgrade: websocket", b"Upgrade: h2c", 426),
    ],
)
def test_an_invalid_handshake(push: DaemonProcess, line: bytes, replacement: bytes, status: int):
    request = upgrade_request().replace(line, replacement)
    assert Reply.parse(exchange(push.address, request)).status == status


def test_a_request_byte_by_byte(push: DaemonProcess):
    with open_socket(push.address) as sock:
        for byte in upgrade_request():
            sock.sendall(bytes((byte,)))
        assert read_head(sock)[0].startswith(b"HTTP/1.1 101 ")


def test_a_head_of_8_kib_is_no_trouble(push: DaemonProcess, user: str):
    push.connect("/ws", f"Cookie: {'x' * 8000}").log_in(user)


@pytest.mark.parametrize("lines", [["X: " + "x" * 8000] * 3, ["X: x"] * 4000])
def test_an_oversized_head_is_refused(push: DaemonProcess, lines: list[str]):
    assert Reply.parse(exchange(push.address, upgrade_request("/ws", lines))).status == 431


@pytest.mark.parametrize("lines", [["X: " + "x" * 4_000_000], ["X: x"] * 800_000])
def test_a_head_without_end_is_not_read(push: DaemonProcess, lines: list[str]):
    """Far more than the sockets hold: that it can be sent at all would mean that it is read."""
    with open_socket(push.address) as sock, pytest.raises(ConnectionError):
        sock.sendall(upgrade_request("/ws", lines))


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"nonsense\r\n\r\n"])
def test_what_is_no_http_is_refused(push: DaemonProcess, data: bytes):
    assert Reply.parse(exchange(push.address, data)).status == 400


@pytest.mark.parametrize("sent", [b"", b"GET /ws HTTP/1.1\r\n", upgrade_request()[:-2]])
def test_a_request_that_does_not_come(timed: InProcessDaemon, sent: bytes):
    timed.stop_clock()
    with open_socket(timed.address) as sock:
        sock.sendall(sent)
        timed.http("GET /health")  # the bytes before it have been read
        timed.move(16)
        assert sock.recv(65536) == b""
