"""A daemon with real Redis and SQLite, and in front of it each proxy in turn."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from nextcloud_push.server.settings import Nextcloud, Settings
from support.background import in_background
from support.clocks import CLOCKS
from support.daemon import DaemonProcess, started
from support.databases import SqliteDatabase, sqlite_database
from support.in_process import InProcessDaemon, in_process
from support.nextcloud import Reply, Seen, StubNextcloud, stub_nextcloud
from support.processes import scratch
from support.proxies import KINDS, Certificate, Proxy, proxy
from support.redis import RedisServer

_numbers = itertools.count(1)

Publish = Callable[..., None]


async def _uid(request: Seen) -> Reply:
    """Everybody is known with the password ``pw``."""
    user, password = request.credentials() or ("", "")
    return Reply(body=user.encode()) if password == "pw" else Reply(401, b"{}")


@pytest.fixture(scope="session")
def nextcloud() -> Iterator[StubNextcloud]:
    with in_background(stub_nextcloud()) as stub:
        stub.replies["uid"] = _uid
        yield stub


@pytest.fixture(scope="session")
def mounts() -> Iterator[SqliteDatabase]:
    with sqlite_database() as database:
        yield database


@pytest.fixture(scope="session")
def environment(
    shared_redis: RedisServer, nextcloud: StubNextcloud, mounts: SqliteDatabase
) -> dict[str, str]:
    return {
        "DATABASE_URL": mounts.url,
        "REDIS_URL": f"redis://127.0.0.1:{shared_redis.port}",
        "NEXTCLOUD_URL": nextcloud.url,
    }


@pytest.fixture(scope="session")
def daemon(environment: dict[str, str]) -> Iterator[DaemonProcess]:
    with started(environment, metrics=True) as running:
        yield running


@pytest.fixture(params=list(CLOCKS))
def timed(
    request: pytest.FixtureRequest,
    shared_redis: RedisServer,
    nextcloud: StubNextcloud,
    mounts: SqliteDatabase,
) -> Iterator[InProcessDaemon]:
    """A daemon whose clock the test moves."""
    settings = Settings(
        database=mounts.settings,
        redis=shared_redis.settings,
        nextcloud=Nextcloud(url=nextcloud.url, user_agent="notify_push/test"),
    )
    with in_process(settings, loop=request.param) as running:
        yield running


@pytest.fixture
def publish(shared_redis: RedisServer) -> Publish:
    """Publish as the app does: ``publish("custom", user="u", message="m")``."""

    def send(channel: str, **payload: Any) -> None:
        assert shared_redis.publish(f"notify_{channel}", json.dumps(payload)) > 0

    return send


@pytest.fixture(scope="session")
def certificate() -> Iterator[Certificate]:
    with scratch() as folder:
        yield Certificate.make(folder)


RunProxy = Callable[..., Proxy]


@pytest.fixture(scope="session")
def run_proxy(daemon: DaemonProcess, certificate: Certificate) -> Iterator[RunProxy]:
    """Start a proxy once for all tests: ``run_proxy("nginx", tls=True)``."""
    assert isinstance(daemon.address, tuple)
    upstream = f"127.0.0.1:{daemon.address[1]}"
    with ExitStack() as stack:

        @cache
        def run(kind: str, *, tls: bool = False, keep_prefix: bool = False) -> Proxy:
            shown = certificate if tls else None
            manager = proxy(kind, upstream, certificate=shown, keep_prefix=keep_prefix)
            return stack.enter_context(manager)

        yield run


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of proxy in turn."""
    return str(request.param)


@pytest.fixture(params=["plain", "tls"])
def front(request: pytest.FixtureRequest, kind: str, run_proxy: RunProxy) -> Proxy:
    """Each proxy in turn, plain and with TLS, in front of the daemon."""
    return run_proxy(kind, tls=request.param == "tls")


@pytest.fixture
def user() -> str:
    """A user no other test knows."""
    return f"proxied{next(_numbers)}"
