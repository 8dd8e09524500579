"""A page in Debian's Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

from support.processes import program

__all__ = ["chromium_page"]


@asynccontextmanager
async def chromium_page() -> AsyncIterator[Page]:
    """Open an empty page in a browser of its own."""
    async with async_playwright() as playwright:
        chromium = playwright.chromium
        browser = await chromium.launch(executable_path=program("chromium"), chromium_sandbox=False)
        page = await browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        await browser.close()
