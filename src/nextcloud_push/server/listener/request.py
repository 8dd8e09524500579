"""A request as handlers see it, and their answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, urlsplit

__all__ = ["HttpRequest", "HttpResponse", "text"]


@dataclass(frozen=True)
class HttpRequest:
    """A request whose body, if any, was thrown away.

    Args:
        method: In the case the client wrote it.
        target: What stood between method and version: a path with its query, or a whole URL.
        headers: Names in lower case.
    """

    method: str
    target: str
    headers: Sequence[tuple[bytes, bytes]] = field(default=(), repr=False)  # tokens among them

    @cached_property
    def segments(self) -> list[str]:
        """The parts of the path, percent-decoded; empty ones are left out."""
        path = self.target
        if path.startswith("/"):
            path = path.partition("?")[0]
        else:
            try:
                path = urlsplit(path).path
            except ValueError:
                return []
        return [unquote(segment) for segment in path.split("/") if segment]

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header.

        Args:
            name: In lower case.
        """
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer.

    Args:
        status: HTTP status code.
        body: Left out when the request was a HEAD.
        headers: Beside Content-Length, Connection and Date.
    """

    status: int
    body: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()


def text(status: int, body: str, *headers: tuple[bytes, bytes]) -> HttpResponse:
    """An answer in plain text that no cache keeps."""
    lines = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Cache-Control", b"no-store"),
        *headers,
    ]
    return HttpResponse(status, body.encode(), lines)
