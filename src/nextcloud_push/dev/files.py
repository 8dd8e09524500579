"""What a user can do with files: the tables, the shares and the folder changed together.

Every change returns what Nextcloud's app publishes for it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from nextcloud_push.dev import publications, shares
from nextcloud_push.dev.catalog import Node
from nextcloud_push.dev.publications import FILES, Message
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.shares import Share
from nextcloud_push.dev.store import Store

__all__ = ["MAX_UPLOAD", "Change", "Files", "Place", "Upload", "split_path"]

MAX_UPLOAD = 1 << 30
"""Bytes of one upload; developer mode is not for more."""

MAX_NAME = 250
"""Bytes of a file's name, as Nextcloud has it."""

_FORBIDDEN = set('<>:"|?*\\') if sys.platform == "win32" else {"\\"}


def split_path(path: str) -> tuple[str, ...]:
    """The segments of a path that came from outside.

    Raises:
        Refused: A segment cannot be a file's name, e.g. ``..``.
    """
    segments = tuple(s for s in unicodedata.normalize("NFC", path).split("/") if s)
    for name in segments:
        bad = name in (".", "..") or bool(_FORBIDDEN.intersection(name))
        # Control characters, and halves of surrogate pairs, which no file system takes.
        bad = bad or any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
        if bad or len(name.encode()) > MAX_NAME:
            raise Refused(400, "a name in the path cannot be used")
    return segments


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path of a user's own view really lies.

    Args:
        storage: Number of the owner's storage.
        path: Path in that storage.
        share: The share through which the user sees it; None in their own home.
        is_mount: Whether it is the shared thing itself, not something below it.
        node: What is there; None when nothing is.
    """

    storage: int
    path: str
    share: Share | None
    is_mount: bool
    node: Node | None

    def require(self, permission: int) -> None:
        """Refuse what the share does not allow."""
        if self.share is not None and not self.share.permissions & permission:
            raise Refused(403, "the share does not permit this")

    def existing(self) -> Node:
        """What is there.

        Raises:
            Refused: Nothing is.
        """
        if self.node is None:
            raise Refused(404, "there is no such file or folder")
        return self.node


@dataclass(frozen=True, slots=True)
class Change:
    """What a change led to.

    Args:
        node: The node afterwards; None when it is gone.
        created: Whether nothing was there before.
        messages: What the app publishes.
    """

    node: Node | None
    created: bool
    messages: Sequence[Message]


class Files:
    """The files of all users, each seen with one user's eyes.

    Args:
        store: What is changed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._catalog = store.catalog
        self._busy: set[tuple[int, str]] = set()
        self._uploads = store.data / ".uploads"
        self._uploads.mkdir(exist_ok=True)

    def locate(self, user: str, segments: Sequence[str]) -> Place:
        """Where a path of a user's view lies."""
        entry = self._store.received(user).get(segments[0]) if segments else None
        if entry is None:
            storage, path = self._store.home(user), "/".join((FILES, *segments))
            return Place(storage, path, None, False, self._catalog.find(storage, path))
        path = "/".join((entry.node.path, *segments[1:]))
        node = self._catalog.find(entry.node.storage, path)
        return Place(entry.node.storage, path, entry.share, len(segments) == 1, node)

    def children(self, user: str, segments: Sequence[str]) -> list[tuple[str, Place]]:
        """What a user sees directly in a folder: names, and where they lie."""
        folder = self.locate(user, segments).existing()
        names = {node.name for node in self._catalog.children(folder)}
        if not segments:
            names.update(self._store.received(user))
        return [(name, self.locate(user, (*segments, name))) for name in sorted(names)]

    def disk_path(self, place: Place) -> Path:
        """Where the contents of an existing file are.

        Raises:
            Refused: They are gone, or a symbolic link has taken their place.
        """
        disk = self._disk(place)
        if disk.is_symlink() or not disk.is_file():
            raise Refused(404, "there is no such file")
        return disk

    def upload(self, user: str, segments: Sequence[str]) -> Upload:
        """Begin to write a file; nothing changes before it is finished.

        Raises:
            Refused: A file cannot be written there.
        """
        place = self._target(user, segments)
        if place.node is not None and place.node.is_dir:
            raise Refused(409, "there is a folder of that name")
        place.require(shares.CREATE if place.node is None else shares.UPDATE)
        temporary = self._uploads / secrets.token_hex(8)
        return Upload(self._busy, place, temporary, partial(self._finish, place, temporary))

    def make_folder(self, user: str, segments: Sequence[str]) -> Change:
        """Make a folder."""
        if self.locate(user, segments).node is not None:
            raise Refused(405, "there is something of that name already")
        place = self._target(user, segments)
        place.require(shares.CREATE)
        self._disk(place).mkdir()
        now = int(time.time())
        node = self._catalog.put(place.storage, place.path, is_dir=True, size=0, mtime=now)
        return Change(node, True, publications.folder_created(node, self._catalog.parents(node)))

    def delete(self, user: str, segments: Sequence[str]) -> Change:
        """Remove a file or folder; a received share is only removed for its receiver."""
        place = self.locate(user, segments)
        node = place.existing()
        if not segments:
            raise Refused(403, "the root folder stays")
        if place.share is not None and place.is_mount:
            self._store.decline(place.share, user)
            return Change(None, False, [])
        place.require(shares.DELETE)
        return Change(None, False, self._remove(place, node))

    def move(
        self, user: str, source: Sequence[str], target: Sequence[str], *, overwrite: bool
    ) -> Change:
        """Give a file or folder another name or folder."""
        origin, node, place = self._pair(user, source, target)
        if origin.share is not None and origin.is_mount:
            return self._rename_mount(user, origin.share, node, target, place)
        origin.require(shares.DELETE)
        self._require_free(origin)
        published = self._clear(place, overwrite=overwrite)
        os.replace(self._disk(origin), self._disk(place))
        if origin.storage != place.storage:
            # From one storage to another the app sees a deletion, too.
            published += publications.node_deleted(self._catalog.parents(node))
        moved = self._catalog.move(node, place.storage, place.path)
        self._store.sync_mounts()
        published += publications.node_moved(moved, self._catalog.parents(moved))
        return Change(moved, place.node is None, published)

    def copy(
        self, user: str, source: Sequence[str], target: Sequence[str], *, overwrite: bool
    ) -> Change:
        """Make a copy of a file or folder with all that is in it."""
        origin, node, place = self._pair(user, source, target)
        published = self._clear(place, overwrite=overwrite)
        if node.is_dir:
            shutil.copytree(self._disk(origin), self._disk(place), symlinks=True)
        else:
            shutil.copy2(self._disk(origin), self._disk(place), follow_symlinks=False)
        for item in [node, *self._catalog.below(node)]:
            path = place.path + item.path[len(node.path) :]
            size = 0 if item.is_dir else item.size
            self._catalog.put(place.storage, path, is_dir=item.is_dir, size=size, mtime=item.mtime)
        copied = self._catalog.get(place.storage, place.path)
        published += publications.node_copied(copied, self._catalog.parents(copied))
        return Change(copied, place.node is None, published)

    def _finish(self, place: Place, temporary: Path, mtime: int) -> Change:
        size = temporary.stat().st_size
        os.replace(temporary, self._disk(place))
        node = self._catalog.put(place.storage, place.path, is_dir=False, size=size, mtime=mtime)
        parents = self._catalog.parents(node)
        created = place.node is None
        sequence = publications.file_created if created else publications.file_overwritten
        return Change(node, created, sequence(node, parents))

    def _target(self, user: str, segments: Sequence[str]) -> Place:
        """A place to write to: its folder is there, and nobody else writes there."""
        if not segments:
            raise Refused(409, "the root folder is there already")
        folder = self.locate(user, segments[:-1]).node
        if folder is None or not folder.is_dir:
            raise Refused(409, "the folder for it is not there")
        place = self.locate(user, segments)
        self._require_free(place)
        return place

    def _pair(
        self, user: str, source: Sequence[str], target: Sequence[str]
    ) -> tuple[Place, Node, Place]:
        """Source, what is there, and target of a move or copy that makes sense."""
        origin = self.locate(user, source)
        node = origin.existing()
        if not source:
            raise Refused(403, "the root folder stays")
        place = self._target(user, target)
        if origin.storage == place.storage:
            if origin.path == place.path:
                raise Refused(403, "source and destination are the same")
            if f"{place.path}/".startswith(f"{origin.path}/"):
                raise Refused(409, "the destination lies inside the source")
            if f"{origin.path}/".startswith(f"{place.path}/"):
                raise Refused(409, "the source lies inside the destination")
        return origin, node, place

    def _clear(self, place: Place, *, overwrite: bool) -> list[Message]:
        """Make room at a place, or refuse."""
        if place.node is None:
            place.require(shares.CREATE)
            return []
        if not overwrite:
            raise Refused(412, "there is something at the destination already")
        if place.is_mount:
            raise Refused(403, "a received share is not overwritten")
        place.require(shares.DELETE)
        return self._remove(place, place.node)

    def _remove(self, place: Place, node: Node) -> list[Message]:
        self._require_free(place)
        disk = self._disk(place)
        if node.is_dir and not disk.is_symlink():
            shutil.rmtree(disk)
        else:
            disk.unlink(missing_ok=True)
        parents = self._catalog.parents(node)
        self._store.forget_files(self._catalog.remove(node))
        return publications.node_deleted(parents)

    def _rename_mount(
        self, user: str, share: Share, node: Node, target: Sequence[str], place: Place
    ) -> Change:
        if len(target) != 1 or place.node is not None:
            raise Refused(403, "a received share stays in the root folder, under a free name")
        share.targets[user] = target[0]
        self._store.sync_mounts(user)
        return Change(node, True, [])

    def _require_free(self, place: Place) -> None:
        """Refuse to touch what an upload is about to replace."""
        path = f"{place.path}/"
        for storage, busy in self._busy:
            same = f"{busy}/".startswith(path) or path.startswith(f"{busy}/")
            if storage == place.storage and same:
                raise Refused(423, "somebody is writing there")

    def _disk(self, place: Place) -> Path:
        return self._store.disk_path(place.storage, place.path)


class Upload:
    """A file being written beside its place, which others leave alone meanwhile."""

    def __init__(
        self,
        busy: set[tuple[int, str]],
        place: Place,
        temporary: Path,
        finish: Callable[[int], Change],
    ) -> None:
        self.place = place
        self._busy = busy
        self._key = (place.storage, place.path)
        self._temporary = temporary
        self._finish = finish

    def __enter__(self) -> Self:
        self._file = self._temporary.open("xb")
        self._busy.add(self._key)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)
        self._busy.discard(self._key)

    def write(self, data: bytes) -> None:
        """Append to the file.

        Raises:
            Refused: It is longer than developer mode takes.
        """
        if self._file.tell() + len(data) > MAX_UPLOAD:
            raise Refused(413, "the file is too large for developer mode")
        self._file.write(data)

    def finish(self, mtime: int | None = None) -> Change:
        """Put the file into its place.

        Args:
            mtime: Seconds since 1970; None takes the present.
        """
        self._file.close()
        return self._finish(int(time.time()) if mtime is None else mtime)
