"""A Nextcloud database with nothing in it but mounts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

__all__ = ["EVERYBODY", "FEW", "MANY", "PATH", "apart", "covering", "make_database", "user"]

EVERYBODY: Final = 1
"""The storage that every user has mounted, whole."""

FEW: Final = 10_000
MANY: Final = 100_000
"""Mounts of the storages that are heard of only by people who are not concerned."""

PATH: Final = "files/documents/report.txt"

_SCHEMA: Final = """
CREATE TABLE oc_mounts (storage_id INTEGER, root_id INTEGER, user_id TEXT, mount_point TEXT);
CREATE TABLE oc_filecache (fileid INTEGER PRIMARY KEY, storage INTEGER, path TEXT);
"""

_INDEXES: Final = """
CREATE INDEX mounts_storage ON oc_mounts (storage_id);
CREATE INDEX mounts_root ON oc_mounts (root_id);
CREATE INDEX mounts_user ON oc_mounts (user_id);
"""


def user(number: int) -> str:
    """The name of a user of the benchmark."""
    return f"user{number:06}"


def apart(mounts: int) -> int:
    """The storage with so many mounts, by connected users, none of which has PATH in it."""
    return 10 * mounts


def covering(mounts: int) -> int:
    """The storage with so many mounts that have PATH in them, by users who are not connected."""
    return 10 * mounts + 1


def _mounts(users: int) -> Iterator[tuple[int, str, Iterable[str]]]:
    """Storage, root and users of every root."""
    yield EVERYBODY, "", (user(number) for number in range(users))
    for mounts in (FEW, MANY):
        for number in range(mounts):
            yield apart(mounts), f"files/share{number}", (user(number % users),)
        yield covering(mounts), "files", (f"absent{number:06}" for number in range(mounts))


def make_database(path: Path, users: int) -> None:
    """Write the database.

    Args:
        path: A file that is not there yet.
        users: How many users there are that may connect.
    """
    database = sqlite3.connect(path)
    database.executescript(_SCHEMA)
    for root_id, (storage, root, users_of_root) in enumerate(_mounts(users), 1):
        database.execute("INSERT INTO oc_filecache VALUES (?, ?, ?)", (root_id, storage, root))
        database.executemany(
            "INSERT INTO oc_mounts VALUES (?, ?, ?, ?)",
            ((storage, root_id, name, f"/{name}/files/") for name in users_of_root),
        )
    database.executescript(_INDEXES)
    database.commit()
    database.close()
