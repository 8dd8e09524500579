"""Which users have which part of a storage mounted, as far as it is known, without any I/O.

A storage's mounts are kept as ``{root path: users}``. An event walks its path and the ancestors
(a handful of look-ups) and meets those of the users who are connected, so that it costs its depth
and its receivers, not the mounts.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final, Protocol, cast

from nextcloud_push.server.routing.load_queue import LoadQueue

__all__ = ["CACHE_TIME", "Audience", "Presence", "StorageAccess", "StorageMapping", "ancestors"]

CACHE_TIME: Final = (240.0, 300.0)
"""Seconds a mapping is fresh: drawn from this range, so that expiries spread."""

USERS_KEPT: Final = 4096
"""Users whose mounts were asked for lately; a mapping older than all of them is loaded anew."""

_DISTRUSTED: Final = float("-inf")
"""When a mapping expired that may lack changes: it counts only while the database is away."""

_NOBODY: Final[frozenset[str]] = frozenset()


class Presence(Protocol):
    """The set of connected users, and how it changes."""

    version: int

    def __contains__(self, user: object) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def changes_since(self, version: int) -> list[str] | None:
        """Users that came or went since a version; None when that is too long ago."""


def ancestors(path: str) -> Iterator[str]:
    """The path itself and every folder above it, the storage's root ``""`` last."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


class Audience:
    """The users of one root of a storage, and those of them who are connected."""

    __slots__ = ("_connected", "_version", "users")

    def __init__(self, users: Iterable[str]) -> None:
        self.users = users if isinstance(users, set) else set(users)
        self._connected: dict[str, None] | None = None
        self._version = -1

    def connected(self, presence: Presence) -> Collection[str]:
        """Those who are connected: followed by changes of the set, counted anew when too many."""
        if self._version == presence.version and self._connected is not None:
            return self._connected
        changes = presence.changes_since(self._version) if self._connected is not None else None
        if changes is None or self._connected is None:
            # In the order of the logins where many are concerned: objects that were made after
            # each other lie beside each other in memory, in the kernel too.
            if 4 * len(self.users) <= len(presence):
                self._connected = {user: None for user in self.users if user in presence}
            else:
                self._connected = {user: None for user in presence if user in self.users}
        else:
            for user in changes:
                if user in presence and user in self.users:
                    self._connected[user] = None
                else:
                    self._connected.pop(user, None)
        self._version = presence.version
        return self._connected

    def change(self, user: str, belongs: bool) -> None:
        """Add or remove one user."""
        if belongs:
            self.users.add(user)
        else:
            self.users.discard(user)
        self._connected = None


class StorageMapping:
    """The mounts of one storage.

    Args:
        rows: (user, root path) pairs.
        expires: When it is no longer fresh, in seconds.
        sequence: The last change of a user's mounts that the rows have in them.
    """

    __slots__ = ("expires", "roots", "sequence")

    def __init__(self, rows: Iterable[tuple[str, str]], expires: float, sequence: int) -> None:
        # Most roots are one user's, e.g. of a share: a name beside 400 bytes of containers, and
        # nothing for the garbage collector to look at.
        self.roots: dict[str, str | Audience] = {}
        several: dict[str, set[str]] = {}
        for user, root in rows:
            other = self.roots.setdefault(root, user)
            if other is not user:
                users = several.get(root)
                if users is None:
                    users = several[root] = {cast(str, other)}
                users.add(user)
        for root, users in several.items():
            self.roots[root] = Audience(users)
        self.expires = expires
        self.sequence = sequence

    def concerned(self, path: str, presence: Presence) -> Collection[str]:
        """The connected users who have the path, or a folder above it, mounted."""
        found: Collection[str] = _NOBODY
        for root in ancestors(path):
            audience = self.roots.get(root)
            if audience is None:
                continue
            if isinstance(audience, str):
                users: Collection[str] = (audience,) if audience in presence else ()
            else:
                users = audience.connected(presence)
            if users:
                found = {*found, *users} if found else users
        return found

    def replace_users(self, changed: dict[str, Collection[str]]) -> None:
        """Give users, each by name, these roots of the storage and no others."""
        for root, audience in list(self.roots.items()):
            if isinstance(audience, str):
                if audience in changed and root not in changed[audience]:
                    del self.roots[root]
                continue
            for user in audience.users & changed.keys():
                if root not in changed[user]:
                    audience.change(user, belongs=False)
            if not audience.users:
                del self.roots[root]
        for user, roots in changed.items():
            for root in roots:
                self._add(user, root)

    def _add(self, user: str, root: str) -> None:
        audience = self.roots.setdefault(root, user)
        if isinstance(audience, str):
            if audience != user:
                self.roots[root] = Audience((audience, user))
        elif user not in audience.users:
            audience.change(user, belongs=True)


class StorageAccess:
    """Mappings by storage: cached, refreshed by whoever loads what is in the queue.

    A change of one user's mounts is written down once and reaches a mapping when that is next
    looked at, so that it costs the storages in use and not the whole cache.

    Args:
        capacity: Storages kept; past that the least recently used goes.
        queue: Takes the storages that have to be loaded.
        draw: Draws the time a mapping is fresh, in seconds.
    """

    def __init__(
        self,
        capacity: int,
        queue: LoadQueue,
        draw: Callable[[], float] = lambda: random.uniform(*CACHE_TIME),  # noqa: S311  # no secret
    ) -> None:
        self.capacity = capacity
        self._queue = queue
        self._draw = draw
        self._mappings: OrderedDict[int, StorageMapping] = OrderedDict()
        self._loading: dict[int, int] = {}  # storage to the sequence when its query began
        self._users: OrderedDict[str, tuple[int, dict[int, list[str]]]] = OrderedDict()
        self._sequence = 0
        self._distrusted = 0  # queries that began before that change are not to be trusted
        self._forgotten = 0  # the last change that is no longer kept

    def __len__(self) -> int:
        return len(self._mappings)

    def find(self, storage: int, now: float) -> StorageMapping | None:
        """The mapping of a storage, even one past its time; None while it has to be loaded."""
        mapping = self._mappings.get(storage)
        if mapping is not None and mapping.sequence < self._sequence:
            mapping = self._catch_up(storage, mapping)
        if mapping is not None:
            self._mappings.move_to_end(storage)
            if now < mapping.expires:
                return mapping
            if mapping.expires == _DISTRUSTED:
                mapping = None
        if storage not in self._loading and not self._queue.has_storage(storage):
            self._queue.put_storage(storage)
        return mapping

    def begin_loading(self) -> list[int]:
        """Take out the storages to load now; each is then loaded or failed."""
        taken = self._queue.take_storages()
        self._loading.update(dict.fromkeys(taken, self._sequence))
        return taken

    def load_again(self) -> None:
        """Want again what was taken and is neither loaded nor failed yet: who took it is gone."""
        for storage in self._loading:
            self._queue.put_storage(storage)
        self._loading.clear()

    def loaded(self, storage: int, rows: Iterable[tuple[str, str]], now: float) -> None:
        """Keep what the database answered for a storage."""
        began = self._loading.pop(storage, self._sequence)
        expires = now + self._draw() if began >= self._distrusted else _DISTRUSTED
        self._mappings[storage] = StorageMapping(rows, expires, began)
        self._mappings.move_to_end(storage)
        while len(self._mappings) > self.capacity:
            self._mappings.popitem(last=False)

    def failed(self, storages: Iterable[int]) -> None:
        """Want storages again that could not be loaded; what is known of them counts meanwhile."""
        for storage in storages:
            mapping = self._mappings.get(storage)
            if mapping is not None:
                mapping.expires = max(mapping.expires, 0.0)
            if self._loading.pop(storage, None) is not None:
                self._queue.put_storage(storage)

    def forget(self, storage: int) -> None:
        """Want a storage no longer: nobody waits for it any more."""
        self._queue.drop_storage(storage)
        self._loading.pop(storage, None)

    def distrust(self) -> None:
        """Load every mapping anew when it is next looked at: changes may have been missed."""
        self._sequence += 1
        self._distrusted = self._sequence
        for mapping in self._mappings.values():
            mapping.expires = _DISTRUSTED

    def replace_user(self, user: str, rows: Iterable[tuple[int, str]]) -> None:
        """Give a user these (storage, root) pairs and no others, in every cached storage."""
        roots: dict[int, list[str]] = {}
        for storage, root in rows:
            roots.setdefault(storage, []).append(root)
        self._sequence += 1
        self._users[user] = (self._sequence, roots)
        self._users.move_to_end(user)
        while len(self._users) > USERS_KEPT:
            _, (self._forgotten, _) = self._users.popitem(last=False)

    def _catch_up(self, storage: int, mapping: StorageMapping) -> StorageMapping | None:
        """Bring the changes of users into a mapping; None when they are no longer known."""
        if mapping.sequence < self._forgotten:
            del self._mappings[storage]
            return None
        changed: dict[str, Collection[str]] = {}
        for user, (sequence, roots) in reversed(self._users.items()):
            if sequence <= mapping.sequence:
                break
            changed[user] = roots.get(storage, ())
        mapping.replace_users(changed)
        mapping.sequence = self._sequence
        return mapping
