"""The daemon: builds the parts from the bottom up, and ends them. It holds no behaviour.

Redis ──► subscriber ──► intake ──► routing ──► hub ──► connections
                                    │    ▲
                                  queue  │
                                    ▼    │
                                   loader ◄── database
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from websockets.frames import CloseCode

from nextcloud_push.server.app_version import AppVersion
from nextcloud_push.server.control import Control
from nextcloud_push.server.delivery.gateway import Gateway, Limits
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.intake import Intake
from nextcloud_push.server.listener.exposition import metrics_routes
from nextcloud_push.server.listener.health import Readiness, health_routes
from nextcloud_push.server.listener.http import HttpProtocol, close_all
from nextcloud_push.server.listener.listeners import Listeners
from nextcloud_push.server.listener.opening import Opening
from nextcloud_push.server.listener.routes import Router
from nextcloud_push.server.listener.selftest import SelfTest, selftest_routes
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.metrics import Counters, Metrics
from nextcloud_push.server.parts import Parts
from nextcloud_push.server.routing.dispatcher import Dispatcher
from nextcloud_push.server.routing.driver import RoutingDriver
from nextcloud_push.server.routing.loader import Loader, WaitingQueue
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import StorageAccess
from nextcloud_push.server.settings import Settings
from nextcloud_push.server.tasks import Tasks

__all__ = ["Daemon"]

logger = logging.getLogger("notify_push.daemon")

SHUTDOWN_RATE: Final = 5000
"""Close frames a second at shutdown, unless that took longer than MAX_SHUTDOWN_SPREAD."""

MAX_SHUTDOWN_SPREAD: Final = 2.0
MAX_DRAIN: Final = 4.5
"""Seconds for which close handshakes may take at shutdown."""


class Daemon:
    """One push server.

    Args:
        settings: What it is told.
        parts: The services around it.
        log: Takes temporary log levels.

    ``start`` binds and serves, ``stop`` drains; both are called once, in the running loop.
    """

    def __init__(self, settings: Settings, parts: Parts, log: LogControl) -> None:
        self._settings = settings
        self._parts = parts
        loop = asyncio.get_running_loop()
        self._tasks = Tasks(loop)
        self._listeners = Listeners(loop)
        self._requests: set[HttpProtocol] = set()
        counters = Counters()

        hub = Hub(loop.call_soon)
        queue = WaitingQueue()
        access = StorageAccess(settings.mapping_cache_size, queue)
        tokens = Tokens()
        dispatcher = Dispatcher(hub=hub, access=access, tokens=tokens, queue=queue)
        self.gateway = Gateway(
            hub=hub,
            limits=_limits(settings),
            counters=counters,
            log=log,
            authenticate=parts.nextcloud.authenticate,
            take_token=tokens.take,
            on_user_came=dispatcher.user_came,
            loop=loop,
        )
        self._metrics = Metrics(counters, _gauges(hub, self.gateway, access, dispatcher))
        control = Control(
            log=log,
            metrics=self._metrics,
            keys=parts.keys,
            gateway=self.gateway,
            begin=self._tasks.begin,
        )
        self._routing = RoutingDriver(loop, dispatcher, control.handlers)
        self._loader = Loader(
            mounts=parts.database,
            queue=queue,
            access=access,
            routing=self._routing,
            count_query=counters.count_query,
            is_connected=hub.__contains__,
        )
        self.intake = Intake(
            handle=self._routing.handle,
            access=access,
            gateway=self.gateway,
            counters=counters,
            log=log,
            clock=loop.time,
        )
        self._source = parts.source(self.intake.ingest, self.intake.on_subscribed)
        self._app_version = AppVersion(parts.keys, parts.nextcloud)
        self.readiness = Readiness(self._source, queue)
        self._self_test = SelfTest(
            keys=parts.keys,
            nextcloud=parts.nextcloud,
            mounts=parts.database,
            cookie=lambda: control.cookie,
            version=lambda: self._app_version.reported,
            count_query=counters.count_query,
        )

    @property
    def failed(self) -> asyncio.Event:
        """Set when a part cannot go on without which there is nothing to do but end."""
        return self._tasks.failed

    @property
    def port(self) -> int:
        """The TCP port that is listened on; 0 for a Unix socket."""
        return self._listeners.port

    async def start(self) -> None:
        """Bind, serve, and begin to connect to the services.

        Raises:
            StartupError: An address or a certificate cannot be used.
        """
        settings = self._settings
        if settings.listen.socket is not None and settings.listen.tls_cert is not None:
            logger.warning("TLS is not possible on a Unix socket: serving plain connections")
        serve_http = self._serve_http(
            Router(*selftest_routes(self._self_test), *health_routes(self.readiness))
        )
        try:
            await self._listeners.open(settings.listen, lambda: Opening(self.gateway, serve_http))
            if settings.metrics is not None:
                router = Router(*metrics_routes(self._metrics), *health_routes(self.readiness))
                await self._listeners.open(settings.metrics, self._serve_http(router))
        except BaseException:
            self._listeners.close()
            raise
        self._tasks.keep_running("the subscription to redis", self._source.run)
        self._tasks.keep_running("the loading of mounts", self._loader.run)
        self._tasks.begin(self._app_version.learn())

    async def stop(self) -> None:
        """Stop accepting, close every connection, and end within five seconds."""
        self.readiness.draining = True
        self._listeners.stop_accepting()
        spread = min(MAX_SHUTDOWN_SPREAD, self.gateway.hub.connections / SHUTDOWN_RATE)
        self.gateway.close_all(CloseCode.GOING_AWAY, spread)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MAX_DRAIN):
                await self.gateway.wait_until_empty()
        await self.abort()

    async def abort(self) -> None:
        """End at once."""
        self.gateway.end()
        self._listeners.close()
        await self._tasks.end()
        await close_all(self._requests, grace=0.1)
        self._routing.close()
        for part in (self._parts.database, self._parts.keys, self._parts.nextcloud):
            await part.close()

    def _serve_http(self, router: Router) -> Callable[[], HttpProtocol]:
        return partial(HttpProtocol, router, connections=self._requests)


def _limits(settings: Settings) -> Limits:
    return Limits(
        connections_per_user=settings.max_connections_per_user,
        connection_time=settings.max_connection_time,
        debounce_time=settings.max_debounce_time,
        debounce=settings.debounce,
    )


def _gauges(
    hub: Hub, gateway: Gateway, access: StorageAccess, dispatcher: Dispatcher
) -> dict[str, Callable[[], int]]:
    """What the parts know anyway, under the names of the metrics."""
    return {
        "active_connections": lambda: hub.connections,
        "active_users": lambda: len(hub),
        "open_sockets": lambda: hub.connections + len(gateway.others),
        "mapping_cache_storages": lambda: len(access),
        "storage_updates_waiting": lambda: dispatcher.waiting,
        "events_dropped": lambda: dispatcher.dropped,
    }
