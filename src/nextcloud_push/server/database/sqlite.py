"""SQLite: the file is only ever read, never created, and may be in use by Nextcloud meanwhile."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from nextcloud_push.server.database.mounts import Row, SqlMounts
from nextcloud_push.server.database.threads import SessionThreads
from nextcloud_push.server.errors import DatabaseError
from nextcloud_push.server.settings.model import DEFAULT_TABLE_PREFIX

__all__ = ["SqliteMounts"]

_BUSY_TIMEOUT = 5.0
"""Seconds to wait for a writer; only without a write-ahead log do writers hold up readers."""

_SESSIONS = 2

_NO_LOG_TO_JOIN = {sqlite3.SQLITE_READONLY_DIRECTORY, sqlite3.SQLITE_CANTOPEN}
"""What SQLite answers when it would have to create the write-ahead log's files and may not."""


class SqliteMounts(SqlMounts):
    """Nextcloud's mounts in a SQLite database.

    Args:
        uri: What SQLite is to open, e.g. ``file:name?mode=memory&cache=shared`` for a database
            that another connection of this process keeps in memory.
        prefix: Prefix of Nextcloud's tables.
        path: The file behind the URI, if there is one.
    """

    def __init__(
        self, uri: str, *, prefix: str = DEFAULT_TABLE_PREFIX, path: Path | None = None
    ) -> None:
        super().__init__(prefix)
        self._sessions = SessionThreads(
            lambda: _SqliteSession(uri, prefix, path), size=_SESSIONS, name="sqlite"
        )

    @classmethod
    def of_file(cls, path: Path, *, prefix: str = DEFAULT_TABLE_PREFIX) -> SqliteMounts:
        """Read the database in this file."""
        return cls(f"file:{quote(os.fspath(path))}?mode=ro", prefix=prefix, path=path)

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        return await self._sessions.fetch(sql, parameters)

    async def close(self) -> None:
        """See Mounts."""
        await self._sessions.close()


class _SqliteSession:
    """One connection; made anew when the file was replaced, e.g. by a restored backup."""

    def __init__(self, uri: str, prefix: str, path: Path | None) -> None:
        self._uri = uri
        self._prefix = prefix
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """See Session."""
        file = self._identity()
        try:
            return self._connected(file).execute(sql, parameters).fetchall()
        except sqlite3.Error as exc:
            self.close()
            if getattr(exc, "sqlite_errorcode", None) in _NO_LOG_TO_JOIN and self._log_is_gone():
                return self._fetch_unlocked(sql, parameters)
            raise DatabaseError(self._reason(exc)) from exc

    def close(self) -> None:
        """See Session."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self, file: tuple[int, int] | None) -> sqlite3.Connection:
        if file != self._file:
            self.close()
        if self._connection is None:
            self._connection, self._file = _connect(self._uri), file
        return self._connection

    def _identity(self) -> tuple[int, int] | None:
        """Which file the path leads to now.

        The file is not opened for this: closing it again would release, for the whole process,
        the locks that SQLite holds on it.

        Raises:
            DatabaseError: There is none, or none that may be read.
        """
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or "no valid path"
            raise DatabaseError(f"the SQLite database {self._path}: {reason}") from exc
        if self._path.is_dir():
            raise DatabaseError(f"the SQLite database {self._path} is a folder")
        if not os.access(self._path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            raise DatabaseError(f"the SQLite database {self._path} may not be read by this user")
        return status.st_dev, status.st_ino

    def _log_is_gone(self) -> bool:
        """Whether nobody has the file open: then all its content is in the file itself."""
        return self._path is not None and not Path(f"{self._path}-wal").exists()

    def _fetch_unlocked(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """Read a file with a write-ahead log where the log's files cannot be created.

        That is the case in a folder that is read-only to this process while Nextcloud is at rest
        (the last to close the database removes the log). For one query only, since nothing tells
        such a connection of a later change.
        """
        try:
            connection = _connect(f"{self._uri}&immutable=1")
            try:
                return connection.execute(sql, parameters).fetchall()
            finally:
                connection.close()
        except sqlite3.Error as exc:
            raise DatabaseError(self._reason(exc)) from exc

    def _reason(self, exc: sqlite3.Error) -> str:
        where = "the SQLite database" + (f" {self._path}" if self._path else "")
        text = str(exc)
        if "no such table" in text or "no such column" in text:
            return f"{where}: {text}; is this Nextcloud's, and its table prefix {self._prefix!r}?"
        return f"{where}: {text}"


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None)
    # Uncommitted reads matter only to a database shared in memory, where a reader would be
    # refused at once (no busy timeout applies) while another connection writes.
    connection.execute("PRAGMA read_uncommitted = 1")
    connection.execute("PRAGMA query_only = 1")
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection
