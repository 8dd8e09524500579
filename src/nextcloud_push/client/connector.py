"""All that is known of a server and a login, and how both become a session."""

from __future__ import annotations

import ssl

from nextcloud_push.client.address import origin, parse_address
from nextcloud_push.client.discovery import Endpoints, discover, fetch_token
from nextcloud_push.client.errors import AppNotEnabled, InvalidUrl
from nextcloud_push.client.http import NextcloudHttp
from nextcloud_push.client.session import Login, Session, Timing

__all__ = ["Connector"]


class Connector:
    """Opens sessions; asks Nextcloud once where.

    Args:
        url: A Nextcloud (``https://…``) or the WebSocket of a push server (``wss://…``).
        user, password: The credentials.
        ids: Whether to ask for file ids.
        pre_auth: Whether to log in by token.
        tls: Whom to trust.
        timing: How long to wait for what.

    Raises:
        InvalidUrl: ``url`` cannot be used, or hands out no tokens.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        *,
        ids: bool,
        pre_auth: bool,
        tls: ssl.SSLContext,
        timing: Timing,
    ) -> None:
        self._address = parse_address(url)
        if pre_auth and self._address.direct:
            raise InvalidUrl("tokens to log in are handed out by a Nextcloud, not by a WebSocket")
        self._login = Login(user, password, ids)
        self._pre_auth = pre_auth
        self._tls = tls
        self._timing = timing
        self._http = NextcloudHttp(user, password, tls=tls, timeout=timing.request)
        self._known: Endpoints | None = None

    @property
    def endpoint(self) -> str | None:
        """The push server's WebSocket; None until it is known."""
        return self._known.websocket if self._known else None

    def forget(self) -> None:
        """Ask anew where the push server is, next time."""
        self._known = None

    async def open(self) -> Session:
        """Find the push server, connect and log in.

        Raises:
            ClientError: Any of them failed.
        """
        endpoints = self._known = self._known or await self._discover()
        login = await self._token(endpoints) if self._pre_auth else self._login
        return await Session.open(endpoints.websocket, login, tls=self._tls, timing=self._timing)

    async def _discover(self) -> Endpoints:
        if self._address.direct:
            return Endpoints(self._address.url)
        return await discover(self._http, self._address)

    async def _token(self, endpoints: Endpoints) -> Login:
        if endpoints.pre_auth is None:
            raise AppNotEnabled(origin(self._address.url), "it hands out no tokens to log in")
        return Login("", await fetch_token(self._http, endpoints.pre_auth), self._login.ids)
