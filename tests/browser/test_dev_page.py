"""The page of developer mode in a real browser."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Callable

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, Page, expect

from support.proxies import ROOT
from support.standin import Place

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCREENSHOTS = ROOT / ".artifacts" / "screenshots"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def place(visit: Callable[[str], Place]) -> Place:
    return visit("dev")


class DevPage:
    """The page, with the words that people use for its parts.

    Args:
        page: The page.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.outcome = page.locator("#outcome")
        self.message = page.get_by_role("alert")
        self.server = page.locator("#server-text")
        self.curl = page.locator("#curl")

    async def open(self, url: str) -> None:
        """Go there and wait until both of its first clients listen."""
        await self.page.goto(f"{url}/")
        for user in ("alice", "bob"):
            await self.listens(user)

    def card(self, user: str) -> Locator:
        """The client of a user."""
        heading = self.page.get_by_role("heading", name=user)
        return self.page.get_by_role("article").filter(has=heading)

    async def listens(self, user: str) -> None:
        """Wait until a client is authenticated."""
        await expect(self.card(user).get_by_role("status")).to_have_text("listening")

    async def hears(self, user: str, text: str | re.Pattern[str]) -> None:
        """Wait until a client was told something."""
        await expect(self.card(user).locator(".heard li").filter(has_text=text)).not_to_have_count(
            0
        )

    async def fire(self, kind: str, **fields: str) -> None:
        """Choose a kind of event, fill in its form, and send it."""
        await self.page.get_by_role("tab", name=kind, exact=True).click()
        for label, value in fields.items():
            field = self.page.locator("#fields").get_by_label(label)
            if await field.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(label=value)
            else:
                await field.fill(value)
        await self.page.locator("#fire").click()
        await expect(self.outcome).to_contain_text("done")


@pytest_asyncio.fixture(loop_scope="session")
async def dev(page: Page, place: Place) -> DevPage:
    opened = DevPage(page)
    await opened.open(place.url)
    return opened


EVENTS: list[tuple[str, dict[str, str], str, str | re.Pattern[str]]] = [
    ("Upload", {"Path": "upload.txt"}, "alice", "notify_file_id"),
    ("Folder", {"Path": "A folder"}, "alice", "notify_file_id"),
    ("Move", {"Path": "there.txt", "To": "moved.txt"}, "alice", "notify_file_id"),
    ("Delete", {"Path": "there.txt"}, "alice", "notify_file_id"),
    ("Share", {"Path": "there.txt"}, "bob", "notify_file"),
    ("Notification", {}, "alice", "notify_notification"),
    ("Activity", {"For": "bob"}, "bob", "notify_activity"),
    ("Group", {"What": "joins"}, "alice", "notify_activity"),
    ("Custom", {}, "alice", re.compile(r'myapp_progress\s*{"done":3,"of":10}')),
]


@pytest.mark.parametrize(
    ("kind", "fields", "user", "heard"), EVENTS, ids=[event[0] for event in EVENTS]
)
async def test_every_event_is_heard(
    page: Page, place: Place, kind: str, fields: dict[str, str], user: str, heard: str
):
    dev = DevPage(page)
    # Written before alice listens, so that she is told of nothing but what the page does.
    await place.emit("file", "alice", path="there.txt")
    await dev.open(place.url)
    await dev.fire(kind, **fields)
    await dev.hears(user, heard)


async def test_a_custom_event_needs_json(dev: DevPage):
    await dev.page.get_by_role("tab", name="Custom").click()
    body = dev.page.get_by_label("Body")
    await body.fill("{not json")
    await expect(dev.outcome).to_contain_text("no JSON")
    await expect(dev.page.locator("#fire")).to_be_disabled()
    await body.fill("[1]")
    await expect(dev.page.locator("#fire")).to_be_enabled()


async def test_the_curl_line_does_the_same(dev: DevPage):
    await dev.page.get_by_role("tab", name="Custom").click()
    await dev.page.get_by_label("Type").fill("from_a_shell")
    line = await dev.curl.inner_text()
    await asyncio.to_thread(subprocess.run, line, shell=True, check=True, capture_output=True)
    await dev.hears("alice", "from_a_shell")


async def test_the_curl_line_can_be_copied(dev: DevPage, browser: BrowserContext):
    await browser.grant_permissions(["clipboard-read", "clipboard-write"])
    await dev.page.get_by_role("button", name="Copy").click()
    await expect(dev.outcome).to_have_text("copied")
    copied = await dev.page.evaluate("navigator.clipboard.readText()")
    assert copied == await dev.curl.inner_text()


async def test_it_works_by_keyboard(dev: DevPage):
    await dev.page.get_by_role("tab", name="Upload").focus()
    for _ in range(5):
        await dev.page.keyboard.press("ArrowRight")
    await expect(dev.page.get_by_role("tab", selected=True)).to_have_text("Notification")
    await dev.page.keyboard.press("Tab")
    await dev.page.keyboard.press("Enter")
    await dev.hears("alice", "notify_notification")


async def test_raw_frames(dev: DevPage):
    card = dev.card("bob")
    await card.get_by_role("button", name="Raw frames").click()
    frames = card.get_by_label("Frames of bob")
    for frame in ("→bob", "→(the password)", "→listen notify_file_id", "←authenticated"):
        await expect(frames).to_contain_text(frame)


async def test_another_user_listens(dev: DevPage):
    await dev.page.get_by_role("button", name="Listen", exact=True).click()
    await dev.listens("carol")
    await dev.fire("Activity", For="carol")
    await dev.hears("carol", "notify_activity")
    await dev.card("carol").get_by_role("button", name="Log out").click()
    await expect(dev.card("carol")).to_have_count(0)


async def test_wrong_credentials(dev: DevPage):
    await dev.page.get_by_label("Password").fill("wrong")
    await dev.page.get_by_role("button", name="Listen", exact=True).click()
    await expect(dev.card("carol").get_by_role("status")).to_have_text("wrong credentials")


async def test_a_dropped_client_comes_back(dev: DevPage):
    await dev.card("alice").get_by_role("button", name="Drop").click()
    await dev.hears("alice", "code 1006, without a close frame")
    await dev.listens("alice")


async def test_a_reset(dev: DevPage):
    await dev.page.get_by_role("button", name="Reset connections").click()
    await expect(dev.message).to_have_text("Every connection was reset.")
    await dev.hears("bob", "code 1000")
    await dev.listens("bob")


async def test_down_for_a_while(dev: DevPage):
    await dev.page.locator("#down").get_by_label("for").fill("1")
    await dev.page.get_by_role("button", name="Take down").click()
    await expect(dev.server).to_contain_text("push server down")
    await dev.hears("alice", "code 1001")
    await expect(dev.server).to_contain_text("push server up")
    await dev.listens("alice")


async def test_the_self_test(dev: DevPage):
    await dev.page.get_by_role("button", name="self-test").click()
    await expect(dev.message).to_contain_text("✓")
    assert "✗" not in await dev.message.inner_text()


async def test_what_was_published_is_shown(dev: DevPage):
    await dev.fire("Activity", For="admin")
    published = dev.page.get_by_label("Published messages").get_by_role("listitem")
    await expect(published.filter(has_text='{"user":"admin"}')).not_to_have_count(0)


async def test_nothing_comes_from_elsewhere(page: Page, place: Place):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await DevPage(page).open(place.url)
    assert [url for url in asked if not url.startswith(f"{place.url}/")] == []


# What it looks like: for eyes, in a folder that CI keeps


async def test_screenshots(dev: DevPage):
    for kind in ("Upload", "Notification", "Share", "Custom"):
        await dev.fire(kind)
    await dev.hears("alice", "myapp_progress")
    await dev.hears("alice", "notify_file_id")
    await dev.hears("bob", "notify_file")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for device, width in (("desktop", 1280), ("phone", 390)):
        await dev.page.set_viewport_size({"width": width, "height": 860})
        assert await dev.page.evaluate(FITS), f"wider than a {device}'s screen"
        for scheme in ("light", "dark"):
            await dev.page.emulate_media(color_scheme=scheme)
            file = SCREENSHOTS / f"dev-{device}-{scheme}.png"
            await dev.page.screenshot(path=file, full_page=True)
