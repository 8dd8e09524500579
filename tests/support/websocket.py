"""A WebSocket client by hand: a blocking socket, and every byte of it under the test's control.

It knows RFC 6455 only as far as a test needs it: nothing is checked that a test wants to break.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = [
    "Address",
    "Closed",
    "Frame",
    "Opcode",
    "Reply",
    "WebSocket",
    "frame",
    "open_socket",
    "upgrade_request",
]

TIMEOUT = 10.0
"""Seconds after which a test gives up on an answer."""

Address = tuple[str, int] | Path
"""Host and port, or the path of a Unix socket."""


class Opcode:
    """The opcodes of RFC 6455 §5.2."""

    CONTINUATION, TEXT, BINARY = 0, 1, 2
    CLOSE, PING, PONG = 8, 9, 10


@dataclass(frozen=True)
class Frame:
    """A frame as it came."""

    opcode: int
    payload: bytes
    fin: bool = True


class Closed(Exception):
    """The server ended the connection.

    Args:
        code: The code of its close frame; None when it closed without one.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        pairs = [line.split(":", 1) for line in lines]
        headers = {name.lower(): value.strip() for name, value in pairs}
        return cls(int(first.split(" ")[1]), headers, body.decode())


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, mask: bool = True, reserved: int = 0
) -> bytes:
    """Build a client's frame; ``reserved`` sets the three reserved bits."""
    size = len(payload)
    flag = 0x80 if mask else 0
    if size < 126:
        length = bytes((flag | size,))
    elif size < 65536:
        length = bytes((flag | 126,)) + size.to_bytes(2)
    else:
        length = bytes((flag | 127,)) + size.to_bytes(8)
    head = bytes((0x80 * fin | reserved << 4 | opcode,)) + length
    if not mask:
        return head + payload
    key = os.urandom(4)
    pad = (key * (size // 4 + 1))[:size]
    return head + key + (int.from_bytes(payload) ^ int.from_bytes(pad)).to_bytes(size)


def text(message: str) -> bytes:
    """Build the frame of a text message."""
    return frame(Opcode.TEXT, message.encode())


def upgrade_request(path: str = "/ws", headers: Iterable[str] = (), version: str = "1.1") -> bytes:
    """Build the request of a handshake."""
    lines = [
        f"GET {path} HTTP/{version}",
        "Host: push.example",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def open_socket(address: Address, tls: ssl.SSLContext | None = None) -> socket.socket:
    """Connect."""
    if isinstance(address, Path):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(TIMEOUT)
        try:
            sock.connect(str(address))
        except OSError:
            sock.close()
            raise
    else:
        sock = socket.create_connection(address, timeout=TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock if tls is None else tls.wrap_socket(sock, server_hostname="localhost")


class WebSocket:
    """A client behind its handshake.

    Pings are answered and kept in ``pings``, unless ``answers_pings`` is turned off.

    Args:
        sock: The connected socket.
        data: What was received behind the handshake.
    """

    def __init__(self, sock: socket.socket, data: bytes = b"") -> None:
        self.sock = sock
        self.pings: list[bytes] = []
        self.answers_pings = True
        self._data = bytearray(data)
        self._pings_sent = 0

    @classmethod
    def connect(
        cls,
        address: Address,
        path: str = "/ws",
        *headers: str,
        tls: ssl.SSLContext | None = None,
        behind: bytes = b"",
    ) -> Self:
        """Shake hands, with further bytes right behind the request."""
        sock = open_socket(address, tls)
        sock.sendall(upgrade_request(path, headers) + behind)
        head, rest = read_head(sock)
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        return cls(sock, rest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    # Sending

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def send(self, *messages: str) -> None:
        """Send text messages, all in one segment."""
        self.send_bytes(b"".join(map(text, messages)))

    def ping(self, payload: bytes = b"ping") -> None:
        """Send a ping."""
        self.send_bytes(frame(Opcode.PING, payload))

    def close(self, code: int = 1000) -> None:
        """Send a close frame."""
        self.send_bytes(frame(Opcode.CLOSE, code.to_bytes(2)))

    # Receiving

    def read_frame(self, timeout: float = TIMEOUT) -> Frame | None:
        """The next frame; None at the end of the stream.

        Raises:
            TimeoutError: Nothing came in that time, or not all of it.
        """
        deadline = time.monotonic() + timeout
        while (found := self._take_frame()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b""
            finally:
                self.sock.settimeout(TIMEOUT)
            if not data:
                assert not self._data, "the stream ended within a frame"
                return None
            self._data += data
        return found

    def _take_frame(self) -> Frame | None:
        data = self._data
        if len(data) < 2:
            return None
        assert not data[1] & 0x80, "a server's frame is not masked"
        assert not data[0] & 0x70, "no reserved bit is set"
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        if len(data) < start + size:
            return None
        found = Frame(data[0] & 0x0F, bytes(data[start : start + size]), bool(data[0] & 0x80))
        del data[: start + size]
        return found

    def receive(self, timeout: float = TIMEOUT) -> str:
        """The next text message.

        Raises:
            Closed: The connection ended instead.
            TimeoutError: Nothing came in that time.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = self.read_frame(deadline - time.monotonic())
            if found is None:
                raise Closed(None)
            if found.opcode == Opcode.CLOSE:
                raise Closed(int.from_bytes(found.payload[:2]))
            if found.opcode == Opcode.PING:
                self.pings.append(found.payload)
                if self.answers_pings:
                    self.send_bytes(frame(Opcode.PONG, found.payload))
            elif found.opcode == Opcode.TEXT:
                assert found.fin
                return found.payload.decode()

    def receive_until(self, last: str, timeout: float = TIMEOUT) -> list[str]:
        """The text messages before this one."""
        received: list[str] = []
        while (message := self.receive(timeout)) != last:
            received.append(message)
        return received

    def receive_for(self, seconds: float) -> list[str]:
        """The text messages of a time."""
        deadline = time.monotonic() + seconds
        received: list[str] = []
        try:
            while True:
                received.append(self.receive(deadline - time.monotonic()))
        except TimeoutError:
            return received

    def round_trip(self) -> list[str]:
        """Have the server handle everything that was sent; the text messages before its pong."""
        self._pings_sent += 1
        payload = f"round trip {self._pings_sent}".encode()
        self.ping(payload)
        received: list[str] = []
        while (found := self.read_frame()) != Frame(Opcode.PONG, payload):
            if found is None or found.opcode == Opcode.CLOSE:
                raise Closed(int.from_bytes(found.payload[:2]) if found else None)
            if found.opcode == Opcode.TEXT:
                received.append(found.payload.decode())
        return received

    def read_to_end(self, timeout: float = TIMEOUT) -> tuple[list[str], int | None]:
        """Text messages until the connection ends, and the code of the close frame.

        A close frame is answered as RFC 6455 §5.5.1 asks for, and then the stream has to end.
        """
        received: list[str] = []
        try:
            while True:
                received.append(self.receive(timeout))
        except Closed as closed:
            if closed.code is not None:
                self._say_good_bye(closed.code, timeout)
            return received, closed.code

    def _say_good_bye(self, code: int, timeout: float) -> None:
        try:
            self.close(code)
        except OSError:
            return  # the server did not wait for it
        assert self.read_frame(timeout) is None, "nothing comes after a close frame"

    # Logging in

    def log_in(self, user: str, password: str = "pw", *further: str) -> Self:
        """Send user name and password, and more in the same segment; wait for the acceptance."""
        self.send(user, password, *further)
        assert self.receive() == "authenticated"
        return self


def read_head(sock: socket.socket) -> tuple[bytes, bytes]:
    """Read up to the blank line of an HTTP answer; the head, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        assert more, f"the connection ended within the answer's head: {data!r}"
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def exchange(address: Address, data: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    """Send bytes and read what comes until the server closes."""
    with open_socket(address, tls) as sock:
        sock.sendall(data)
        received = b""
        while more := sock.recv(65536):
            received += more
        return received


def http(
    address: Address,
    line: str,
    *headers: str,
    tls: ssl.SSLContext | None = None,
    version: str = "1.1",
) -> Reply:
    """Send a request such as ``GET /ready``, and read its answer."""
    head = "\r\n".join([f"{line} HTTP/{version}", "Host: push.example", *headers, "", ""])
    return Reply.parse(exchange(address, head.encode(), tls))
