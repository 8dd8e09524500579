"""Places where a browser finds a Nextcloud with a push server: what is behind them is real.

Developer mode is one; the other is the stand-in Nextcloud and the daemon as a process of its own,
with real Redis between them and real nginx in front of both.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from nextcloud_push.dev.bus import RedisBus
from nextcloud_push.dev.nextcloud import create_app
from nextcloud_push.dev.run import DevOptions, open_dev
from nextcloud_push.dev.store import Store
from nextcloud_push.server.redis.commands import RedisCommands
from nextcloud_push.server.settings import Redis
from support.background import in_background
from support.daemon import own_port, started
from support.processes import scratch
from support.proxies import UPSTREAM, Certificate, documented, nginx

__all__ = ["Place", "behind_nginx", "developer_mode"]

_NEXTCLOUD = """
location / {{
    proxy_pass http://127.0.0.1:{port};
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
}}
"""


@dataclass(frozen=True)
class Place:
    """Where a Nextcloud with a push server is.

    Args:
        url: Its address, without a slash at the end.
        trust: How to connect, when it serves TLS.
    """

    url: str
    trust: ssl.SSLContext | None = None

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask developer mode for something, with a JSON object."""
        async with httpx.AsyncClient(verify=self.trust or True, trust_env=False) as client:
            reply = await client.post(f"{self.url}{path}", json=body)
            return reply.raise_for_status().json()

    async def emit(self, kind: str, user: str, **details: Any) -> None:
        """Let something happen to a user."""
        await self.post("/dev/emit", {"kind": kind, "user": user, **details})


@contextmanager
def developer_mode() -> Iterator[Place]:
    """Run developer mode: everything in one process."""
    with in_background(open_dev(DevOptions(port=0, push_port=own_port()))) as dev:
        yield Place(dev.url.rstrip("/"))


@contextmanager
def behind_nginx(redis: Redis, *, tls: bool) -> Iterator[Place]:
    """Run stand-in and daemon behind nginx, the push server below ``/push`` as documented."""
    push_port = own_port()
    block = documented("nginx-tls" if tls else "nginx").replace(UPSTREAM, f"127.0.0.1:{push_port}")
    with scratch() as folder, closing(Store(folder / "data")) as store:
        certificate = Certificate.make(folder) if tls else None
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            nginx(
                block,
                certificate=certificate,
                further=_NEXTCLOUD.format(port=listening.getsockname()[1]),
            ) as front,
            in_background(_nextcloud(store, redis, f"{front.url}/push", listening)),
            started(
                {
                    "PORT": str(push_port),
                    "NEXTCLOUD_URL": front.url,
                    "NEXTCLOUD_CA": str(certificate.authority) if certificate else "",
                    "REDIS_URL": f"redis://127.0.0.1:{redis.nodes[0].port}",
                    "DATABASE_URL": f"sqlite://{_copy_of_tables(store, folder)}",
                }
            ),
        ):
            yield Place(front.url, front.tls)


def _copy_of_tables(store: Store, folder: Path) -> Path:
    """Write the stand-in's tables, which live in memory, to a file for another process."""
    path = folder / "nextcloud.db"
    with (
        closing(sqlite3.connect(store.database_uri, uri=True)) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
    return path


@asynccontextmanager
async def _nextcloud(
    store: Store, redis: Redis, push_endpoint: str, listening: socket.socket
) -> AsyncIterator[None]:
    bus = RedisBus(RedisCommands(redis))
    app = create_app(store, bus=bus, push_endpoint=push_endpoint)
    async with _serving(app, listening):
        yield
    await bus.close()


@asynccontextmanager
async def _serving(app: ASGIApp, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, proxy_headers=False, ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
