"""Developer mode as a whole: stand-in and daemon, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from nextcloud_push.dev import DEFAULT_PORT
from nextcloud_push.dev.bus import Bus, MemoryBus, RedisBus
from nextcloud_push.dev.emitter import Emitter
from nextcloud_push.dev.nextcloud import create_app, emitter_of
from nextcloud_push.dev.push import EmbeddedPush, embedded_parts
from nextcloud_push.dev.store import Store
from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.listener.sockets import ListeningSocket
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.redis.commands import RedisCommands
from nextcloud_push.server.settings import (
    Database,
    ListenAddress,
    Nextcloud,
    Redis,
    RedisNode,
    Settings,
)
from nextcloud_push.server.settings.model import DEFAULT_LOG_LEVEL

__all__ = ["DevOptions", "DevServer", "open_dev"]

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
_NO_REDIS = Redis(nodes=(RedisNode(),))  # settings need one; nobody connects to it
_NO_DATABASE = Database(kind="sqlite")  # the tables are named by their URI


@dataclass(frozen=True, slots=True, kw_only=True)
class DevOptions:
    """How developer mode is to run.

    Args:
        bind: Address of both servers.
        port: TCP port of the stand-in; 0 picks a free one.
        push_port: TCP port of the push server; 0 picks a free one.
        data: Folder for the files; None takes a temporary one.
        redis: A real Redis to use; None keeps everything in the process.
        log_level: The daemon's log level.
        debounce: False tells clients of every event at once.
    """

    bind: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    push_port: int = ListenAddress().port
    data: Path | None = None
    redis: Redis | None = None
    log_level: str = DEFAULT_LOG_LEVEL
    debounce: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DevServer:
    """Developer mode while it runs.

    Args:
        url: Address of the stand-in, with one trailing slash.
        push_url: Address of the WebSocket.
        store: The stand-in's state.
        emit: Fires events.
        push: The push server.
    """

    url: str
    push_url: str
    store: Store
    emit: Emitter
    push: EmbeddedPush


@asynccontextmanager
async def open_dev(options: DevOptions) -> AsyncIterator[DevServer]:
    """Run developer mode for as long as the block lasts.

    Raises:
        StartupError: A port or the data folder cannot be used.
    """
    async with contextlib.AsyncExitStack() as stack:
        store = _open_store(options.data)
        stack.callback(store.close)
        bus: Bus = MemoryBus() if options.redis is None else RedisBus(RedisCommands(options.redis))
        stack.push_async_callback(bus.close)
        with _port_named("--port"):
            listening = ListeningSocket(ListenAddress(bind=options.bind, port=options.port))
        stack.callback(listening.close)
        host = _ANY_ADDRESS.get(options.bind, _bracketed(options.bind))
        url = f"http://{host}:{listening.port}/"
        push = _connect_push(options, url, store, bus)
        # Its first call to Nextcloud waits in the socket's backlog until that is served.
        with _port_named("--push-port"):
            await push.start()
        stack.push_async_callback(push.stop)
        endpoint_host = "{host}" if options.bind in _ANY_ADDRESS else host
        app = create_app(
            store,
            bus=bus,
            push_endpoint=f"http://{endpoint_host}:{push.port}",
            control=push,
        )
        await stack.enter_async_context(_serving(app, listening))
        push_url = f"ws://{host}:{push.port}/ws"
        yield DevServer(url=url, push_url=push_url, store=store, emit=emitter_of(app), push=push)


def _connect_push(options: DevOptions, url: str, store: Store, bus: Bus) -> EmbeddedPush:
    """Put the real daemon behind the stand-in: here the two are connected."""
    settings = Settings(
        database=_NO_DATABASE,
        redis=options.redis or _NO_REDIS,
        nextcloud=Nextcloud(url=url),
        listen=ListenAddress(bind=options.bind, port=options.push_port),
        log_spec=options.log_level,
        debounce=options.debounce,
    )
    memory = bus if isinstance(bus, MemoryBus) else None
    parts = partial(embedded_parts, settings, store.database_uri, memory)
    return EmbeddedPush(settings, parts, LogControl(options.log_level))


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone: whoever runs it decides when it ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _serving(app: ASGIApp, listening: ListeningSocket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Forwarded addresses are the self-test's subject: the stand-in reads them itself.
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening.socket]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


def _open_store(data: Path | None) -> Store:
    try:
        return Store(data)
    except OSError as error:
        raise StartupError(f"the data folder {data} cannot be used: {error.strerror}") from error


@contextmanager
def _port_named(option: str) -> Iterator[None]:
    """Say of a port that cannot be had which option takes another one."""
    try:
        yield
    except StartupError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in (errno.EADDRINUSE, errno.EACCES):
            raise StartupError(f"{error}; {option} takes another one") from error
        raise


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
