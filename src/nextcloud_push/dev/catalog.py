"""Nextcloud's tables of storages, mounts and files, in an SQLite database that lives in memory.

The daemon's own SQLite backend reads them through a second connection, just as it reads those of a
real installation, so the tables have Nextcloud's names and columns.
"""

from __future__ import annotations

import hashlib
import posixpath
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Catalog", "Mount", "Node"]

_FOLDER, _OTHER = 2, 1  # rows of Nextcloud's oc_mimetypes
_SCHEMA = """
CREATE TABLE oc_storages (
    numeric_id INTEGER PRIMARY KEY AUTOINCREMENT, id VARCHAR(64) UNIQUE,
    available INTEGER NOT NULL DEFAULT 1, last_checked INTEGER);
CREATE TABLE oc_mounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, storage_id BIGINT NOT NULL, root_id BIGINT NOT NULL,
    user_id VARCHAR(64) NOT NULL, mount_point VARCHAR(4000) NOT NULL, mount_id BIGINT,
    mount_provider_class VARCHAR(128), mount_point_hash VARCHAR(32) NOT NULL);
CREATE INDEX mounts_storage_index ON oc_mounts (storage_id);
CREATE INDEX mounts_user_index ON oc_mounts (user_id);
CREATE TABLE oc_filecache (
    fileid INTEGER PRIMARY KEY AUTOINCREMENT, storage BIGINT NOT NULL DEFAULT 0,
    path VARCHAR(4000), path_hash VARCHAR(32) NOT NULL DEFAULT '',
    parent BIGINT NOT NULL DEFAULT 0, name VARCHAR(250), mimetype BIGINT NOT NULL DEFAULT 0,
    mimepart BIGINT NOT NULL DEFAULT 0, size BIGINT NOT NULL DEFAULT 0,
    mtime BIGINT NOT NULL DEFAULT 0, storage_mtime BIGINT NOT NULL DEFAULT 0,
    encrypted INTEGER NOT NULL DEFAULT 0, unencrypted_size BIGINT NOT NULL DEFAULT 0,
    etag VARCHAR(40), permissions INTEGER DEFAULT 0, checksum VARCHAR(255));
CREATE UNIQUE INDEX fs_storage_path_hash ON oc_filecache (storage, path_hash);
CREATE INDEX fs_parent_name_hash ON oc_filecache (parent, name);
"""
_COLUMNS = "fileid, storage, path, mimetype, size, mtime, etag"
_BELOW = "storage = ? AND substr(path, 1, ?) = ?"


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder of a storage.

    Args:
        id: Nextcloud's file id.
        storage: Number of the storage it lies on.
        path: Path in that storage, e.g. ``files/Documents/a.txt``.
        is_dir: Whether it is a folder.
        size: Bytes; of a folder, those of all files below it.
        mtime: Seconds since 1970.
        etag: Changes with the contents; a folder's also with what is below it.
    """

    id: int
    storage: int
    path: str
    is_dir: bool
    size: int
    mtime: int
    etag: str

    @property
    def name(self) -> str:
        """Last segment of the path."""
        return posixpath.basename(self.path)


@dataclass(frozen=True, slots=True)
class Mount:
    """A part of a storage that a user sees at ``point``."""

    user: str
    storage: int
    root: int
    point: str


class Catalog:
    """Owns the database and the only connection that writes to it.

    Attributes:
        uri: Names the database to other SQLite connections of this process (open it with
            ``uri=True``; add ``&mode=ro`` to read only). It lives as long as the catalog.
    """

    def __init__(self) -> None:
        # The memdb VFS waits for locks as files do; a shared cache (`cache=shared`) answers
        # "table is locked" at once to whoever comes second.
        self.uri = f"file:%2Fnotify_push_{secrets.token_hex(8)}?vfs=memdb"
        # One thread uses it at a time, but a test may make it in another than serves it.
        self._db = sqlite3.connect(
            self.uri, uri=True, isolation_level=None, check_same_thread=False
        )
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def add_home(self, user: str, mtime: int) -> int:
        """Make a user's home storage with an empty ``files``, mounted by nobody yet.

        Returns:
            The number of the storage.
        """
        row = self._db.execute("INSERT INTO oc_storages (id) VALUES (?)", (f"home::{user}",))
        storage = int(row.lastrowid or 0)
        self.put(storage, "", is_dir=True, size=0, mtime=mtime)
        self.put(storage, "files", is_dir=True, size=0, mtime=mtime)
        return storage

    def find(self, storage: int, path: str) -> Node | None:
        """The node at a path."""
        return self._one("storage = ? AND path_hash = ?", (storage, _hash(path)))

    def get(self, storage: int, path: str) -> Node:
        """The node at a path that must be there."""
        node = self.find(storage, path)
        if node is None:
            raise KeyError(path)
        return node

    def by_id(self, file_id: int) -> Node | None:
        """The node with a file id."""
        return self._one("fileid = ?", (file_id,))

    def children(self, node: Node) -> list[Node]:
        """What lies directly in a folder, by name."""
        return self._all("parent = ? ORDER BY name", (node.id,))

    def below(self, node: Node) -> list[Node]:
        """Everything below a folder, parents first."""
        prefix = f"{node.path}/"
        return self._all(f"{_BELOW} ORDER BY path", (node.storage, len(prefix), prefix))

    def parents(self, node: Node) -> list[Node]:
        """The folders above a node, from the nearest up to ``files``."""
        return self.folders_above(node.storage, node.path)

    def folders_above(self, storage: int, path: str) -> list[Node]:
        """The folders above a path, from the nearest up to ``files``."""
        found = []
        while path := posixpath.dirname(path):
            found.append(self.get(storage, path))
        return found

    def put(self, storage: int, path: str, *, is_dir: bool, size: int, mtime: int) -> Node:
        """Add a node or change the one that is there; it keeps its file id."""
        with self._transaction():
            parent = self.find(storage, posixpath.dirname(path)) if path else None
            before = self.find(storage, path)
            self._db.execute(
                "INSERT INTO oc_filecache (storage, path, path_hash, parent, name, mimetype,"
                " mimepart, size, mtime, storage_mtime, etag, permissions)"
                " VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 31)"
                " ON CONFLICT (storage, path_hash) DO UPDATE SET size = excluded.size,"
                " mtime = excluded.mtime, storage_mtime = excluded.mtime, etag = excluded.etag",
                (
                    storage,
                    path,
                    _hash(path),
                    parent.id if parent else -1,
                    posixpath.basename(path),
                    _FOLDER if is_dir else _OTHER,
                    size,
                    mtime,
                    mtime,
                    secrets.token_hex(16),
                ),
            )
            self._touch_above(storage, path, size - (before.size if before else 0))
        return self.get(storage, path)

    def move(self, node: Node, storage: int, path: str) -> Node:
        """Give a node, and what is below it, another place; all keep their file ids."""
        with self._transaction():
            moved = [
                (path, node),
                *((path + n.path[len(node.path) :], n) for n in self.below(node)),
            ]
            for new_path, item in moved:
                parent = self.get(storage, posixpath.dirname(new_path))
                self._db.execute(
                    "UPDATE oc_filecache SET storage = ?, path = ?, path_hash = ?, name = ?,"
                    " parent = ? WHERE fileid = ?",
                    (
                        storage,
                        new_path,
                        _hash(new_path),
                        posixpath.basename(new_path),
                        parent.id,
                        item.id,
                    ),
                )
            self._touch_above(node.storage, node.path, -node.size)
            self._touch_above(storage, path, node.size)
        return self.get(storage, path)

    def remove(self, node: Node) -> list[int]:
        """Forget a node and what is below it.

        Returns:
            The file ids that are gone.
        """
        with self._transaction():
            gone = [node.id, *(item.id for item in self.below(node))]
            self._db.executemany(
                "DELETE FROM oc_filecache WHERE fileid = ?", [(file_id,) for file_id in gone]
            )
            self._touch_above(node.storage, node.path, -node.size)
        return gone

    def set_mounts(self, user: str, mounts: Iterable[Mount]) -> None:
        """Replace the mounts of a user."""
        with self._transaction():
            self._db.execute("DELETE FROM oc_mounts WHERE user_id = ?", (user,))
            self._db.executemany(
                "INSERT INTO oc_mounts (storage_id, root_id, user_id, mount_point,"
                " mount_point_hash) VALUES (?, ?, ?, ?, ?)",
                [(m.storage, m.root, m.user, m.point, _hash(m.point)) for m in mounts],
            )

    def _touch_above(self, storage: int, path: str, growth: int) -> None:
        """New etags and sizes for the folders above a path: how clients find what changed."""
        while path:
            path = posixpath.dirname(path)
            self._db.execute(
                "UPDATE oc_filecache SET etag = ?, size = size + ?"
                " WHERE storage = ? AND path_hash = ?",
                (secrets.token_hex(16), growth, storage, _hash(path)),
            )

    def _one(self, where: str, values: tuple[object, ...]) -> Node | None:
        found = self._all(where, values)
        return found[0] if found else None

    def _all(self, where: str, values: tuple[object, ...]) -> list[Node]:
        query = f"SELECT {_COLUMNS} FROM oc_filecache WHERE {where}"  # noqa: S608 - constants
        return [
            Node(row[0], row[1], row[2], row[3] == _FOLDER, *row[4:])
            for row in self._db.execute(query, values)
        ]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _hash(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
