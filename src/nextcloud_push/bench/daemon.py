"""The daemon under test and the Redis beside it, started as their users start them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Final, Self

from nextcloud_push.bench.children import BenchError, stop

__all__ = ["DaemonProcess", "NextcloudStub", "RedisServer"]

START_TIME: Final = 20.0
"""Seconds in which a server has to be there."""

_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL")
_KEPT_PREFIXES: Final = ("PYTHON", "MALLOC_", "LD_", "GLIBC_")
"""What of the environment reaches the daemon: no setting, but what Python and malloc heed."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Server:
    """A server that runs until the block ends.

    Args:
        command: Program and arguments.
        folder: Where it runs and where its output goes.
        env: Its environment; None for this process's own.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._name = Path(command[0]).name
        self._log = folder / f"{self._name}.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - what the user wants measured
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=env
            )
        try:
            self._wait_until_ready()
        except BaseException:
            stop(self.process)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop(self.process)

    def _ready(self) -> bool:
        raise NotImplementedError

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIME
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self._log.read_text(errors="replace")[-2000:]
                raise BenchError(f"{self._name} does not start:\n{said}")
            time.sleep(0.01)


class RedisServer(_Server):
    """A real Redis on a free port that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            raise BenchError("redis-server is not installed, and the benchmark needs a real one")
        self.port = _free_port()
        settings = f"--bind 127.0.0.1 --port {self.port} --save"
        command = [program, *settings.split(), "", "--appendonly", "no"]
        # A subscriber that is behind is part of what is measured, not a reason to drop it.
        limits = ("--client-output-buffer-limit", "pubsub 0 0 0")
        super().__init__([*command, *limits], folder)

    def _ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class NextcloudStub(ThreadingHTTPServer):
    """Answers whatever the daemon asks when it starts; every login here is by token."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _EmptyAnswer)
        Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self) -> None:
        """Stop."""
        self.shutdown()
        super().server_close()


class _EmptyAnswer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class DaemonProcess(_Server):
    """The daemon on a free port, with SQLite and its metrics on.

    Args:
        folder: Where it runs.
        redis: Redis's port.
        nextcloud: The port of what stands in for Nextcloud.
        database: The SQLite file.
        program: What to run; this installation's daemon by default.
        pauses: Where the daemon with a ticker writes what it saw; None for the daemon as it is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        redis: int,
        nextcloud: int,
        database: Path,
        program: Sequence[str] = (),
        pauses: Path | None = None,
    ) -> None:
        self.port = _free_port()
        self._metrics = _free_port()
        if pauses is not None:
            program = [sys.executable, "-m", "nextcloud_push.bench.ticking"]
        env = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT or name.startswith(_KEPT_PREFIXES)
        }
        env |= {
            "DATABASE_URL": f"sqlite://{database}",
            "REDIS_URL": f"redis://127.0.0.1:{redis}",
            "NEXTCLOUD_URL": f"http://127.0.0.1:{nextcloud}",
            "BIND": "127.0.0.1",
            "PORT": str(self.port),
            "METRICS_PORT": str(self._metrics),
            # The pause between two notifications would be 15 s; so rounds can follow each other.
            "MAX_DEBOUNCE_TIME": "1",
        }
        if pauses is not None:
            env["BENCH_PAUSES"] = str(pauses)
        self._began = time.monotonic()
        super().__init__(program or [sys.executable, "-m", "nextcloud_push", "serve"], folder, env)
        self.start_time = time.monotonic() - self._began
        """Seconds from its start until it was ready."""

    def _get(self, path: str) -> str:
        # Own opener: a proxy of the environment has no part in this.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self._metrics}{path}", timeout=5) as response:
            text: str = response.read().decode()
        return text

    def _ready(self) -> bool:
        try:
            # The reference has no /ready; its mark of a subscription is that metrics are served.
            self._get("/ready")
        except urllib.error.HTTPError as error:
            return error.code == 404
        except OSError:
            return False
        return True

    def metric(self, name: str) -> float:
        """The present value of a metric."""
        for line in self._get("/metrics").splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        raise BenchError(f"the daemon has no metric {name}")
