"""Start real servers on free ports, wait until they answer, stop them by process id."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


def _ports() -> Iterator[int]:
    """Ports below those that outgoing connections are given, which might take one away before its
    server is up; processes that run tests side by side begin at places of their own."""
    first, count = 12_000, 16_000
    for step in itertools.count(os.getpid() * 7919):
        yield first + step % count


_PORTS = _ports()


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nobody listens on right now, and that is not handed out again soon."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in _PORTS:
        with socket.socket(family) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable: the ports go round")


def program(*names: str) -> str:
    """The first of these programs that is installed; a missing service fails the suite.

    Where tests run that need none, each is as good as missing: an ordinary user's machine has none.
    """
    if "WITHOUT_SERVICES" in os.environ:
        raise RuntimeError(f"{names[0]} is a service: mark the test as in tests/conftest.py")
    places = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for name in names:
        found = shutil.which(name, path=places) if "/" not in name else name
        if found and os.access(found, os.X_OK):
            return found
    raise RuntimeError(f"{names[0]} is not installed: run scripts/install-services")


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def scratch(owner: str | None = None) -> Iterator[Path]:
    """A folder right under the temporary one (short socket paths), given to ``owner``."""
    folder = Path(tempfile.mkdtemp(prefix="np-"))
    try:
        if owner is not None and os.getuid() == 0:
            shutil.chown(folder, owner, owner)
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str],
    ready: Callable[[], bool],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 30.0,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; its output is shown when it does not come up."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=cwd
        )
        try:
            deadline = time.monotonic() + timeout
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"{command[0]} did not start:\n{log.read().decode()}")
                time.sleep(0.02)  # another process's readiness can only be asked for
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes], timeout: float = 10.0) -> None:
    """End a process, the hard way when it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
