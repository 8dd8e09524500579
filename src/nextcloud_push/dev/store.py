"""Everything the stand-in knows: accounts, shares, the tables, and the folder with the files."""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nextcloud_push.dev.accounts import Accounts
from nextcloud_push.dev.catalog import Catalog, Mount, Node
from nextcloud_push.dev.publications import (
    FILES,
    Message,
    group_changed,
    notification,
    share_created,
)
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.shares import Share, Shares, ShareType

__all__ = ["Received", "Store"]


@dataclass(frozen=True, slots=True)
class Received:
    """Something that others share with a user, as an entry of the user's root folder."""

    name: str
    node: Node
    share: Share


class Store:
    """The state of one stand-in; not thread-safe, as one event loop serves it.

    Args:
        data: Folder for the files, laid out as Nextcloud's (``<user>/files/…``); made when it is
            not there, and what lies in it is found again. None takes a temporary one.

    Attributes:
        accounts: Users, groups, notifications.
        catalog: The tables that the daemon reads too.
        shares: What is shared; change it through this class only, which keeps the mounts right.
        data: The folder with the files.
        test_cookie: What the push app's self-test asks the push server to ask for.

    Raises:
        OSError: The folder cannot be made or written to.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._temporary = data is None
        self.data = Path(tempfile.mkdtemp(prefix="nextcloud-push-dev-")) if data is None else data
        self.data = self.data.resolve()
        self.accounts = Accounts()
        self.catalog = Catalog()
        self.shares = Shares()
        self.test_cookie = 0
        self._homes: dict[str, int] = {}
        try:
            for user in self.accounts.users:
                self._add_home(user)
        except OSError:
            self.close()
            raise

    @property
    def database_uri(self) -> str:
        """The SQLite URI under which other connections of this process find the tables."""
        return self.catalog.uri

    def close(self) -> None:
        """Close the database and remove a temporary folder."""
        self.catalog.close()
        if self._temporary:
            shutil.rmtree(self.data, ignore_errors=True)

    def home(self, user: str) -> int:
        """The number of a user's home storage."""
        return self._homes[user]

    def owner(self, storage: int) -> str:
        """Whose home a storage is."""
        return next(user for user, number in self._homes.items() if number == storage)

    def disk_path(self, storage: int, path: str) -> Path:
        """Where a node's contents are.

        Raises:
            Refused: A symbolic link leads out of the owner's folder.
        """
        home = self.data / self.owner(storage)
        place = home.joinpath(*path.split("/"))
        # The last segment is not followed: what is replaced or removed is the link itself.
        if not place.parent.resolve().is_relative_to(home):
            raise Refused(403, "symbolic links out of the data folder are not followed")
        return place

    def received(self, user: str) -> dict[str, Received]:
        """What others share with a user, by its name in the user's root folder."""
        found: dict[str, Received] = {}
        for share in self.shares.received(user, self.accounts.groups_of(user)):
            node = self.catalog.by_id(share.file_id)
            if node is not None:
                name = share.targets.get(user) or self._free_name(user, node.name, found)
                share.targets[user] = name
                found[name] = Received(name, node, share)
        return found

    def share(self, share: Share) -> list[Message]:
        """Let the receivers of a new share see it.

        Returns:
            What the app publishes for it.
        """
        if share.type is ShareType.USER:
            self.sync_mounts(share.receiver)
            return share_created(share.receiver)
        if share.type is ShareType.LINK:
            return []
        members = [m for m in self.accounts.members(share.receiver) if m != share.initiator]
        self.sync_mounts(*members)
        return [notification(member) for member in members]

    def unshare(self, share: Share) -> None:
        """Take a share back; the app publishes nothing for it."""
        self.shares.remove(share)
        self.sync_mounts()

    def decline(self, share: Share, user: str) -> None:
        """A receiver removes a share for themselves."""
        share.declined.add(user)
        self.sync_mounts(user)

    def forget_files(self, file_ids: list[int]) -> None:
        """Drop the shares of files that are gone."""
        self.shares.forget_files(file_ids)
        self.sync_mounts()

    def change_group(self, user: str, group: str, *, leave: bool = False) -> list[Message]:
        """Put a user into a group or take them out.

        Returns:
            What the app publishes for it; nothing when nothing changed.
        """
        change = self.accounts.leave if leave else self.accounts.join
        if not change(user, group):
            return []
        self.sync_mounts(user)
        return group_changed(user, group)

    def sync_mounts(self, *users: str) -> None:
        """Write what these users (all, when none is named) have mounted into the tables."""
        for user in users or self.accounts.users:
            home = self.home(user)
            mounts = [Mount(user, home, self.catalog.get(home, "").id, f"/{user}/")]
            for entry in self.received(user).values():
                point = f"/{user}/{FILES}/{entry.name}/"
                mounts.append(Mount(user, entry.node.storage, entry.node.id, point))
            self.catalog.set_mounts(user, mounts)

    def _free_name(self, user: str, name: str, taken: dict[str, Received]) -> str:
        stem, extension = posixpath.splitext(name)
        names = [name, *(f"{stem} ({n}){extension}" for n in range(2, 1000))]
        home = self.home(user)
        return next(
            n for n in names if n not in taken and not self.catalog.find(home, f"{FILES}/{n}")
        )

    def _add_home(self, user: str) -> None:
        self._homes[user] = storage = self.catalog.add_home(user, int(time.time()))
        root = self.data / user / FILES
        root.mkdir(parents=True, exist_ok=True)
        for path, is_dir, stat in _walk(root):
            size = 0 if is_dir else stat.st_size
            mtime = int(stat.st_mtime)
            self.catalog.put(storage, f"{FILES}/{path}", is_dir=is_dir, size=size, mtime=mtime)
        self.sync_mounts(user)


def _walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, bool, os.stat_result]]:
    """Files and folders below a folder, parents first; symbolic links are left out."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda item: item.name):
            is_dir = entry.is_dir(follow_symlinks=False)
            if is_dir or entry.is_file(follow_symlinks=False):
                yield prefix + entry.name, is_dir, entry.stat(follow_symlinks=False)
            if is_dir:
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
