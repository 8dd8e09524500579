"""Daemons to talk to, and the services around them.

Tests of one session share the services and two daemons: users, storages and tokens of their own
keep them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nextcloud_push.server.settings.load import load_settings, read_values
from support.background import in_background
from support.bus import Bus, unique
from support.clocks import CLOCKS
from support.daemon import DaemonProcess, Start, started
from support.databases import (
    NextcloudDatabase,
    SqliteDatabase,
    mariadb,
    postgres,
    sqlite,
    sqlite_database,
)
from support.in_process import InProcessDaemon, Run, StartTimed, in_process
from support.nextcloud import Reply, Seen, StubNextcloud, stub_nextcloud
from support.processes import scratch
from support.redis import RedisServer

__all__ = ["mariadb", "postgres", "sqlite"]


@pytest.fixture(scope="session")
def session_bus(shared_redis: RedisServer) -> Iterator[Bus]:
    bus = Bus(shared_redis)
    with bus.client:
        yield bus


@pytest.fixture
def bus(session_bus: Bus) -> Iterator[Bus]:
    """Redis, without keys."""
    yield session_bus
    session_bus.client.flushall()


@pytest.fixture(scope="session")
def session_nextcloud() -> Iterator[StubNextcloud]:
    with in_background(stub_nextcloud()) as stub:
        yield stub


@pytest.fixture
def nextcloud(session_nextcloud: StubNextcloud) -> Iterator[StubNextcloud]:
    """Nextcloud, which knows everybody with the password ``pw``."""
    stub = session_nextcloud

    async def uid(request: Seen) -> Reply:
        user, password = request.credentials() or ("", "")
        return Reply(body=user.encode()) if password == "pw" else Reply(401, b"{}")

    stub.replies = {"uid": uid}
    stub.seen.clear()
    yield stub
    stub.trusted_domain, stub.cookie, stub.on_version = True, 0, None


@pytest.fixture(scope="session")
def mounts() -> Iterator[SqliteDatabase]:
    """Nextcloud's tables in SQLite, shared by all tests."""
    with sqlite_database() as database:
        yield database


@pytest.fixture(scope="session")
def environment(
    session_bus: Bus, session_nextcloud: StubNextcloud, mounts: NextcloudDatabase
) -> dict[str, str]:
    """What the daemon needs to be told."""
    return {
        "DATABASE_URL": mounts.url,
        "REDIS_URL": session_bus.url,
        "NEXTCLOUD_URL": session_nextcloud.url,
    }


@pytest.fixture(scope="session")
def session_push(environment: dict[str, str]) -> Iterator[DaemonProcess]:
    with started(environment, metrics=True) as daemon:
        yield daemon


@pytest.fixture
def push(
    session_push: DaemonProcess, nextcloud: StubNextcloud, bus: Bus
) -> Iterator[DaemonProcess]:
    """The daemon as it is by default."""
    yield session_push
    session_push.hang_up()
    assert session_push.process.poll() is None, session_push.output.text


@pytest.fixture(scope="session")
def session_prompt(environment: dict[str, str]) -> Iterator[DaemonProcess]:
    with started(environment | {"DEBOUNCE_DISABLE": "1"}, metrics=True) as daemon:
        yield daemon


@pytest.fixture
def prompt(
    session_prompt: DaemonProcess, nextcloud: StubNextcloud, bus: Bus
) -> Iterator[DaemonProcess]:
    """A daemon that sends every message at once: what it does not send at once it never sends."""
    yield session_prompt
    session_prompt.hang_up()
    assert session_prompt.process.poll() is None, session_prompt.output.text


@pytest.fixture
def start(environment: dict[str, str], nextcloud: StubNextcloud, bus: Bus) -> Iterator[Start]:
    """Start a daemon of the test's own: ``start(*flags, env={…}, **options)``."""
    with ExitStack() as stack:

        def starter(
            *flags: str, env: dict[str, str] | None = None, **options: Any
        ) -> DaemonProcess:
            return stack.enter_context(started(environment | (env or {}), *flags, **options))

        yield starter


@pytest.fixture(params=list(CLOCKS))
def loop_name(request: pytest.FixtureRequest) -> str:
    """The loop that a daemon in the tests' process runs on: one after the other."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def start_timed(
    environment: dict[str, str], bus: Bus, nextcloud: StubNextcloud, loop_name: str
) -> Iterator[StartTimed]:
    """Start a daemon in a thread: ``start_timed(env={…}, setting=value, …)``."""
    with ExitStack() as stack:

        def starter(
            *, env: dict[str, str] | None = None, wait: bool = True, **changes: Any
        ) -> InProcessDaemon:
            settings = load_settings(read_values([], environment | (env or {})), None)
            return stack.enter_context(
                in_process(replace(settings, **changes), loop=loop_name, wait=wait)
            )

        yield starter


@pytest.fixture(params=[*CLOCKS, "process"])
def run(request: pytest.FixtureRequest) -> Run:
    """Start a daemon, in the tests' process on each loop, and as a process of its own."""
    if request.param == "process":
        start: Start = request.getfixturevalue("start")
        return lambda env: start(env=env)
    environment: dict[str, str] = request.getfixturevalue("environment")
    stack: ExitStack = request.getfixturevalue("stack")
    request.getfixturevalue("bus")
    request.getfixturevalue("nextcloud")

    def starter(env: dict[str, str]) -> InProcessDaemon:
        settings = load_settings(read_values([], environment | env), None)
        return stack.enter_context(in_process(settings, loop=request.param))

    return starter


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a test has opened, closed behind it."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def timed(start_timed: StartTimed) -> InProcessDaemon:
    """A daemon whose clock the test moves."""
    return start_timed()


@pytest.fixture
def user() -> str:
    """A user no other test knows."""
    return f"user{unique()}"


@pytest.fixture
def other() -> str:
    """Another one."""
    return f"other{unique()}"


@pytest.fixture
def storage() -> int:
    """A storage no other test knows; the 999 numbers behind it are the test's as well."""
    return 1000 * unique()


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder with a short path."""
    with scratch() as path:
        yield path
