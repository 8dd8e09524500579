from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import trustme

from client.fakes import FakeNextcloud, FakePush
from support.loops import LOOPS

PROCESSES = {"test_commands.py", "test_docs.py", "test_sync.py", "test_with_daemon.py"}
"""Modules where the client runs in a loop of its own."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The client has to work on any loop."""
    if item.path.name in PROCESSES:
        return {"asyncio": LOOPS["asyncio"]}
    return LOOPS


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def push() -> AsyncIterator[FakePush]:
    server = await FakePush().start()
    yield server
    await server.kill()


@pytest.fixture
async def nextcloud(push: FakePush) -> AsyncIterator[FakeNextcloud]:
    async with FakeNextcloud(push).running() as server:
        yield server


class Certificates:
    """A certificate authority nobody trusts yet, and a server's certificate from it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.server)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
async def only_this_task() -> AsyncIterator[None]:
    """Nothing the test started may outlive it."""
    before = asyncio.all_tasks()
    yield
    assert not asyncio.all_tasks() - before - {asyncio.current_task()}
