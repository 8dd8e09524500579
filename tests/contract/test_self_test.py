"""The app's self-test against the running daemon, request by request as the app makes them."""

from __future__ import annotations

import pytest

from support.bus import Bus
from support.daemon import DaemonProcess, Start
from support.databases import SqliteDatabase
from support.nextcloud import Reply, StubNextcloud
from support.waiting import wait_for

TOKEN = "t" * 32


@pytest.fixture
def tested(push: DaemonProcess, bus: Bus) -> DaemonProcess:
    """A daemon while a self-test runs."""
    bus.client.set("test-token", TOKEN)
    return push


def ask(daemon: DaemonProcess, path: str, method: str = "GET") -> str:
    """The answer to a request with the token."""
    reply = daemon.http(f"{method} {path}", f"token: {TOKEN}", "Content-Length: 0")
    assert reply.status == 200
    return reply.body


def published(bus: Bus, daemon: DaemonProcess, cookie: int) -> None:
    bus.raw("test_cookie", str(cookie))
    wait_for(lambda: ask(daemon, "/test/cookie") == str(cookie))


@pytest.mark.parametrize("base", ["", "/", "/push", "/push/", "/nextcloud/push/"])
def test_all_of_it(
    tested: DaemonProcess,
    bus: Bus,
    nextcloud: StubNextcloud,
    mounts: SqliteDatabase,
    storage: int,
    base: str,
):
    """The app joins its base endpoint and the path without trimming."""
    mounts.add_mounts([(storage, "", "a"), (storage, "", "b"), (storage, "files", "c")])
    published(bus, tested, 987654321)
    nextcloud.cookie = 987654321
    assert ask(tested, f"{base}/test/cookie") == "987654321"
    assert ask(tested, f"{base}/test/mapping/{storage}") == "2"
    assert ask(tested, f"{base}/test/reverse_cookie") == "987654321"
    assert ask(tested, f"{base}/test/remote/1.2.3.4") == "1.2.3.4"
    bus.client.delete("notify_push_version")
    assert ask(tested, f"{base}/test/version", "POST") == "set"
    assert bus.client.get("notify_push_version") == b"1.4.0"


def test_the_wizard_asks_without_a_token(push: DaemonProcess):
    reply = push.http("GET /test/cookie")
    assert (reply.status, reply.body) == (200, "0")


@pytest.mark.parametrize("path", ["cookie", "reverse_cookie", "mapping/1", "remote/1.2.3.4"])
@pytest.mark.parametrize("headers", [("token: wrong",), ("token:",), ("Token: T" + "t" * 31,)])
def test_a_wrong_token(tested: DaemonProcess, path: str, headers: tuple[str, ...]):
    reply = tested.http(f"GET /test/{path}", *headers)
    assert (reply.status, reply.body) == (403, "")


@pytest.mark.parametrize("path", ["reverse_cookie", "mapping/1", "remote/1.2.3.4"])
def test_no_token(tested: DaemonProcess, path: str):
    assert tested.http(f"GET /test/{path}").status == 403


@pytest.mark.parametrize("key", [None, ""])
@pytest.mark.parametrize("line", ["GET /test/mapping/1", "POST /test/version", "GET /test/cookie"])
def test_an_absent_or_empty_key_refuses(push: DaemonProcess, bus: Bus, key: str | None, line: str):
    if key is not None:
        bus.client.set("test-token", key)
    for header in ("token:", "token: x"):
        assert push.http(line, header, "Content-Length: 0").status == 403
    assert bus.client.get("notify_push_version") is None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/test",
        "/test/",
        "/test/unknown",
        "/test/mapping",
        "/test/mapping/x",
        "/test/mapping/-1",
        "/test/mapping/4294967296",
        "/test/mapping/1.0",
        "/test/mapping/%31%20",
        "/test/remote/x",
        "/test/remote/1.2.3",
        "/test/remote/1.2.3.4.5",
        "/index.html",
    ],
)
def test_what_is_not_there(tested: DaemonProcess, path: str):
    assert tested.http(f"GET {path}", f"token: {TOKEN}").status == 404


@pytest.mark.parametrize(
    "line",
    ["POST /test/cookie", "GET /test/version", "PUT /test/version", "DELETE /test/mapping/1"],
)
def test_a_wrong_method(tested: DaemonProcess, line: str):
    assert tested.http(line, f"token: {TOKEN}", "Content-Length: 0").status == 405


@pytest.mark.parametrize("address", ["1.2.3.4", "2001:db8::1", "::1", "255.255.255.255"])
def test_remote_passes_one_address_on(
    tested: DaemonProcess, nextcloud: StubNextcloud, address: str
):
    reply = tested.http(
        f"GET /test/remote/{address}", f"token: {TOKEN}", "X-Forwarded-For: 9.9.9.9"
    )
    assert (reply.status, reply.body) == (200, address)
    assert nextcloud.seen[-1].headers["x-forwarded-for"] == address
    assert nextcloud.seen[-1].headers["token"] == TOKEN


@pytest.mark.parametrize("path", ["reverse_cookie", "remote/1.2.3.4"])
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (404, "Client error: 404 Not Found"),
        (403, "Client error: 403 Forbidden"),
        (500, "Server error: 500 Internal Server Error"),
        (503, "Server error: 503 Service Unavailable"),
    ],
)
def test_errors_of_nextcloud_are_text(
    tested: DaemonProcess, nextcloud: StubNextcloud, path: str, status: int, text: str
):
    nextcloud.replies[f"test/{path.split('/')[0].removeprefix('reverse_')}"] = Reply(status)
    assert text in ask(tested, f"/test/{path}")


def test_an_untrusted_domain_is_named(tested: DaemonProcess, nextcloud: StubNextcloud):
    nextcloud.trusted_domain = False
    expected = "127.0.0.1 is not configured as a trusted domain for the nextcloud server"
    assert ask(tested, "/test/reverse_cookie") == expected


@pytest.mark.parametrize("body", [b"", b"nonsense", b"<html>", b"-1", b"\xff", b"1.5", b"[1]"])
def test_no_cookie(tested: DaemonProcess, nextcloud: StubNextcloud, body: bytes):
    nextcloud.replies["test/cookie"] = Reply(body=body)
    answer = ask(tested, "/test/reverse_cookie")
    assert answer.startswith("Invalid response when getting test cookie: ")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"<html>", b"\xff", b"1.2.3"])
def test_no_address(tested: DaemonProcess, nextcloud: StubNextcloud, body: bytes):
    nextcloud.replies["test/remote"] = Reply(body=body)
    start = "Invalid response when testing if the push server is a trusted proxy: "
    assert ask(tested, "/test/remote/1.2.3.4").startswith(start)


def test_a_database_that_does_not_answer_counts_nothing(start: Start, bus: Bus):
    daemon = start(env={"DATABASE_URL": "sqlite:///nowhere/nc.db"}, wait=False)
    bus.client.set("test-token", TOKEN)
    assert ask(daemon, "/test/mapping/1") == "0"


def test_redis_out_of_reach_refuses(start: Start):
    daemon = start(env={"REDIS_URL": "redis://127.0.0.1:9"}, wait=False)
    assert daemon.http("GET /test/mapping/1", f"token: {TOKEN}").status == 403
    assert daemon.http("GET /test/cookie").body == "0"


# Health


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/health", "/ready", "/push/health", "/push/ready"])
def test_health_and_readiness(push: DaemonProcess, version: str, method: str, path: str):
    reply = push.http(f"{method} {path}", version=version)
    assert reply.status == 200
    assert bool(reply.body) is (method == "GET")


def test_readiness_needs_redis(start: Start):
    daemon = start(env={"REDIS_URL": "redis://127.0.0.1:9"}, wait=False)
    assert daemon.http("GET /ready").status == 503
    assert daemon.http("GET /health").status == 200


def test_metrics_are_not_on_the_main_listener(push: DaemonProcess):
    assert push.http("GET /metrics").status == 404
