"""Nextcloud's database: who has which part of a storage mounted?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nextcloud_push.server.database.mounts import Mounts

if TYPE_CHECKING:
    from nextcloud_push.server.settings.model import Database

__all__ = ["Mounts", "open_database"]


def open_database(settings: Database) -> Mounts:
    """Make the reader for the configured kind of database.

    Does no I/O: the first question connects. Only the driver that is needed is imported, since
    the three of them together would cost a fifth of the daemon's memory.
    """
    match settings.kind:
        case "postgres":
            from nextcloud_push.server.database.postgres import PostgresMounts

            return PostgresMounts(settings)
        case "mysql":
            from nextcloud_push.server.database.mysql import MysqlMounts

            return MysqlMounts(settings)
        case "sqlite":
            from nextcloud_push.server.database.sqlite import SqliteMounts

            if settings.path is None:
                raise ValueError("a SQLite database needs a path")
            return SqliteMounts.of_file(settings.path, prefix=settings.prefix)
