"""The few requests a client makes to a Nextcloud."""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from nextcloud_push.client.address import origin, split
from nextcloud_push.client.errors import InvalidUrl, NotNextcloud, TlsFailure, Unreachable
from nextcloud_push.words.redirects import (
    MAX_REDIRECTS,
    REDIRECTS,
    Origin,
    may_see_credentials,
)
from nextcloud_push.words.version import __version__

__all__ = ["USER_AGENT", "HttpAnswer", "NextcloudHttp", "tls_reason"]

USER_AGENT = f"notify_push-client/{__version__}"

_HEADERS = {
    "Accept": "application/json",
    "OCS-APIRequest": "true",
    "User-Agent": USER_AGENT,
}
_MAX_BODY = 4 * 1024 * 1024
"""Bytes of an answer that are read: capabilities have some ten thousand."""


class HttpAnswer(NamedTuple):
    """What was answered, and from where, redirects followed."""

    url: str
    status: int
    body: bytes


class NextcloudHttp:
    """Requests with Basic authentication; proxies are taken from the environment.

    Args:
        user, password: The credentials, sent to the host asked and to no other.
        tls: Whom to trust.
        timeout: Seconds for a request, redirects included.
    """

    def __init__(self, user: str, password: str, *, tls: ssl.SSLContext, timeout: float) -> None:
        self._auth = httpx.BasicAuth(user, password)
        self._tls = tls
        self._timeout = timeout

    async def request(self, method: str, url: str) -> HttpAnswer:
        """Send a request that may be repeated, and follow redirects on the same host.

        Raises:
            Unreachable: No answer, or none that is HTTP.
            NotNextcloud: It redirects to another host, or in circles.
        """
        where = origin(url)
        try:
            # httpx limits each step only: an answer that drips would take for ever.
            async with asyncio.timeout(self._timeout), self._client(where) as client:
                return await self._follow(client, method, url)
        except TimeoutError:
            raise Unreachable(where, "timed out") from None
        except (httpx.InvalidURL, UnicodeError):  # the latter from idna
            raise InvalidUrl("its host is no name a host can have") from None
        except httpx.TransportError as exc:
            raise _unreachable(where, exc) from None
        except httpx.HTTPError as exc:
            raise NotNextcloud(where, f"its answer cannot be read ({exc})") from None

    def _client(self, where: str) -> httpx.AsyncClient:
        try:
            return httpx.AsyncClient(
                auth=self._auth, verify=self._tls, timeout=self._timeout, headers=_HEADERS
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            # What httpx raises for a proxy it cannot use; its text may hold the password.
            raise Unreachable(where, "the proxy in the environment cannot be used") from None

    async def _follow(self, client: httpx.AsyncClient, method: str, url: str) -> HttpAnswer:
        for _ in range(MAX_REDIRECTS + 1):
            answer, location = await _once(client, method, url)
            if location is None:
                return answer
            url = _next_url(url, location)
        raise NotNextcloud(origin(url), "it redirects in circles")


async def _once(client: httpx.AsyncClient, method: str, url: str) -> tuple[HttpAnswer, str | None]:
    async with client.stream(method, url) as response:
        if response.status_code in REDIRECTS:
            location = response.headers.get("location")
            if location is not None:
                return HttpAnswer(url, response.status_code, b""), location
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MAX_BODY:
                raise NotNextcloud(origin(url), "its answer does not end")
        return HttpAnswer(url, response.status_code, bytes(body)), None


def _next_url(url: str, location: str) -> str:
    # Only we know whom the credentials were meant for, hence no redirects by httpx.
    try:
        target = urljoin(url, location)
        meant, other = Origin.of(split(url)), Origin.of(split(target))
    except (InvalidUrl, ValueError):
        raise NotNextcloud(origin(url), "it redirects to no address") from None
    if not may_see_credentials(meant, other, any_port=True):
        raise NotNextcloud(
            origin(url), f"it redirects to {origin(target)}; if that is yours, use that address"
        )
    return target


def _unreachable(where: str, exc: httpx.TransportError) -> Unreachable:
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return TlsFailure(where, tls_reason(cause))
        cause = cause.__cause__ or cause.__context__
    if isinstance(exc, httpx.TimeoutException):
        return Unreachable(where, "timed out")
    if isinstance(exc, httpx.ProxyError):
        return Unreachable(where, "the proxy in the environment refused")
    return Unreachable(where, str(exc) or type(exc).__name__)


def tls_reason(exc: ssl.SSLError) -> str:
    """What went wrong with TLS, in few words."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    return (exc.reason or "handshake failed").replace("_", " ").lower()
