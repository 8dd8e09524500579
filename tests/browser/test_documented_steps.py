"""A page that takes the steps of Nextcloud's developer documentation, from whatever origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from support.standin import Place

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = Path(__file__).with_name("pages")
LISTEN = """async ([nextcloud, user, password, given]) => {
    const { websocket } = await discover(nextcloud, user, password)
    connect(websocket, user, given)
}"""
LISTEN_BY_TOKEN = """async ([nextcloud, user, password]) => {
    const { websocket, pre_auth } = await discover(nextcloud, user, password)
    connect(websocket, '', await preAuthenticate(pre_auth, user, password))
}"""
UPLOAD = "([nextcloud, user, password]) => upload(nextcloud, user, password, 'a.txt', 'hello')"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def app_developers_server() -> Iterator[str]:
    """What an app's developer serves the own page with."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=PAGES)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def other_origin() -> Iterator[str]:
    with app_developers_server() as url:
        yield url


@pytest.fixture(
    params=[("dev", "same origin"), ("dev", "other origin"), ("nginx-tls", "other origin")],
    ids=" at ".join,
)
def where(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Which Nextcloud, and where the page comes from."""
    name, origin = request.param
    return name, origin


@pytest.fixture
def place(where: tuple[str, str], visit: Callable[[str], Place]) -> Place:
    return visit(where[0])


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(where: tuple[str, str], page: Page, place: Place, other_origin: str) -> Page:
    """A page with the script, at the Nextcloud's own origin or at another one."""
    if where[1] == "same origin":
        await page.goto(f"{place.url}/index.php/login")
        await page.add_script_tag(path=PAGES / "documented.js")
    else:
        await page.goto(f"{other_origin}/documented.html")
    return page


async def log_is(page: Page, *lines: str) -> None:
    await expect(page.locator("#log")).to_have_text("\n".join([*lines, ""]))


async def test_credentials(visitor: Page, place: Place):
    await visitor.evaluate(LISTEN, [place.url, "carol", "carol", "carol"])
    await log_is(visitor, "authenticated")
    await place.emit("notification", "carol")
    await log_is(visitor, "authenticated", "notify_notification")


async def test_a_token(visitor: Page, place: Place):
    await visitor.evaluate(LISTEN_BY_TOKEN, [place.url, "carol", "carol"])
    await log_is(visitor, "authenticated")
    await place.emit("activity", "carol")
    await log_is(visitor, "authenticated", "notify_activity")


async def test_wrong_credentials(visitor: Page, place: Place):
    await visitor.evaluate(LISTEN, [place.url, "carol", "carol", "wrong"])
    await log_is(visitor, "err: Invalid credentials", "closed 1008")


async def test_a_file_that_the_page_uploads(visitor: Page, place: Place):
    await visitor.evaluate(LISTEN, [place.url, "carol", "carol", "carol"])
    await log_is(visitor, "authenticated")
    assert await visitor.evaluate(UPLOAD, [place.url, "carol", "carol"]) in (201, 204)
    await log_is(visitor, "authenticated", "notify_file")
