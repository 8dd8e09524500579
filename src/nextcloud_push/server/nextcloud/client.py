"""What Nextcloud is asked, and what its answers mean."""

from __future__ import annotations

import base64
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from nextcloud_push.server.errors import (
    InvalidResponse,
    NextcloudUnreachable,
    UnexpectedStatus,
    UntrustedDomain,
)
from nextcloud_push.server.nextcloud.fetch import Answer, Fetcher, Header
from nextcloud_push.server.nextcloud.proxies import Proxies
from nextcloud_push.server.settings.model import Nextcloud
from nextcloud_push.words import APP_PATH

__all__ = ["NextcloudClient"]

_MAX_UID = 1024  # bytes; Nextcloud's own tables hold 64 characters
_MAX_COOKIE = 2**32 - 1
_NUMBER = re.compile(r"[0-9]{1,10}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_QUEUE_TIMEOUT = 60.0
_ANSWER_TIMEOUT = 15.0


class NextcloudClient:
    """Nextcloud, as the push server sees it.

    Args:
        settings: How to call it.
        proxies: What ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``NO_PROXY`` say, as
            `urllib.request.getproxies_environment` reads them; empty for none.
        queue_timeout: Seconds a call may wait until fewer than ``settings.concurrency`` others
            are under way.
        answer_timeout: Seconds for Nextcloud's answer, redirects included.

    Raises:
        StartupError: The CA file cannot be used.
        InvalidSetting: The URL or a proxy variable cannot be used.
    """

    def __init__(
        self,
        settings: Nextcloud,
        proxies: Proxies,
        *,
        queue_timeout: float = _QUEUE_TIMEOUT,
        answer_timeout: float = _ANSWER_TIMEOUT,
    ) -> None:
        self._base = settings.url
        self._fetcher = Fetcher(
            settings, proxies, queue_timeout=queue_timeout, answer_timeout=answer_timeout
        )

    async def authenticate(self, user: str, password: str, forwarded: str | None) -> str | None:
        """Ask who a user is.

        Args:
            user: The login name: an address of mail, say, instead of the user id.
            password: A password or app password.
            forwarded: Value of the ``X-Forwarded-For`` header.

        Returns:
            The user id; None if Nextcloud does not know the credentials.

        Raises:
            NextcloudError: No answer, or one that says neither.
        """
        if ":" in user:
            # It would end the name there (RFC 7617 §2) and so ask about another user.
            return None
        credentials = base64.b64encode(f"{user}:{password}".encode())
        headers = [(b"Authorization", b"Basic " + credentials)]
        if forwarded is not None:
            headers.append((b"X-Forwarded-For", forwarded.encode()))
        answer = await self._get("uid", headers)
        if answer.status == 401:
            return None
        if answer.status != 200:
            raise UnexpectedStatus(answer.status)
        return _uid(answer)

    async def test_cookie(self, token: bytes | str) -> int:
        """Ask for the cookie that Nextcloud last published, to see that this is the same one.

        Args:
            token: What Nextcloud keeps in Redis as ``test-token``.

        Raises:
            UntrustedDomain: The host name of the configured URL is not one Nextcloud accepts.
            NextcloudError: Any other failure.
        """
        answer = await self._get("test/cookie", [_token(token)])
        if answer.status // 100 == 4 and b"admin-trusted-domains" in answer.body:
            raise UntrustedDomain(urlsplit(self._base).hostname or "")
        doing = "getting test cookie"
        text = _checked_text(answer, doing).strip()
        if _NUMBER.fullmatch(text) is None or int(text) > _MAX_COOKIE:
            raise InvalidResponse(doing, "not a number")
        return int(text)

    async def test_remote(self, address: str, token: bytes | str) -> str:
        """Ask which address Nextcloud takes a request for that was forwarded for a client.

        Args:
            address: The client's address.
            token: What Nextcloud keeps in Redis as ``test-token``.

        Raises:
            NextcloudError: No answer, or no address.
        """
        headers = [_token(token), (b"X-Forwarded-For", address.encode())]
        doing = "testing if the push server is a trusted proxy"
        text = _checked_text(await self._get("test/remote", headers), doing).strip().strip('"')
        try:
            ip_address(text)
        except ValueError:
            raise InvalidResponse(doing, "not an address") from None
        return text

    async def request_version(self) -> None:
        """Have Nextcloud write the version of its app to Redis.

        Raises:
            NextcloudError: It did not.
        """
        answer = await self._get("test/version", [])
        if answer.status != 200:
            raise UnexpectedStatus(answer.status)

    async def close(self) -> None:
        """Close the connections."""
        await self._fetcher.close()

    async def _get(self, path: str, headers: list[Header]) -> Answer:
        answer = await self._fetcher.get(f"{self._base}{APP_PATH}{path}", headers)
        if answer.stripped and answer.status in (401, 403):
            raise NextcloudUnreachable(
                "redirected to another server, which is not given the credentials: "
                "set --nextcloud-url to the address it redirects to"
            )
        return answer


def _token(token: bytes | str) -> Header:
    return b"token", token.encode() if isinstance(token, str) else token


def _checked_text(answer: Answer, doing: str) -> str:
    if answer.status != 200:
        raise UnexpectedStatus(answer.status)
    if not answer.complete:
        raise InvalidResponse(doing, "too long")
    try:
        return answer.body.decode()
    except UnicodeDecodeError:
        raise InvalidResponse(doing, "not UTF-8") from None


def _uid(answer: Answer) -> str:
    doing = "asking for the user id"
    if len(answer.body) > _MAX_UID:
        raise InvalidResponse(doing, "too long")
    uid = _checked_text(answer, doing).strip()
    if not uid:
        raise InvalidResponse(doing, "empty")
    if _CONTROL.search(uid):
        raise InvalidResponse(doing, "control characters")
    return uid
