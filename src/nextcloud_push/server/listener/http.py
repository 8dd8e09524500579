"""One HTTP request on a connection, its answer, and the end of the connection.

Self-tests, probes and metrics are asked now and then, so that connections are not kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from email.utils import formatdate
from http import HTTPStatus
from typing import cast

import h11

from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text

__all__ = ["Handler", "HttpProtocol", "close_all"]

Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]

MAX_HEAD = 16 * 1024
"""Bytes of request line and headers."""

MAX_BODY = 64 * 1024
"""Bytes of a request's body, all of which are thrown away."""

_REQUEST_TIMEOUT = 15.0
_FLUSH_TIMEOUT = 5.0

_log = logging.getLogger("notify_push.http.protocol")


class HttpProtocol(asyncio.Protocol):
    """Serves one request.

    Another protocol may hand over a transport it was given: it sets this one as the transport's
    protocol, calls ``connection_made`` and passes what it has read to ``data_received``.

    Args:
        handler: Gives the answer. What it raises is logged and answered with status 500.
        connections: Those that are open; this one adds and removes itself.
        request_timeout: Seconds for the request to arrive.
        flush_timeout: Seconds for the client to take the answer.
    """

    __slots__ = (
        "_body",
        "_connection",
        "_connections",
        "_flush_timeout",
        "_handler",
        "_request",
        "_request_timeout",
        "_task",
        "_timer",
        "_transport",
    )

    def __init__(
        self,
        handler: Handler,
        *,
        connections: set[HttpProtocol] | None = None,
        request_timeout: float = _REQUEST_TIMEOUT,
        flush_timeout: float = _FLUSH_TIMEOUT,
    ) -> None:
        self._handler = handler
        self._connections = connections if connections is not None else set()
        self._request_timeout = request_timeout
        self._flush_timeout = flush_timeout
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._request: h11.Request | None = None
        self._body = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request, but not for ever."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclasses
        self._connections.add(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._request_timeout, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Read on until the request is whole; what comes behind it is thrown away."""
        try:
            # In pieces just over the parser's limit, which only counts what is incomplete.
            for start in range(0, len(data), MAX_HEAD + 1):
                if self._has_read():
                    return
                self._connection.receive_data(data[start : start + MAX_HEAD + 1])
                self._read()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)

    def _has_read(self) -> bool:
        return self._task is not None or self._transport is None or self._transport.is_closing()

    def eof_received(self) -> bool:
        """Answer a client that has closed its sending half; TLS knows no such thing."""
        return (
            self._task is not None
            and self._transport is not None
            and self._transport.get_extra_info("sslcontext") is None
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; nobody waits for an answer any more."""
        self._connections.discard(self)
        self._stop_timer()
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Close the connection once what was answered is sent."""
        if self._transport is not None and not self._transport.is_closing():
            self._stop_timer()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._flush_timeout, self._transport.abort)
            self._transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _read(self) -> None:
        while True:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                self._request = event
                if self._connection.they_are_waiting_for_100_continue:
                    self._send(h11.InformationalResponse(status_code=100, headers=[]))
            elif isinstance(event, h11.Data):
                self._body += len(event.data)
                if self._body > MAX_BODY:
                    self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                    return
            elif isinstance(event, h11.EndOfMessage):
                self._start()
                return
            else:
                return

    def _start(self) -> None:
        assert self._request is not None
        self._stop_timer()
        request = HttpRequest(
            self._request.method.decode("ascii"),
            self._request.target.decode("ascii"),
            list(self._request.headers),
        )
        self._task = asyncio.get_running_loop().create_task(self._serve(request))

    async def _serve(self, request: HttpRequest) -> None:
        try:
            response = await self._handler(request)
        except Exception:  # whatever a handler fails with must cost only this connection
            _log.exception("an HTTP request failed: %s %r", request.method, request.target)
            response = text(500, "internal error")
        self._respond(response)

    def _refuse(self, status: int) -> None:
        self._respond(text(status, HTTPStatus(status).phrase))

    def _respond(self, response: HttpResponse) -> None:
        headers = [
            *response.headers,
            (b"Date", formatdate(usegmt=True).encode()),
            (b"Content-Length", b"%d" % len(response.body)),
            (b"Connection", b"close"),
        ]
        reason = HTTPStatus(response.status).phrase.encode()
        self._send(h11.Response(status_code=response.status, headers=headers, reason=reason))
        if self._request is None or self._request.method != b"HEAD":
            self._send(h11.Data(data=response.body))
        self._send(h11.EndOfMessage())
        self.close()

    def _send(self, event: h11.Event) -> None:
        data = self._connection.send(event)
        if data and self._transport is not None:
            self._transport.write(data)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


async def close_all(protocols: Collection[HttpProtocol], grace: float) -> None:
    """Let requests that are being served end, then close what is left.

    Args:
        protocols: The set the protocols were made with.
        grace: Seconds to wait.
    """
    tasks = [protocol._task for protocol in protocols if protocol._task is not None]
    if tasks:
        await asyncio.wait(tasks, timeout=grace)
    for protocol in list(protocols):
        protocol.abort()
