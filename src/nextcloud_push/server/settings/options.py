"""Every setting with its flag and its variable: what ``--help`` shows and the environment gives.

Values arrive as text from either side and are read by the same function, so that an error names
the flag or variable that the admin used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nextcloud_push.server.logs import parse_spec

__all__ = ["OPTIONS", "Option"]

MAX_SECONDS: Final = 10 * 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Option:
    """One setting.

    Args:
        name: Its key among the values read.
        flags: How the command line names it.
        variable: How the environment names it.
        help: One line for ``--help``.
        read: Turns the text into the value; raises ValueError saying what is wrong with it.
        metavar: What ``--help`` calls the value.
        switch: It takes no value on the command line.
        repeated: It may be given several times on the command line.
    """

    name: str
    flags: tuple[str, ...]
    variable: str
    help: str
    read: Callable[[str], Any] = str
    metavar: str = "TEXT"
    switch: bool = False
    repeated: bool = False

    @property
    def flag(self) -> str:
        """The long form of the flag."""
        return self.flags[-1]


def _switch(text: str) -> bool:
    value = text.strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{text[:40]!r} is neither true nor false")


def _integer(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
            raise ValueError(f"{text[:40]!r} is not a whole number")
        if not lowest <= int(text) <= highest:
            raise ValueError(f"{int(text)} is not between {lowest} and {highest}")
        return int(text)

    return read


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a number of seconds") from None
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"{text[:40]!r} is not a time in seconds")
    return seconds


def _permissions(text: str) -> int:
    if not re.fullmatch(r"\s*(0o?)?[0-7]{1,4}\s*", text):
        raise ValueError(f"{text[:40]!r} is not an octal file mode such as 0660")
    mode = int(text.strip().removeprefix("0o"), 8)
    if mode > 0o777:
        raise ValueError(f"{text[:40]!r} is not a file mode between 0000 and 0777")
    return mode


def _path(text: str) -> Path:
    if "\0" in text:
        raise ValueError("a path cannot hold a NUL character")
    return Path(text)


def _log_spec(text: str) -> str:
    parse_spec(text)
    return text


def _log_format(text: str) -> str:
    if text not in ("text", "json"):
        raise ValueError(f"{text[:40]!r} is neither text nor json")
    return text


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_$]{0,64}", text):
        raise ValueError("may only have letters, digits, _ and $")
    return text


def _header(text: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]+", text):
        raise ValueError("may only have printable ASCII characters")
    return text


_PORT = _integer(0, 65535)

# fmt: off
OPTIONS: Final = (
    Option("database_url", ("--database-url",), "DATABASE_URL",
           "Nextcloud's database: postgres://, mysql:// or sqlite://", metavar="URL"),
    Option("database_prefix", ("--database-prefix",), "DATABASE_PREFIX",
           "Prefix of Nextcloud's tables [default: oc_]", _prefix),
    Option("redis_url", ("--redis-url",), "REDIS_URL",
           "Redis: redis://, rediss://, unix://, sentinel://; several make a cluster",
           metavar="URL", repeated=True),
    Option("redis_tls_cert", ("--redis-tls-cert",), "REDIS_TLS_CERT",
           "Client certificate for Redis", _path, "PATH"),
    Option("redis_tls_key", ("--redis-tls-key",), "REDIS_TLS_KEY",
           "Private key of that certificate", _path, "PATH"),
    Option("redis_tls_ca", ("--redis-tls-ca",), "REDIS_TLS_CA",
           "Certificates to trust Redis by", _path, "PATH"),
    Option("redis_tls_dont_validate_hostname", ("--redis-tls-dont-validate-hostname",),
           "REDIS_TLS_DONT_VALIDATE_HOSTNAME",
           "Accept a trusted certificate of Redis for another name", _switch, switch=True),
    Option("redis_tls_insecure", ("--redis-tls-insecure",), "REDIS_TLS_INSECURE",
           "Accept any certificate of Redis", _switch, switch=True),
    Option("nextcloud_url", ("--nextcloud-url",), "NEXTCLOUD_URL",
           "Where Nextcloud is reached [default: overwrite.cli.url of config.php]", metavar="URL"),
    Option("nextcloud_ca", ("--nextcloud-ca",), "NEXTCLOUD_CA",
           "Further certificates to trust Nextcloud by", _path, "PATH"),
    Option("allow_self_signed", ("--allow-self-signed",), "ALLOW_SELF_SIGNED",
           "Accept any certificate of Nextcloud", _switch, switch=True),
    Option("auth_concurrency", ("--auth-concurrency",), "AUTH_CONCURRENCY",
           "Requests to Nextcloud at a time [default: 32]", _integer(1, 10_000), "N"),
    Option("user_agent", ("--user-agent",), "USER_AGENT",
           "Sent with requests to Nextcloud [default: notify_push/VERSION]", _header),
    Option("port", ("-p", "--port"), "PORT", "Port to listen on [default: 7867]", _PORT, "PORT"),
    Option("bind", ("--bind",), "BIND",
           "Address to listen on [default: :: for IPv6 and IPv4]", metavar="ADDRESS"),
    Option("socket_path", ("--socket-path",), "SOCKET_PATH",
           "Listen on this Unix socket instead", _path, "PATH"),
    Option("socket_permissions", ("--socket-permissions",), "SOCKET_PERMISSIONS",
           "Octal mode of Unix sockets [default: 0660]", _permissions, "MODE"),
    Option("tls_cert", ("--tls-cert",), "TLS_CERT",
           "Certificate: serve TLS", _path, "PATH"),
    Option("tls_key", ("--tls-key",), "TLS_KEY",
           "Private key of that certificate", _path, "PATH"),
    Option("metrics_port", ("-m", "--metrics-port"), "METRICS_PORT",
           "Serve metrics on this port", _PORT, "PORT"),
    Option("metrics_socket_path", ("--metrics-socket-path",), "METRICS_SOCKET_PATH",
           "Serve metrics on this Unix socket", _path, "PATH"),
    Option("log_level", ("--log-level",), "LOG",
           "error, warn, info, debug, trace, off, or module=level,… [default: warn]",
           _log_spec, "LEVEL"),
    Option("log_format", ("--log-format",), "LOG_FORMAT",
           "text or json [default: text]", _log_format, "FORMAT"),
    Option("no_ansi", ("--no-ansi",), "NO_ANSI", "No colours in the log", _switch, switch=True),
    Option("max_debounce_time", ("--max-debounce-time",), "MAX_DEBOUNCE_TIME",
           "Longest time between two file messages to a client [default: 15]",
           _seconds, "SECONDS"),
    Option("max_connection_time", ("--max-connection-time",), "MAX_CONNECTION_TIME",
           "Close connections after this time; 0 for never [default: 0]", _seconds, "SECONDS"),
    Option("max_connections_per_user", ("--max-connections-per-user",),
           "MAX_CONNECTIONS_PER_USER",
           "Connections a user may have at a time [default: 64]", _integer(1, 1_000_000), "N"),
    Option("mapping_cache_size", ("--mapping-cache-size",), "MAPPING_CACHE_SIZE",
           "Storages whose mounts are kept in memory [default: 50000]",
           _integer(1, 100_000_000), "N"),
    Option("glob_config", ("--glob-config",), "GLOB_CONFIG",
           "Read *.config.php beside the configuration file too", _switch, switch=True),
    Option("config_via_php", ("--config-via-php",), "CONFIG_VIA_PHP",
           "Have php read the configuration file", _switch, switch=True),
)
"""Every setting except ``DEBOUNCE_DISABLE``, which is one by being set at all."""
# fmt: on
