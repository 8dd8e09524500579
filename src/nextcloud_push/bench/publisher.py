"""Publishes on Redis as fast as it takes it."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Final

__all__ = ["Publisher", "Written", "written"]

AT_A_TIME: Final = 10_000
"""Commands written before their answers are read."""

Written = list[tuple[bytes, int]]
"""Commands as they go over the wire, in portions, with the number of them in each."""


def written(events: Iterable[tuple[str, str]]) -> Written:
    """Prepare events (channel, payload), so that publishing costs little more than the sending."""
    commands = []
    for channel, payload in events:
        name, body = channel.encode(), payload.encode()
        commands.append(
            b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n"
            % (len(name), name, len(body), body)
        )
    starts = range(0, len(commands), AT_A_TIME)
    portions = (commands[start : start + AT_A_TIME] for start in starts)
    return [(b"".join(portion), len(portion)) for portion in portions]


class Publisher:
    """A pipelining client that knows one command.

    Args:
        port: Where Redis listens on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def publish(self, events: Written) -> None:
        """Publish, and return when Redis has handed them to whoever listens."""
        for commands, count in events:
            self._socket.sendall(commands)
            while count > 0:
                count -= self._socket.recv(1 << 16).count(b"\n")

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
