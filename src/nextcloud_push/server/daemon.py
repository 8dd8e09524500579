"""The daemon: wiring and life. The only place that knows every part.

Redis ──► subscriber ──► events ──► dispatcher ──► hub ──► connections
                                      │     ▲
                                   loader ──┘ (database)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from websockets.frames import CloseCode

from nextcloud_push.server.app_version import AppVersion
from nextcloud_push.server.delivery.gateway import Gateway, Limits
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.errors import ConfigurationError, PayloadError, RedisError, StartupError
from nextcloud_push.server.events import decode
from nextcloud_push.server.listener.exposition import metrics_routes
from nextcloud_push.server.listener.health import health_routes
from nextcloud_push.server.listener.http import HttpProtocol, close_all
from nextcloud_push.server.listener.opening import Opening
from nextcloud_push.server.listener.routes import Router
from nextcloud_push.server.listener.selftest import selftest_routes
from nextcloud_push.server.listener.sockets import BACKLOG, ListeningSocket, describe, server_tls
from nextcloud_push.server.logs import LogControl, RateLimit
from nextcloud_push.server.metrics import Metrics
from nextcloud_push.server.parts import Parts
from nextcloud_push.server.routing.dispatcher import Dispatcher
from nextcloud_push.server.routing.loader import Loader
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import StorageAccess
from nextcloud_push.server.settings import Listen, Settings

__all__ = ["Daemon"]

logger = logging.getLogger("notify_push.daemon")
receive_logger = logging.getLogger("notify_push.receive")

CLOSES_PER_SECOND: Final = 5000
"""Close frames at shutdown, unless that took longer than MAX_CLOSE_SPREAD."""

MAX_CLOSE_SPREAD: Final = 2.0
MAX_DRAIN: Final = 4.5
"""Seconds for which clients may take their leave at shutdown."""

SHORTEST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 30.0
"""Seconds until an essential part that failed is started again."""


class Daemon:
    """One push server.

    Args:
        settings: What it is told.
        parts: The services around it.
        log: Takes temporary log levels.

    ``start`` binds and serves, ``stop`` drains; both are called once, in the running loop.
    """

    def __init__(self, settings: Settings, parts: Parts, log: LogControl) -> None:
        self.settings = settings
        self.nextcloud = parts.nextcloud
        self.cookie = 0
        self.metrics = Metrics()
        self.failed = asyncio.Event()
        """Set when a part has failed without which there is nothing to do but end."""
        self._parts = parts
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._hub = Hub()
        self._tokens = Tokens()
        self._app_version = AppVersion(parts.keys, parts.nextcloud)
        self._draining = False
        self._log_received = False
        self._metrics_wanted = False
        self._writing_metrics = False
        self._wake: asyncio.Handle | None = None
        self._wake_due = 0.0
        self._bad_payloads: dict[bytes, RateLimit] = {}
        self._drops = RateLimit(1, 10.0)
        self._requests: set[HttpProtocol] = set()
        self._sockets: list[ListeningSocket] = []
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._access = StorageAccess(
            settings.mapping_cache_size, lambda: self._loader.want_storages()
        )
        self._loader = Loader(
            mounts=parts.database,
            access=self._access,
            count_query=self._count_query,
            is_connected=self._hub.__contains__,
        )
        self._dispatcher = Dispatcher(
            hub=self._hub, access=self._access, tokens=self._tokens, control=self
        )
        self._loader.attach(self._dispatcher)
        self._source = parts.source(self.ingest, self._on_subscribed)
        self._gateway = self._make_gateway(settings)
        self._gateway.on_user_came = self._dispatcher.user_came
        self._watch_figures()
        log.on_change = self._on_log_change
        self._on_log_change()

    def _make_gateway(self, settings: Settings) -> Gateway:
        router = Router(*selftest_routes(self), *health_routes(self.readiness))
        return Gateway(
            hub=self._hub,
            limits=Limits(
                connections_per_user=settings.max_connections_per_user,
                connection_time=settings.max_connection_time,
                debounce_time=settings.max_debounce_time,
                debounce=settings.debounce,
            ),
            counters=self.metrics,
            authenticate=self.nextcloud.authenticate,
            take_token=self._tokens.take,
            serve_http=partial(HttpProtocol, router, open_ones=self._requests),
            loop=self._loop,
        )

    def _watch_figures(self) -> None:
        watch = self.metrics.watch
        for place, name in enumerate(("file", "activity", "notification", "custom")):
            watch(f"messages_{name}", partial(self._gateway.told.__getitem__, place))
        watch("active_connections", lambda: self._hub.connections)
        watch("active_users", lambda: len(self._hub))
        watch("open_sockets", lambda: self._hub.connections + len(self._gateway.others))
        watch("mapping_cache_storages", lambda: len(self._access))
        watch("storage_updates_waiting", lambda: self._dispatcher.waiting)

    # Life

    async def start(self) -> None:
        """Bind, serve, and begin to connect to the services.

        Raises:
            StartupError: An address or a certificate cannot be used.
        """
        settings = self.settings
        if settings.listen.socket is not None and settings.listen.tls_cert is not None:
            logger.warning("TLS is not possible on a Unix socket: serving plain connections")
        try:
            await self._serve(settings.listen, lambda: Opening(self._gateway))
            if settings.metrics is not None:
                routes = Router(*metrics_routes(self.metrics), *health_routes(self.readiness))
                await self._serve(
                    settings.metrics, lambda: HttpProtocol(routes, open_ones=self._requests)
                )
        except BaseException:
            self._close_sockets()
            raise
        self._begin(self._keep_running("the subscription to redis", self._source.run))
        self._begin(self._keep_running("the loading of mounts", self._loader.run))
        self._begin(self._app_version.learn())

    async def stop(self) -> None:
        """Stop accepting, take leave of every client, and end within five seconds."""
        self._draining = True
        if self._servers:
            self._servers[0].close()
        spread = min(MAX_CLOSE_SPREAD, self._hub.connections / CLOSES_PER_SECOND)
        self._gateway.close_all(CloseCode.GOING_AWAY, spread)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MAX_DRAIN):
                await self._gateway.wait_until_empty()
        await self.abort()

    async def abort(self) -> None:
        """End at once."""
        self._gateway.abort_all()
        self._gateway.deliveries.cancel()
        self._gateway.upkeep.cancel()
        self._close_sockets()
        await self._end_tasks()
        await close_all(self._requests, grace=0.1)
        if self._wake is not None:
            self._wake.cancel()
        for part in (self._parts.database, self._parts.keys, self._parts.nextcloud):
            await part.close()

    def drop_user(self, user: str) -> int:
        """Cut a user's connections without a word, as a failing network does.

        Returns:
            How many there were.
        """
        those = [receiver for receiver in self._hub.receivers() if receiver.user == user]
        for receiver in those:
            receiver.abort()
        return len(those)

    @property
    def port(self) -> int:
        """The TCP port that is listened on; 0 for a Unix socket."""
        return self._sockets[0].port

    async def _serve(self, listen: Listen, protocol: Callable[[], asyncio.Protocol]) -> None:
        tls = server_tls(listen)
        bound = ListeningSocket(listen)
        self._sockets.append(bound)
        if listen.socket is not None:
            server = await self._loop.create_unix_server(
                protocol, sock=bound.socket, backlog=BACKLOG
            )
        else:
            server = await self._loop.create_server(
                protocol, sock=bound.socket, ssl=tls, backlog=BACKLOG
            )
        self._servers.append(server)
        logger.info("listening on %s", describe(listen))

    def _close_sockets(self) -> None:
        for server in self._servers:
            server.close()
        for bound in self._sockets:
            bound.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    async def _end_tasks(self) -> None:
        """Cancel what runs, and again: a library may lose a cancellation among its own errors."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=0.1)

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a part of the daemon failed", exc_info=task.exception())

    async def _keep_running(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run an essential part, and again after a fault: a restart costs no client anything.

        A fault of the configuration stays: then the daemon ends.
        """
        pause = SHORTEST_PAUSE
        while True:
            began = self._loop.time()
            try:
                await run()
                reason = "it ended"
            except Exception as error:  # whatever it is, the connections do not pay for it
                fault = _first_fault(error)
                if isinstance(fault, ConfigurationError | StartupError):
                    logger.error("%s cannot go on: %s", name, fault)
                    self.failed.set()
                    return
                logger.debug("%s failed", name, exc_info=error)
                reason = type(fault).__name__
            if self._loop.time() - began > LONGEST_PAUSE:
                pause = SHORTEST_PAUSE
            logger.error("%s failed (%s), starting it again in %.1f s", name, reason, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    # What comes in

    def ingest(self, channel: bytes, payload: bytes) -> None:
        """Take in a message of a channel."""
        self.metrics.events += 1
        try:
            event = decode(channel, payload)
        except PayloadError as error:
            self._reject(channel, error)
            return
        if self._log_received:
            receive_logger.debug("%s", event)
        self._dispatcher.handle(event, self._loop.time())

    def _reject(self, channel: bytes, error: PayloadError) -> None:
        self.metrics.payloads_rejected += 1
        limit = self._bad_payloads.setdefault(channel, RateLimit(5, 10.0))
        if limit.allows(self._loop.time()):
            receive_logger.warning("%s", error)

    def _on_subscribed(self, gap: bool) -> None:
        if gap:
            self.metrics.redis_reconnects += 1
            logger.warning("subscribed to redis again: telling every client to look for itself")
            self._access.distrust()
            self._gateway.tell_everyone_to_look()

    # What events ask of the daemon: Control

    def remember_cookie(self, cookie: int) -> None:
        """Keep the number that the self-test asks for next."""
        self.cookie = cookie

    def change_log_level(self, specification: str | None) -> None:
        """Set a temporary log level, or go back by one."""
        if specification is None:
            self._log.pop()
            return
        try:
            self._log.push(specification)
        except ValueError as error:
            receive_logger.warning("log level not changed: %s", error)

    def publish_metrics(self) -> None:
        """Write the metrics to Redis."""
        self._metrics_wanted = True
        if not self._writing_metrics:
            self._begin(self._write_metrics())

    def reset_connections(self) -> None:
        """Close every connection."""
        logger.info("closing every connection, as asked")
        self._gateway.close_all(CloseCode.NORMAL_CLOSURE)

    def refresh_user(self, user: str, refresh: int) -> None:
        """Ask for a user's mounts."""
        self._loader.refresh_user(user, refresh)

    def wake_at(self, when: float) -> None:
        """Let the dispatcher look at what waits, at a time of the loop's clock."""
        if self._wake is None or when < self._wake_due:
            if self._wake is not None:
                self._wake.cancel()
            # Remembered here: what uvloop returns for a time that is not ahead cannot be asked.
            self._wake_due = when
            self._wake = self._loop.call_at(when, self._tick)

    def count_dropped(self, count: int) -> None:
        """Count file events that could not be delivered, and say so."""
        self.metrics.events_dropped += count
        if count and self._drops.allows(self._loop.time()):
            reason = "more wait for the database than are kept"
            if not self._loader.answered:
                reason = "the database does not answer"
            logger.error("%d file events dropped so far: %s", self.metrics.events_dropped, reason)

    def _tick(self) -> None:
        self._wake = None
        # uvloop rounds to milliseconds: what was due at that time is due, even a hair early.
        self._dispatcher.tick(max(self._loop.time(), self._wake_due))

    def _count_query(self) -> None:
        self.metrics.mapping_queries += 1

    def _on_log_change(self) -> None:
        self._log_received = receive_logger.isEnabledFor(logging.DEBUG)
        self._gateway.log_sent = logging.getLogger("notify_push.send").isEnabledFor(logging.DEBUG)

    # What the self-test looks at: SelfTested

    async def test_token(self) -> bytes | None:
        """The Redis key ``test-token``."""
        return await self._parts.keys.get("test-token")

    async def mapping_count(self, storage: int) -> int:
        """How many mounts cover all of a storage, by the database."""
        rows = await self._parts.database.mounts_of_storages([storage])
        self._count_query()
        return sum(1 for _, root in rows.get(storage, ()) if not root)

    async def set_version(self) -> None:
        """Write the version that the app compares with its own."""
        await self._parts.keys.set("notify_push_version", self._app_version.reported)

    def readiness(self) -> tuple[bool, str]:
        """Whether the daemon can do its work, and if not why."""
        reasons = []
        if self._draining:
            reasons.append("shutting down")
        if not self._source.connected:
            reasons.append("not subscribed to redis")
        if not self._loader.answered:
            reasons.append("the database has not answered")
        return not reasons, ", ".join(reasons)

    async def _write_metrics(self) -> None:
        """Write them once for all who asked before the writing began."""
        self._writing_metrics = True
        try:
            while self._metrics_wanted:
                self._metrics_wanted = False
                await self._parts.keys.set("notify_push_metrics", self.metrics.as_json())
        except RedisError as error:
            logger.warning("cannot write the metrics to redis: %s", error)
        finally:
            self._writing_metrics = False


def _first_fault(error: BaseException) -> BaseException:
    """The first exception in groups of task groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
