"""Read a database URL, also one whose password was pasted in without percent-encoding.

    postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=/etc/ca.pem
    mysql://USER:PASSWORD@HOST:PORT/DATABASE?ssl-mode=REQUIRED&ssl-ca=/etc/ca.pem
    sqlite:///srv/nextcloud/data/owncloud.db

No part of a URL is ever quoted in an error unless it cannot be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from nextcloud_push.server.errors import InvalidSetting
from nextcloud_push.server.settings.model import (
    DEFAULT_TABLE_PREFIX,
    TABLE_PREFIX,
    Database,
    DatabaseKind,
    SslMode,
)

__all__ = ["check_table_prefix", "parse_database_url", "unknown_database_parameters"]

_SCHEMES: Final[Mapping[str, DatabaseKind]] = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}

_SSL_MODES: Final[Mapping[str, SslMode]] = {
    "disable": "disable",
    "disabled": "disable",
    "allow": "allow",
    "prefer": "prefer",
    "preferred": "prefer",
    "require": "require",
    "required": "require",
    "verify-ca": "verify-ca",
    "verify-full": "verify-full",
    "verify-identity": "verify-full",
}
"""PostgreSQL's and MySQL's names; MySQL's in lower case, with ``-`` for ``_``."""

_TLS_FILES: Final[Mapping[str, str]] = {
    "sslrootcert": "tls_ca",
    "ssl-root-cert": "tls_ca",
    "ssl-ca": "tls_ca",
    "sslca": "tls_ca",
    "sslcert": "tls_cert",
    "ssl-cert": "tls_cert",
    "sslkey": "tls_key",
    "ssl-key": "tls_key",
    "sslcrl": "tls_crl",
    "ssl-crl": "tls_crl",
}
_SSL_MODE_NAMES: Final = ("sslmode", "ssl-mode")
_POSTGRES_PARAMETERS: Final = (
    "application_name", "dbname", "host", "hostaddr", "options", "password", "port", "user"
)  # fmt: skip
_MYSQL_PARAMETERS: Final = ("charset", "collation", "socket", "time-zone", "timezone")
_OPTION: Final = re.compile(r"options\[(\w+(?:\.\w+)?)\]", re.ASCII)

# What follows the user and password when the URL is as it should be.
_HOST: Final = (
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+(?:%[\w.%-]+)?)\]|(?P<host>(?:[\w.~-]|%[0-9A-Fa-f]{2})*))"
)
_PLACE: Final = re.compile(
    rf"{_HOST}(?::(?P<port>[0-9]*))?(?:/+(?P<name>[^/?#@]*)/?)?(?:\?(?P<query>[^#]*))?"
)


def parse_database_url(url: str, *, name: str, prefix: str = DEFAULT_TABLE_PREFIX) -> Database:
    """Turn a database URL into settings.

    Parameters that are not known are ignored, since a URL may be shared with other software;
    ``unknown_database_parameters`` names them for the log.

    Args:
        url: The URL; space around it is ignored.
        name: The flag or variable it came from, for errors.
        prefix: Prefix of Nextcloud's tables.

    Raises:
        InvalidSetting: The URL is none that can be used.
    """
    check_table_prefix(prefix, name="the table prefix")
    kind, rest = _split_scheme(url, name)
    if kind == "sqlite":
        return _sqlite(rest, name, prefix)
    parts = _split(rest, _known(kind))
    if parts is None:
        raise InvalidSetting(
            name,
            f"not a valid {kind} URL: expected {kind}://USER:PASSWORD@HOST:PORT/DATABASE, with "
            "special characters of the password percent-encoded (@ as %40, / as %2F)",
        )
    database = _authority(kind, parts, name, prefix)
    database = _with_parameters(database, dict(parts.query), name)
    for text in (database.host, database.socket, database.user, database.password, database.name):
        _refuse_nul(text, name)
    if kind == "mysql" and not database.name:
        raise InvalidSetting(name, "names no database: mysql://USER:PASSWORD@HOST/DATABASE")
    return database


def unknown_database_parameters(url: str) -> list[str]:
    """The names of parameters that ``parse_database_url`` ignores, without their values."""
    scheme, _, rest = url.strip().partition("://")
    kind = _SCHEMES.get(scheme.lower())
    if kind is None or kind == "sqlite":
        return []
    known = _known(kind)
    parts = _split(rest, known)
    return [key for key in parts.keys if not _is_known(key, known)] if parts else []


def check_table_prefix(prefix: str, *, name: str) -> None:
    """Refuse a prefix that is no part of an identifier, as it becomes part of a query.

    Raises:
        InvalidSetting: It holds something else than letters, digits, ``_`` and ``$``.
    """
    if not TABLE_PREFIX.fullmatch(prefix):
        raise InvalidSetting(name, "only ASCII letters, digits, _ and $ are allowed")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A URL taken apart, nothing decoded but the query."""

    user_info: str | None
    host: str
    port: str | None
    name: str
    query: list[tuple[str, str]]

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.query]


def _split_scheme(url: str, name: str) -> tuple[DatabaseKind, str]:
    scheme, separator, rest = url.strip().partition("://")
    kind = _SCHEMES.get(scheme.lower()) if separator else None
    if kind is None:
        raise InvalidSetting(
            name, "must begin with postgres://, postgresql://, mysql://, mariadb:// or sqlite://"
        )
    return kind, rest


def _sqlite(rest: str, name: str, prefix: str) -> Database:
    path = _decode(rest.partition("?")[0])
    if not path:
        raise InvalidSetting(name, "names no file: sqlite:///path/to/the.db")
    _refuse_nul(path, name)
    if path.startswith("//"):
        path = "/" + path.lstrip("/")  # POSIX leaves the meaning of two leading slashes open
    return Database(kind="sqlite", path=Path(path), prefix=prefix)


def _split(rest: str, known: frozenset[str]) -> _Parts | None:
    """Take apart what follows ``scheme://``; None when no reading makes sense.

    First as the standard says: all before the first ``/``, ``?`` or ``#`` is user, password and
    host. Where that makes no sense the password holds such a character; then it ends at the last
    ``@`` that a host and a database follow, or at least a host.
    """
    end = next((i for i, character in enumerate(rest) if character in "/?#"), len(rest))
    at = rest.rfind("@", 0, end)
    standard = _read(rest, at)
    if standard and (at >= 0 or "@" not in rest or all(_is_known(k, known) for k in standard.keys)):
        return standard
    readings = [_read(rest, at) for at in range(len(rest) - 1, -1, -1) if rest[at] == "@"]
    sensible = [parts for parts in readings if parts is not None]
    with_name = [parts for parts in sensible if parts.name]
    for parts in (*with_name, *sensible, standard):
        if parts is not None:
            return parts
    return _split(rest.partition("#")[0], known) if "#" in rest else None


def _read(rest: str, at: int) -> _Parts | None:
    """Read it with the ``@`` at this index (-1: none) before the host."""
    place = _PLACE.fullmatch(rest, at + 1)
    if place is None:
        return None
    query = place["query"] or ""
    if any("=" not in pair for pair in query.split("&") if pair):
        return None
    return _Parts(
        user_info=rest[:at] if at >= 0 else None,
        host=place["v6"] or place["host"],
        port=place["port"] or None,
        name=place["name"] or "",
        query=parse_qsl(query),
    )


def _authority(kind: DatabaseKind, parts: _Parts, name: str, prefix: str) -> Database:
    user, separator, password = (parts.user_info or "").partition(":")
    database = Database(
        kind=kind,
        host=_decode(parts.host) or None,
        port=_port(parts.port, name) if parts.port else None,
        user=_decode(user) or None,
        password=_decode(password) if separator else None,
        name=_decode(parts.name) or None,
        prefix=prefix,
    )
    host = database.host or ""
    return _at_socket(database, host) if host.startswith("/") else database


def _with_parameters(database: Database, query: Mapping[str, str], name: str) -> Database:
    changes: dict[str, Any] = {}
    for key, value in query.items():
        if key in _SSL_MODE_NAMES:
            changes["sslmode"] = _ssl_mode(value, f"{name} ({key})")
        elif key in _TLS_FILES:
            _refuse_nul(value, name)
            changes[_TLS_FILES[key]] = Path(value)
    database = replace(database, **changes)
    if database.kind == "postgres":
        return _with_postgres_parameters(database, query, name)
    return _with_mysql_parameters(database, query, name)


def _with_postgres_parameters(database: Database, query: Mapping[str, str], name: str) -> Database:
    changes: dict[str, Any] = {
        field: query[key]
        for key, field in (("user", "user"), ("password", "password"), ("dbname", "name"))
        if key in query
    }
    if "port" in query:
        changes["port"] = _port(query["port"], name)
    options = {
        match[1] if (match := _OPTION.fullmatch(key)) else key: value
        for key, value in query.items()
        if key in ("options", "application_name") or _OPTION.fullmatch(key)
    }
    for value in options.values():
        _refuse_nul(value, name)
    database = replace(database, **changes, options=options)
    host = query.get("host") or query.get("hostaddr")
    if host is None:
        return database
    return _at_socket(database, host) if host.startswith("/") else _at_host(database, host)


def _with_mysql_parameters(database: Database, query: Mapping[str, str], name: str) -> Database:
    charset = query.get("charset")
    if charset is not None and not re.fullmatch(r"\w+", charset, re.ASCII):
        raise InvalidSetting(f"{name} (charset)", "not the name of a character set")
    database = replace(database, charset=charset)
    return _at_socket(database, query["socket"]) if "socket" in query else database


def _at_host(database: Database, host: str) -> Database:
    return replace(database, host=host, socket=None)


def _at_socket(database: Database, path: str) -> Database:
    """Use a Unix socket: for PostgreSQL a directory, or the socket's own path inside it."""
    folder, _, port = path.rpartition("/.s.PGSQL.")
    if database.kind == "postgres" and folder and port.isascii() and port.isdigit():
        return replace(database, host=None, socket=folder, port=int(port))
    return replace(database, host=None, socket=path)


def _known(kind: DatabaseKind) -> frozenset[str]:
    """The parameters of this kind that mean something here, or only concern another driver."""
    common = {*_SSL_MODE_NAMES, *_TLS_FILES, "statement-cache-capacity"}
    if kind == "postgres":
        return frozenset(common | {*_POSTGRES_PARAMETERS})
    return frozenset(common | {*_MYSQL_PARAMETERS})


def _is_known(key: str, known: frozenset[str]) -> bool:
    return key in known or _OPTION.fullmatch(key) is not None


def _ssl_mode(value: str, name: str) -> SslMode:
    mode = _SSL_MODES.get(value.lower().replace("_", "-"))
    if mode is None:
        raise InvalidSetting(name, f"must be one of {', '.join(_SSL_MODES)}")
    return mode


def _port(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65_536):
        raise InvalidSetting(name, "the port must be a number from 1 to 65535")
    return int(text)


def _decode(text: str) -> str:
    """Undo percent-encoding; what cannot have been encoded stays as it is."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text  # a raw % that two hexadecimal digits happen to follow


def _refuse_nul(text: str | None, name: str) -> None:
    if text is not None and "\0" in text:
        raise InvalidSetting(name, "holds a NUL character")
