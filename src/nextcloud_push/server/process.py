"""The daemon as a process: its loop, its signals, and what the service manager is told."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.request import getproxies_environment

from nextcloud_push.server.daemon import Daemon
from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.parts import real_parts
from nextcloud_push.server.settings import Settings, Tls

__all__ = ["new_event_loop", "run", "run_until_signalled", "serve"]

logger = logging.getLogger("notify_push.service")

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make uvloop's loop where it exists, else asyncio's own."""
    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import uvloop

            loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
            return loop
    return asyncio.new_event_loop()


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run a coroutine in a loop of its own and return its exit status."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


async def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends it at once.

    Which proxies there are is read from the process's own environment.

    Returns:
        The exit status.

    Raises:
        StartupError: An address or a certificate cannot be used.
    """
    _check_certificates(settings.redis.tls)
    daemon = Daemon(
        settings, real_parts(settings, getproxies_environment()), LogControl(settings.log_spec)
    )
    await daemon.start()

    def on_running() -> None:
        tell_service_manager("READY=1")
        settle_memory()

    return await run_until_signalled(
        daemon, on_running, on_stopping=lambda: tell_service_manager("STOPPING=1")
    )


def _check_certificates(tls: Tls | None) -> None:
    """Read the files for TLS to Redis once: later a wrong name would look like an outage.

    Raises:
        StartupError: One cannot be used.
    """
    if tls is None:
        return
    try:
        tls.context()
    except OSError as error:  # ssl.SSLError is one
        named = [file for file in (tls.ca, tls.cert, tls.key) if file is not None]
        unreadable = [file for file in named if not os.access(file, os.R_OK)]
        files = ", ".join(map(str, unreadable or named))
        raise StartupError(f"cannot use {files} for Redis: {error.strerror or error}") from error


async def run_until_signalled(
    daemon: Daemon,
    on_running: Callable[[], None] = lambda: None,
    on_stopping: Callable[[], None] = lambda: None,
) -> int:
    """Let a started daemon run until a signal, then stop it.

    Args:
        on_running: Called once signals are waited for: who is told that the daemon runs may end
            it at once.
        on_stopping: Called before the leave-taking.

    Returns:
        The exit status: 0; 1 when a second signal cut the leave-taking short, or when the daemon
        itself failed.
    """
    first, second = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (second if first.is_set() else first).set()

    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal)
    on_running()
    waiting = [asyncio.create_task(event.wait()) for event in (first, daemon.failed)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    logger.info("shutting down")
    on_stopping()
    stopping = asyncio.create_task(daemon.stop())
    forced = asyncio.create_task(second.wait())
    await asyncio.wait((stopping, forced), return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        forced.cancel()
        stopping.result()
        return int(daemon.failed.is_set())
    stopping.cancel()
    await daemon.abort()
    return 1


def settle_memory() -> None:
    """Take what start-up made out of the garbage collector's sight, and let it look less often.

    A full collection with tens of thousands of connections would hold the loop.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)


def tell_service_manager(message: str) -> None:
    """Tell systemd how the service does (sd_notify(3)); without it nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect(address)
        sock.send(message.encode())
