"""What Nextcloud's app asks to find out whether push works: ``notify_push:self-test``.

PHP takes every status from 400 on for "can't connect", so that failures are answered with 200 and
their text, once the right token was shown.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from nextcloud_push.server.errors import DatabaseError, NextcloudError, RedisError
from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text
from nextcloud_push.server.listener.routes import Route

__all__ = ["NextcloudTests", "SelfTested", "selftest_routes"]

_MAX_STORAGE = 2**32 - 1

_log = logging.getLogger("notify_push.http.selftest")


class NextcloudTests(Protocol):
    """What the self-test asks Nextcloud in turn."""

    async def test_cookie(self, token: bytes) -> int:
        """The cookie that Nextcloud last published."""

    async def test_remote(self, address: str, token: bytes) -> str:
        """The address that Nextcloud takes a forwarded request to come from."""


class SelfTested(Protocol):
    """The daemon, as far as the self-test looks into it."""

    @property
    def cookie(self) -> int:
        """The cookie that last came over Redis; 0 before the first."""

    @property
    def nextcloud(self) -> NextcloudTests:
        """Calls to Nextcloud."""

    async def test_token(self) -> bytes | None:
        """The Redis key ``test-token``; raises RedisError."""

    async def mapping_count(self, storage: int) -> int:
        """How many mounts cover all of a storage, by the database; raises DatabaseError."""

    async def set_version(self) -> None:
        """Write the Redis key ``notify_push_version``; raises RedisError."""


def selftest_routes(app: SelfTested) -> list[Route]:
    """The endpoints below ``/test/`` and the answer to a plain request for ``/ws``."""
    test = _SelfTest(app)
    return [
        Route(("test", "cookie"), ("GET",), test.cookie),
        Route(("test", "reverse_cookie"), ("GET",), test.guarded(test.reverse_cookie)),
        Route(("test", "mapping", "*"), ("GET",), test.guarded(test.mapping), _is_storage),
        Route(("test", "remote", "*"), ("GET",), test.guarded(test.remote), _is_address),
        Route(("test", "version"), ("POST",), test.guarded(test.version)),
        Route(("ws",), ("GET",), _no_upgrade),
    ]


class _SelfTest:
    def __init__(self, app: SelfTested) -> None:
        self._app = app

    def guarded(
        self, answer: Callable[[str, bytes], Awaitable[str]]
    ) -> Callable[[HttpRequest, str], Awaitable[HttpResponse]]:
        """Ask for the token first; the endpoint is given it behind the path's last segment."""

        async def endpoint(request: HttpRequest, segment: str) -> HttpResponse:
            token = await self._token(request)
            if token is None:
                return HttpResponse(403)
            return text(200, await answer(segment, token))

        return endpoint

    async def cookie(self, request: HttpRequest, segment: str) -> HttpResponse:
        """The remembered cookie."""
        if not request.values(b"token"):
            # The app's set-up wizard asks without one whether anybody is there.
            return text(200, "0")
        if await self._token(request) is None:
            return HttpResponse(403)
        return text(200, str(self._app.cookie))

    async def reverse_cookie(self, segment: str, token: bytes) -> str:
        """The cookie that Nextcloud remembers."""
        try:
            return str(await self._app.nextcloud.test_cookie(token))
        except NextcloudError as error:
            return str(error)

    async def mapping(self, segment: str, token: bytes) -> str:
        """How many users have all of a storage mounted."""
        try:
            return str(await self._app.mapping_count(int(segment)))
        except DatabaseError as error:
            _log.warning("self-test: counting the mounts of a storage failed: %s", error)
            return "0"

    async def remote(self, segment: str, token: bytes) -> str:
        """Which address Nextcloud sees when a request is forwarded for one."""
        try:
            return await self._app.nextcloud.test_remote(str(ip_address(segment)), token)
        except NextcloudError as error:
            return str(error)

    async def version(self, segment: str, token: bytes) -> str:
        """Put the version where the app reads it, before the answer."""
        try:
            await self._app.set_version()
        except RedisError as error:
            _log.warning("self-test: writing the version to Redis failed: %s", error)
            return "error"
        return "set"

    async def _token(self, request: HttpRequest) -> bytes | None:
        """The request's token if it is the right one."""
        given = request.values(b"token")
        if len(given) != 1 or not given[0]:
            return None
        try:
            expected = await self._app.test_token()
        except RedisError as error:
            _log.warning("self-test refused: its token cannot be read from Redis: %s", error)
            return None
        if not expected or not hmac.compare_digest(given[0], expected):
            return None
        return expected


async def _no_upgrade(request: HttpRequest, segment: str) -> HttpResponse:
    headers = (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")
    return text(426, "this is a WebSocket endpoint", *headers)


def _is_storage(segment: str) -> bool:
    decimal = segment.isascii() and segment.isdigit() and len(segment) <= len(str(_MAX_STORAGE))
    return decimal and int(segment) <= _MAX_STORAGE


def _is_address(segment: str) -> bool:
    try:
        address = ip_address(segment)
    except ValueError:
        return False
    # A zone is free text, which must not get into a header.
    return not (isinstance(address, IPv6Address) and address.scope_id)
