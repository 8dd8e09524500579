"""Probes: is the process alive, can it do its work?"""

from __future__ import annotations

from collections.abc import Callable

from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text
from nextcloud_push.server.listener.routes import Route

__all__ = ["Readiness", "health_routes"]

Readiness = Callable[[], tuple[bool, str]]
"""Whether the daemon can do its work, and if not why; the reason is shown to anybody."""


def health_routes(readiness: Readiness) -> list[Route]:
    """``/health`` and ``/ready``, for the main listener and that of the metrics."""

    async def health(request: HttpRequest, segment: str) -> HttpResponse:
        return text(200, "ok")

    async def ready(request: HttpRequest, segment: str) -> HttpResponse:
        is_ready, reason = readiness()
        return text(200, "ready") if is_ready else text(503, reason)

    methods = ("GET", "HEAD")
    return [Route(("health",), methods, health), Route(("ready",), methods, ready)]
