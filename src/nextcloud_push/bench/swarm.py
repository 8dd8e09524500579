"""A process of clients: one epoll, and nothing a connection beyond its descriptor.

Obeys lines of JSON on standard input, and answers with lines on standard output:

    {"do": "open", "port": p, "numbers": [i, i+2, …], "token": "abc"}   connect and log in
    {"do": "open", "port": p, "numbers": [i, i+2, …]}                   connect, say nothing
    {"do": "close", "keep": n}                                          all but the first n
    {"do": "await", "count": n, "timeout": s, "record": false}          count from here on
    {"do": "tally"}                                                     what was counted

``open`` and ``close`` answer when that is done; ``await`` at once, and again when it is over.
Times are nanoseconds of the monotonic clock, which the processes of a machine share.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Final

from nextcloud_push.bench.client_frames import HANDSHAKE, login, pong

IN_FLIGHT: Final = 32
"""Logins under way at a time, few enough for a listener that lets a hundred wait."""

COALESCE: Final = 0.001
"""Seconds asleep between two looks at a burst. A process that waits in epoll is woken by the sender
at its expense, once a message if it is quick enough, so that what a message costs the sender would
depend on how busy the receiver happens to be. Clients of a real network wake nobody here."""

ADDRESSES: Final = 8
IP_BIND_ADDRESS_NO_PORT: Final = 24  # socket has it from Python 3.12 on

STDIN: Final = 0
STDOUT: Final = 1
TEXT: Final = 0x81
PING: Final = 0x89

Order = dict[str, Any]


class Swarm:
    """The clients of one process."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._poll.register(STDIN, select.EPOLLIN)
        self._orders = b""
        self._numbers: dict[int, int] = {}  # of the clients, by descriptor
        self._logins: dict[int, bytes] = {}  # what is still to be said
        self._partial: dict[int, bytes] = {}  # the beginning of a frame
        self._opening: Order = {"numbers": []}
        self._wanted = 0
        self._deadline = 0.0
        self._record = False
        self._forget()

    def _forget(self) -> None:
        self._count = self._first = self._last = self._pings = self._lost = 0
        self._records: list[tuple[int, str, int]] = []

    def run(self) -> None:
        """Serve until standard input ends."""
        while True:
            if self._wanted > 1 and not self._record:
                time.sleep(COALESCE)
            timeout = max(self._deadline - time.monotonic(), 0.0) if self._wanted else None
            for descriptor, _ in self._poll.poll(timeout):
                if descriptor != STDIN:
                    self._receive(descriptor)
                elif not self._listen():
                    return
            over = self._count >= self._wanted or time.monotonic() >= self._deadline
            if self._wanted and over:
                self._wanted = 0
                self._tally()

    # Orders

    def _listen(self) -> bool:
        data = os.read(STDIN, 65536)
        *lines, self._orders = (self._orders + data).split(b"\n")
        obey: dict[str, Callable[[Order], None]] = {
            "open": self._open,
            "close": self._close,
            "await": self._await,
            "tally": self._tally,
        }
        for line in lines:
            order = json.loads(line)
            obey[order["do"]](order)
        return bool(data)

    def _tally(self, _: Order | None = None) -> None:
        answer(
            count=self._count,
            first=self._first,
            last=self._last,
            pings=self._pings,
            lost=self._lost,
            records=self._records,
        )

    def _await(self, order: Order) -> None:
        self._forget()
        self._record = order["record"]
        self._wanted = order["count"]
        self._deadline = time.monotonic() + order["timeout"]
        answer()

    def _close(self, order: Order) -> None:
        for descriptor in list(self._numbers)[order["keep"] :]:
            self._drop(descriptor)
        answer(open=len(self._numbers))

    def _open(self, order: Order) -> None:
        order["numbers"].reverse()
        self._opening = order
        if "token" in order:
            for _ in range(min(IN_FLIGHT, len(order["numbers"]))):
                self._connect()
        else:
            while order["numbers"]:
                self._connect()
        if not self._logins:
            answer(open=len(self._numbers))

    # Clients

    def _connect(self) -> None:
        """Connect the next client of the present order."""
        order = self._opening
        number = order["numbers"].pop()
        client = socket.socket()
        # From several addresses: past half the ports of one, finding a free one takes the kernel
        # so long that the server's figures show it.
        client.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        client.bind((f"127.0.0.{2 + number % ADDRESSES}", 0))
        client.connect(("127.0.0.1", order["port"]))
        client.setblocking(False)
        # Closed with a reset: otherwise thousands of ports stay taken for a minute.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        descriptor = client.detach()
        self._numbers[descriptor] = number
        self._poll.register(descriptor, select.EPOLLIN)
        if "token" in order:
            self._logins[descriptor] = login(f"{order['token']}{number:08}")
            os.write(descriptor, HANDSHAKE)

    def _go_on_opening(self) -> None:
        """One login is over: begin another, or say that all are."""
        if self._opening["numbers"]:
            self._connect()
        elif not self._logins:
            answer(open=len(self._numbers))

    def _drop(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        os.close(descriptor)
        del self._numbers[descriptor]
        self._partial.pop(descriptor, None)

    def _receive(self, descriptor: int) -> None:
        if descriptor not in self._numbers:
            return  # dropped since the poll
        try:
            data = os.read(descriptor, 65536)
        except ConnectionError:
            data = b""
        now = time.monotonic_ns()
        if not data:
            self._lost += 1
            self._drop(descriptor)
            if self._logins.pop(descriptor, None) is not None:
                self._go_on_opening()
        elif descriptor in self._logins:
            self._log_in(descriptor, data)
        else:
            self._read_frames(descriptor, data, now)

    def _log_in(self, descriptor: int, data: bytes) -> None:
        data = self._partial.pop(descriptor, b"") + data
        if data.startswith(b"HTTP/1.1 101") and data.endswith(b"\r\n\r\n"):
            os.write(descriptor, self._logins[descriptor])
        elif data.endswith(b"authenticated"):
            del self._logins[descriptor]
            self._go_on_opening()
        else:  # in parts, or a refusal, after which the connection is closed
            self._partial[descriptor] = data

    def _read_frames(self, descriptor: int, data: bytes, now: int) -> None:
        if descriptor in self._partial:
            data = self._partial.pop(descriptor) + data
        while len(data) >= 2:
            start, size = 2, data[1]
            if size == 126:
                start, size = 4, int.from_bytes(data[2:4]) if len(data) >= 4 else len(data)
            if len(data) < start + size:
                break
            payload = data[start : start + size]
            if data[0] == TEXT:
                self._count += 1
                self._first = self._first or now
                self._last = now
                if self._record:
                    self._records.append((self._numbers[descriptor], payload.decode(), now))
            elif data[0] == PING:
                self._pings += 1
                os.write(descriptor, pong(payload))
            data = data[start + size :]
        if data:
            self._partial[descriptor] = data


def answer(**fields: Any) -> None:
    """Write one line of JSON."""
    os.write(STDOUT, json.dumps(fields).encode() + b"\n")


if __name__ == "__main__":
    # Real clients are on other machines: these must not take a core away from the daemon.
    os.nice(10)
    Swarm().run()
