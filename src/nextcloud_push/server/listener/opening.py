"""The first bytes of a connection: a WebSocket's handshake, or a request for the HTTP side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from websockets.http11 import MAX_LINE_LENGTH, Request
from websockets.server import ServerProtocol

from nextcloud_push.server.delivery.connection import Connection
from nextcloud_push.server.delivery.frame_reader import quiet_logger
from nextcloud_push.server.delivery.gateway import Gateway
from nextcloud_push.server.delivery.timer_wheel import Bucket
from nextcloud_push.server.listener.forwarded import forwarded_for

__all__ = ["Opening"]

MAX_HEAD: Final = 16384
"""Bytes of a request's line and headers together."""

OPENING_TIME: Final = 15.0
"""Seconds until the request has to be there."""

_END_OF_HEAD: Final = b"\r\n\r\n"


def _is_websocket(head: bytes) -> bool:
    """Whether a request asks to upgrade at ``…/ws``: everything else is the HTTP side's."""
    line, _, headers = head.partition(b"\r\n")
    target = line.split(b" ")[1:2]
    path = target[0].partition(b"?")[0].rstrip(b"/") if target else b""
    return path.endswith(b"/ws") and b"\nupgrade:" in b"\n" + headers.lower()


class Opening(asyncio.Protocol):
    """An accepted connection that has not said yet what it wants.

    Args:
        gateway: What the connections of this process share.
        serve_http: Makes the protocol that answers a request that is no WebSocket's.
    """

    __slots__ = ("_bucket", "_gateway", "_head", "_serve_http", "_transport")

    def __init__(self, gateway: Gateway, serve_http: Callable[[], asyncio.Protocol]) -> None:
        self._gateway = gateway
        self._serve_http = serve_http
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._bucket: Bucket[Opening] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the request, but not for ever."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "set_protocol")
        self._transport = transport  # type: ignore[assignment]  # uvloop's has no such base
        self._gateway.enter(self)
        self._bucket = self._gateway.upkeep.schedule(self._gateway.now() + OPENING_TIME, self)

    def data_received(self, data: bytes) -> None:
        """Collect the request's head, then hand the connection on."""
        self._head += data
        end = self._head.find(_END_OF_HEAD)
        if end < 0 and len(self._head) <= MAX_HEAD:
            return
        data = bytes(self._head)
        size = end + len(_END_OF_HEAD)
        self._leave()
        if end < 0 or end > MAX_HEAD or not _is_websocket(data[:size]):
            self._hand_over_to_http(data)
        else:
            self._shake_hands(data[:size], data[size:])

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the visitor."""
        self._leave()

    def check(self, bucket: Bucket[Opening], now: float) -> None:
        """Drop a visitor that does not say what it wants."""
        if bucket is self._bucket and self._transport is not None:
            self._transport.abort()

    def close(self, code: int) -> None:
        """End the connection; there is no WebSocket yet that the code could be told."""
        self.abort()

    def abort(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _leave(self) -> None:
        self._gateway.forget(self)
        self._bucket = None
        self._head = bytearray()  # the timer wheel keeps this object for a while

    def _hand_over_to_http(self, data: bytes) -> None:
        assert self._transport is not None
        protocol = self._serve_http()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    def _shake_hands(self, head: bytes, rest: bytes) -> None:
        assert self._transport is not None
        handshake = ServerProtocol(logger=quiet_logger)
        handshake.receive_data(_without_long_lines(head))
        events = handshake.events_received()
        if not events:  # no valid request: the HTTP side says so
            self._hand_over_to_http(head + rest)
            return
        request = events[0]
        assert isinstance(request, Request)
        response = handshake.accept(request)
        handshake.send_response(response)
        self._transport.write(b"".join(handshake.data_to_send()))
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._transport.close()
            return
        forwarded = forwarded_for(request.headers.raw_items(), _peer(self._transport))
        connection = Connection(self._gateway, self._transport, forwarded)
        self._transport.set_protocol(connection)
        if rest:
            connection.data_received(rest)


def _without_long_lines(head: bytes) -> bytes:
    """Leave out headers that the library takes for an attack: cookies, of which none matters."""
    return b"\r\n".join(line for line in head.split(b"\r\n") if len(line) < MAX_LINE_LENGTH)


def _peer(transport: asyncio.Transport) -> str | None:
    """The client's address; None over a Unix socket."""
    name = transport.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) and name else None
