"""Users, groups and their notifications, kept in memory."""

from __future__ import annotations

import hmac
import itertools
import time
from dataclasses import dataclass, field

__all__ = ["Account", "Accounts", "UserNotification"]

ADMIN = "admin"
MAX_NOTIFICATIONS = 1_000
"""Kept for a user; the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user; the password is the user id, as in every throw-away set-up."""

    uid: str

    @property
    def display_name(self) -> str:
        """What is shown to people."""
        return self.uid.capitalize()

    @property
    def mail(self) -> str:
        """The address one may log in with too."""
        return f"{self.uid}@example.com"

    @property
    def is_admin(self) -> bool:
        """Whether the user may manage others."""
        return self.uid == ADMIN


@dataclass(frozen=True, slots=True)
class UserNotification:
    """A notification as Nextcloud's notifications app keeps it."""

    id: int
    user: str
    subject: str
    message: str
    created: float = field(default_factory=time.time)


class Accounts:
    """Who there is: admin, alice, bob and carol; alice and bob are in the group ``staff``."""

    def __init__(self) -> None:
        self._users = {uid: Account(uid) for uid in (ADMIN, "alice", "bob", "carol")}
        self._groups: dict[str, dict[str, None]] = {
            ADMIN: {ADMIN: None},
            "staff": {"alice": None, "bob": None},
            "guests": {},
        }
        self._notifications: dict[str, dict[int, UserNotification]] = {u: {} for u in self._users}
        self._notification_ids = itertools.count(1)

    @property
    def users(self) -> list[str]:
        """All user ids."""
        return list(self._users)

    @property
    def groups(self) -> list[str]:
        """All group ids."""
        return list(self._groups)

    def get(self, uid: str) -> Account | None:
        """The user with this id."""
        return self._users.get(uid)

    def check(self, login: str, password: str) -> Account | None:
        """The user who logs in so, by user id or mail address."""
        uid = login.strip().casefold().removesuffix("@example.com")
        account = self._users.get(uid)
        expected = account.uid if account else ""
        matches = hmac.compare_digest(password.encode(), expected.encode())
        return account if matches else None

    def members(self, group: str) -> list[str]:
        """Who is in a group; nobody in an unknown one."""
        return list(self._groups.get(group, ()))

    def groups_of(self, uid: str) -> list[str]:
        """The groups a user is in."""
        return [group for group, members in self._groups.items() if uid in members]

    def add_group(self, group: str) -> bool:
        """Make a group; False when it is there already."""
        if group in self._groups:
            return False
        self._groups[group] = {}
        return True

    def join(self, uid: str, group: str) -> bool:
        """Put a user into a group; False when that changes nothing."""
        if uid in self._groups[group]:
            return False
        self._groups[group][uid] = None
        return True

    def leave(self, uid: str, group: str) -> bool:
        """Take a user out of a group; False when that changes nothing."""
        if uid not in self._groups[group]:
            return False
        del self._groups[group][uid]
        return True

    def notify(self, uid: str, subject: str, message: str = "") -> UserNotification:
        """Add a notification."""
        made = UserNotification(next(self._notification_ids), uid, subject, message)
        kept = self._notifications[uid]
        kept[made.id] = made
        if len(kept) > MAX_NOTIFICATIONS:
            del kept[next(iter(kept))]
        return made

    def notifications(self, uid: str) -> list[UserNotification]:
        """A user's notifications, newest first."""
        return list(reversed(self._notifications[uid].values()))

    def dismiss(self, uid: str, notification: int) -> bool:
        """Remove one notification; False when it is not there."""
        return self._notifications[uid].pop(notification, None) is not None
