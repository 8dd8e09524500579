"""Which addresses a request came through, for Nextcloud's brute-force protection and logs.

Nextcloud counts failed logins by address, so it has to hear of the client's address and not of
the push server's. Whatever the headers say is taken apart and only parsed addresses come out: no
byte of a client's header is ever passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

__all__ = ["MAX_ADDRESSES", "forwarded_for"]

MAX_ADDRESSES = 50
"""How many addresses of a chain are kept: the last ones, as trusted proxies append."""

_FORWARDED_PAIR = re.compile(
    # A quoted value counts as one only if it ends where a pair may end. A client that opens a
    # quote and leaves it open could otherwise swallow what the proxy appends behind it.
    r"""([!#$%&'*+.^_`|~0-9a-z-]+)\s*=\s*("(?:[^"\\]|\\.)*"(?=\s*(?:[;,]|$))|[^\s;,"]*)""",
    re.IGNORECASE | re.DOTALL,
)
_PORT = re.compile(r":(?:[0-9]{1,5}|_[0-9A-Za-z._-]+)")  # RFC 7239 §6: a port may be obfuscated


def forwarded_for(headers: Iterable[tuple[str, str]], peer: str | None) -> str | None:
    """Build the ``X-Forwarded-For`` value for a call made on behalf of a client.

    The chain is that of ``X-Forwarded-For``, else ``X-Real-IP``, else the ``for=`` of
    ``Forwarded``: the first of them that holds an address at all.

    Args:
        headers: Header lines of the client's request; names in any case.
        peer: Address of the connection itself; None over a Unix socket.

    Returns:
        Addresses joined by ``", "``, the peer's last; None when there is none.
    """
    lines = [(name.lower(), value) for name, value in headers]
    chain = (
        _addresses(_listed(lines, "x-forwarded-for"))
        or _addresses(_listed(lines, "x-real-ip"))
        or _addresses(_forwarded(lines))
    )
    if peer is not None:
        chain += _addresses([peer])
    return ", ".join(chain) or None


def _listed(lines: list[tuple[str, str]], wanted: str) -> list[str]:
    entries = ",".join(value for name, value in lines if name == wanted).split(",")
    return entries[-MAX_ADDRESSES:]


def _forwarded(lines: list[tuple[str, str]]) -> list[str]:
    joined = ",".join(value for name, value in lines if name == "forwarded")
    pairs = _FORWARDED_PAIR.finditer(joined)
    return [pair[2] for pair in pairs if pair[1].lower() == "for"][-MAX_ADDRESSES:]


def _addresses(entries: Iterable[str]) -> list[str]:
    return list(_parsed(entries))


def _parsed(entries: Iterable[str]) -> Iterator[str]:
    for entry in entries:
        address = _address(entry.strip())
        if address is not None:
            yield address


@lru_cache(maxsize=1024)
def _address(entry: str) -> str | None:
    """Read ``ip``, ``ip:port``, ``[v6]`` or ``[v6]:port``, quoted or not."""
    if len(entry) > 1 and entry[0] == entry[-1] == '"':
        entry = entry[1:-1]
    if entry.startswith("["):
        host, closed, port = entry[1:].partition("]")
        return _v6(host) if closed and (not port or _PORT.fullmatch(port)) else None
    host, colon, port = entry.partition(":")
    if not colon:
        return _v4(host)
    if "." in host:
        return _v4(host) if _PORT.fullmatch(colon + port) else None
    return _v6(entry)


def _v4(text: str) -> str | None:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return None


def _v6(text: str) -> str | None:
    try:
        # A zone names an interface of the machine that wrote it and means nothing elsewhere.
        address = IPv6Address(text.partition("%")[0])
    except AddressValueError:
        return None
    return str(address.ipv4_mapped or address)
