"""Every setting as an option of click: a flag, a variable, a type, and where its value goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

import click

from nextcloud_push.server.errors import InvalidSetting
from nextcloud_push.server.settings import types
from nextcloud_push.server.settings.model import Database, ListenAddress, Nextcloud, Settings

__all__ = ["OPTIONS", "Environment", "Setting"]

Environment = Callable[[], Mapping[str, str]]
"""Gives the variables: the ``obj`` of the context that settings are read in."""


class Setting(click.Option):
    """A setting: what the command line says, else what the environment says.

    Args:
        flags: How the command line names it, the long form last.
        variable: How the environment names it.
        type: What its text may be.
        sets: The part of the settings that has it as a field, and the field's name; its default
            is the one that is shown.
        metavar: What ``--help`` calls the value.
        multiple: It may be given several times on the command line.
        help: Sentences for ``--help``.
    """

    sets: tuple[type, str] | None

    def __init__(
        self,
        *flags: str,
        variable: str,
        help: str,
        type: click.ParamType[Any] = click.STRING,
        sets: tuple[type, str] | None = None,
        metavar: str | None = None,
        multiple: bool = False,
    ) -> None:
        self.sets = sets
        self.variable = variable
        switch = isinstance(type, click.types.BoolParamType)
        super().__init__(
            flags,
            type=type,
            is_flag=switch,
            envvar=variable,
            show_envvar=True,
            default=None if switch or sets is None else _default(*sets),
            show_default=not switch,
            metavar=metavar,
            multiple=multiple,
            help=help,
        )

    @property
    def flag(self) -> str:
        """The long form of the flag."""
        return self.opts[-1]

    def source(self, ctx: click.Context) -> str | None:
        """The flag or variable that gives the value; None when neither does."""
        match ctx.get_parameter_source(self.key):
            case click.core.ParameterSource.COMMANDLINE:
                return self.flag
            case click.core.ParameterSource.ENVIRONMENT:
                return self.variable
            case _:
                return None

    @property
    def key(self) -> str:
        """Its key among the values read."""
        assert self.name is not None
        return self.name

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """The variable's value where the context has it; an empty one is an unset one."""
        if ctx.resilient_parsing:  # completing a line needs no .env file
            return None
        environment: Environment = ctx.obj
        return environment().get(self.variable) or None

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Read the value.

        Raises:
            InvalidSetting: It cannot be used; names what the admin used.
        """
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter as error:
            raise InvalidSetting(self.source(ctx) or self.flag, error.message) from None


def _default(owner: type, name: str) -> str | None:
    """The default of a field as an admin writes it; None where there is none to be shown."""
    (value,) = (field.default for field in fields(owner) if field.name == name)
    if value is None:
        return None
    if name == "permissions":
        return f"{value:04o}"
    return f"{value:g}" if isinstance(value, float) else str(value)


# fmt: off
OPTIONS: Final = (
    Setting("--database-url", variable="DATABASE_URL", metavar="URL",
            help="Nextcloud's database: postgres://, mysql:// or sqlite://."),
    Setting("--database-prefix", variable="DATABASE_PREFIX", type=types.PREFIX,
            sets=(Database, "prefix"), help="Prefix of Nextcloud's tables."),
    Setting("--redis-url", variable="REDIS_URL", type=types.URLS, metavar="URL", multiple=True,
            help="Redis: redis://, rediss://, unix:// or sentinel://; several make a cluster."),
    Setting("--redis-tls-cert", variable="REDIS_TLS_CERT", type=types.FILE,
            help="Client certificate for Redis."),
    Setting("--redis-tls-key", variable="REDIS_TLS_KEY", type=types.FILE,
            help="Private key of that certificate."),
    Setting("--redis-tls-ca", variable="REDIS_TLS_CA", type=types.FILE,
            help="Certificates to trust Redis by."),
    Setting("--redis-tls-dont-validate-hostname", variable="REDIS_TLS_DONT_VALIDATE_HOSTNAME",
            type=types.SWITCH, help="Accept a trusted certificate of Redis for another name."),
    Setting("--redis-tls-insecure", variable="REDIS_TLS_INSECURE", type=types.SWITCH,
            help="Accept any certificate of Redis."),
    Setting("--nextcloud-url", variable="NEXTCLOUD_URL", metavar="URL",
            help="Where Nextcloud is reached; without it overwrite.cli.url of config.php."),
    Setting("--nextcloud-ca", variable="NEXTCLOUD_CA", type=types.FILE, sets=(Nextcloud, "ca"),
            help="Further certificates to trust Nextcloud by."),
    Setting("--allow-self-signed", variable="ALLOW_SELF_SIGNED", type=types.TRUE_ALONE,
            sets=(Nextcloud, "allow_self_signed"), help="Accept any certificate of Nextcloud."),
    Setting("--auth-concurrency", variable="AUTH_CONCURRENCY", type=types.WholeNumber(1, 10_000),
            sets=(Nextcloud, "concurrency"), metavar="N", help="Requests to Nextcloud at a time."),
    Setting("--user-agent", variable="USER_AGENT", type=types.HEADER,
            sets=(Nextcloud, "user_agent"), help="Name sent with requests to Nextcloud."),
    Setting("-p", "--port", variable="PORT", type=types.PORT, sets=(ListenAddress, "port"),
            metavar="PORT", help="Port to listen on; 0 picks a free one."),
    Setting("--bind", variable="BIND", sets=(ListenAddress, "bind"), metavar="ADDRESS",
            help="Address to listen on; without it :: for IPv6 and IPv4, or 0.0.0.0."),
    Setting("--socket-path", variable="SOCKET_PATH", type=types.FILE,
            help="Listen on this Unix socket instead."),
    Setting("--socket-permissions", variable="SOCKET_PERMISSIONS", type=types.FILE_MODE,
            sets=(ListenAddress, "permissions"), help="Octal mode of Unix sockets."),
    Setting("--tls-cert", variable="TLS_CERT", type=types.FILE, sets=(ListenAddress, "tls_cert"),
            help="Certificate: serve TLS."),
    Setting("--tls-key", variable="TLS_KEY", type=types.FILE, sets=(ListenAddress, "tls_key"),
            help="Private key of that certificate."),
    Setting("-m", "--metrics-port", variable="METRICS_PORT", type=types.PORT, metavar="PORT",
            help="Serve metrics on this port."),
    Setting("--metrics-socket-path", variable="METRICS_SOCKET_PATH", type=types.FILE,
            help="Serve metrics on this Unix socket."),
    Setting("--log-level", variable="LOG", type=types.LOG_LEVEL, sets=(Settings, "log_spec"),
            help="One of error, warn, info, debug, trace and off, or module=level,…"),
    Setting("--log-format", variable="LOG_FORMAT", type=click.Choice(["text", "json"]),
            sets=(Settings, "log_format"), help="How a line of the log is written."),
    Setting("--no-ansi", variable="NO_ANSI", type=types.SWITCH, help="No colours in the log."),
    Setting("--max-debounce-time", variable="MAX_DEBOUNCE_TIME", type=types.SECONDS,
            sets=(Settings, "max_debounce_time"), metavar="SECONDS",
            help="Longest time between two file messages to a client."),
    Setting("--max-connection-time", variable="MAX_CONNECTION_TIME", type=types.SECONDS,
            sets=(Settings, "max_connection_time"), metavar="SECONDS",
            help="Close connections after this time; 0 for never."),
    Setting("--max-connections-per-user", variable="MAX_CONNECTIONS_PER_USER",
            type=types.WholeNumber(1, 1_000_000), sets=(Settings, "max_connections_per_user"),
            metavar="N", help="Connections a user may have at a time."),
    Setting("--mapping-cache-size", variable="MAPPING_CACHE_SIZE",
            type=types.WholeNumber(1, 100_000_000), sets=(Settings, "mapping_cache_size"),
            metavar="N", help="Storages whose mounts are kept in memory."),
    Setting("--glob-config", variable="GLOB_CONFIG", type=types.SWITCH,
            help="Read *.config.php beside the configuration file too."),
    Setting("--config-via-php", variable="CONFIG_VIA_PHP", type=types.SWITCH,
            help="Have php read the configuration file."),
)
"""Every setting except ``DEBOUNCE_DISABLE``, which is one by being set at all."""
# fmt: on
