"""Connections to Nextcloud and to what it redirects to, kept for a moment.

httpcore's own pool looks at every connection for every other one whenever it hands one out, which
is 1 ms a request with 32 of them. So each connection is a pool of one, and who is idle is known
here. Pools and not httpcore's connections, since only they know how to go through a proxy.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpcore

from nextcloud_push.server.nextcloud.network import NetworkBackend
from nextcloud_push.server.nextcloud.proxies import proxy_for, proxy_variable
from nextcloud_push.server.nextcloud.targets import Target
from nextcloud_push.server.nextcloud.trust import trust
from nextcloud_push.server.settings.model import Nextcloud

__all__ = ["Connections"]

_KEEPALIVE = 4.0  # seconds; one less than Apache's default KeepAliveTimeout

_Way = tuple[str, str, int, str | None]  # scheme, host, port, variable that names the proxy


@dataclass(eq=False, slots=True)
class _Line:
    """A pool of one connection, and when it was last used, by the loop's clock."""

    pool: httpcore.AsyncConnectionPool
    used: float = 0.0


class Connections:
    """Hands out connections, each to one user at a time.

    Args:
        settings: How to call Nextcloud.
        environ: Where the proxy variables are.

    Raises:
        StartupError: The CA file cannot be used.
    """

    def __init__(self, settings: Nextcloud, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ
        self._network = NetworkBackend()
        self._lines: set[_Line] = set()
        self._idle: dict[_Way, list[_Line]] = {}
        # Made before the first https:// only to find out whether the file is good.
        self._context = trust(settings) if settings.ca is not None else None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    def prepare(self, target: Target) -> None:
        """Find out whether connections to a target can be made at all.

        Raises:
            InvalidSetting: The proxy's variable does not parse.
        """
        self._make(self._way(target))

    @asynccontextmanager
    async def to(self, target: Target) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        """Have a connection to a target, as a pool that makes one when it has none.

        Raises:
            InvalidSetting: The proxy's variable does not parse.
        """
        way = self._way(target)
        idle = self._idle.get(way)
        line = idle.pop() if idle else _Line(self._make(way))
        self._lines.add(line)
        try:
            yield line.pool
        except BaseException:
            # Whatever state it is in; httpcore, for one, takes a tunnel for busy for ever whose
            # TLS handshake failed.
            self._lines.discard(line)
            await line.pool.aclose()
            raise
        loop = asyncio.get_running_loop()
        line.used = loop.time()
        self._idle.setdefault(way, []).append(line)
        if self._timer is None:
            self._timer = loop.call_later(_KEEPALIVE, self._sweep)

    async def close(self) -> None:
        """Close all connections, busy ones too."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._closing is not None:
            await self._closing
        self._idle.clear()
        await self._close(list(self._lines))

    def _way(self, target: Target) -> _Way:
        scheme, host, port = target.scheme, target.host, target.port
        return scheme, host, port, proxy_variable(scheme, host, port, self._environ)

    def _make(self, way: _Way) -> httpcore.AsyncConnectionPool:
        scheme, _, _, variable = way
        proxy = proxy_for(variable, self._environ) if variable is not None else None
        if proxy is not None and proxy.url.scheme == b"https":
            proxy.ssl_context = self._trust()
        return httpcore.AsyncConnectionPool(
            ssl_context=self._trust() if scheme == "https" else None,
            proxy=proxy,
            max_connections=1,
            keepalive_expiry=_KEEPALIVE,
            network_backend=self._network,
        )

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = trust(self._settings)
        return self._context

    def _sweep(self) -> None:
        """Close what nobody has used for a while; httpcore would when it is next used."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - _KEEPALIVE
        idle = [line for lines in self._idle.values() for line in lines]
        expired = [line for line in idle if line.used <= oldest]
        kept = {
            way: [line for line in lines if line.used > oldest] for way, lines in self._idle.items()
        }
        self._idle = {way: lines for way, lines in kept.items() if lines}
        self._timer = loop.call_later(_KEEPALIVE, self._sweep) if self._idle else None
        self._closing = loop.create_task(self._close(expired))

    async def _close(self, lines: list[_Line]) -> None:
        for line in lines:
            self._lines.discard(line)
            await line.pool.aclose()
