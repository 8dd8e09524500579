"""The two questions, and how a row becomes an answer, whatever the database.

A mount's root is a row of the file cache; its path is relative to the storage, and ``""`` is the
whole of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any, ClassVar, Protocol

__all__ = ["CONNECT_TIMEOUT", "IDLE_LIFETIME", "QUERY_TIMEOUT", "Mounts", "Row", "SqlMounts"]

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection to be there, login included."""

QUERY_TIMEOUT = 10.0
"""Seconds for one query's answer."""

IDLE_LIFETIME = 300.0
"""Seconds after which an unused connection is not trusted any more: firewalls and servers drop
idle ones without a word, most of them later than this."""

IN_LIST_LIMIT = 900
"""Values in one ``IN`` list: SQLite before 3.32 takes at most 999 parameters."""

_NO_STORAGE = -1  # Nextcloud's ids are counted from 1

Row = Sequence[Any]


class Mounts(Protocol):
    """What the daemon asks of Nextcloud's database.

    Every method but ``close`` raises DatabaseError when the database is out of reach or refuses;
    the next call tries again from scratch.
    """

    async def mounts_of_storages(
        self, storages: Collection[int]
    ) -> dict[int, list[tuple[str, str]]]:
        """For each storage its (user id, root path) rows; a storage without any has ``[]``."""
        ...

    async def mounts_of_user(self, user: str) -> list[tuple[int, str]]:
        """The (storage id, root path) rows of one user."""
        ...

    async def check(self) -> None:
        """Prove by one cheap query that the database answers and has Nextcloud's tables."""
        ...

    async def close(self) -> None:
        """Let go of every connection; calling it again does no harm."""
        ...


class SqlMounts(ABC):
    """The questions as SQL; a subclass knows its database's dialect and how to fetch.

    Args:
        prefix: Prefix of Nextcloud's tables.
    """

    _quote: ClassVar[str] = '"'
    _parameter: ClassVar[str] = "?"

    def __init__(self, prefix: str) -> None:
        mounts, filecache = self._name(f"{prefix}mounts"), self._name(f"{prefix}filecache")
        self._prefix = prefix
        self._select = (
            f"SELECT storage_id, user_id, path FROM {mounts} "  # noqa: S608 - quoted right above
            f"INNER JOIN {filecache} ON root_id = fileid WHERE "
        )

    def _name(self, name: str) -> str:
        """Quote an identifier, as Nextcloud does in its own queries: case is kept."""
        return self._quote + name.replace(self._quote, self._quote * 2) + self._quote

    async def mounts_of_storages(
        self, storages: Collection[int]
    ) -> dict[int, list[tuple[str, str]]]:
        """See Mounts."""
        mounts: dict[int, list[tuple[str, str]]] = {storage: [] for storage in storages}
        for condition, parameters in self._storage_conditions(list(mounts)):
            for storage, user, path in await self._fetch(self._select + condition, parameters):
                if user is not None:
                    mounts[int(storage)].append((_text(user), _text(path)))
        return mounts

    async def mounts_of_user(self, user: str) -> list[tuple[int, str]]:
        """See Mounts."""
        rows = await self._fetch(f"{self._select}user_id = {self._parameter}", (user,))
        return [(int(storage), _text(path)) for storage, _, path in rows]

    async def check(self) -> None:
        """See Mounts."""
        await self.mounts_of_storages([_NO_STORAGE])

    def _storage_conditions(self, storages: list[int]) -> Iterator[tuple[str, Sequence[object]]]:
        """The WHERE conditions, with their parameters, that together cover the storages."""
        for start in range(0, len(storages), IN_LIST_LIMIT):
            chunk = storages[start : start + IN_LIST_LIMIT]
            yield f"storage_id IN ({','.join([self._parameter] * len(chunk))})", chunk

    @abstractmethod
    async def _fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """Run one query; every failure is a DatabaseError."""

    @abstractmethod
    async def close(self) -> None:
        """See Mounts."""


def _text(value: object) -> str:
    """A text column's value, also where a column was made binary or a root path is NULL.

    Databases that were converted from Oracle hold NULL where others hold the empty string.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
