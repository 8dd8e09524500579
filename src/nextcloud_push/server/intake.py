"""Takes in what Redis brings: decodes it, says what does not decode, and hands it on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from nextcloud_push.server.delivery.gateway import Gateway
from nextcloud_push.server.errors import PayloadError
from nextcloud_push.server.events import Event, decode
from nextcloud_push.server.logs import LogControl, RateLimit
from nextcloud_push.server.metrics import Counters
from nextcloud_push.server.routing.storage_access import StorageAccess

__all__ = ["Intake"]

logger = logging.getLogger("notify_push.daemon")
receive_logger = logging.getLogger("notify_push.receive")


class Intake:
    """The way in for events.

    Args:
        handle: Takes an event.
        access: The storage mappings, which a gap makes doubtful.
        gateway: The connections, which a gap concerns.
        counters: Where events are counted.
        log: Says whether each event is logged.
        clock: The loop's, in seconds.
    """

    def __init__(
        self,
        *,
        handle: Callable[[Event], None],
        access: StorageAccess,
        gateway: Gateway,
        counters: Counters,
        log: LogControl,
        clock: Callable[[], float],
    ) -> None:
        self._handle = handle
        self._access = access
        self._gateway = gateway
        self._counters = counters
        self._log = log
        self._clock = clock
        self._bad_payloads: dict[bytes, RateLimit] = {}

    def ingest(self, channel: bytes, payload: bytes) -> None:
        """Take in a message of a channel."""
        self._counters.events += 1
        try:
            event = decode(channel, payload)
        except PayloadError as error:
            self._reject(channel, error)
            return
        if self._log.received:
            receive_logger.debug("%s", event)
        self._handle(event)

    def on_subscribed(self, gap: bool) -> None:
        """Redis is subscribed to; after a gap nobody knows what was missed."""
        if gap:
            self._counters.redis_reconnects += 1
            logger.warning("subscribed to redis again: telling every client to look for itself")
            self._access.distrust()
            self._gateway.notify_everyone()

    def _reject(self, channel: bytes, error: PayloadError) -> None:
        self._counters.payloads_rejected += 1
        limit = self._bad_payloads.setdefault(channel, RateLimit(5, 10.0))
        if limit.allows(self._clock()):
            receive_logger.warning("%s", error)
