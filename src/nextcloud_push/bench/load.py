"""The clients, of the daemon and of the floor, and one round of telling them something."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from nextcloud_push.bench import MAX_CONNECTIONS
from nextcloud_push.bench.children import BenchError, Child
from nextcloud_push.bench.database import user
from nextcloud_push.bench.publisher import Publisher, written

__all__ = ["Clients", "FloorProcess", "Round"]

SWARMS: Final = 2
PER_SWARM: Final = MAX_CONNECTIONS // SWARMS

TOKENS_AT_A_TIME: Final = 500
"""Tokens live 15 s: they are published shortly before they are used."""

SETTLING: Final = 0.05
"""Seconds after the last message until what a round cost is read."""


@dataclass(slots=True)
class Round:
    """What the clients saw of a round; times are nanoseconds of the monotonic clock.

    Args:
        count: Messages that arrived.
        first: When the first one did.
        last: When the last one did.
        pings: Pings that came in between.
        lost: Connections that were closed.
        records: Client, text and time of every message, if that was asked for.
    """

    count: int = 0
    first: int = 0
    last: int = 0
    pings: int = 0
    lost: int = 0
    records: list[tuple[int, str, int]] = field(default_factory=list)

    def add(self, answer: dict[str, Any]) -> None:
        """Add what one swarm saw."""
        self.count += answer["count"]
        self.first = min(filter(None, (self.first, answer["first"])), default=0)
        self.last = max(self.last, answer["last"])
        self.pings += answer["pings"]
        self.lost += answer["lost"]
        self.records += map(tuple, answer["records"])


class Clients:
    """Processes of clients, all connected to one server.

    Client i is user i, and in the process ``i % SWARMS``.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._swarms: list[Child] = []
        self.open: list[int] = [0] * SWARMS

    def __enter__(self) -> Self:
        for _ in range(SWARMS):
            self._swarms.append(self._stack.enter_context(Child("nextcloud_push.bench.swarm")))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def log_in(self, port: int, to: int, publisher: Publisher) -> None:
        """Connect users by token until there are so many clients."""
        run = secrets.token_hex(8)
        while (first := sum(self.open)) < to:
            count = min(to - first, TOKENS_AT_A_TIME)
            tokens = (
                (
                    "notify_pre_auth",
                    f'{{"user":"{user(number)}","token":"{run}{number:08}"}}',
                )
                for number in range(first, first + count)
            )
            publisher.publish(written(tokens))
            self._open(port, first, count, token=run)

    def connect(self, port: int, to: int) -> None:
        """Connect, and do nothing more, until there are so many clients."""
        first = sum(self.open)
        self._open(port, first, to - first)

    def _open(self, port: int, first: int, count: int, **more: str) -> None:
        new = range(first, first + count)
        for index, swarm in enumerate(self._swarms):
            numbers = [number for number in new if number % SWARMS == index]
            swarm.tell("open", port=port, numbers=numbers, **more)
        self.open = [swarm.answer()["open"] for swarm in self._swarms]
        if sum(self.open) != first + count:
            raise BenchError(f"of {count} clients {sum(self.open) - first} got a connection")

    @staticmethod
    def by_process(clients: Iterable[int]) -> list[int]:
        """How many of these are in each process."""
        counts = [0] * SWARMS
        for client in clients:
            counts[client % SWARMS] += 1
        return counts

    def close(self, keep: int) -> None:
        """Close all but so many."""
        for swarm in self._swarms:
            swarm.tell("close", keep=keep // SWARMS)
        self.open = [swarm.answer()["open"] for swarm in self._swarms]

    def hear(
        self,
        act: Callable[[], object],
        expected: Sequence[int] | None = None,
        *,
        record: bool = False,
        timeout: float = 20.0,
    ) -> Round:
        """Let something happen and wait for what the clients hear of it.

        Args:
            act: Makes it happen.
            expected: Messages by process; None for one to every client.
            record: Keep every message.
            timeout: Seconds to wait.

        Raises:
            BenchError: Not that many messages came, or clients were closed.
        """
        counts = self.open if expected is None else expected
        heard = self.watch(act, counts, record=record, timeout=timeout)
        if heard.count != sum(counts):
            raise BenchError(f"{heard.count} messages came instead of {sum(counts)}")
        return heard

    def watch(
        self,
        act: Callable[[], object],
        expected: Sequence[int] = (0,) * SWARMS,
        *,
        record: bool = False,
        timeout: float = 20.0,
    ) -> Round:
        """Let something happen and tell what the clients heard, however much it was.

        Raises:
            BenchError: Clients were closed.
        """
        for swarm, count in zip(self._swarms, expected, strict=True):
            swarm.ask("await", count=count, timeout=timeout, record=record)
        act()
        for swarm, count in zip(self._swarms, expected, strict=True):
            if count:
                swarm.answer(timeout + 10)
        time.sleep(SETTLING)
        heard = Round()
        for swarm in self._swarms:
            heard.add(swarm.ask("tally"))
        if heard.lost:
            raise BenchError(f"{heard.lost} clients were closed")
        return heard


class FloorProcess(Child):
    """The process that holds as many sockets as the daemon and only sends."""

    def __init__(self) -> None:
        super().__init__("nextcloud_push.bench.floor")
        self.port: int = self.answer()["port"]

    def accept(self, clients: Clients, count: int) -> float:
        """Hold so many sockets; the CPU seconds that accepting each new one took."""
        new = count - sum(clients.open)
        self.tell("accept", count=count)
        clients.connect(self.port, count)
        cpu: int = self.answer()["cpu"]
        return cpu / new / 1e9
