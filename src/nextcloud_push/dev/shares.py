"""Who has shared what with whom, kept in memory."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

__all__ = ["Share", "ShareType", "Shares"]

READ, UPDATE, CREATE, DELETE, RESHARE = 1, 2, 4, 8, 16
ALL = READ | UPDATE | CREATE | DELETE | RESHARE


class ShareType(IntEnum):
    """Nextcloud's numbers for the kinds of shares that are supported here."""

    USER = 0
    GROUP = 1
    LINK = 3


@dataclass(slots=True, kw_only=True)
class Share:
    """A shared file or folder.

    Args:
        id: Number of the share.
        type: With whom.
        owner: In whose home it lies.
        initiator: Who shared it; another than the owner for a share passed on.
        file_id: What is shared.
        receiver: User or group; empty for a link.
        permissions: Sum of READ, UPDATE, CREATE, DELETE and RESHARE.
        token: Name of a public link.
        targets: Under which name each receiver sees it in their own root.
        declined: Receivers who removed it for themselves.
    """

    id: int
    type: ShareType
    owner: str
    initiator: str
    file_id: int
    receiver: str
    permissions: int
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    created: int = field(default_factory=lambda: int(time.time()))
    targets: dict[str, str] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)


class Shares:
    """All shares by number."""

    def __init__(self) -> None:
        self._shares: dict[int, Share] = {}
        self._ids = itertools.count(1)

    def __iter__(self) -> Iterator[Share]:
        return iter(list(self._shares.values()))

    def get(self, share_id: int) -> Share | None:
        """The share with this number."""
        return self._shares.get(share_id)

    def add(
        self,
        kind: ShareType,
        *,
        owner: str,
        initiator: str,
        file_id: int,
        receiver: str,
        permissions: int,
    ) -> Share:
        """Make a share."""
        share = Share(
            id=next(self._ids),
            type=kind,
            owner=owner,
            initiator=initiator,
            file_id=file_id,
            receiver=receiver,
            permissions=permissions,
        )
        self._shares[share.id] = share
        return share

    def remove(self, share: Share) -> None:
        """Forget a share."""
        self._shares.pop(share.id, None)

    def forget_files(self, file_ids: Iterable[int]) -> None:
        """Forget the shares of files that are gone."""
        gone = set(file_ids)
        self._shares = {n: s for n, s in self._shares.items() if s.file_id not in gone}

    def exists(self, kind: ShareType, file_id: int, receiver: str) -> bool:
        """Whether the same thing is shared with the same receiver already."""
        return any(
            (s.type, s.file_id, s.receiver) == (kind, file_id, receiver)
            for s in self._shares.values()
        )

    def received(self, user: str, groups: Iterable[str]) -> list[Share]:
        """What others share with a user who is in these groups; one share for each file."""
        mine = set(groups)
        found: dict[int, Share] = {}
        for share in self._shares.values():
            to_user = share.type is ShareType.USER and share.receiver == user
            to_group = share.type is ShareType.GROUP and share.receiver in mine
            wanted = user not in share.declined and user != share.owner
            if (to_user or to_group) and wanted:
                found.setdefault(share.file_id, share)
        return list(found.values())
