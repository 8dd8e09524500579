"""GET requests with bounds: in time, in size, in redirects and in number at once.

httpcore does connections, TLS and proxies. A process that made one request with it has grown by
2.5 MiB; with httpx, which stands on it, by 10 MiB.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import httpcore

from nextcloud_push.server.errors import InvalidSetting, NextcloudUnreachable
from nextcloud_push.server.nextcloud.connections import Connections
from nextcloud_push.server.nextcloud.failures import FAILURES, reason
from nextcloud_push.server.nextcloud.proxies import Proxies
from nextcloud_push.server.nextcloud.targets import Target
from nextcloud_push.server.settings.model import Nextcloud
from nextcloud_push.words.redirects import MAX_REDIRECTS, REDIRECTS, may_see_credentials

__all__ = ["MAX_BODY", "Answer", "Fetcher", "Header"]

Header = tuple[bytes, bytes]

MAX_BODY = 256 * 1024
"""Bytes of an answer that are read; Nextcloud's page about an untrusted domain has some 20,000."""

_SECRET_HEADERS = frozenset({b"authorization", b"token"})

# At DEBUG it writes whole header lists, session cookies among them.
logging.getLogger("httpcore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Answer:
    """The final answer to a request.

    Args:
        status: HTTP status code.
        body: The first ``MAX_BODY`` bytes of it.
        complete: Whether that is all.
        stripped: Whether a redirect led to another origin, which was not given the credentials.
    """

    status: int
    body: bytes
    complete: bool
    stripped: bool = False


class Fetcher:
    """Sends GET requests to Nextcloud.

    Args:
        settings: How to call Nextcloud.
        proxies: What the environment says of proxies.
        queue_timeout: Seconds a request may wait for its turn.
        answer_timeout: Seconds for the whole answer, redirects included.

    Raises:
        StartupError: The CA file cannot be used.
        InvalidSetting: The URL or a proxy variable cannot be used.
    """

    def __init__(
        self,
        settings: Nextcloud,
        proxies: Proxies,
        *,
        queue_timeout: float,
        answer_timeout: float,
    ) -> None:
        self._agent = settings.user_agent.encode()
        self._queue_timeout = queue_timeout
        self._answer_timeout = answer_timeout
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._connections = Connections(settings, proxies)
        try:
            self._connections.prepare(Target.parse(settings.url))
        except ValueError:  # UnicodeError, which a host name may raise, is one
            raise InvalidSetting("--nextcloud-url", "not a valid http or https URL") from None

    async def get(self, url: str, headers: Sequence[Header] = ()) -> Answer:
        """Send a request when its turn comes, first come first served, and follow redirects.

        Args:
            url: An absolute URL.
            headers: Beside those that every request carries.

        Raises:
            NextcloudUnreachable: No answer, or none that makes sense.
        """
        try:
            async with asyncio.timeout(self._queue_timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise NextcloudUnreachable("timed out") from None
        try:
            async with asyncio.timeout(self._answer_timeout):
                return await self._follow(Target.parse(url), headers)
        except FAILURES as failure:
            raise NextcloudUnreachable(reason(failure)) from failure
        except InvalidSetting as failure:  # of a proxy that only a redirect leads to
            raise NextcloudUnreachable(str(failure)) from failure
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Close all connections, those of requests under way too."""
        await self._connections.close()

    async def _follow(self, target: Target, headers: Sequence[Header]) -> Answer:
        stripped = False
        for _ in range(MAX_REDIRECTS + 1):
            answer, location = await self._send(target, headers)
            if location is None:
                return Answer(answer.status, answer.body, answer.complete, stripped)
            try:
                following = target.join(location)
            except ValueError:
                raise NextcloudUnreachable("redirected to an invalid URL") from None
            if not may_see_credentials(target.origin, following.origin):
                headers = [line for line in headers if line[0].lower() not in _SECRET_HEADERS]
                stripped = True
            target = following
        raise NextcloudUnreachable("too many redirects")

    async def _send(self, target: Target, headers: Sequence[Header]) -> tuple[Answer, str | None]:
        origin = target.origin
        url = httpcore.URL(
            scheme=origin.scheme, host=origin.host, port=origin.port, target=target.path
        )
        lines = [
            (b"Host", target.authority.encode()),
            (b"User-Agent", self._agent),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity"),
            *headers,
        ]
        request = httpcore.Request("GET", url, headers=lines)
        async with self._connections.to(target) as pool:
            response = await _exchange(pool, request)
            try:
                body, complete = await _read(response)
            finally:
                await response.aclose()
        return Answer(response.status, body, complete), _location(response)


async def _exchange(
    pool: httpcore.AsyncConnectionPool, request: httpcore.Request
) -> httpcore.Response:
    """Send, and send again when the kept connection turns out to be closed by the server."""
    reuses = any(kept.is_idle() and not kept.has_expired() for kept in pool.connections)
    try:
        return await pool.handle_async_request(request)
    except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
        if not reuses:
            raise
    return await pool.handle_async_request(request)


async def _read(response: httpcore.Response) -> tuple[bytes, bool]:
    """Read at most ``MAX_BODY`` bytes; the rest is left to the end of the connection."""
    body = bytearray()
    # An async generator, though typed as a mere iterator.
    async with aclosing(response.aiter_stream()) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            body += chunk
            if len(body) > MAX_BODY:
                return bytes(body[:MAX_BODY]), False
    return bytes(body), True


def _location(response: httpcore.Response) -> str | None:
    if response.status not in REDIRECTS:
        return None
    for name, value in response.headers:
        if name.lower() == b"location":
            return value.decode("utf-8", "surrogateescape")
    return None
