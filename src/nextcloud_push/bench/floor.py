"""The floor: a process that holds as many sockets as the daemon and only calls ``send()``.

Prints the port it listens on, then obeys lines of JSON on standard input:

    {"do": "accept", "count": n}       until it holds n sockets
    {"do": "send", "frame": "81…"}     these bytes to each of them
    {"do": "close", "keep": n}         all but the first n

Each answer has the CPU time it took, and when it began and ended: nanoseconds, the latter two of
the monotonic clock.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Any, Final

BACKLOG: Final = 4096


class Floor:
    """The sockets, and nothing else."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._sockets: list[socket.socket] = []

    def run(self) -> None:
        """Serve until standard input ends."""
        self._answer(port=self._listener.getsockname()[1])
        obey = {"accept": self._accept, "send": self._send, "close": self._close}
        for line in sys.stdin:
            order = json.loads(line)
            begin, cpu = time.monotonic_ns(), time.process_time_ns()
            obey[order["do"]](order)
            cpu = time.process_time_ns() - cpu
            self._answer(begin=begin, end=time.monotonic_ns(), cpu=cpu, open=len(self._sockets))

    def _accept(self, order: dict[str, Any]) -> None:
        while len(self._sockets) < order["count"]:
            accepted, _ = self._listener.accept()
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(accepted)

    def _send(self, order: dict[str, Any]) -> None:
        frame = bytes.fromhex(order["frame"])
        for accepted in self._sockets:
            accepted.send(frame)

    def _close(self, order: dict[str, Any]) -> None:
        for accepted in self._sockets[order["keep"] :]:
            accepted.close()
        del self._sockets[order["keep"] :]

    def _answer(self, **fields: int) -> None:
        sys.stdout.write(json.dumps(fields) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    Floor().run()
