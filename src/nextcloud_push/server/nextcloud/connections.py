"""Connections to Nextcloud and to what it redirects to, kept for a moment.

httpcore's own pool looks at every connection for every other one whenever it hands one out, which
is 1 ms a request with 32 of them. So each connection is a pool of one, and who is idle is known
here. Pools and not httpcore's connections, since only they know how to go through a proxy.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpcore

from nextcloud_push.server.nextcloud.network import NetworkBackend
from nextcloud_push.server.nextcloud.proxies import Proxies, proxy_kind, read_proxy
from nextcloud_push.server.nextcloud.targets import Target
from nextcloud_push.server.nextcloud.trust import trust
from nextcloud_push.server.settings.model import Nextcloud
from nextcloud_push.words.redirects import Origin

__all__ = ["Connections"]

_KEEPALIVE = 4.0  # seconds; one less than Apache's default KeepAliveTimeout

_Route = tuple[Origin, str | None]  # where to, and the kind of proxy on the way


@dataclass(eq=False, slots=True)
class _Slot:
    """A pool of one connection, and when it was last used, by the loop's clock."""

    pool: httpcore.AsyncConnectionPool
    used: float = 0.0


class Connections:
    """Hands out connections, each to one user at a time.

    Args:
        settings: How to call Nextcloud.
        proxies: What the environment says of proxies.

    Raises:
        StartupError: The CA file cannot be used.
    """

    def __init__(self, settings: Nextcloud, proxies: Proxies) -> None:
        self._settings = settings
        self._proxies = proxies
        self._network = NetworkBackend()
        self._slots: set[_Slot] = set()
        self._idle: dict[_Route, list[_Slot]] = {}
        # Made before the first https:// only to find out whether the file is good.
        self._context = trust(settings) if settings.ca is not None else None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    def prepare(self, target: Target) -> None:
        """Find out whether connections to a target can be made at all.

        Raises:
            InvalidSetting: The proxy's variable does not parse.
        """
        self._make(self._route(target))

    @asynccontextmanager
    async def to(self, target: Target) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        """Have a connection to a target, as a pool that makes one when it has none.

        Raises:
            InvalidSetting: The proxy's variable does not parse.
        """
        route = self._route(target)
        idle = self._idle.get(route)
        slot = idle.pop() if idle else _Slot(self._make(route))
        self._slots.add(slot)
        try:
            yield slot.pool
        except BaseException:
            # Whatever state it is in; httpcore, for one, takes a tunnel for busy for ever whose
            # TLS handshake failed.
            self._slots.discard(slot)
            await slot.pool.aclose()
            raise
        loop = asyncio.get_running_loop()
        slot.used = loop.time()
        self._idle.setdefault(route, []).append(slot)
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
        await self._close(list(self._slots))

    def _route(self, target: Target) -> _Route:
        return target.origin, proxy_kind(*target.origin, self._proxies)

    def _make(self, route: _Route) -> httpcore.AsyncConnectionPool:
        origin, kind = route
        proxy = read_proxy(kind, self._proxies) if kind is not None else None
        if proxy is not None and proxy.url.scheme == b"https":
            proxy.ssl_context = self._trust()
        return httpcore.AsyncConnectionPool(
            ssl_context=self._trust() if origin.scheme == "https" else None,
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
        idle = [slot for slots in self._idle.values() for slot in slots]
        expired = [slot for slot in idle if slot.used <= oldest]
        kept = {
            route: [slot for slot in slots if slot.used > oldest]
            for route, slots in self._idle.items()
        }
        self._idle = {route: slots for route, slots in kept.items() if slots}
        self._timer = loop.call_later(_KEEPALIVE, self._sweep) if self._idle else None
        self._closing = loop.create_task(self._close(expired))

    async def _close(self, slots: list[_Slot]) -> None:
        for slot in slots:
            self._slots.discard(slot)
            await slot.pool.aclose()
