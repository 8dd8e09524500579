"""Nextcloud's tables and what tests put into them, whatever the database; and the SQLite kind."""

from __future__ import annotations

import hashlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from nextcloud_push.server.settings.model import Database

ASCII_SYMBOLS = "".join(map(chr, range(0x20, 0x7F)))
PASSWORD = ASCII_SYMBOLS + "äß€漢"
"""What the user ``nextcloud`` logs in with: every printable ASCII character, and some beyond."""

TABLES = """
CREATE TABLE {prefix}storages (
  numeric_id {id}, id VARCHAR(64), available INTEGER DEFAULT 1 NOT NULL, last_checked INTEGER
);
CREATE TABLE {prefix}mounts (
  id {id}, storage_id BIGINT NOT NULL, root_id BIGINT NOT NULL, user_id VARCHAR(64) NOT NULL,
  mount_point VARCHAR(4000) NOT NULL, mount_id BIGINT, mount_provider_class VARCHAR(128)
);
CREATE INDEX {prefix}mounts_storage_index ON {prefix}mounts (storage_id);
CREATE INDEX {prefix}mounts_root_index ON {prefix}mounts (root_id);
CREATE TABLE {prefix}filecache (
  fileid {id}, storage BIGINT DEFAULT 0 NOT NULL, path VARCHAR(4000),
  path_hash VARCHAR(32) DEFAULT '' NOT NULL, parent BIGINT DEFAULT 0 NOT NULL, name VARCHAR(250),
  mimetype BIGINT DEFAULT 0 NOT NULL, mimepart BIGINT DEFAULT 0 NOT NULL,
  size BIGINT DEFAULT 0 NOT NULL, mtime BIGINT DEFAULT 0 NOT NULL,
  storage_mtime BIGINT DEFAULT 0 NOT NULL, encrypted INTEGER DEFAULT 0 NOT NULL,
  unencrypted_size BIGINT DEFAULT 0 NOT NULL, etag VARCHAR(40), permissions INTEGER DEFAULT 0,
  checksum VARCHAR(255)
);
CREATE UNIQUE INDEX {prefix}fs_storage_path_hash ON {prefix}filecache (storage, path_hash);
"""


class NextcloudDatabase(ABC):
    """A database of one kind, with Nextcloud's tables in it.

    Args:
        id_type: How this kind declares a column that counts itself up.
    """

    def __init__(self, id_type: str) -> None:
        self._id_type = id_type
        self._roots: dict[tuple[int, str], int] = {}
        self._next_id = 1000

    @property
    @abstractmethod
    def settings(self) -> Database:
        """How the daemon reaches it."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The same as a URL."""

    @abstractmethod
    def run(self, sql: str) -> None:
        """Run statements that are separated by ``;`` and a line's end."""

    def literal(self, text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    def create_nextcloud_tables(self, prefix: str = "oc_") -> None:
        self.run(TABLES.format(prefix=prefix, id=self._id_type))

    def clear(self) -> None:
        """Leave the tables as a new Nextcloud has them."""
        self._roots.clear()
        self.run(";\n".join(f"DELETE FROM oc_{t}" for t in ("mounts", "filecache", "storages")))

    def add_mount(self, storage: int, path: str, user: str) -> int:
        """Mount this part of a storage for a user; returns the file id of the root."""
        self.add_mounts([(storage, path, user)])
        return self._roots[storage, path]

    def add_mounts(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Many at once: (storage, root path, user)."""
        files, mounts = [], []
        for storage, path, user in rows:
            if (storage, path) not in self._roots:
                self._roots[storage, path] = self._new_id()
                files.append(self._file_row(storage, path))
            root, point = self._roots[storage, path], self.literal(f"/{user}/files/{path}/")
            mounts.append(f"({self._new_id()},{storage},{root},{self.literal(user)},{point})")
        if files:
            columns = "fileid, storage, path, path_hash, name"
            self.run(f"INSERT INTO oc_filecache ({columns}) VALUES {','.join(files)}")
        columns = "id, storage_id, root_id, user_id, mount_point"
        self.run(f"INSERT INTO oc_mounts ({columns}) VALUES {','.join(mounts)}")

    def remove_mounts(self, user: str) -> None:
        """Take all of a user's mounts away."""
        self.run(f"DELETE FROM oc_mounts WHERE user_id = {self.literal(user)}")

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _file_row(self, storage: int, path: str) -> str:
        digest = hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()
        name = path.rpartition("/")[2]
        root = self._roots[storage, path]
        return (
            f"({root},{storage},{self.literal(path)},{self.literal(digest)},{self.literal(name)})"
        )


class SqliteDatabase(NextcloudDatabase):
    """A file such as Nextcloud makes: with a write-ahead log."""

    def __init__(self, path: Path) -> None:
        super().__init__("INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL")
        self.path = path
        self.run("PRAGMA journal_mode = WAL")

    @property
    def settings(self) -> Database:
        return Database(kind="sqlite", path=self.path)

    @property
    def url(self) -> str:
        return f"sqlite://{quote(str(self.path))}"

    def run(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(sql)
