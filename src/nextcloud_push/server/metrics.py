"""The daemon's counters.

Whoever has something to count is given the one ``Metrics`` and adds to its attributes. A new
series is a line in ``SERIES``, an annotation in ``Metrics`` and a row in
docs/reference/metrics.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["SERIES", "Metrics", "Series"]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric as Prometheus sees it.

    Args:
        name: The whole name.
        kind: ``untyped`` is a counter whose name, being the reference's, lacks ``_total``.
        help: What it counts.
        source: The attribute of ``Metrics``, or one for each value of the label.
        label: Name of the label; empty for none.
    """

    name: str
    kind: Literal["counter", "gauge", "untyped"]
    help: str
    source: str | Mapping[str, str]
    label: str = ""

    @property
    def attributes(self) -> list[str]:
        """The attributes of ``Metrics`` it shows."""
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

_ATTRIBUTES = tuple(attribute for series in SERIES for attribute in series.attributes)


class Metrics:
    """Plain integers, so that counting costs one attribute store.

    What some other part knows anyway is not counted twice: ``watch`` says where to look.
    """

    __slots__ = ("_watched", *_ATTRIBUTES)

    active_connections: int
    active_users: int
    total_connections: int
    mapping_queries: int
    events: int
    messages_file: int
    messages_notification: int
    messages_activity: int
    messages_custom: int
    payloads_rejected: int
    events_dropped: int
    redis_reconnects: int
    logins_refused: int
    logins_unanswered: int
    logins_timed_out: int
    logins_malformed: int
    closed_over_limit: int
    closed_slow: int
    closed_without_pong: int
    closed_for_protocol: int
    open_sockets: int
    mapping_cache_storages: int
    storage_updates_waiting: int

    def __init__(self) -> None:
        self._watched: dict[str, Callable[[], int]] = {}
        for name in _ATTRIBUTES:
            setattr(self, name, 0)

    def watch(self, name: str, read: Callable[[], int]) -> None:
        """Have an attribute's value read elsewhere whenever it is asked for.

        Args:
            name: One of the attributes.
            read: Gives the value; must be cheap and not fail.

        Raises:
            AttributeError: There is none of that name.
        """
        if name not in _ATTRIBUTES:
            raise AttributeError(name)
        self._watched[name] = read

    def value(self, name: str) -> int:
        """The present value of an attribute, watched or counted."""
        read = self._watched.get(name)
        return read() if read is not None else int(getattr(self, name))

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
        for kind in ("file", "activity", "notification", "custom"):
            values[f"messages_sent_{kind}"] = sent[kind]
        return json.dumps(values, separators=(",", ":")).encode()
