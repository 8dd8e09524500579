"""What Nextcloud's app asks to find out whether push works: ``notify_push:self-test``.

PHP takes every status from 400 on for "can't connect", so that failures are answered with 200 and
their text, once the right token was shown.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from nextcloud_push.server.errors import DatabaseError, NextcloudError, RedisError
from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text
from nextcloud_push.server.listener.routes import Route

__all__ = ["NextcloudTests", "SelfTest", "selftest_routes"]

_MAX_STORAGE = 2**32 - 1

_log = logging.getLogger("notify_push.http.selftest")


class NextcloudTests(Protocol):
    """What the self-test asks Nextcloud in turn."""

    async def test_cookie(self, token: bytes) -> int:
        """The cookie that Nextcloud last published."""

    async def test_remote(self, address: str, token: bytes) -> str:
        """The address that Nextcloud takes a forwarded request to come from."""


class Keys(Protocol):
    """The keys of Redis; every call raises RedisError."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""

    async def set(self, key: str, value: bytes | str) -> None:
        """Set a key."""


class MountsByStorage(Protocol):
    """The database, as far as the self-test asks it."""

    async def mounts_of_storages(
        self, storages: Collection[int]
    ) -> Mapping[int, Sequence[tuple[str, str]]]:
        """(user, root path) rows by storage; raises DatabaseError."""


def selftest_routes(test: SelfTest) -> list[Route]:
    """The endpoints below ``/test/`` and the answer to a plain request for ``/ws``."""
    return [
        Route(("test", "cookie"), ("GET",), test.cookie),
        Route(("test", "reverse_cookie"), ("GET",), test.guarded(test.reverse_cookie)),
        Route(("test", "mapping", "*"), ("GET",), test.guarded(test.mapping), _is_storage),
        Route(("test", "remote", "*"), ("GET",), test.guarded(test.remote), _is_address),
        Route(("test", "version"), ("POST",), test.guarded(test.version)),
        Route(("ws",), ("GET",), _no_upgrade),
    ]


class SelfTest:
    """The answers to the self-test.

    Args:
        keys: Redis, where the app leaves its token and reads the version.
        nextcloud: Nextcloud, which is asked in turn.
        mounts: The database.
        cookie: The number that last came over Redis; 0 before the first.
        version: The version to report.
        count_query: Called for every query that succeeded.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        nextcloud: NextcloudTests,
        mounts: MountsByStorage,
        cookie: Callable[[], int],
        version: Callable[[], str],
        count_query: Callable[[], None],
    ) -> None:
        self._keys = keys
        self._nextcloud = nextcloud
        self._mounts = mounts
        self._cookie = cookie
        self._version = version
        self._count_query = count_query

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
        return text(200, str(self._cookie()))

    async def reverse_cookie(self, segment: str, token: bytes) -> str:
        """The cookie that Nextcloud remembers."""
        try:
            return str(await self._nextcloud.test_cookie(token))
        except NextcloudError as error:
            return str(error)

    async def mapping(self, segment: str, token: bytes) -> str:
        """How many users have all of a storage mounted."""
        try:
            rows = await self._mounts.mounts_of_storages([int(segment)])
        except DatabaseError as error:
            _log.warning("self-test: counting the mounts of a storage failed: %s", error)
            return "0"
        self._count_query()
        return str(sum(1 for _, root in rows.get(int(segment), ()) if not root))

    async def remote(self, segment: str, token: bytes) -> str:
        """Which address Nextcloud sees when a request is forwarded for one."""
        try:
            return await self._nextcloud.test_remote(str(ip_address(segment)), token)
        except NextcloudError as error:
            return str(error)

    async def version(self, segment: str, token: bytes) -> str:
        """Put the version where the app reads it, before the answer."""
        try:
            await self._keys.set("notify_push_version", self._version())
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
            expected = await self._keys.get("test-token")
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
