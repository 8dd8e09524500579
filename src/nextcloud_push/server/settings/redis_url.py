"""Redis URLs: one server, a Unix socket, the nodes of a cluster, sentinels.

    redis://[user[:password]@]host[:port][/db]        valkey:// the same
    rediss://…                                        valkeys:// the same; TLS
    unix:///path?db=&user=&pass=                      redis+unix://, valkey+unix:// the same
    redis://…,host:port,redis://…                     several nodes: a cluster
    sentinel://[user[:password]@]host[:port],…/master[/db]    sentinels:// with TLS

Passwords may be percent-encoded or plain: an ``@``, ``/``, ``#`` or ``?`` in one does no harm.
No error repeats any part of a URL, since a mistyped one may hold the password anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from urllib.parse import unquote

from nextcloud_push.server.errors import InvalidSetting
from nextcloud_push.server.settings.model import Redis, RedisNode, Tls

__all__ = ["parse_redis_urls"]

_Kind = Literal["tcp", "unix", "sentinel"]

_SCHEMES: Final[dict[str, tuple[_Kind, bool]]] = {
    "redis": ("tcp", False),
    "rediss": ("tcp", True),
    "valkey": ("tcp", False),
    "valkeys": ("tcp", True),
    "unix": ("unix", False),
    "redis+unix": ("unix", False),
    "valkey+unix": ("unix", False),
    "sentinel": ("sentinel", False),
    "sentinels": ("sentinel", True),
}
"""What a scheme means: the kind of address, and whether it speaks TLS."""

_DEFAULT_PORT: Final = {"tcp": RedisNode().port, "sentinel": 26379}

_NEXT_URL: Final = re.compile(r",\s*(?=[a-z+]+://)", re.IGNORECASE)
_NODE: Final = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]+(?:%[^\]\s/]+)?)\]|(?P<name>[^\s:\[\]/?#@]+))(?::(?P<port>[0-9]{0,5}))?",
    re.IGNORECASE,
)


class _Fault(Exception):
    """What is wrong with a URL, for the error that names the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Url:
    """One URL, taken apart."""

    kind: _Kind
    tls: bool
    nodes: tuple[RedisNode, ...]
    user: str | None
    password: str | None = field(repr=False)
    db: int
    service: str | None = None
    insecure: bool = False


def parse_redis_urls(urls: Sequence[str], *, name: str, tls: Tls | None) -> Redis:
    """Make the settings that these URLs stand for.

    Args:
        urls: One, or several for a cluster; each may itself be a list with commas. Credentials
            and database are those of the first.
        name: The flag, variable or key they come from.
        tls: How to verify servers and what to show them, used by the forms that speak TLS.

    Raises:
        InvalidSetting: They make no sense, alone or together.
    """
    try:
        parsed = [_parse(part.strip()) for url in urls for part in _NEXT_URL.split(url)]
        return _combine(parsed, tls)
    except _Fault as fault:
        raise InvalidSetting(name, str(fault)) from None


def _combine(parsed: Sequence[_Url], tls: Tls | None) -> Redis:
    """Put the nodes of all URLs together."""
    if not parsed:
        raise _Fault("no URL given")
    first = parsed[0]
    if any((url.kind, url.tls) != (first.kind, first.tls) for url in parsed):
        raise _Fault("several nodes must all be given in the same form")
    nodes = tuple(node for url in parsed for node in url.nodes)
    if first.kind == "unix" and len(nodes) > 1:
        raise _Fault("several nodes cannot be Unix sockets")
    if first.tls:
        tls = tls or Tls()
        if any(url.insecure for url in parsed):
            tls = replace(tls, verify=False)
    cluster = first.kind == "tcp" and len(nodes) > 1
    service = next((url.service for url in parsed if url.service), None)
    if first.kind == "sentinel" and service is None:
        raise _Fault("the name of the master is missing: sentinel://host:26379/mymaster")
    return Redis(
        nodes=nodes,
        mode="sentinel" if first.kind == "sentinel" else "cluster" if cluster else "single",
        service=service,
        user=first.user,
        password=first.password,
        db=0 if cluster else first.db,
        tls=tls if first.tls else None,
    )


def _parse(url: str) -> _Url:
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in _SCHEMES:
        raise _Fault("a URL must begin with redis://, rediss://, unix:// or sentinel://")
    kind, tls = _SCHEMES[scheme.lower()]
    return _parse_unix(rest) if kind == "unix" else _parse_hosts(kind, tls, rest)


def _parse_unix(rest: str) -> _Url:
    credentials = ""
    if not rest.startswith("/"):  # an @ further on belongs to the path
        credentials, at, rest = rest.partition("@/")
        rest = at[1:] + rest
    path, _, query = rest.partition("?")
    path = _decode(path)
    if not path.startswith("/") or "\0" in path:
        raise _Fault("a Unix socket is given with its absolute path: unix:///run/redis.sock")
    user, password = _credentials(credentials)
    values = _query(query)
    return _Url(
        kind="unix",
        tls=False,
        nodes=(RedisNode(socket=path),),
        user=values.get("user", values.get("username")) or user,
        password=values.get("pass", values.get("password")) or password,
        db=_database(values.get("db", "")),
    )


def _parse_hosts(kind: _Kind, tls: bool, rest: str) -> _Url:
    """Take a TCP form apart from its end: nothing but the password may hold an ``@``."""
    credentials, _, location = rest.rpartition("@")
    location, _, fragment = location.partition("#")
    location, _, query = location.partition("?")
    # In `h1:1/0,h2:2/0` every node has the database.
    pieces = [piece.strip().partition("/") for piece in location.split(",") if piece.strip()]
    if not pieces:
        raise _Fault("the host is missing")
    path = next((part for _, _, tail in pieces if (part := tail.strip("/"))), "")
    service, _, db = path.partition("/") if kind == "sentinel" else ("", "", path)
    user, password = _credentials(credentials)
    return _Url(
        kind=kind,
        tls=tls,
        nodes=tuple(_node(host, _DEFAULT_PORT[kind]) for host, _, _ in pieces),
        user=user,
        password=password,
        db=_database(db or _query(query).get("db", "")),
        service=_decode(service) or None,
        insecure=fragment == "insecure",
    )


def _node(text: str, default_port: int) -> RedisNode:
    match = _NODE.fullmatch(text)
    if match is None:
        raise _Fault("a node is given as host, host:port or [IPv6 address]:port")
    port = int(match["port"]) if match["port"] else default_port
    if not 0 < port < 65536:
        raise _Fault("a port is a number from 1 to 65535")
    host = _decode(match["v6"] or match["name"])
    if not host.isprintable() or " " in host:
        raise _Fault("a host name holds characters that none can have")
    return RedisNode(host, port)


def _credentials(text: str) -> tuple[str | None, str | None]:
    """User and password; no password at all is None, an empty one counts with a user only."""
    user, colon, password = text.partition(":")
    if not colon or not (user or password):
        return _decode(user) or None, None
    return _decode(user) or None, _decode(password)


def _query(text: str) -> dict[str, str]:
    """The parameters of a query; a plus sign is one, since passwords have more of them than
    spaces."""
    pairs = (pair.partition("=") for pair in text.split("&"))
    return {key: _decode(value) for key, _, value in pairs}


def _database(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise _Fault("the database is a number, e.g. redis://host/0")
    return int(text)


def _decode(text: str) -> str:
    """Decode what is percent-encoded; what cannot be was meant as it stands."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text
