"""The tutorial and the JavaScript guide, done in a real browser and a real shell."""

from __future__ import annotations

import asyncio
import shlex
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from docs.blocks import Block, all_blocks, block
from docs.browser import chromium_page
from support.standin import Place, developer_mode

TUTORIAL = "docs/tutorial/first-notification.md"
GUIDE = "docs/how-to/listen-from-javascript.md"
COMMANDS = [b for b in all_blocks("sh") if b.page == TUTORIAL and "curl" in b.text]
UPLOAD, NOTIFY, SHARE = COMMANDS


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Developer mode, on a free port."""
    with developer_mode() as place:
        yield place


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """An empty page in a browser."""
    async with chromium_page() as page:
        yield page


def at(place: Place, text: str) -> str:
    """What the page says, for the address of this place."""
    assert "http://localhost:8080" in text
    return text.replace("http://localhost:8080", place.url)


async def run(command: Block, place: Place, folder: Path) -> None:
    """Run a block of shell commands."""
    script = "set -e; " + at(place, command.text).replace("curl ", "curl -sSf --noproxy '*' ")
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", script), cwd=folder, stdin=DEVNULL, stdout=DEVNULL
    )
    assert await shell.wait() == 0


async def test_the_page_of_the_tutorial(place: Place, page: Page, tmp_path: Path):
    (tmp_path / "first.html").write_text(at(place, block(TUTORIAL, "tutorial")))
    await page.goto((tmp_path / "first.html").as_uri())
    log = page.locator("#log")
    await log.filter(has_text="authenticated").wait_for()
    await run(UPLOAD, place, tmp_path)
    await log.filter(has_text="notify_file").wait_for()
    await run(NOTIFY, place, tmp_path)
    await log.filter(has_text="notify_notification").wait_for()
    assert "closed" not in await log.inner_text()


async def test_the_listener_of_the_tutorial(place: Place, tmp_path: Path):
    (command,) = [b for b in all_blocks("sh") if b.page == TUTORIAL and " listen " in b.text]
    _, *words = shlex.split(at(place, command.text))
    listener = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nextcloud_push", *words), stdout=PIPE, stderr=PIPE
    )
    assert listener.stdout
    assert listener.stderr
    async with asyncio.timeout(20):
        assert b"listening as alice" in await listener.stderr.readline()
        await run(UPLOAD, place, tmp_path)
        assert b"file" in await listener.stdout.readline()
    listener.terminate()
    await listener.communicate()


async def test_the_share_of_the_tutorial(place: Place, page: Page, tmp_path: Path):
    await start_listening(place, page, user="bob")
    await run(UPLOAD, place, tmp_path)
    await run(SHARE, place, tmp_path)
    await page.wait_for_function("heard.some(([type]) => type === 'notify_file')")


async def test_the_function_of_the_guide_comes_back(place: Place, page: Page):
    await start_listening(place, page, user="alice")
    await place.post("/dev/drop", {"user": "alice"})
    await page.wait_for_function("heard.filter(([type]) => type === 'connected').length === 2")
    await place.emit("custom", "alice", message="chat", body={"from": "bob"})
    await page.wait_for_function("heard.some(([type, body]) => type === 'chat' && body.from)")
    await page.evaluate("listening.stop()")


async def start_listening(place: Place, page: Page, user: str) -> None:
    """Use the function of the JavaScript guide, and wait until it is connected."""
    use = at(place, block(GUIDE, "use")).replace("alice", user)
    use = use.replace("console.log(type, body)", "heard.push([type, body])")
    await page.add_script_tag(content=f"const heard = []\n{block(GUIDE, 'listen')}\n{use}")
    await page.wait_for_function("heard.some(([type]) => type === 'connected')")
