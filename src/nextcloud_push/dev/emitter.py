"""Makes events happen in a stand-in, and tells the push server as Nextcloud's app does."""

from __future__ import annotations

from typing import Any

from nextcloud_push.dev import publications
from nextcloud_push.dev.actions import Activity, Custom, Event, File, Group, Notification, Share
from nextcloud_push.dev.context import Standin
from nextcloud_push.dev.files import split_path
from nextcloud_push.dev.ocs_shares import create_share
from nextcloud_push.dev.publications import Message
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.shares import ShareType

__all__ = ["Emitter"]


class Emitter:
    """What a button, a command or a test fires events with.

    Args:
        site: Where they happen.
    """

    def __init__(self, site: Standin) -> None:
        self._site = site

    async def emit(self, event: Event) -> list[Message]:
        """Make an event happen.

        Returns:
            What was published, in order.

        Raises:
            Refused: It cannot happen, e.g. to a user who is not there.
        """
        if self._site.store.accounts.get(event.user) is None:
            raise Refused(404, f"there is no user {event.user!r}")
        published = self._happen(event)
        await self._site.publish(published)
        return published

    async def file(self, user: str, path: str, content: str | None = None) -> list[Message]:
        """Write a file; see `actions.File`."""
        return await self.emit(File(user, path, content))

    async def activity(self, user: str) -> list[Message]:
        """Give a user a new activity item."""
        return await self.emit(Activity(user))

    async def notification(self, user: str, message: str = "Hello") -> list[Message]:
        """Give a user a notification."""
        return await self.emit(Notification(user, message))

    async def custom(self, user: str, message: str, body: Any = None) -> list[Message]:
        """Send an app's own event."""
        return await self.emit(Custom(user, message, body))

    async def share(
        self, user: str, path: str, receiver: str, *, to_group: bool = False
    ) -> list[Message]:
        """Share a file or folder; see `actions.Share`."""
        return await self.emit(Share(user, path, receiver, to_group))

    async def group(self, user: str, group: str, *, leave: bool = False) -> list[Message]:
        """Let a user join or leave a group."""
        return await self.emit(Group(user, group, leave))

    def _happen(self, event: Event) -> list[Message]:
        match event:
            case File(user, path, content):
                return self._write(user, path, content)
            case Activity(user):
                return [publications.activity(user)]
            case Notification(user, message):
                self._site.store.accounts.notify(user, message)
                return [publications.notification(user)]
            case Custom(user, message, body):
                return [publications.custom(user, message, body)]
            case Share(user, path, receiver, to_group):
                return self._share(user, path, receiver, to_group)
            case Group(user, group, leave):
                self._site.store.accounts.add_group(group)
                return self._site.store.change_group(user, group, leave=leave)

    def _write(self, user: str, path: str, content: str | None) -> list[Message]:
        files, segments = self._site.files, split_path(path)
        published: list[Message] = []
        for depth in range(1, len(segments)):
            if files.locate(user, segments[:depth]).node is None:
                published += files.make_folder(user, segments[:depth]).messages
        with files.upload(user, segments) as upload:
            upload.write((content or "").encode())
            return [*published, *upload.finish().messages]

    def _share(self, user: str, path: str, receiver: str, to_group: bool) -> list[Message]:
        published = []
        if self._site.files.locate(user, split_path(path)).node is None:
            published = self._write(user, path, None)
        kind = ShareType.GROUP if to_group else ShareType.USER
        _, shared = create_share(self._site, user, path, kind, receiver)
        return [*published, *shared]
