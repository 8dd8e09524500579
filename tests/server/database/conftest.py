from collections.abc import AsyncIterator, Callable

import pytest

from nextcloud_push.server.database import Mounts, open_database
from nextcloud_push.server.settings.database_url import parse_database_url
from nextcloud_push.server.settings.model import Database
from support.databases import database, mariadb, postgres, server, sqlite

__all__ = ["database", "mariadb", "postgres", "server", "sqlite"]

Opener = Callable[[Database | str], Mounts]


@pytest.fixture
async def open_mounts() -> AsyncIterator[Opener]:
    """Opens databases by settings or URL, and closes them after the test."""
    opened: list[Mounts] = []

    def opener(where: Database | str) -> Mounts:
        settings = parse_database_url(where, name="URL") if isinstance(where, str) else where
        opened.append(open_database(settings))
        return opened[-1]

    yield opener
    for mounts in opened:
        await mounts.close()
