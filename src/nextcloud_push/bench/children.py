"""One process of the benchmark, which obeys lines of JSON."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Final, Self

from nextcloud_push.server.errors import NotifyPushError

__all__ = ["BenchError", "Child", "stop"]

PATIENCE: Final = 60.0
"""Seconds in which an order has to be obeyed."""


class BenchError(NotifyPushError):
    """The benchmark could not be run; its text says why.

    Args:
        reason: Why, for the one who runs it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def stop(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """End a process, the hard way when it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Child:
    """A module of this package that runs as a process of its own.

    Args:
        module: Its name, e.g. ``nextcloud_push.bench.swarm``.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._received = b""
        self.process = subprocess.Popen(  # noqa: S603 - a module of this package
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._selector = selectors.DefaultSelector()
        assert self.process.stdout is not None
        self._selector.register(self.process.stdout, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._selector.close()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        stop(self.process)

    def tell(self, do: str, **fields: object) -> None:
        """Give an order."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **fields}).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for the next answer.

        Raises:
            BenchError: It did not come in time, or the process ended.
        """
        assert self.process.stdout is not None
        deadline = time.monotonic() + patience
        while b"\n" not in self._received:
            if not self._selector.select(max(deadline - time.monotonic(), 0.0)):
                raise BenchError(f"{self._module} does not answer")
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                raise BenchError(f"{self._module} ended")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, do: str, **fields: object) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        self.tell(do, **fields)
        return self.answer()
