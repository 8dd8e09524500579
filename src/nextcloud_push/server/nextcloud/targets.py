"""A URL taken apart into what to connect to and what to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from nextcloud_push.words.redirects import DEFAULT_PORTS, Origin

__all__ = ["Target"]

_URL_CHARACTERS = "!$%&'()*+,-./:;=?@_~"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Args:
        origin: What to connect to; the host in ASCII.
        path: Path and query, percent-encoded.
    """

    origin: Origin
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Take a URL apart; user, password and fragment are left out.

        Raises:
            ValueError: It is no http or https URL with a valid host and port.
        """
        parts = urlsplit(url)
        origin = Origin.of(parts)
        if origin.scheme not in {"http", "https"}:
            raise ValueError("not an http or https URL")
        if ":" not in origin.host:
            origin = origin._replace(host=origin.host.encode("idna").decode())
        path = quote(parts.path or "/", safe=_URL_CHARACTERS)
        query = "?" + quote(parts.query, safe=_URL_CHARACTERS) if parts.query else ""
        return cls(origin, path + query)

    def join(self, location: str) -> Target:
        """Follow a Location header.

        Raises:
            ValueError: It leads to no valid URL.
        """
        return self.parse(urljoin(f"{self.origin.scheme}://{self.authority}{self.path}", location))

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        scheme, name, port = self.origin
        host = f"[{name}]" if ":" in name else name
        return host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
