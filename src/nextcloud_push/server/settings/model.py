"""The daemon's settings as values: validated once, never changed afterwards.

A default stands here and nowhere else: ``--help`` shows it and the documentation is checked
against it. Secrets are left out of every ``repr``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from nextcloud_push.words.version import __version__

if TYPE_CHECKING:
    import ssl

__all__ = [
    "DEFAULT_LOG_LEVEL",
    "DEFAULT_TABLE_PREFIX",
    "TABLE_PREFIX",
    "Database",
    "DatabaseKind",
    "ListenAddress",
    "Nextcloud",
    "Redis",
    "RedisNode",
    "Settings",
    "Tls",
]

DatabaseKind = Literal["postgres", "mysql", "sqlite"]
SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
RedisMode = Literal["single", "cluster", "sentinel"]

DEFAULT_LOG_LEVEL: Final = "warn"
DEFAULT_TABLE_PREFIX: Final = "oc_"
TABLE_PREFIX: Final = re.compile(r"[A-Za-z0-9_$]{0,64}")
"""What a prefix of tables may be, as it becomes part of a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How to verify a peer, and what to show it.

    Args:
        ca: PEM file with the certificates to trust instead of the system's.
        cert: PEM file with the client certificate.
        key: PEM file with its private key.
        verify: False accepts any certificate.
        check_hostname: False accepts a trusted certificate for another name.
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    verify: bool = True
    check_hostname: bool = True

    def context(self) -> ssl.SSLContext:
        """Make the context for a client connection.

        Raises:
            OSError: A file cannot be read.
            ssl.SSLError: A file holds no certificate or key.
        """
        import ssl

        context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        if self.cert:
            context.load_cert_chain(self.cert, self.key)
        context.check_hostname = self.verify and self.check_hostname
        if not self.verify:
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where Nextcloud's database is.

    Args:
        kind: Which of the three.
        host: Host of a TCP connection; None with a socket.
        port: TCP port, or the number in the name of a PostgreSQL socket; None for the default.
        socket: Unix socket: the file for MySQL, the directory for PostgreSQL.
        user, password, name: Credentials and database; None means the driver's default.
        path: The SQLite file.
        sslmode: PostgreSQL's name for how TLS is used; None means the driver's default.
        tls_ca, tls_cert, tls_key, tls_crl: PEM files.
        options: Further PostgreSQL settings by name (``options=-c …``).
        charset: MySQL's connection character set.
        prefix: Prefix of Nextcloud's tables; letters, digits, ``_`` and ``$`` only.
    """

    kind: DatabaseKind
    host: str | None = None
    port: int | None = None
    socket: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    name: str | None = None
    path: Path | None = None
    sslmode: SslMode | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_crl: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    charset: str | None = None
    prefix: str = DEFAULT_TABLE_PREFIX


@dataclass(frozen=True, slots=True)
class RedisNode:
    """One address of Redis: a Unix socket path, or host and port."""

    host: str = "127.0.0.1"
    port: int = 6379
    socket: str | None = None

    def __str__(self) -> str:
        if self.socket is not None:
            return self.socket
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """Where Redis is, and how to log in.

    Args:
        nodes: The server; the seeds of a cluster; the sentinels.
        mode: What the nodes are.
        service: The name of the master that sentinels are asked for.
        user: ACL user; None for the default user.
        password: None for no AUTH.
        db: Database number; 0 sends no SELECT; ignored in a cluster.
        tls: None for plain TCP.
        timeout: Seconds to wait for a connection.
    """

    nodes: tuple[RedisNode, ...]
    mode: RedisMode = "single"
    service: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    db: int = 0
    tls: Tls | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Nextcloud:
    """How to call Nextcloud.

    Args:
        url: Base URL with exactly one trailing slash.
        allow_self_signed: Accept any certificate.
        ca: PEM file with certificates to trust beside the system's.
        user_agent: Sent with every request.
        concurrency: Requests under way at a time.
    """

    url: str
    allow_self_signed: bool = False
    ca: Path | None = None
    user_agent: str = f"notify_push/{__version__}"
    concurrency: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """Where to listen: a Unix socket path wins over host and port.

    Args:
        bind: Address; None means dual-stack ``::`` where IPv6 works, else ``0.0.0.0``.
        port: TCP port; 0 picks a free one.
        socket: Path of a Unix socket.
        permissions: Mode bits of the Unix socket.
        tls_cert, tls_key: PEM files; None for plain.
    """

    bind: str | None = None
    port: int = 7867
    socket: Path | None = None
    permissions: int = 0o660
    tls_cert: Path | None = None
    tls_key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the daemon is told, all of it checked."""

    database: Database
    redis: Redis
    nextcloud: Nextcloud
    listen: ListenAddress = field(default_factory=ListenAddress)
    metrics: ListenAddress | None = None
    log_spec: str = DEFAULT_LOG_LEVEL
    log_format: Literal["text", "json"] = "text"
    ansi: bool = True
    max_debounce_time: float = 15.0
    max_connection_time: float = 0.0
    max_connections_per_user: int = 64
    mapping_cache_size: int = 50_000
    debounce: bool = True
