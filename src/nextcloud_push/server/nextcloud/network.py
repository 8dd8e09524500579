"""Sockets for httpcore that are closed whatever happens during the TLS handshake."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

# ruff: noqa: ASYNC109 - the timeout parameters are those of httpcore's interface

__all__ = ["NetworkBackend"]


class NetworkBackend(httpcore.AnyIOBackend):
    """httpcore's own, which leaves the socket open when a TLS handshake is cancelled.

    Cancelled it is by every limit in time and by every client that leaves during its login; the
    event loop would keep such a socket until the server closes it.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, trying all addresses of the host."""
        return _Stream(
            await super().connect_tcp(host, port, timeout, local_address, socket_options)
        )


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
