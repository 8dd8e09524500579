"""Debian's Chromium, driven by playwright, and places for it to visit."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from support.browser import TIME, Wire
from support.processes import program
from support.proxies import ROOT
from support.redis import RedisServer
from support.standin import Place, behind_nginx, developer_mode

FLAGS = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[BrowserContext]:
    """One browser for all tests; it takes certificates of a private CA."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=program("chromium"), args=FLAGS, chromium_sandbox=False
        )
        # A window of its own for each test would cost half a second of CPU each time.
        browser = await chromium.new_context(ignore_https_errors=True)
        browser.set_default_timeout(TIME)
        expect.set_options(timeout=TIME)
        yield browser
        await browser.close()
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: BrowserContext) -> AsyncIterator[Page]:
    """A page of a browser without cookies; none of its scripts may fail."""
    await browser.clear_cookies()
    page = await browser.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    await page.close()
    assert not failures


@pytest.fixture
def wire(page: Page) -> Wire:
    """What goes over the page's WebSockets."""
    return Wire(page)


@pytest.fixture(scope="session")
def web_client() -> Path:
    """Nextcloud's own web client as one script."""
    subprocess.run([ROOT / "scripts" / "bundle-web-client"], check=True, timeout=50)
    return ROOT / ".artifacts" / "web" / "client.js"


Visit = Callable[[str], Place]


@pytest.fixture(scope="session")
def visit(shared_redis: RedisServer) -> Iterator[Visit]:
    """Find a place by its name; it is made when it is visited first."""
    with ExitStack() as stack:

        @cache
        def make(name: str) -> Place:
            if name == "dev":
                return stack.enter_context(developer_mode())
            tls = name == "nginx-tls"
            return stack.enter_context(behind_nginx(shared_redis.settings, tls=tls))

        yield make


@pytest.fixture(params=["dev", "nginx", "nginx-tls"])
def place(request: pytest.FixtureRequest, visit: Visit) -> Place:
    """Developer mode; the daemon behind nginx; the same with TLS."""
    return visit(request.param)
