"""What the daemon is told, and from where: command line over environment over config.php."""

from notify_push.settings.model import (
    Database,
    DatabaseKind,
    Listen,
    Nextcloud,
    Redis,
    RedisNode,
    Settings,
    Tls,
)

__all__ = [
    "Database",
    "DatabaseKind",
    "Listen",
    "Nextcloud",
    "Redis",
    "RedisNode",
    "Settings",
    "Tls",
]
