"""Which path leads where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text

__all__ = ["Route", "Router"]

Endpoint = Callable[[HttpRequest, str], Awaitable[HttpResponse]]
"""Takes the request and the last segment of its path."""


@dataclass(frozen=True, slots=True)
class Route:
    """What is served at a path.

    Args:
        path: Segments, below any prefix; a last one of ``*`` stands for any.
        methods: Those that are answered; others get 405.
        endpoint: Gives the answer.
        accepts: Says of the segment that ``*`` stands for whether it can be meant at all.
    """

    path: tuple[str, ...]
    methods: tuple[str, ...]
    endpoint: Endpoint
    accepts: Callable[[str], bool] = lambda segment: True


class Router:
    """Finds the endpoint for a request: it is the handler of a listener.

    A proxy may pass on the prefix it serves the push server under, so that only the end of a path
    counts, longer routes first.
    """

    def __init__(self, *routes: Route) -> None:
        self._routes: Mapping[tuple[str, ...], Route] = {route.path: route for route in routes}

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        route = self._find(request.segments)
        if route is None:
            return text(404, "not found")
        if request.method not in route.methods:
            allowed = ", ".join(route.methods).encode()
            return text(405, "method not allowed", (b"Allow", allowed))
        return await route.endpoint(request, request.segments[-1])

    def _find(self, segments: list[str]) -> Route | None:
        wildcard = self._routes.get((*segments[-3:-1], "*"))
        if wildcard is not None:
            return wildcard if wildcard.accepts(segments[-1]) else None
        return self._routes.get(tuple(segments[-2:])) or self._routes.get(tuple(segments[-1:]))
