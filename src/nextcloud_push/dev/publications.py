"""What Nextcloud's app publishes, and in which order, when something happens.

Pure functions: they build messages and send nothing. The sequences were observed on a real
Nextcloud; one change of a file is several storage updates, the file's and its parents'.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from nextcloud_push.dev.catalog import Node

__all__ = [
    "Message",
    "activity",
    "custom",
    "file_created",
    "file_overwritten",
    "folder_created",
    "group_changed",
    "node_copied",
    "node_deleted",
    "node_moved",
    "notification",
    "pre_auth",
    "reset",
    "share_created",
    "storage_update",
    "test_cookie",
]

FILES = "files"
"""The path in a home storage under which a user's files lie; the app reports nothing else."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a Redis channel.

    Args:
        channel: The channel's name.
        payload: JSON, written as PHP writes it.
    """

    channel: str
    payload: str = field(repr=False)  # that of notify_pre_auth holds a token


def _message(channel: str, payload: object) -> Message:
    # PHP escapes slashes and everything beyond ASCII, and so do the messages a daemon must read.
    text = json.dumps(payload, separators=(",", ":")).replace("/", "\\/")
    return Message(channel, text)


def storage_update(storage: int, path: str, file_id: int | None) -> Message:
    """A file of a storage changed."""
    payload = {"storage": storage, "path": path, "file_id": file_id}
    return _message("notify_storage_update", payload)


def activity(user: str) -> Message:
    """A user has a new activity item."""
    return _message("notify_activity", {"user": user})


def notification(user: str) -> Message:
    """A notification of a user was made or dismissed."""
    return _message("notify_notification", {"user": user})


def custom(user: str, message: str, body: object = None) -> Message:
    """An app's own event."""
    return _message("notify_custom", {"user": user, "message": message, "body": body})


def pre_auth(user: str, token: str) -> Message:
    """A token with which a client may log in once."""
    return _message("notify_pre_auth", {"user": user, "token": token})


def test_cookie(value: int) -> Message:
    """The number that the self-test asks for next."""
    return _message("notify_test_cookie", value)


def reset() -> Message:
    """Close every connection."""
    return _message("notify_signal", "reset")


def share_created(receiver: str) -> list[Message]:
    """Something was shared with a user."""
    created = _message("notify_user_share_created", {"user": receiver})
    return [notification(receiver), created]


def group_changed(user: str, group: str) -> list[Message]:
    """A user joined or left a group."""
    update = _message("notify_group_membership_update", {"user": user, "group": group})
    return [activity(user), update]


def file_created(node: Node, parents: Sequence[Node]) -> list[Message]:
    """A new file; ``parents`` from the nearest to ``files``."""
    return _updates([node, *parents, parents[0], node])


def file_overwritten(node: Node, parents: Sequence[Node]) -> list[Message]:
    """New contents of a file; in a folder the same as for a new one."""
    if parents[0].path != FILES:
        return file_created(node, parents)
    return _updates([parents[0], node, parents[0], node])


def folder_created(node: Node, parents: Sequence[Node]) -> list[Message]:
    """A new folder."""
    return _updates([node, node, *parents])


def node_moved(node: Node, parents: Sequence[Node]) -> list[Message]:
    """A file or folder has another path; nothing is said of the old one."""
    return _updates([node, *parents, *parents, node])


def node_copied(node: Node, parents: Sequence[Node]) -> list[Message]:
    """A copy of a file or folder."""
    return _updates([node, *parents, *parents, *parents, node])


def node_deleted(parents: Sequence[Node]) -> list[Message]:
    """A file or folder is gone; only its parents are told of."""
    return _updates([*parents, *parents, *parents])


def _updates(nodes: Sequence[Node]) -> list[Message]:
    return [storage_update(node.storage, node.path, node.id) for node in nodes]
