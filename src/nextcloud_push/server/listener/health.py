"""Probes: is the process alive, can it do its work?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text
from nextcloud_push.server.listener.routes import Route
from nextcloud_push.server.routing.load_queue import LoadQueue

__all__ = ["Readiness", "health_routes"]


class Source(Protocol):
    """Where events come from."""

    @property
    def connected(self) -> bool:
        """Whether events arrive at present."""


class Readiness:
    """Whether the daemon can do its work, and if not why; the reason is shown to anybody.

    Args:
        source: Where events come from.
        queue: Knows whether the database answers.

    Attributes:
        draining: Set when the daemon is shutting down.
    """

    def __init__(self, source: Source, queue: LoadQueue) -> None:
        self._source = source
        self._queue = queue
        self.draining = False

    def __call__(self) -> tuple[bool, str]:
        """Look at the parts."""
        reasons = []
        if self.draining:
            reasons.append("shutting down")
        if not self._source.connected:
            reasons.append("not subscribed to redis")
        if not self._queue.database_answers:
            reasons.append("the database has not answered")
        return not reasons, ", ".join(reasons)


def health_routes(readiness: Callable[[], tuple[bool, str]]) -> list[Route]:
    """``/health`` and ``/ready``, for the main listener and that of the metrics."""

    async def health(request: HttpRequest, segment: str) -> HttpResponse:
        return text(200, "ok")

    async def ready(request: HttpRequest, segment: str) -> HttpResponse:
        is_ready, reason = readiness()
        return text(200, "ready") if is_ready else text(503, reason)

    methods = ("GET", "HEAD")
    return [Route(("health",), methods, health), Route(("ready",), methods, ready)]
