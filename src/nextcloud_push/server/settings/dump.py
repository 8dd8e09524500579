"""The settings as an admin reads them: every value with its source, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from nextcloud_push.server.settings.load import ConfigSource, Values
from nextcloud_push.server.settings.model import ListenAddress, Redis, Settings

__all__ = ["Entry", "as_json", "as_text", "entries"]

MASK: Final = "***"

_SECRETS: Final = {"password"}
_DATABASE_KEYS: Final = {
    "kind": "dbtype",
    "host": "dbhost",
    "socket": "dbhost",
    "port": "dbport",
    "user": "dbuser",
    "password": "dbpassword",
    "name": "dbname",
    "path": "datadirectory",
    "prefix": "dbtableprefix",
}
_REDIS_KEYS: Final = ("notify_push_redis", "redis.cluster", "redis")


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting as it is shown.

    Args:
        name: E.g. ``database.host``.
        value: As JSON could hold it; a secret is masked already.
        source: The flag, the variable, file and line, or ``default``.
    """

    name: str
    value: Any
    source: str


def entries(settings: Settings, values: Values, config: ConfigSource | None) -> Iterator[Entry]:
    """Every setting in the order of the documentation; those that are not set are left out."""
    yield from _database(settings, values, config)
    yield from _redis(settings.redis, values, config)
    yield from _nextcloud(settings, values, config)
    yield from _listener("listen", settings.listen, values, "port", "socket_path")
    if settings.metrics is not None:
        yield from _listener(
            "metrics", settings.metrics, values, "metrics_port", "metrics_socket_path"
        )
    yield Entry("log.level", settings.log_spec, values.source("log_level"))
    yield Entry("log.format", settings.log_format, values.source("log_format"))
    yield Entry("log.colours", settings.ansi, values.source("no_ansi"))
    for name in (
        "max_debounce_time",
        "max_connection_time",
        "max_connections_per_user",
        "mapping_cache_size",
    ):
        yield Entry(name, getattr(settings, name), values.source(name))
    yield Entry(
        "debounce", settings.debounce, "default" if settings.debounce else "DEBOUNCE_DISABLE"
    )


def as_text(shown: Iterator[Entry]) -> str:
    """One line for each setting: name, value, source."""
    rows = [(entry.name, _readable(entry.value), entry.source) for entry in shown]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{name:{widths[0]}}  {value:{widths[1]}}  ({source})" for name, value, source in rows]
    return "\n".join(lines)


def as_json(shown: Iterator[Entry]) -> str:
    """An object with value and source for each setting."""
    made = {entry.name: {"value": entry.value, "source": entry.source} for entry in shown}
    return json.dumps(made, indent=2, ensure_ascii=False)


def _database(settings: Settings, values: Values, config: ConfigSource | None) -> Iterator[Entry]:
    source = values.sources.get("database_url")
    for field in fields(settings.database):
        value = getattr(settings.database, field.name)
        if value in (None, {}):
            continue
        found = source
        if field.name == "prefix":
            found = values.sources.get("database_prefix")
        if found is None and config is not None and (source is None or field.name == "prefix"):
            tls = "pgsql_ssl" if settings.database.kind == "postgres" else "dbdriveroptions"
            found = config.source(_DATABASE_KEYS.get(field.name, tls))
            if found is None and field.name == "port":
                found = config.source("dbhost")
        yield Entry(f"database.{field.name}", _plain(field.name, value), found or "default")


def _redis(redis: Redis, values: Values, config: ConfigSource | None) -> Iterator[Entry]:
    source = values.sources.get("redis_url")
    if source is None and config is not None:
        source = next((found for key in _REDIS_KEYS if (found := config.source(key))), None)
    for field in fields(redis):
        value = getattr(redis, field.name)
        if value is None:
            continue
        if field.name == "nodes":
            value = [str(node) for node in value]
        elif field.name == "tls":
            value = {name: _plain(name, item) for name, item in asdict(value).items()}
        yield Entry(f"redis.{field.name}", _plain(field.name, value), source or "default")


def _nextcloud(settings: Settings, values: Values, config: ConfigSource | None) -> Iterator[Entry]:
    options = {
        "url": "nextcloud_url",
        "allow_self_signed": "allow_self_signed",
        "ca": "nextcloud_ca",
        "user_agent": "user_agent",
        "concurrency": "auth_concurrency",
    }
    for name, option in options.items():
        value = getattr(settings.nextcloud, name)
        source = values.source(option)
        if name == "url" and option not in values.sources and config is not None:
            source = config.source("overwrite.cli.url") or source
        if value is not None:
            yield Entry(f"nextcloud.{name}", _plain(name, value), source)


def _listener(
    group: str, listen: ListenAddress, values: Values, port: str, socket: str
) -> Iterator[Entry]:
    if listen.socket is not None:
        yield Entry(f"{group}.socket", str(listen.socket), values.source(socket))
        yield Entry(
            f"{group}.permissions", f"{listen.permissions:04o}", values.source("socket_permissions")
        )
        return
    yield Entry(f"{group}.bind", listen.bind or "any address", values.source("bind"))
    yield Entry(f"{group}.port", listen.port, values.source(port))
    if listen.tls_cert is not None:
        yield Entry(f"{group}.tls_cert", str(listen.tls_cert), values.source("tls_cert"))
        yield Entry(f"{group}.tls_key", str(listen.tls_key), values.source("tls_key"))


def _plain(name: str, value: Any) -> Any:
    if name in _SECRETS:
        return MASK
    return str(value) if isinstance(value, Path) else value


def _readable(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}={_readable(item)}" for name, item in value.items())
    return str(value)
