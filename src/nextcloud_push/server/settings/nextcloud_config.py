"""What Nextcloud's own configuration says about database, Redis and URL, as settings."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, get_args

from nextcloud_push.server.errors import MissingSetting
from nextcloud_push.server.settings.database_url import check_table_prefix
from nextcloud_push.server.settings.model import DEFAULT_TABLE_PREFIX, Database, SslMode
from nextcloud_push.server.settings.model import Redis as RedisSettings
from nextcloud_push.server.settings.nextcloud_file import ConfigFile
from nextcloud_push.server.settings.nextcloud_keys import Keys
from nextcloud_push.server.settings.nextcloud_redis import read_redis

__all__ = ["MYSQL_SOCKETS", "NextcloudConfig"]

MYSQL_SOCKETS: Final = (
    "/var/run/mysqld/mysqld.sock",
    "/run/mysqld/mysqld.sock",
    "/tmp/mysql.sock",  # noqa: S108 - where MySQL itself puts it on some systems
    "/run/mysql/mysql.sock",
)
"""Where MySQL's ``localhost`` may be listening."""

_HOST_AND_REST: Final = re.compile(r"(.*):([^\]:]+)", re.DOTALL)
_BRACKETS: Final = re.compile(r"\[([^\]]+)\](?::(\d+))?")
_POSTGRES_SOCKET: Final = re.compile(r"(.*)/\.s\.PGSQL\.(\d+)")

# PDO::MYSQL_ATTR_SSL_…
_MYSQL_KEY, _MYSQL_CERT, _MYSQL_CA, _MYSQL_VERIFY = "1007", "1008", "1009", "1014"

_DSN_FILES: Final[Mapping[str, str]] = {
    "sslrootcert": "tls_ca",
    "sslcert": "tls_cert",
    "sslkey": "tls_key",
    "sslcrl": "tls_crl",
}


class NextcloudConfig:
    """A config.php as a source of settings; a value raises when it is asked for, not before.

    Args:
        config: The loaded configuration.
    """

    def __init__(self, config: ConfigFile) -> None:
        self._config = config

    def source(self, key: str) -> str | None:
        """Where a key was set: file and line, or a variable; None when it is not."""
        return self._config.source(key)

    def nextcloud_url(self) -> str:
        """Where Nextcloud is reached, as ``overwrite.cli.url`` has it.

        Raises:
            ConfigFileError: It is no string, or could not be evaluated.
            MissingSetting: It is not there.
        """
        url = Keys(self._config, "NEXTCLOUD_URL").text("overwrite.cli.url")
        if url is None:
            raise MissingSetting(
                f"No nextcloud url is configured: {self._config.path} has no overwrite.cli.url",
                "set NEXTCLOUD_URL or --nextcloud-url" + self._other_files(),
            )
        return url

    def table_prefix(self) -> str:
        """Prefix of Nextcloud's tables.

        Raises:
            ConfigFileError: It is no string, or could not be evaluated.
            InvalidSetting: It is no part of an identifier.
        """
        keys = Keys(self._config, "DATABASE_PREFIX")
        if not keys.has("dbtableprefix"):
            return DEFAULT_TABLE_PREFIX
        prefix = keys.text("dbtableprefix") or ""
        check_table_prefix(prefix, name="dbtableprefix")
        return prefix

    def redis(self) -> RedisSettings:
        """Where Redis is.

        Raises:
            ConfigFileError: A value is of the wrong type, or could not be evaluated.
        """
        return read_redis(Keys(self._config, "REDIS_URL"))

    def database(self) -> Database:
        """Where Nextcloud's database is.

        Raises:
            ConfigFileError: A value is of the wrong type, or could not be evaluated.
            InvalidSetting: The table prefix is no part of an identifier.
            MissingSetting: Nothing is said about a database, but other files were not read.
        """
        keys = Keys(self._config, "DATABASE_URL")
        kind = keys.text("dbtype")
        if kind is None and self._config.unread and not keys.has("dbname"):
            raise MissingSetting(
                f"No database is configured: {self._config.path} has no dbtype",
                "set DATABASE_URL or --database-url" + self._other_files(),
            )
        if kind in (None, "sqlite", "sqlite3"):
            return self._sqlite(keys)
        if kind not in ("mysql", "pgsql"):
            raise keys.error("dbtype", f"names the unsupported database type {kind!r}")
        database = Database(
            kind="mysql" if kind == "mysql" else "postgres",
            user=keys.text("dbuser"),
            password=keys.secret("dbpassword"),
            name=keys.text("dbname") or "owncloud",
            prefix=self.table_prefix(),
        )
        return _mysql(keys, database) if kind == "mysql" else _postgres(keys, database)

    def _sqlite(self, keys: Keys) -> Database:
        folder = keys.text("datadirectory")
        data = Path(folder) if folder is not None else self._config.path.parent.parent / "data"
        name = keys.text("dbname") or "owncloud"
        return Database(kind="sqlite", path=data / f"{name}.db", prefix=self.table_prefix())

    def _other_files(self) -> str:
        """The advice to read the other files too, when there are any."""
        if not self._config.unread:
            return ""
        files = "file" if self._config.unread == 1 else "files"
        return (
            f", or try --glob-config: {self._config.unread} {files} *.{self._config.path.name}"
            " beside it would be read too"
        )


def _mysql(keys: Keys, database: Database) -> Database:
    database = _with_port(keys, _with_place(database, keys.text("dbhost") or "localhost"))
    if database.host == "localhost" and database.port is None:
        socket = next((path for path in MYSQL_SOCKETS if os.path.exists(path)), None)
        if socket is not None:
            database = replace(database, host=None, socket=socket)
    options = keys.array("dbdriveroptions")
    return database if options is None else _with_mysql_tls(options, database)


def _with_mysql_tls(options: Keys, database: Database) -> Database:
    if not any(options.has(key) for key in (_MYSQL_KEY, _MYSQL_CERT, _MYSQL_CA)):
        return database  # PHP uses TLS only when one of them is given
    ca = options.file(_MYSQL_CA)
    verify = options.flag(_MYSQL_VERIFY)
    mode: SslMode = "verify-ca" if ca is not None else "require"
    if verify is not None:
        mode = "verify-full" if verify else "require"
    return replace(
        database,
        sslmode=mode,
        tls_ca=ca,
        tls_cert=options.file(_MYSQL_CERT),
        tls_key=options.file(_MYSQL_KEY),
    )


def _postgres(keys: Keys, database: Database) -> Database:
    host, *parameters = (keys.text("dbhost") or "").split(";")
    if host:
        database = _with_place(database, host)
    if database.socket is not None and (match := _POSTGRES_SOCKET.fullmatch(database.socket)):
        database = replace(database, socket=match[1] or "/", port=int(match[2]))
    database = _with_port(keys, database)
    if (tls := keys.array("pgsql_ssl")) is not None:
        database = replace(
            database,
            sslmode=_ssl_mode(tls, "mode", tls.text("mode")),
            tls_ca=tls.file("rootcert"),
            tls_cert=tls.file("cert"),
            tls_key=tls.file("key"),
            tls_crl=tls.file("crl"),
        )
    return replace(database, **_parameters(keys, parameters))


def _parameters(keys: Keys, parameters: list[str]) -> dict[str, Any]:
    """What follows the host behind ``;``, as in PDO's own notation."""
    changes: dict[str, Any] = {}
    for parameter in filter(None, map(str.strip, parameters)):
        name, _, text = (part.strip() for part in parameter.partition("="))
        if name == "sslmode":
            changes["sslmode"] = _ssl_mode(keys, "dbhost", text)
        elif name in _DSN_FILES:
            changes[_DSN_FILES[name]] = Path(text)
        elif name == "dbname":
            changes["name"] = text
        elif name == "port":
            changes["port"] = _port(keys, "dbhost", text)
        elif name in ("user", "password"):
            changes[name] = text
        elif name == "options":
            changes["options"] = dict(re.findall(r"-c\s*([\w.]+)=((?:\\.|[^\s\\])*)", text))
    return changes


def _ssl_mode(keys: Keys, key: str, text: str | None) -> SslMode | None:
    for mode in get_args(SslMode):
        if text == mode:
            return mode  # type: ignore[no-any-return]  # get_args forgets the types
    if text is None:
        return None
    raise keys.error(
        key, f"names an unknown sslmode, expected one of {', '.join(get_args(SslMode))}"
    )


def _with_place(database: Database, host: str) -> Database:
    """Split what ``dbhost`` says into host, port and socket, as Nextcloud does."""
    if (match := _BRACKETS.fullmatch(host)) is not None:
        return replace(database, host=match[1], port=int(match[2]) if match[2] else None)
    if _is_ipv6(host):
        return replace(database, host=host)
    match = _HOST_AND_REST.fullmatch(host)
    name, rest = match.groups() if match is not None else (host, None)
    port = int(rest) if rest is not None and rest.isascii() and rest.isdigit() else None
    if host.startswith("/"):
        # A folder of sockets may be followed by the port in the socket's name.
        return replace(database, socket=host if port is None else name, port=port)
    if rest is not None and port is None:
        return replace(database, socket=rest)
    return replace(database, host=name or "localhost", port=port)


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _with_port(keys: Keys, database: Database) -> Database:
    port = keys.integer("dbport", most=65535)
    if not port or (database.socket is not None and database.port is not None):
        return database
    if database.kind == "mysql" and database.socket is not None:
        return database
    return replace(database, port=port)


def _port(keys: Keys, key: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise keys.error(key, "names a port that is no number from 1 to 65535")
    return int(text)
