"""From flags, environment and config.php to one ``Settings``, the former over the latter."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import click

from nextcloud_push.server.errors import InvalidSetting, MissingSetting
from nextcloud_push.server.settings.database_url import (
    parse_database_url,
    unknown_database_parameters,
)
from nextcloud_push.server.settings.model import (
    DEFAULT_TABLE_PREFIX,
    Database,
    ListenAddress,
    Nextcloud,
    Redis,
    Settings,
    Tls,
)
from nextcloud_push.server.settings.options import OPTIONS, Environment
from nextcloud_push.server.settings.redis_url import parse_redis_urls

__all__ = [
    "ConfigSource",
    "Values",
    "load_settings",
    "read_values",
    "values_of",
    "warnings",
    "with_dotenv",
]


class ConfigSource(Protocol):
    """A config.php, as far as it supplies settings; each raises ConfigurationError of its own."""

    def database(self) -> Database:
        """Nextcloud's database."""

    def redis(self) -> Redis:
        """Nextcloud's Redis."""

    def nextcloud_url(self) -> str:
        """Where Nextcloud is reached."""

    def table_prefix(self) -> str:
        """Prefix of Nextcloud's tables."""

    def source(self, key: str) -> str | None:
        """Where a key was set, file and line; None when it is not."""


@dataclass(frozen=True, slots=True)
class Values:
    """What flags and environment say, each value with the flag or variable it came from."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]
    debounce: bool = True

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an option, or the default."""
        return self.values.get(name, default)

    def given(self, owner: type) -> dict[str, Any]:
        """The fields of a part of the settings that an option sets."""
        return {
            option.sets[1]: self.values[option.key]
            for option in OPTIONS
            if option.key in self.values and option.sets and option.sets[0] is owner
        }

    def source(self, name: str) -> str:
        """Which flag or variable gave an option; ``default`` when none did."""
        return self.sources.get(name, "default")


def with_dotenv(environ: Mapping[str, str]) -> dict[str, str]:
    """Fill in what is not set from a ``.env`` file in the working folder or the nearest parent."""
    from dotenv import dotenv_values, find_dotenv

    try:
        path = find_dotenv(usecwd=True)
        found = dotenv_values(path) if path else {}
    except (OSError, UnicodeDecodeError):  # the working folder is gone, the file is not readable
        found = {}
    return {name: value for name, value in found.items() if value is not None} | dict(environ)


def values_of(context: click.Context) -> Values:
    """What the command line and the environment of a context say."""
    environment: Environment = context.obj
    sources = {option.key: found for option in OPTIONS if (found := option.source(context))}
    values = {name: context.params[name] for name in sources}
    return Values(values, sources, debounce="DEBOUNCE_DISABLE" not in environment())


def read_values(arguments: Sequence[str], environ: Mapping[str, str]) -> Values:
    """Read every option from a command line or else from an environment.

    Raises:
        InvalidSetting: A value does not parse; names the flag or the variable.
    """
    command = click.Command("notify_push", params=[*OPTIONS])
    return values_of(command.make_context("notify_push", [*arguments], obj=lambda: environ))


def load_settings(values: Values, config: ConfigSource | None) -> Settings:
    """Put the settings together.

    Args:
        values: What flags and environment say.
        config: The config.php, when one was named.

    Raises:
        ConfigurationError: Something does not parse, contradicts itself, or is missing.
    """
    main, metrics = _listeners(values)
    return Settings(
        database=_database(values, config),
        redis=_redis(values, config),
        nextcloud=_nextcloud(values, config),
        listen=main,
        metrics=metrics,
        ansi=not values.get("no_ansi", False),
        debounce=values.debounce,
        **values.given(Settings),
    )


def warnings(values: Values, settings: Settings) -> list[str]:
    """What an admin should know about settings that are valid and have no effect."""
    found = []
    url = values.get("database_url")
    for parameter in unknown_database_parameters(url) if url is not None else ():
        found.append(f"{values.source('database_url')}: unknown parameter {parameter!r} ignored")
    if settings.redis.tls is None and _redis_tls(values) is not None:
        found.append("the TLS options for Redis have no effect: its URL is not a rediss:// one")
    return found


def _database(values: Values, config: ConfigSource | None) -> Database:
    prefix = values.get("database_prefix")
    url = values.get("database_url")
    if url is not None:
        if prefix is None:
            prefix = config.table_prefix() if config is not None else DEFAULT_TABLE_PREFIX
        return parse_database_url(url, name=values.source("database_url"), prefix=prefix)
    if config is not None:
        database = config.database()
        return database if prefix is None else replace(database, prefix=prefix)
    raise MissingSetting(
        "No database is configured", "set DATABASE_URL or --database-url, or name a config.php"
    )


def _redis(values: Values, config: ConfigSource | None) -> Redis:
    tls = _redis_tls(values)
    urls = values.get("redis_url")
    if urls:
        return parse_redis_urls(urls, name=values.source("redis_url"), tls=tls)
    if config is not None:
        redis = config.redis()
        return redis if redis.tls is None or tls is None else replace(redis, tls=tls)
    raise MissingSetting(
        "No redis server is configured", "set REDIS_URL or --redis-url, or name a config.php"
    )


def _redis_tls(values: Values) -> Tls | None:
    cert, key = values.get("redis_tls_cert"), values.get("redis_tls_key")
    if (cert is None) != (key is None):
        given, other = ("cert", "key") if key is None else ("key", "cert")
        raise InvalidSetting(
            values.source(f"redis_tls_{given}"), f"needs --redis-tls-{other} beside it"
        )
    tls = Tls(
        ca=values.get("redis_tls_ca"),
        cert=cert,
        key=key,
        verify=not values.get("redis_tls_insecure", False),
        check_hostname=not values.get("redis_tls_dont_validate_hostname", False),
    )
    return None if tls == Tls() else tls


def _nextcloud(values: Values, config: ConfigSource | None) -> Nextcloud:
    url, source = values.get("nextcloud_url"), values.source("nextcloud_url")
    if url is None and config is not None:
        url, source = config.nextcloud_url(), "overwrite.cli.url"
    if url is None:
        raise MissingSetting(
            "No nextcloud url is configured",
            "set NEXTCLOUD_URL or --nextcloud-url, or name a config.php with overwrite.cli.url",
        )
    return Nextcloud(url=_checked_url(url, source), **values.given(Nextcloud))


def _checked_url(url: str, source: str) -> str:
    """The URL with exactly one trailing slash, without credentials."""
    try:
        parts = urlsplit(url.strip())
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        valid = valid and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise InvalidSetting(source, "is not a URL such as https://cloud.example.com")
    if parts.query or parts.fragment:
        raise InvalidSetting(source, "a Nextcloud URL has no query and no fragment")
    # A user and password in it are never sent, and must not reach a log or a dump.
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}/"


def _listeners(values: Values) -> tuple[ListenAddress, ListenAddress | None]:
    cert, key = values.get("tls_cert"), values.get("tls_key")
    if (cert is None) != (key is None):
        given, other = ("tls_cert", "--tls-key") if key is None else ("tls_key", "--tls-cert")
        raise InvalidSetting(values.source(given), f"needs {other} beside it")
    main = ListenAddress(socket=_absolute(values.get("socket_path")), **values.given(ListenAddress))
    port, socket = values.get("metrics_port"), _absolute(values.get("metrics_socket_path"))
    if port is None and socket is None:
        return main, None
    return main, replace(main, port=port or 0, socket=socket)


def _absolute(path: Path | None) -> Path | None:
    """A path that stays the same should the working folder change."""
    return Path(os.path.abspath(path)) if path is not None else None
