"""Everything that is listened on: opened at start, closed at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from nextcloud_push.server.listener.sockets import BACKLOG, ListeningSocket, describe, server_tls
from nextcloud_push.server.settings import ListenAddress

__all__ = ["Listeners"]

logger = logging.getLogger("notify_push.daemon")


class Listeners:
    """The sockets of the daemon, the main one first.

    Args:
        loop: Where their connections are served.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sockets: list[ListeningSocket] = []
        self._servers: list[asyncio.Server] = []

    @property
    def port(self) -> int:
        """The TCP port of the main one; 0 for a Unix socket."""
        return self._sockets[0].port

    async def open(self, listen: ListenAddress, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Bind and serve.

        Args:
            protocol: Makes the protocol of a connection.

        Raises:
            StartupError: The address or a certificate cannot be used.
        """
        tls = server_tls(listen)
        bound = ListeningSocket(listen)
        self._sockets.append(bound)
        if listen.socket is not None:
            server = await self._loop.create_unix_server(
                protocol, sock=bound.socket, backlog=BACKLOG
            )
        else:
            server = await self._loop.create_server(
                protocol, sock=bound.socket, ssl=tls, backlog=BACKLOG
            )
        self._servers.append(server)
        logger.info("listening on %s", describe(listen))

    def stop_accepting(self) -> None:
        """Close the main one; probes and metrics are answered on."""
        if self._servers:
            self._servers[0].close()

    def close(self) -> None:
        """Close all of them, and remove the files of Unix sockets."""
        for server in self._servers:
            server.close()
        for bound in self._sockets:
            bound.close()
