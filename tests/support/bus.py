"""Redis as Nextcloud's app uses it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import redis

from support.redis import RedisServer
from support.websocket import WebSocket

__all__ = ["Bus", "as_json", "unique"]

_numbers = itertools.count(1)


def unique() -> int:
    """A number that no one else of this session gets: for users, storages and messages."""
    return next(_numbers)


def as_json(payload: object) -> str:
    """JSON as PHP's ``json_encode`` writes it: with ``\\/`` and ``\\uXXXX``."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/")


class Bus:
    """Redis as the app uses it: everything published in the order of the calls.

    Args:
        server: The server.
    """

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.client = redis.Redis(port=server.port)
        self.url = f"redis://127.0.0.1:{server.port}"

    def raw(self, channel: str, payload: bytes | str) -> None:
        """Publish bytes on a channel named without its prefix."""
        self.client.publish(f"notify_{channel}", payload)

    def publish(self, channel: str, payload: Any) -> None:
        """Publish a value as PHP encodes it."""
        self.raw(channel, as_json(payload))

    def storage_update(self, storage: int, path: str, file_id: int | None = None) -> None:
        """Tell of a changed file."""
        self.publish("storage_update", {"storage": storage, "path": path, "file_id": file_id})

    def custom(self, user: str, message: str) -> None:
        """Send a custom event without a body."""
        self.publish("custom", {"user": user, "message": message})

    def fence(self, client: WebSocket, user: str) -> list[str]:
        """What a client is sent before the daemon has handled all that was published."""
        last = f"fence {unique()}"
        self.custom(user, last)
        return [one for one in client.receive_until(last) if not one.startswith("fence ")]
