"""Daemons to talk to, and the services around them.

Tests of one session share the services and two daemons: users, storages and tokens of their own
keep them apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis as redis_client

from notify_push.settings import Nextcloud, RedisNode, Settings
from notify_push.settings import Redis as RedisSettings
from support.background import in_background
from support.daemon import DaemonProcess, as_json, started
from support.databases import (
    NextcloudDatabase,
    SqliteDatabase,
    mariadb,
    postgres,
    sqlite,
    sqlite_database,
)
from support.in_process import InProcessDaemon, in_process
from support.nextcloud import Reply, Seen, StubNextcloud, stub_nextcloud
from support.redis import RedisServer
from support.websocket import WebSocket

__all__ = ["mariadb", "postgres", "sqlite"]

_numbers = itertools.count(1)


class Bus:
    """Redis as the app uses it: everything published in the order of the calls.

    Args:
        server: The server.
    """

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.client = redis_client.Redis(port=server.port)
        self.url = f"redis://127.0.0.1:{server.port}"

    def raw(self, channel: str, payload: bytes | str) -> None:
        """Publish bytes on a channel named without its prefix."""
        self.client.publish(f"notify_{channel}", payload)

    def publish(self, channel: str, payload: Any) -> None:
        """Publish a value as PHP encodes it."""
        self.raw(channel, as_json(payload))

    def storage_update(self, storage: int, path: str, file_id: int | None = None) -> None:
        """Tell of a changed file."""
        self.publish("storage_update", {"storage": storage, "path": path, "file_id": file_id})

    def custom(self, user: str, message: str) -> None:
        """Send a custom event without a body."""
        self.publish("custom", {"user": user, "message": message})

    def fence(self, client: WebSocket, user: str) -> list[str]:
        """What a client is sent before the daemon has handled all that was published."""
        last = f"fence {next(_numbers)}"
        self.custom(user, last)
        return [one for one in client.receive_until(last) if not one.startswith("fence ")]


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


Start = Callable[..., DaemonProcess]


@pytest.fixture
def start(environment: dict[str, str], nextcloud: StubNextcloud, bus: Bus) -> Iterator[Start]:
    """Start a daemon of the test's own: ``start(*flags, env={…}, **options)``."""
    with ExitStack() as stack:

        def starter(
            *flags: str, env: dict[str, str] | None = None, **options: Any
        ) -> DaemonProcess:
            return stack.enter_context(started(environment | (env or {}), *flags, **options))

        yield starter


StartTimed = Callable[..., InProcessDaemon]


@pytest.fixture
def start_timed(bus: Bus, nextcloud: StubNextcloud, mounts: SqliteDatabase) -> Iterator[StartTimed]:
    """Start a daemon whose clock the test moves: ``start_timed(**settings)``."""
    with ExitStack() as stack:

        def starter(*, wait: bool = True, **settings: Any) -> InProcessDaemon:
            defaults: dict[str, Any] = {
                "database": mounts.settings,
                "redis": RedisSettings(nodes=(RedisNode(port=bus.server.port),)),
                "nextcloud": Nextcloud(url=nextcloud.url, user_agent="notify_push/test"),
            }
            return stack.enter_context(in_process(Settings(**(defaults | settings)), wait=wait))

        yield starter


@pytest.fixture
def timed(start_timed: StartTimed) -> InProcessDaemon:
    """A daemon whose clock the test moves."""
    return start_timed()


@pytest.fixture
def user() -> str:
    """A user no other test knows."""
    return f"user{next(_numbers)}"


@pytest.fixture
def other() -> str:
    """Another one."""
    return f"other{next(_numbers)}"


@pytest.fixture
def storage() -> int:
    """A storage no other test knows; the 999 numbers behind it are the test's as well."""
    return 1000 * next(_numbers)
