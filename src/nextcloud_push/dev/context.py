"""What the handlers of the stand-in share, and how they find it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request

from nextcloud_push.dev.auth import Authenticator
from nextcloud_push.dev.bus import TappedBus
from nextcloud_push.dev.files import Files
from nextcloud_push.dev.publications import Message
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.store import Store

__all__ = [
    "MAX_BODY",
    "PushControl",
    "Standin",
    "base_url",
    "is_loopback",
    "parameters",
    "read_body",
    "standin",
]

MAX_BODY = 1 << 20
"""Bytes of a request's body, uploads aside."""

_HOST = re.compile(r"[A-Za-z0-9.\-_]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


class PushControl(Protocol):
    """What the page can do to the push server to try out a client."""

    async def drop(self, user: str) -> int:
        """Cut a user's connections without a close frame; returns how many there were."""

    async def down(self, seconds: float) -> None:
        """Stop the push server now and start it again after some seconds; returns at once."""

    def is_up(self) -> bool:
        """Whether it accepts connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standin:
    """One stand-in Nextcloud.

    Args:
        store: Its state.
        files: Its files, seen with users' eyes.
        auth: Its logins.
        bus: Where it publishes.
        push_endpoint: Base address of the push server; ``{host}`` in it is the host name that
            the stand-in itself was asked by. None, as long as no push server is set up.
        control: What the page does to the push server; None when it is not in this process.
    """

    store: Store
    files: Files
    auth: Authenticator
    bus: TappedBus
    push_endpoint: str | None
    control: PushControl | None

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish in this order."""
        for message in messages:
            await self.bus.publish(message)


def standin(request: Request) -> Standin:
    """The stand-in that a request was made to."""
    found: Standin = request.app.state.standin
    return found


def is_loopback(request: Request) -> bool:
    """Whether the peer is on this machine, and so may be a proxy that tells the truth."""
    host = request.client.host if request.client else ""
    return host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1", "testclient")


def base_url(request: Request) -> str:
    """The address of the stand-in as the caller wrote it, with one trailing slash."""
    host, scheme = request.headers.get("host", ""), request.url.scheme
    if is_loopback(request):
        host = request.headers.get("x-forwarded-host", host)
        scheme = request.headers.get("x-forwarded-proto", scheme)
    if not _HOST.fullmatch(host) or scheme not in ("http", "https"):
        raise Refused(400, "the host name cannot be used")
    return f"{scheme}://{host}/"


async def read_body(request: Request) -> bytes:
    """A request's body.

    Raises:
        Refused: It is longer than anything sensible.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, "the body is too large")
    return bytes(body)


async def parameters(request: Request) -> Mapping[str, Any]:
    """What a request asks: its query, and its body as a form or as JSON.

    Raises:
        Refused: The body cannot be read.
    """
    found: dict[str, Any] = dict(request.query_params)
    body = await read_body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json" and body:
            decoded = json.loads(body)
            if not isinstance(decoded, dict):
                raise Refused(400, "the body is no JSON object")
            found.update(decoded)
        elif kind == "application/x-www-form-urlencoded":
            found.update(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except (ValueError, RecursionError):
        raise Refused(400, "the body cannot be read") from None
    return found
