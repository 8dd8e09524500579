"""What events ask of the daemon itself: its log level, its metrics, the end of all connections."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from websockets.frames import CloseCode

from nextcloud_push.server import events
from nextcloud_push.server.delivery.gateway import Gateway
from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.logs import LogControl
from nextcloud_push.server.metrics import Metrics
from nextcloud_push.server.parts import KeyValue

__all__ = ["Control"]

logger = logging.getLogger("notify_push.daemon")
receive_logger = logging.getLogger("notify_push.receive")


class Control:
    """Does what the app asks by its channels for tests and maintenance.

    Args:
        log: Takes temporary log levels.
        metrics: What is written when it is asked for.
        keys: Where to.
        gateway: The connections.
        begin: Runs a coroutine beside the callbacks.

    Attributes:
        cookie: The number that the self-test asks for next; 0 before the first.
    """

    def __init__(
        self,
        *,
        log: LogControl,
        metrics: Metrics,
        keys: KeyValue,
        gateway: Gateway,
        begin: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self.cookie = 0
        self._log = log
        self._metrics = metrics
        self._keys = keys
        self._gateway = gateway
        self._begin = begin
        self._metrics_wanted = False
        self._writing_metrics = False

    @property
    def handlers(self) -> Mapping[type, Callable[[Any, float], None]]:
        """What takes each type of event, with the time of its arrival."""
        return {
            events.TestCookie: self._remember_cookie,
            events.Config: self._change_log_level,
            events.Query: self._publish_metrics,
            events.Signal: self._reset_connections,
        }

    def _remember_cookie(self, event: events.TestCookie, now: float) -> None:
        self.cookie = event.value

    def _change_log_level(self, event: events.Config, now: float) -> None:
        if event.log_spec is None:
            self._log.pop()
            return
        try:
            self._log.push(event.log_spec)
        except ValueError as error:
            receive_logger.warning("log level not changed: %s", error)

    def _publish_metrics(self, event: events.Query, now: float) -> None:
        self._metrics_wanted = True
        if not self._writing_metrics:
            self._writing_metrics = True  # here: the task begins later
            self._begin(self._write_metrics())

    def _reset_connections(self, event: events.Signal, now: float) -> None:
        logger.info("closing every connection, as asked")
        self._gateway.close_all(CloseCode.NORMAL_CLOSURE)

    async def _write_metrics(self) -> None:
        """Write them once for all who asked before the writing began."""
        try:
            while self._metrics_wanted:
                self._metrics_wanted = False
                await self._keys.set("notify_push_metrics", self._metrics.as_json())
        except RedisError as error:
            logger.warning("cannot write the metrics to redis: %s", error)
        finally:
            self._writing_metrics = False
