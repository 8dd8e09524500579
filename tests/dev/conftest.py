from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from nextcloud_push.dev.bus import MemoryBus
from nextcloud_push.dev.nextcloud import create_app
from nextcloud_push.dev.store import Store

PUSH = "http://127.0.0.1:7867"
OCS = {"OCS-APIRequest": "true", "Accept": "application/json"}


class Site:
    """A stand-in without a network: what was published, and a client for each user."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bus = MemoryBus()
        self.bus.ingest = self._ingest
        self.published: list[tuple[str, Any]] = []
        self.control = Control()
        self.app: Starlette = create_app(
            store, bus=self.bus, push_endpoint=PUSH, control=self.control
        )
        self._clients: list[httpx.AsyncClient] = []

    def as_user(self, user: str | None, **headers: str) -> httpx.AsyncClient:
        """A client that logs in as this user, and calls as OCS wants it."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://cloud.test",
            auth=(user, user) if user else None,
            headers=OCS | headers,
        )
        self._clients.append(client)
        return client

    def updates(self) -> list[tuple[str, str]]:
        """Owner and path of the storage updates so far, in order."""
        return [
            (self.store.owner(payload["storage"]), payload["path"])
            for channel, payload in self.published
            if channel == "notify_storage_update"
        ]

    def forget(self) -> None:
        """Start to look at what is published from here on."""
        self.published.clear()

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    def _ingest(self, channel: bytes, payload: bytes) -> None:
        self.published.append((channel.decode(), json.loads(payload)))


class Control:
    """Remembers what the push server was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []

    async def drop(self, user: str) -> int:
        self.calls.append(("drop", user))
        return 2

    async def down(self, seconds: float) -> None:
        self.calls.append(("down", seconds))

    def is_up(self) -> bool:
        return True


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
async def site(store: Store) -> AsyncIterator[Site]:
    made = Site(store)
    yield made
    await made.close()


@pytest.fixture
def alice(site: Site) -> httpx.AsyncClient:
    return site.as_user("alice")


@pytest.fixture
def bob(site: Site) -> httpx.AsyncClient:
    return site.as_user("bob")


@pytest.fixture
def admin(site: Site) -> httpx.AsyncClient:
    return site.as_user("admin")
