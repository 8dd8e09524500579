"""The daemon as a process of its own, started as an admin starts it, spoken to at its sockets."""

from __future__ import annotations

import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from support.processes import scratch, stop
from support.websocket import Address, Reply, WebSocket, http

__all__ = ["PROGRAM", "DaemonProcess", "NotReady", "Start", "own_port", "run_daemon", "started"]

PROGRAM = str(Path(sys.executable).parent / "notify_push")
START_TIME = 30.0
"""Seconds within which the daemon is ready on a busy machine."""


class NotReady(RuntimeError):
    """The daemon did not come up."""


def own_port() -> int:
    """A free port that the kernel gives to no outgoing connection meanwhile."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket(socket.AF_INET6) as sock, suppress(OSError):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(("::", port))
            return port


class Output:
    """What a process prints, line by line, as it comes."""

    def __init__(self, *streams: IO[bytes]) -> None:
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._readers = [threading.Thread(target=self._read, args=(one,)) for one in streams]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                with self._changed:
                    self._lines.append(line.decode().rstrip("\n"))
                    self._changed.notify_all()

    @property
    def lines(self) -> list[str]:
        """All lines until now."""
        with self._changed:
            return list(self._lines)

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def matching(self, pattern: str) -> list[str]:
        """The lines that a regular expression is found in."""
        return [line for line in self.lines if re.search(pattern, line)]

    def wait_for(self, pattern: str, timeout: float = 15.0) -> str:
        """Wait until a line matches, and return it."""
        with self._changed:
            found = self._changed.wait_for(lambda: self.matching(pattern), timeout)
        assert found, f"no line matches {pattern!r}:\n{self.text}"
        return found[0]

    def finish(self) -> None:
        """Read to the end of a process that has ended."""
        for reader in self._readers:
            reader.join()


class DaemonProcess:
    """A running daemon.

    Args:
        process: The process.
        address: Where it listens.
        metrics: Where it shows its metrics.
        tls: How to connect, when it serves TLS.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        address: Address,
        metrics: Address | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.address = address
        self.metrics_address = metrics
        self.tls = tls
        self.output = Output(process.stdout)
        self.errors = Output(process.stderr)
        self._clients: list[WebSocket] = []

    @property
    def port(self) -> int:
        """The TCP port of its address."""
        assert not isinstance(self.address, Path)
        return self.address[1]

    def connect(self, path: str = "/ws", *headers: str, behind: bytes = b"") -> WebSocket:
        """Open a WebSocket, closed at the end of the test."""
        client = WebSocket.connect(self.address, path, *headers, tls=self.tls, behind=behind)
        self._clients.append(client)
        return client

    def log_in(self, user: str, *further: str) -> WebSocket:
        """Open a WebSocket and authenticate; the server has handled further messages as well."""
        client = self.connect().log_in(user, "pw", *further)
        client.round_trip()
        return client

    def http(self, line: str, *headers: str, version: str = "1.1") -> Reply:
        """Send an HTTP request."""
        return http(self.address, line, *headers, tls=self.tls, version=version)

    def metrics(self) -> dict[str, float]:
        """The metrics, by name and labels as they stand in the text."""
        assert self.metrics_address
        reply = http(self.metrics_address, "GET /metrics")
        assert reply.status == 200
        lines = [line for line in reply.body.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def wait_for_metric(self, name: str, value: float, timeout: float = 10.0) -> None:
        """Wait until a metric has a value."""
        deadline = time.monotonic() + timeout
        while (found := self.metrics()[name]) != value:
            assert time.monotonic() < deadline, f"{name} is {found}, not {value}"
            time.sleep(0.02)  # another process's state can only be asked for

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        try:
            return self.http("GET /ready").status == 200
        except (OSError, AssertionError, IndexError):
            return False

    def wait_until(self, state: bool = True, timeout: float = START_TIME) -> None:
        """Wait until it is ready, or no longer."""
        deadline = time.monotonic() + timeout
        while self.is_ready() is not state:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(f"{self.output.text}\n{self.errors.text}")
            time.sleep(0.02)  # another process's state can only be asked for

    def wait_until_bound(self, timeout: float = START_TIME) -> None:
        """Wait until it answers at all, ready or not."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.http("GET /health")
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise NotReady(f"{self.output.text}\n{self.errors.text}") from None
                time.sleep(0.02)  # another process's state can only be asked for
            else:
                return

    def hang_up(self) -> None:
        """Close every client of this test."""
        for client in self._clients:
            client.sock.close()
        self._clients.clear()

    def wait_for_exit(self, timeout: float = 15.0) -> int:
        """The exit status."""
        status = self.process.wait(timeout)
        self.output.finish()
        self.errors.finish()
        return status

    def stop(self) -> None:
        """End it, and see that no part of it failed behind the tests' back."""
        self.hang_up()
        stop(self.process)
        self.output.finish()
        self.errors.finish()
        everything = f"{self.output.text}\n{self.errors.text}"
        for sign in ("Traceback", " ERROR asyncio", "never awaited", "a part of the daemon failed"):
            assert sign not in everything, everything


Start = Callable[..., DaemonProcess]
"""Starts a daemon with flags and the arguments of ``started``, until the test ends."""


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    # Nothing of the tests' own environment, as the wizard starts it, except what measures coverage.
    measure = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE_")}
    return measure | dict(given)


@contextmanager
def started(
    env: Mapping[str, str],
    *flags: str,
    metrics: bool = False,
    cwd: Path | None = None,
    tls: ssl.SSLContext | None = None,
    socket_path: Path | None = None,
    host: str = "127.0.0.1",
    wait: bool = True,
) -> Iterator[DaemonProcess]:
    """Run the daemon until the block ends.

    Args:
        env: Its whole environment.
        flags: Its command line, beside the port.
        metrics: Let it listen for metrics as well.
        cwd: Its working folder instead of an empty one.
        tls: How to connect when the flags make it serve TLS.
        socket_path: The Unix socket that the flags make it listen on.
        host: Where to reach it.
        wait: Wait until it is ready; otherwise only until it answers.
    """
    with scratch() as empty:
        command = [PROGRAM, *flags]
        address: Address = socket_path or (host, own_port())
        metrics_address = (host, own_port()) if metrics else None
        if not isinstance(address, Path) and "PORT" not in env:
            command += ["--port", str(address[1])]
        elif "PORT" in env:
            address = (host, int(env["PORT"]))
        if metrics_address is not None:
            command += ["--metrics-port", str(metrics_address[1])]
        process = subprocess.Popen(
            command,
            env=_environment(env),
            cwd=cwd or empty,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        daemon = DaemonProcess(process, address, metrics_address, tls)
        try:
            if wait:
                daemon.wait_until()
            else:
                daemon.wait_until_bound()
            yield daemon
        finally:
            daemon.stop()


def run_daemon(
    env: Mapping[str, str], *flags: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the daemon to its own end: for what makes it refuse to start, or only print."""
    with scratch() as empty:
        return subprocess.run(
            [PROGRAM, *flags],
            env=_environment(env),
            cwd=cwd or empty,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_TIME,
            check=False,
        )
