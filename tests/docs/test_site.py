"""The site builds without a warning, needs no other host, and no link of it is dead."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.blocks import PAGES, ROOT
from docs.browser import chromium_page

LOADED = {
    "audio": ("src",), "embed": ("src",), "iframe": ("src",), "image": ("href",),
    "img": ("src", "srcset"), "link": ("href",), "object": ("data",), "script": ("src",),
    "source": ("src", "srcset"), "track": ("src",), "use": ("href",), "video": ("src", "poster"),
}  # fmt: skip
"""What a browser loads without being asked, by tag."""

FOR_PEOPLE = {"canonical", "next", "prev", "alternate", "edit"}
"""Values of ``<link rel>`` that name a place and load nothing."""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *args: object) -> None:
        pass


class Page(HTMLParser):
    """What a page loads, links to, and can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and values.get("rel", "") in FOR_PEOPLE:
            return
        self.loads += [values[name] for name in LOADED.get(tag, ()) if name in values]
        self.loads += re.findall(r"url\(([^)]*)\)", values.get("style", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page of it."""
    return {path: Page(path.read_text("utf-8")) for path in site.rglob("*.html")}


def is_elsewhere(address: str) -> bool:
    return bool(urlsplit(address.strip(" '\"")).netloc)


def test_nothing_is_loaded_from_other_hosts(pages: dict[Path, Page]):
    assert len(pages) > 20
    for path, page in pages.items():
        assert [address for address in page.loads if is_elsewhere(address)] == [], path


async def test_a_browser_asks_no_other_host(site: Path):
    asked: list[str] = []
    handler = partial(QuietHandler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}"
        async with chromium_page() as page:
            page.on("request", lambda request: asked.append(request.url))
            for name in ("index.html", "reference/client.html"):
                # The page listens to its search field only once its scripts have run.
                await page.goto(f"{address}/{name}", wait_until="networkidle")
            field = page.locator("input[name=query]")
            await field.click()
            await field.press_sequentially("debouncing")
            await page.locator(".md-search-result__item").first.wait_for()
        server.shutdown()
    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []


def test_style_sheets_load_nothing_from_other_hosts(site: Path):
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text("utf-8")
        loaded = re.findall(r"url\(([^)]*)\)|@import\s+['\"]([^'\"]*)", text)
        assert [one for found in loaded for one in found if is_elsewhere(one)] == [], sheet


def test_no_link_within_the_site_is_dead(pages: dict[Path, Page]):
    dead = []
    for path, page in pages.items():
        if path.name == "404.html":  # is shown anywhere: its links begin at the root
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].ids if target in pages else None
            if known is None or (parts.fragment and unquote(parts.fragment) not in known):
                dead.append((path.name, link))
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_link_of_the_sources_is_dead(page: Path):
    """README and its neighbours are read where the files are."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)", text)
    here = [link for link in links if not urlsplit(link).scheme]
    assert [link for link in here if not (page.parent / link).exists()] == []
