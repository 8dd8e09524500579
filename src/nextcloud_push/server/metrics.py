"""The daemon's figures.

Whoever has something to count is given the one ``Counters`` and adds to its attributes. A new
series is a line in ``SERIES``, a counter or a gauge, and a row in docs/reference/metrics.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from nextcloud_push.server.delivery.notification import KINDS

__all__ = ["SERIES", "Counters", "Metrics", "Series"]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric as Prometheus sees it.

    Args:
        name: The whole name.
        kind: ``untyped`` is a counter whose name, being the reference's, lacks ``_total``.
        help: What it counts.
        source: The name of the counter or gauge, or one for each value of the label.
        label: Name of the label; empty for none.
    """

    name: str
    kind: Literal["counter", "gauge", "untyped"]
    help: str
    source: str | Mapping[str, str]
    label: str = ""

    @property
    def sources(self) -> list[str]:
        """The counters and gauges it shows."""
        return [self.source] if isinstance(self.source, str) else list(self.source.values())


_MESSAGES = {
    "file": "messages_file",
    "notification": "messages_notification",
    "activity": "messages_activity",
    "custom": "messages_custom",
}
_LOGINS_FAILED = {
    "credentials": "logins_refused",
    "nextcloud": "logins_unanswered",
    "timeout": "logins_timed_out",
    "protocol": "logins_malformed",
}
_CLOSED = {
    "limit": "closed_over_limit",
    "slow": "closed_slow",
    "pong": "closed_without_pong",
    "protocol": "closed_for_protocol",
}

# fmt: off
SERIES = (
    Series("active_connection_count", "gauge",
           "Authenticated connections that are open", "active_connections"),
    Series("active_user_count", "gauge",
           "Users with an authenticated connection", "active_users"),
    Series("total_connection_count", "untyped",
           "Connections authenticated since the start", "total_connections"),
    Series("mapping_query_count", "untyped",
           "Database queries for storage mappings that succeeded", "mapping_queries"),
    Series("event_count_total", "counter",
           "Events received from Redis, those that do not decode included", "events"),
    Series("message_count_total", "counter",
           "Messages sent to clients, one for each connection", _MESSAGES, "type"),
    Series("notify_push_payloads_rejected_total", "counter",
           "Events that do not decode", "payloads_rejected"),
    Series("notify_push_events_dropped_total", "counter",
           "Storage updates given up because the database was out of reach", "events_dropped"),
    Series("notify_push_redis_reconnects_total", "counter",
           "Subscriptions to Redis made anew after one was lost", "redis_reconnects"),
    Series("notify_push_logins_failed_total", "counter",
           "Clients closed before they were authenticated", _LOGINS_FAILED, "reason"),
    Series("notify_push_connections_closed_total", "counter",
           "Authenticated connections closed for a fault of the client", _CLOSED, "reason"),
    Series("notify_push_open_sockets", "gauge",
           "Client connections that are open, authenticated or not", "open_sockets"),
    Series("notify_push_mapping_cache_storages", "gauge",
           "Storages whose mounts are kept in memory", "mapping_cache_storages"),
    Series("notify_push_storage_updates_waiting", "gauge",
           "Storage updates that wait for the database", "storage_updates_waiting"),
)
"""Everything that is exposed, apart from ``notify_push_build_info``."""
# fmt: on


class Counters:
    """What is counted: plain integers, so that counting costs one attribute store.

    Attributes:
        messages_sent: By the kind of message: file, activity, notification, custom.
    """

    __slots__ = (
        "closed_for_protocol",
        "closed_over_limit",
        "closed_slow",
        "closed_without_pong",
        "events",
        "logins_malformed",
        "logins_refused",
        "logins_timed_out",
        "logins_unanswered",
        "mapping_queries",
        "messages_sent",
        "payloads_rejected",
        "redis_reconnects",
        "total_connections",
    )

    def __init__(self) -> None:
        self.messages_sent = [0] * len(KINDS)
        self.closed_for_protocol = 0
        self.closed_over_limit = 0
        self.closed_slow = 0
        self.closed_without_pong = 0
        self.events = 0
        self.logins_malformed = 0
        self.logins_refused = 0
        self.logins_timed_out = 0
        self.logins_unanswered = 0
        self.mapping_queries = 0
        self.payloads_rejected = 0
        self.redis_reconnects = 0
        self.total_connections = 0

    def count_query(self) -> None:
        """Count a database query that succeeded."""
        self.mapping_queries += 1


class Metrics:
    """Everything that is exposed, by name.

    Args:
        counters: What is counted.
        gauges: How to read, whenever it is asked for, what some other part knows anyway; each
            must be cheap and not fail.
    """

    def __init__(self, counters: Counters, gauges: Mapping[str, Callable[[], int]]) -> None:
        self._counters = counters
        self._gauges = gauges

    def value(self, name: str) -> int:
        """The present value of a source named in ``SERIES``."""
        read = self._gauges.get(name)
        if read is not None:
            return read()
        kind = name.removeprefix("messages_")
        if kind != name:
            return self._counters.messages_sent[KINDS.index(kind)]
        return int(getattr(self._counters, name))

    def as_json(self) -> bytes:
        """What the app reads from Redis after it asked for ``metrics``."""
        sent = {kind: self.value(_MESSAGES[kind]) for kind in _MESSAGES}
        values = {
            "active_connection_count": self.value("active_connections"),
            "active_user_count": self.value("active_users"),
            "total_connection_count": self.value("total_connections"),
            "mapping_query_count": self.value("mapping_queries"),
            "events_received": self.value("events"),
            "messages_sent": sum(sent.values()),
        }
        for kind in KINDS:
            values[f"messages_sent_{kind}"] = sent[kind]
        return json.dumps(values, separators=(",", ":")).encode()
