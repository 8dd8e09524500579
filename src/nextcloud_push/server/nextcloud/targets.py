"""A URL taken apart into what to connect to and what to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

__all__ = ["Target"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL_CHARACTERS = "!$%&'()*+,-./:;=?@_~"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Args:
        scheme: ``http`` or ``https``.
        host: ASCII; an IPv6 address without brackets.
        port: TCP port.
        path: Path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Take a URL apart; user, password and fragment are left out.

        Raises:
            ValueError: It is no http or https URL with a valid host and port.
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise ValueError("not an http or https URL")
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
        path = quote(parts.path or "/", safe=_URL_CHARACTERS)
        query = "?" + quote(parts.query, safe=_URL_CHARACTERS) if parts.query else ""
        return cls(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme], path + query)

    def join(self, location: str) -> Target:
        """Follow a Location header.

        Raises:
            ValueError: It leads to no valid URL.
        """
        return self.parse(urljoin(f"{self.scheme}://{self.authority}{self.path}", location))

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = self.port == _DEFAULT_PORTS[self.scheme]
        return host if standard else f"{host}:{self.port}"

    def may_see_secrets_of(self, other: Target) -> bool:
        """Whether credentials meant for the other may follow a redirect from it to here.

        They may within one origin, and from ``http://`` to ``https://`` on the same host: an
        admin who configured the former relies on it, and it only makes the way safer.
        """
        if self.host != other.host:
            return False
        upgraded = (other.scheme, other.port, self.scheme, self.port) == ("http", 80, "https", 443)
        return upgraded or (self.scheme, self.port) == (other.scheme, other.port)
