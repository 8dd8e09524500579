"""The addresses a client is given, checked before anything is sent there."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from nextcloud_push.client.errors import InvalidUrl

__all__ = ["Address", "origin", "parse_address", "split"]

_USABLE = re.compile(r"(https?|wss?)://", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x20\x7f]")


class Address(NamedTuple):
    """Where to begin.

    Args:
        url: Without a trailing slash.
        direct: Whether it is the WebSocket itself, so that there is nothing to discover.
        secure: Whether TLS protects it.
    """

    url: str
    direct: bool
    secure: bool


def parse_address(text: str) -> Address:
    """Check the URL of a Nextcloud (``https://…``) or of a push server's WebSocket (``wss://…``).

    Raises:
        InvalidUrl: It is neither, or holds what does not belong there.
    """
    if not _USABLE.match(text.strip()):
        raise InvalidUrl("it begins with none of https://, http://, wss:// and ws://")
    parts = split(text.strip())
    direct = parts.scheme in {"ws", "wss"}
    if parts.query and not direct:
        raise InvalidUrl("a Nextcloud's address has no query part")
    path = parts.path if direct else parts.path.rstrip("/").removesuffix("/index.php")
    return Address(
        parts._replace(path=path).geturl(), direct, secure=parts.scheme in {"https", "wss"}
    )


def split(text: str) -> SplitResult:
    """Take a URL apart.

    Raises:
        InvalidUrl: It names no host, or has a part that no server's address has.
    """
    if _UNFIT.search(text):
        raise InvalidUrl("there is a blank or a control character in it")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # the port is checked when it is asked for
    except ValueError:
        raise InvalidUrl("host or port make no sense") from None
    if not parts.hostname:
        raise InvalidUrl("it names no host")
    if "@" in parts.netloc:
        raise InvalidUrl("user name and password do not belong into it")
    if parts.fragment:
        raise InvalidUrl("there is a # in it")
    return parts


def origin(url: str) -> str:
    """Scheme, host and port of a checked URL: what an error may say of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
