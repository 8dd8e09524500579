"""What the daemon is told, and from where: command line over environment over config.php."""

from nextcloud_push.server.settings.model import (
    Database,
    DatabaseKind,
    ListenAddress,
    Nextcloud,
    Redis,
    RedisNode,
    Settings,
    Tls,
)

__all__ = [
    "Database",
    "DatabaseKind",
    "ListenAddress",
    "Nextcloud",
    "Redis",
    "RedisNode",
    "Settings",
    "Tls",
]
