"""What may follow a redirect: only who sent the credentials knows whom they were meant for."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import SplitResult

__all__ = ["DEFAULT_PORTS", "MAX_REDIRECTS", "REDIRECTS", "Origin", "may_see_credentials"]

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}

MAX_REDIRECTS: Final = 10
"""Redirects that are followed for one request."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
"""HTTP statuses that name another place to ask."""


class Origin(NamedTuple):
    """Whom a request goes to.

    Args:
        scheme: ``http`` or ``https``.
        host: In lower case, an IPv6 address without brackets.
        port: TCP port.
    """

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, parts: SplitResult) -> Origin:
        """The origin of a URL that was taken apart.

        Raises:
            ValueError: It has no host, another scheme, or no valid port.
        """
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("no scheme or host to connect to")
        return cls(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])


def may_see_credentials(meant: Origin, other: Origin, *, any_port: bool = False) -> bool:
    """Whether credentials may follow a redirect.

    They may within one origin, and from ``http://`` to ``https://`` on the same host: whoever
    typed the former relies on it, and it only makes the way safer.

    Args:
        meant: Whom the credentials are for.
        other: Where the redirect leads.
        any_port: Whether TLS may be found at any port of the host, and not only at 443 from 80.
            One user's own password may go there; the passwords of all users may not be sent to
            whoever has another port of a machine that many share.
    """
    if meant.host != other.host:
        return False
    if (meant.scheme, other.scheme) == ("http", "https"):
        return any_port or (meant.port, other.port) == (80, 443)
    return (meant.scheme, meant.port) == (other.scheme, other.port)
