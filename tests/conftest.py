"""What every test runs under: both loops of a daemon, and no failure that nobody looks at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from support.leftovers import none_left_behind
from support.loops import LOOPS
from support.redis import RedisServer, redis_server
from support.timeouts import pytest_timeout_set_timer

__all__ = ["pytest_timeout_set_timer"]

REFUSED_TLS = "Error on transport creation for incoming connection"
"""What asyncio's debug mode says of a client that does not trust a test server's certificate."""


ONE_LOOP = {"browser", "docs", "plugin"}
"""Folders of tests that drive programs beside them, by shared services that remember."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that the daemon uses, and on the one that it uses where that is missing."""
    if item.path.parent.name in ONE_LOOP or item.path.name == "test_page.py":
        return {"uvloop": LOOPS["uvloop"]}
    return LOOPS


WITH_SERVICES = {
    *("client/test_with_daemon.py", "dev/test_page.py"),
    *("config/test_corpus.py", "config/test_differential.py", "config/test_language.py"),
    *("config/test_connections.py", "config/test_truth.py"),
    *("server/database/test_database.py", "server/database/test_database_connections.py"),
    *("server/redis/test_redis_commands.py", "server/redis/test_subscriber.py"),
    "server/redis/test_subscriber_nodes.py",
}
"""Modules, of the folders that ``make unit`` runs, whose tests start Redis, a database, a browser
or PHP. A test that asks for one without being named fails there: see ``support.processes``."""

SERVICES = {"shared_redis", "redis"}
"""Fixtures that do; a test that uses one need not be named."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what an ordinary user's machine cannot run."""
    here = Path(__file__).parent
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if item.path.relative_to(here).as_posix() in WITH_SERVICES or SERVICES & {*fixtures}:
            item.add_marker("service")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name bytes by their place: masks of frames are random, and names must be the same in every
    process that runs tests side by side."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def no_forgotten_failure(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A failure in a task or callback that nobody awaits only reaches asyncio's log."""
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call"), *caplog.records]
    errors = [r.getMessage() for r in records if r.name == "asyncio" and r.levelno >= logging.ERROR]
    assert [text for text in errors if not text.startswith(REFUSED_TLS)] == []


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A daemon in the test's process sets levels and handlers for the whole of it."""
    names = ("", "notify_push", "notify_push.send", "notify_push.receive")
    before = [
        (logger, logger.level, logger.handlers[:]) for logger in map(logging.getLogger, names)
    ]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.fixture(scope="session", autouse=True)
def no_process_left_behind() -> Iterator[None]:
    """The first fixture, so that the others have ended their services when it looks."""
    with none_left_behind():
        yield


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """A Redis that tests share: their own users, storages and keys keep them apart."""
    with redis_server() as server:
        yield server
