"""Nextcloud's own web client, unchanged, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from support.browser import Wire
from support.standin import Place

pytestmark = pytest.mark.asyncio(loop_scope="session")

DASHBOARD = "/index.php/apps/dashboard/"
CUSTOM = {"list": [1, 2.5, None], "path": "/Grüße/漢字 🎉", "flag": False}

in_one_place = pytest.mark.parametrize("place", ["dev"], indirect=True)
"""For what cannot depend on the way to the push server."""


class WebClient:
    """A page of the stand-in's with Nextcloud's web client in it.

    Args:
        page: The page.
        wire: What goes over its WebSocket.
    """

    def __init__(self, page: Page, wire: Wire) -> None:
        self.page = page
        self.wire = wire

    async def listen(self, name: str, options: dict[str, Any] | None = None) -> bool:
        """Register a handler that keeps what it is called with; what the client returns."""
        script = """([name, options]) => {
            window.heard ??= []
            return notifyPush.listen(name, (...given) => heard.push(given), options ?? undefined)
        }"""
        return bool(await self.page.evaluate(script, [name, options]))

    async def log_in(self, name: str, options: dict[str, Any] | None = None) -> None:
        """Register the first handler, and wait until the push server knows who this is."""
        assert await self.listen(name, options)
        await self.wire.until_received("authenticated")

    async def heard(self, count: int = 1) -> list[Any]:
        """What the handlers were called with, once it is so much."""
        await self.page.wait_for_function("count => heard.length >= count", arg=count)
        return list(await self.page.evaluate("heard"))


@pytest_asyncio.fixture(loop_scope="session")
async def client(page: Page, wire: Wire, place: Place, web_client: Path) -> WebClient:
    """The client in alice's browser."""
    who: dict[str, str | float | bool] = {"user": "alice", "password": "alice"}
    await page.context.request.post(f"{place.url}/index.php/login", form=who)
    await page.goto(f"{place.url}{DASHBOARD}")
    await page.add_script_tag(path=web_client)
    return WebClient(page, wire)


async def test_a_session_logs_in_by_token(client: WebClient, place: Place):
    await client.log_in("notify_notification")
    token, *further = client.wire.sent
    assert len(token) == 32
    assert further == ["listen notify_notification"]
    await place.emit("notification", "alice")
    assert await client.heard() == [["notify_notification", None]]


async def test_credentials(client: WebClient, place: Place):
    await client.log_in("notify_activity", {"credentials": {"username": "bob", "password": "bob"}})
    assert client.wire.sent[:2] == ["bob", "bob"]
    await place.emit("activity", "bob")
    assert await client.heard() == [["notify_activity", None]]


@in_one_place
async def test_what_can_be_listened_to(client: WebClient):
    types = await client.page.evaluate("notifyPush.getSupportedTypes()")
    assert types == ["files", "activities", "notifications"]


async def test_changed_files_with_their_ids(client: WebClient, place: Place):
    await client.log_in("notify_file_id")
    await place.emit("file", "alice", path="a.txt")
    [[name, ids]] = await client.heard()
    assert name == "notify_file_id"
    assert ids
    assert all(isinstance(number, int) for number in ids)


@in_one_place
async def test_changed_files(client: WebClient, place: Place):
    await client.log_in("notify_file")
    await place.emit("file", "alice", path="a.txt")
    assert await client.heard() == [["notify_file", None]]


async def test_custom_events_with_and_without_a_body(client: WebClient, place: Place):
    await client.log_in("my_app_event")
    await place.emit("custom", "alice", message="my_app_event", body=CUSTOM)
    await place.emit("custom", "alice", message="my_app_event")
    assert await client.heard(2) == [["my_app_event", CUSTOM], ["my_app_event", None]]


@in_one_place
async def test_a_handler_that_comes_later(client: WebClient, place: Place):
    await client.log_in("notify_activity")
    await client.listen("my_app_event")
    await place.emit("custom", "alice", message="my_app_event", body=[])
    assert await client.heard() == [["my_app_event", []]]
    assert client.wire.opened == 1


async def test_it_comes_back_with_a_new_token_after_a_reset(client: WebClient, place: Place):
    await client.log_in("my_app_event")
    await place.post("/dev/reset", {})
    await client.wire.until_received("authenticated", times=2)
    await place.emit("custom", "alice", message="my_app_event")
    assert await client.heard() == [["my_app_event", None]]
    assert client.wire.sent[0] != client.wire.sent[2]


@in_one_place
async def test_it_comes_back_after_a_restart(client: WebClient, place: Place):
    await client.log_in("my_app_event")
    await place.post("/dev/down", {"seconds": 0.2})
    await client.wire.until_received("authenticated", times=2)
    await place.emit("custom", "alice", message="my_app_event")
    assert await client.heard() == [["my_app_event", None]]
