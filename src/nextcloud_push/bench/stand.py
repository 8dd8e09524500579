"""The stand: everything that runs while figures are taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from nextcloud_push.bench.daemon import DaemonProcess, NextcloudStub, RedisServer
from nextcloud_push.bench.database import make_database
from nextcloud_push.bench.load import Clients, FloorProcess, Round
from nextcloud_push.bench.probes import Memory, cpu_seconds, memory
from nextcloud_push.bench.publisher import Publisher

__all__ = ["Growth", "Stand", "Timed"]

QUIET: Final = 0.3
"""Seconds after which a process has finished what it does of its own accord."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A round and what it cost.

    Args:
        heard: What the clients heard.
        begin: When it began: nanoseconds of the monotonic clock.
        cpu: CPU seconds, those of rest taken off.
    """

    heard: Round
    begin: int
    cpu: float

    @property
    def wall(self) -> float:
        """Seconds until the last message arrived."""
        return (self.heard.last - self.begin) / 1e9


@dataclass(frozen=True, slots=True)
class Growth:
    """What more connections cost.

    Args:
        connections: How many there are now.
        memory: Of the daemon, with them.
        cpu: CPU seconds for each of the new ones.
        floor_cpu: CPU seconds for which the floor accepted one.
    """

    connections: int
    memory: Memory
    cpu: float
    floor_cpu: float


class Stand:
    """Redis, Nextcloud's stand-in, a database, the daemon, the floor, and clients of both.

    Args:
        folder: Where files go.
        capacity: Users that may connect.
        program: The daemon to run; this installation's own if empty.
    """

    def __init__(self, folder: Path, capacity: int, program: Sequence[str] = ()) -> None:
        self._folder = folder
        self._program = program
        self._stack = ExitStack()
        self._database = folder / "nextcloud.db"
        self._daemon_stack = ExitStack()
        self.pauses = folder / "pauses.json"
        self.ping_cost = 0.0
        """CPU seconds of rest for each ping, by which rest is taken off what else costs."""
        make_database(self._database, capacity)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.redis = stack.enter_context(RedisServer(self._folder))
            self._nextcloud = stack.enter_context(NextcloudStub())
            self.publisher = stack.enter_context(closing(Publisher(self.redis.port)))
            self.floor = stack.enter_context(FloorProcess())
            self.floor_clients = stack.enter_context(Clients())
            stack.enter_context(self._daemon_stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def start_daemon(self, *, ticking: bool = False) -> None:
        """Start the daemon, in place of the one that runs, and clients that are not connected."""
        self.stop_daemon()
        self.daemon = self._daemon_stack.enter_context(
            DaemonProcess(
                self._folder,
                redis=self.redis.port,
                nextcloud=self._nextcloud.server_port,
                database=self._database,
                program=self._program,
                pauses=self.pauses if ticking else None,
            )
        )
        self.clients = self._daemon_stack.enter_context(Clients())
        time.sleep(QUIET)

    def stop_daemon(self) -> None:
        """Stop the daemon and its clients."""
        self._daemon_stack.close()

    def cpu(self) -> float:
        """CPU seconds that the daemon has used."""
        return cpu_seconds(self.daemon.process.pid)

    def memory(self) -> Memory:
        """The daemon's memory."""
        return memory(self.daemon.process.pid)

    def grow(self, to: int) -> Growth:
        """Connect and log in clients until there are so many, and as many of the floor's."""
        new = to - sum(self.clients.open)
        before = self.cpu()
        self.clients.log_in(self.daemon.port, to, self.publisher)
        cpu = (self.cpu() - before) / new
        floor_cpu = 0.0
        if to > sum(self.floor_clients.open):
            floor_cpu = self.floor.accept(self.floor_clients, to)
        return Growth(to, self.memory(), cpu, floor_cpu)

    def shrink(self, to: int) -> None:
        """Close clients until there are so many left, and as many of the floor's."""
        for clients in (self.clients, self.floor_clients):
            clients.close(to)
        self.floor.ask("close", keep=to)
        time.sleep(1 + QUIET)  # the daemon takes leave of them

    def tell(
        self,
        act: Callable[[], object],
        expected: Sequence[int] | None = None,
        *,
        record: bool = False,
    ) -> Timed:
        """Have the daemon tell its clients something."""
        before, begin = self.cpu(), time.monotonic_ns()
        heard = self.clients.hear(act, expected, record=record)
        cpu = self.cpu() - before - heard.pings * self.ping_cost
        return Timed(heard, begin, cpu)

    def tell_floor(self, frame: bytes) -> Timed:
        """Have the floor send the same to as many."""
        sent = {"cpu": 0, "begin": 0}

        def send() -> None:
            sent.update(self.floor.ask("send", frame=frame.hex()))

        heard = self.floor_clients.hear(send)
        return Timed(heard, sent["begin"], sent["cpu"] / 1e9)
