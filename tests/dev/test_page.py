"""The page of developer mode in a real browser; screenshots land in `.artifacts/page`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from nextcloud_push.dev.run import DevOptions, DevServer, open_dev
from support.processes import free_port, program

ARTIFACTS = Path(__file__).parents[2] / ".artifacts" / "page"
FLAGS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def dev() -> AsyncIterator[DevServer]:
    async with open_dev(DevOptions(port=0, push_port=free_port(), debounce=False)) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=program("chromium"), args=FLAGS, chromium_sandbox=False
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(viewport={"width": 1360, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    await context.close()


async def open_page(browser: BrowserContext, dev: DevServer) -> Page:
    """The page with alice and bob listening; any error in its scripts fails the test."""
    page = await browser.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(dev.url)
    await expect(page.locator(".listener.up")).to_have_count(2, timeout=15_000)
    return page


def heard(page: Page, user: str) -> Any:
    return page.get_by_label(f"What {user} hears")


async def fire(page: Page, tab: str) -> None:
    await page.get_by_role("tab", name=tab, exact=True).click()
    await page.locator("#fire").click()
    await expect(page.locator("#outcome")).to_contain_text("done")


async def test_every_kind_of_event_by_button(browser: BrowserContext, dev: DevServer) -> None:
    page = await open_page(browser, dev)
    await fire(page, "Upload")
    await expect(heard(page, "alice")).to_contain_text("notify_file_id")
    await fire(page, "Share")
    await expect(heard(page, "bob")).to_contain_text("notify_notification")
    await expect(heard(page, "bob")).to_contain_text("notify_file")
    for tab, message in (
        ("Notification", "notify_notification"),
        ("Activity", "notify_activity"),
        ("Custom", 'myapp_progress{"done":3,"of":10}'),
    ):
        await fire(page, tab)
        await expect(heard(page, "alice")).to_contain_text(message)
    for tab in ("Folder", "Move", "Group"):
        await fire(page, tab)
    await expect(page.locator("#published")).to_contain_text("notify_group_membership_update")


async def test_a_server_that_goes_down_and_clients_that_come_back(
    browser: BrowserContext, dev: DevServer
) -> None:
    page = await open_page(browser, dev)
    await page.locator("#down input").fill("1")
    await page.get_by_role("button", name="Take down").click()
    await expect(heard(page, "alice")).to_contain_text("1001")
    await expect(page.locator("#server")).to_contain_text("down")
    await expect(page.locator(".listener.up")).to_have_count(2, timeout=15_000)
    await page.locator(".listener .drop").first.click()
    await expect(heard(page, "alice")).to_contain_text("1006")
    await page.get_by_role("button", name="Reset connections").click()
    await expect(heard(page, "bob")).to_contain_text("1000")


async def test_bodies_that_are_no_json_are_not_sent(
    browser: BrowserContext, dev: DevServer
) -> None:
    page = await open_page(browser, dev)
    await page.get_by_role("tab", name="Custom").click()
    await page.locator("textarea").fill("{")
    await expect(page.locator("#outcome")).to_contain_text("no JSON")
    await expect(page.locator("#fire")).to_be_disabled()


async def test_wrong_credentials_are_said_and_not_tried_again(
    browser: BrowserContext, dev: DevServer
) -> None:
    page = await open_page(browser, dev)
    await page.locator("#login input[name=password]").fill("wrong")
    await page.locator("#login button").click()
    await expect(page.locator(".listener.down .state")).to_have_text("wrong credentials")


async def test_by_keyboard_alone(browser: BrowserContext, dev: DevServer) -> None:
    page = await open_page(browser, dev)
    await page.locator("#tab-upload").focus()
    for _ in range(6):
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("#tab-activity")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(heard(page, "alice")).to_contain_text("notify_activity")


async def test_the_copied_line_is_shown_whole(browser: BrowserContext, dev: DevServer) -> None:
    page = await open_page(browser, dev)
    line = await page.locator("#curl").inner_text()
    assert line.startswith("curl -u alice:alice -X PUT")
    assert line.endswith(f"{dev.url}remote.php/dav/files/alice/hello.txt")


async def test_the_self_test_by_button(browser: BrowserContext, dev: DevServer) -> None:
    page = await open_page(browser, dev)
    await page.locator("#self-test").click()
    await expect(page.locator("#message")).to_contain_text("✓ has the app's version")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_screenshots(
    browser: BrowserContext, dev: DevServer, scheme: Literal["light", "dark"]
) -> None:
    page = await open_page(browser, dev)
    await page.emulate_media(color_scheme=scheme)
    for tab in ("Upload", "Share", "Notification", "Activity", "Custom"):
        await fire(page, tab)
    await expect(heard(page, "alice")).to_contain_text("myapp_progress")
    await page.locator(".listener .frames").nth(1).click()
    await expect(page.locator("#published")).to_contain_text("notify_custom")
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"page-{scheme}.png")
    # Nothing is wider than the screen of a phone.
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.screenshot(path=ARTIFACTS / f"page-{scheme}-phone.png", full_page=True)


async def test_what_comes_from_outside_is_only_ever_text(
    browser: BrowserContext, dev: DevServer
) -> None:
    page = await open_page(browser, dev)
    await dev.emit.custom("alice", "<img/src=x>", '<img src=x onerror="document.title=1">')
    await expect(heard(page, "alice")).to_contain_text("<img src=x onerror")
    assert await page.locator("main img").count() == 0
