"""Ask a Nextcloud where its push server is, and for a token to log in there."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from nextcloud_push.client.address import Address, origin, split
from nextcloud_push.client.errors import (
    AppNotEnabled,
    InvalidUrl,
    NotNextcloud,
    UnexpectedAnswer,
    WrongCredentials,
)
from nextcloud_push.client.http import NextcloudHttp
from nextcloud_push.words import CAPABILITIES_PATH

__all__ = ["Endpoints", "discover", "fetch_token"]

_NOT_NEXTCLOUD = frozenset({400, 404, 405, 406, 410, 501})
"""How servers that are no Nextcloud answer when they are asked for capabilities."""
_MAX_TOKEN = 4096


class Endpoints(NamedTuple):
    """What a Nextcloud says of its push server.

    Args:
        websocket: Where to connect.
        pre_auth: Where to POST for a token; None when Nextcloud names no such place.
    """

    websocket: str
    pre_auth: str | None = None


async def discover(http: NextcloudHttp, address: Address) -> Endpoints:
    """Find the push server through Nextcloud's capabilities.

    Raises:
        Unreachable: No answer.
        WrongCredentials: Nextcloud refused user name or password.
        NotNextcloud: Something else answered.
        AppNotEnabled: A Nextcloud without Client Push.
        UnexpectedAnswer: A status such as 503 during maintenance.
    """
    where = origin(address.url)
    answer = await http.request("GET", f"{address.url}/{CAPABILITIES_PATH}")
    if answer.status == 401:
        raise WrongCredentials(where)
    if answer.status in _NOT_NEXTCLOUD:
        raise NotNextcloud(where, f"it answered {answer.status} when asked for its capabilities")
    if answer.status != 200:
        raise UnexpectedAnswer(where, answer.status, "for its capabilities")
    found = _dig(_capabilities(where, answer.body), "notify_push", "endpoints")
    if not isinstance(found, dict):
        raise AppNotEnabled(where, "its capabilities do not name it")
    return _endpoints(found, where, secure=answer.url.startswith("https:"))


async def fetch_token(http: NextcloudHttp, endpoint: str) -> str:
    """Ask for a token that logs in once, within 15 seconds.

    Raises:
        Unreachable: No answer.
        WrongCredentials: Nextcloud refused user name or password.
        UnexpectedAnswer: Another status than 200, or no token in the answer.
    """
    where = origin(endpoint)
    answer = await http.request("POST", endpoint)
    if answer.status == 401:
        raise WrongCredentials(where)
    token = _token(answer.body)
    if answer.status != 200 or token is None:
        raise UnexpectedAnswer(where, answer.status, "for a token to log in")
    return token


def _capabilities(where: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotNextcloud(where, "its capabilities are no JSON") from None
    capabilities = _dig(document, "ocs", "data", "capabilities")
    if capabilities == []:  # PHP's way of writing an empty object
        return {}
    if not isinstance(capabilities, dict):
        raise NotNextcloud(where, "its answer holds no capabilities")
    return capabilities


def _dig(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _endpoints(found: dict[str, Any], where: str, *, secure: bool) -> Endpoints:
    websocket = found.get("websocket")
    if not isinstance(websocket, str):
        raise AppNotEnabled(where, "its capabilities name no WebSocket")
    pre_auth = found.get("pre_auth")
    try:
        if split(websocket).scheme not in {"ws", "wss"}:
            raise InvalidUrl("it begins with neither wss:// nor ws://")
        if isinstance(pre_auth, str) and split(pre_auth).scheme not in {"http", "https"}:
            raise InvalidUrl("it begins with neither https:// nor http://")
    except InvalidUrl as exc:
        raise AppNotEnabled(where, f"its capabilities name an address where {exc.reason}") from None
    named = Endpoints(websocket, pre_auth if isinstance(pre_auth, str) else None)
    _refuse_downgrade(named, where, secure=secure)
    return named


def _refuse_downgrade(named: Endpoints, where: str, *, secure: bool) -> None:
    # A password typed for an https:// address must not leave the machine unprotected.
    unprotected = [url for url in (named.websocket, named.pre_auth) if url and _has_no_tls(url)]
    if secure and unprotected:
        raise AppNotEnabled(where, f"it names {origin(unprotected[0])}, which has no TLS")


def _has_no_tls(url: str) -> bool:
    return split(url).scheme in {"ws", "http"}


def _token(body: bytes) -> str | None:
    try:
        text = body.decode("ascii").strip()
        if text.startswith('"'):
            text = json.loads(text)
    except ValueError:
        return None
    fits = 0 < len(text) <= _MAX_TOKEN and text.isascii() and text.isprintable()
    return text if fits else None
