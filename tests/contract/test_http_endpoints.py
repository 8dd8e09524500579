"""The endpoints, byte by byte at real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import Mock

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from nextcloud_push.server.errors import (
    DatabaseError,
    NextcloudUnreachable,
    RedisError,
    UnexpectedStatus,
    UntrustedDomain,
)
from nextcloud_push.server.listener.exposition import metrics_routes
from nextcloud_push.server.listener.health import health_routes
from nextcloud_push.server.listener.http import Handler, HttpProtocol, close_all
from nextcloud_push.server.listener.request import HttpRequest, HttpResponse, text
from nextcloud_push.server.listener.routes import Route, Router
from nextcloud_push.server.listener.selftest import SelfTest, selftest_routes
from nextcloud_push.server.metrics import SERIES, Counters, Metrics

TOKEN = b"0123456789abcdef0123456789abcdef"
DOCS = Path(__file__).parents[2] / "docs/reference/endpoints.md"


@dataclass
class FakeNextcloud:
    """Answers the self-test's calls to Nextcloud, or fails them."""

    failure: Exception | None = None
    asked: list[object] = field(default_factory=list)

    async def test_cookie(self, token: bytes) -> int:
        self.asked.append(token)
        if self.failure:
            raise self.failure
        return 99

    async def test_remote(self, address: str, token: bytes) -> str:
        self.asked.append((address, token))
        if self.failure:
            raise self.failure
        return address


@dataclass
class App:
    """The daemon behind the endpoints."""

    cookie: int = 42
    token: bytes | None = TOKEN
    nextcloud: FakeNextcloud = field(default_factory=FakeNextcloud)
    redis_down: bool = False
    database_down: bool = False
    ready: tuple[bool, str] = (True, "")
    version_set: int = 0
    queries: int = 0

    async def get(self, key: str) -> bytes | None:
        assert key == "test-token"
        if self.redis_down:
            raise RedisError("connection refused")
        return self.token

    async def set(self, key: str, value: bytes | str) -> None:
        assert (key, value) == ("notify_push_version", "1.4.0")
        if self.redis_down:
            raise RedisError("connection refused")
        self.version_set += 1

    async def mounts_of_storages(
        self, storages: Collection[int]
    ) -> dict[int, list[tuple[str, str]]]:
        """One mount of a whole storage, and more by its last digits; one below it as well."""
        if self.database_down:
            raise DatabaseError("connection refused")
        (storage,) = storages
        users = [f"user{number}" for number in range(storage % 1000 + 1)]
        return {storage: [*((user, "") for user in users), ("user0", "files/shared")]}

    def routes(self) -> list[Route]:
        """What is served for it."""
        return selftest_routes(
            SelfTest(
                keys=self,
                nextcloud=self.nextcloud,
                mounts=self,
                cookie=lambda: self.cookie,
                version=lambda: "1.4.0",
                count_query=self.count_query,
            )
        )

    def count_query(self) -> None:
        self.queries += 1


@dataclass
class Answer:
    """An answer taken apart."""

    status: int
    headers: dict[str, str]
    body: str


class Server:
    """The protocol on a loopback port; ``connections`` are its connections."""

    def __init__(self, handler: Handler, **limits: float) -> None:
        self.handler = handler
        self.limits = limits
        self.connections: set[HttpProtocol] = set()
        self.port = 0

    def protocol(self) -> HttpProtocol:
        return HttpProtocol(self.handler, connections=self.connections, **self.limits)

    async def start(self, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self.protocol, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def send(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        try:
            return await reader.read()
        finally:
            writer.transport.abort()

    async def ask(self, line: str, *headers: str) -> Answer:
        head = "\r\n".join([f"{line} HTTP/1.1", "Host: push", *headers, "", ""])
        return parse(await self.send(head.encode()))

    async def ask_with_token(self, line: str) -> Answer:
        return await self.ask(line, f"token: {TOKEN.decode()}")


def no_metrics() -> Metrics:
    gauges = {name for series in SERIES for name in series.sources} - set(Counters.__slots__)
    return Metrics(Counters(), {name: int for name in gauges if "messages_" not in name})


def parse(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    return Answer(int(first.split(" ")[1]), {k.lower(): v for k, v in pairs}, body.decode())


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def server(app: App) -> AsyncIterator[Server]:
    routes = [*app.routes(), *health_routes(lambda: app.ready)]
    running = Server(Router(*routes, *metrics_routes(no_metrics())))
    listener = await running.start()
    yield running
    listener.close()
    await close_all(running.connections, 0)


async def slow(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(30)
    return text(200, "late")


Serve = Callable[..., Awaitable[Server]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            handler: Handler, tls: ssl.SSLContext | None = None, **limits: float
        ) -> Server:
            running = Server(handler, **limits)
            stack.enter_context(contextlib.closing(await running.start(tls)))
            return running

        yield start


# What the self-test asks


async def test_cookie(server: Server):
    answer = await server.ask_with_token("GET /test/cookie")
    assert (answer.status, answer.body) == (200, "42")


async def test_cookie_without_a_token_header_is_zero(server: Server):
    answer = await server.ask("GET /test/cookie")
    assert (answer.status, answer.body) == (200, "0")


@pytest.mark.parametrize(
    "line",
    [
        "GET /test/reverse_cookie",
        "GET /test/mapping/1",
        "GET /test/remote/1.2.3.4",
        "POST /test/version",
    ],
)
async def test_other_tests_need_a_token(server: Server, app: App, line: str):
    answer = await server.ask(line)
    assert (answer.status, answer.body) == (403, "")
    assert not app.nextcloud.asked
    assert app.version_set == 0


@pytest.mark.parametrize(
    "headers",
    [["token: wrong"], ["token:"], [f"token: {TOKEN.decode()}x"], ["token: \xe9"]],
)
async def test_a_wrong_token_is_refused(server: Server, headers: list[str]):
    assert (await server.ask("GET /test/cookie", *headers)).status == 403


async def test_two_token_lines_are_refused(server: Server):
    line = f"token: {TOKEN.decode()}"
    assert (await server.ask("GET /test/cookie", line, line)).status == 403


@pytest.mark.parametrize("key", [None, b""])
async def test_an_absent_or_empty_key_refuses(server: Server, app: App, key: bytes | None):
    app.token = key
    assert (await server.ask("GET /test/cookie", "token:")).status == 403
    assert (await server.ask("GET /test/cookie", "token: x")).status == 403


async def test_a_token_that_cannot_be_read_refuses_and_is_logged(
    server: Server, app: App, caplog: pytest.LogCaptureFixture
):
    app.redis_down = True
    assert (await server.ask_with_token("GET /test/cookie")).status == 403
    assert "cannot be read from Redis" in caplog.text
    assert TOKEN.decode() not in caplog.text


async def test_reverse_cookie(server: Server, app: App):
    answer = await server.ask_with_token("GET /test/reverse_cookie")
    assert (answer.status, answer.body) == (200, "99")
    assert app.nextcloud.asked == [TOKEN]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (
            UntrustedDomain("cloud.example"),
            "cloud.example is not configured as a trusted domain for the nextcloud server",
        ),
        (UnexpectedStatus(403), "Client error: 403 Forbidden"),
        (
            NextcloudUnreachable("connection refused"),
            "Error while connecting to nextcloud: connection refused",
        ),
    ],
)
async def test_reverse_cookie_answers_errors_as_text(
    server: Server, app: App, failure: Exception, words: str
):
    app.nextcloud.failure = failure
    answer = await server.ask_with_token("GET /test/reverse_cookie")
    assert (answer.status, answer.body) == (200, words)


@pytest.mark.parametrize(("storage", "count"), [("0", "1"), ("7", "8"), ("4294967295", "296")])
async def test_mapping(server: Server, storage: str, count: str):
    answer = await server.ask_with_token(f"GET /test/mapping/{storage}")
    assert (answer.status, answer.body) == (200, count)


async def test_mapping_is_zero_on_error(server: Server, app: App):
    app.database_down = True
    answer = await server.ask_with_token("GET /test/mapping/7")
    assert (answer.status, answer.body) == (200, "0")


@pytest.mark.parametrize("address", ["1.2.3.4", "2001:db8::1", "2001%3Adb8%3A%3A1"])
async def test_remote(server: Server, app: App, address: str):
    answer = await server.ask_with_token(f"GET /test/remote/{address}")
    assert (answer.status, answer.body) == (200, address.replace("%3A", ":"))


async def test_remote_answers_errors_as_text(server: Server, app: App):
    app.nextcloud.failure = UnexpectedStatus(502)
    answer = await server.ask_with_token("GET /test/remote/1.2.3.4")
    assert (answer.status, answer.body) == (200, "Server error: 502 Bad Gateway")


async def test_version(server: Server, app: App):
    answer = await server.ask_with_token("POST /test/version")
    assert (answer.status, answer.body, app.version_set) == (200, "set", 1)


async def test_version_with_a_body(server: Server):
    head = f"POST /test/version HTTP/1.1\r\nHost: x\r\ntoken: {TOKEN.decode()}\r\n"
    data = head.encode() + b"Content-Length: 5\r\n\r\nhello"
    assert parse(await server.send(data)).body == "set"


async def test_version_fails_as_text(server: Server, app: App, monkeypatch: pytest.MonkeyPatch):
    async def fail(key: str, value: bytes | str) -> None:
        raise RedisError("read only")

    monkeypatch.setattr(app, "set", fail)
    answer = await server.ask_with_token("POST /test/version")
    assert (answer.status, answer.body) == (200, "error")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/test", "/test/", "/test/cookies", "/test/mapping", "/test/mapping/", "/ws/x",
        "/test/mapping/-1", "/test/mapping/4294967296", "/test/mapping/x", "/test/mapping/1.0",
        "/test/mapping/%D9%A1", "/test/remote/1.2.3", "/test/remote/host", "/test/remote/::1%25x",
        "/test/remote/1.2.3.4%0d%0aX:1", "/testcookie", "//", "/%00", "/test%2Fcookie",
    ],
)  # fmt: skip
async def test_anything_else_is_not_found(server: Server, path: str):
    assert (await server.ask_with_token(f"GET {path}")).status == 404


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("POST /test/cookie", "GET"),
        ("HEAD /test/cookie", "GET"),
        ("PUT /test/mapping/1", "GET"),
        ("DELETE /test/remote/1.2.3.4", "GET"),
        ("GET /test/version", "POST"),
        ("POST /ws", "GET"),
        ("POST /health", "GET, HEAD"),
        ("get /health", "GET, HEAD"),
    ],
)
async def test_a_known_path_with_a_wrong_method(server: Server, line: str, allowed: str):
    answer = await server.ask(line)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path",
    [
        "/push/test/cookie",
        "/nextcloud/push/test/cookie",
        "//test/cookie",
        "/test/cookie/",
        "/test//cookie",
        "/test/cookie?x=/health",
        "http://push/test/cookie",
    ],
)
async def test_paths_below_any_prefix(server: Server, path: str):
    assert (await server.ask_with_token(f"GET {path}")).body == "42"


@pytest.mark.parametrize("path", ["/ws", "/push/ws", "//ws/"])
async def test_ws_without_upgrade(server: Server, path: str):
    answer = await server.ask(f"GET {path}")
    assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")


# Health and readiness


async def test_health(server: Server):
    assert (await server.ask("GET /health")).body == "ok"


async def test_ready(server: Server):
    assert (await server.ask("GET /push/ready")).status == 200


async def test_not_ready_says_why(server: Server, app: App):
    app.ready = False, "draining"
    answer = await server.ask("GET /ready")
    assert (answer.status, answer.body) == (503, "draining")


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
async def test_head_has_the_length_and_no_body(server: Server, path: str):
    answer = await server.ask(f"HEAD {path}")
    assert (answer.status, answer.body) == (200, "")
    assert int(answer.headers["content-length"]) > 0


async def test_http_1_0(server: Server):
    answer = parse(await server.send(b"GET /health HTTP/1.0\r\n\r\n"))
    assert (answer.status, answer.body, answer.headers["connection"]) == (200, "ok", "close")


async def test_metrics(server: Server):
    answer = await server.ask("GET /metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "\nactive_connection_count 0.0\n" in answer.body


# The protocol


async def test_a_request_byte_by_byte(server: Server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for byte in b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n":
        writer.write(bytes([byte]))
        await writer.drain()
    assert parse(await reader.read()).body == "ok"
    writer.close()


async def test_what_follows_the_request_is_ignored(server: Server):
    data = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    assert (await server.send(data * 3)).count(b"HTTP/1.1 200") == 1


async def test_a_half_closed_client_is_answered(server: Server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    writer.write_eof()
    assert parse(await reader.read()).body == "ok"
    writer.close()


async def test_a_target_that_is_no_url(server: Server):
    assert (await server.ask("GET http://[bad/health")).status == 404


async def test_expect_100_continue(server: Server):
    head = f"POST /test/version HTTP/1.1\r\nHost: x\r\ntoken: {TOKEN.decode()}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head.encode() + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    writer.write(b"{}")
    assert parse(await reader.read()).body == "set"
    writer.close()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET /health\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header: 1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 17000, 431),
        (b"GET /" + b"x" * 17000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 17000 + b"\r\n\r\n", 431),
    ],
)
async def test_hostile_input_is_refused(server: Server, data: bytes, status: int):
    answer = parse(await server.send(data))
    assert (answer.status, answer.headers["connection"]) == (status, "close")


MESSY = st.lists(
    st.sampled_from(
        [b"GET ", b"POST ", b"/health", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"Host: x",
         b"Content-Length: ", b"3", b"-", b"Transfer-Encoding: chunked", b"Expect: 100-continue",
         b"Upgrade: websocket", b"Connection: upgrade", b"\x00", b"\xff", b" ", b":", b"HEAD "]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


@given(MESSY, st.integers(1, 40))
@settings(max_examples=150, deadline=None)
async def test_whatever_comes_is_answered_once_or_awaited(data: bytes, size: int):
    transport = Mock(is_closing=Mock(return_value=False))
    protocol = HttpProtocol(Router(*health_routes(lambda: (True, ""))))
    protocol.connection_made(transport)
    for start in range(0, len(data), size):
        protocol.data_received(data[start : start + size])
        transport.is_closing.return_value = transport.close.called
    await asyncio.sleep(0)
    written = b"".join(call.args[0] for call in transport.write.call_args_list)
    assert len(re.findall(rb"HTTP/1.1 [2-5]", written)) == transport.close.call_count <= 1
    protocol.connection_lost(None)


async def test_a_body_too_large_is_refused(server: Server):
    head = b"POST /test/version HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n"
    assert parse(await server.send(head + b"x" * 65537)).status == 413


async def test_a_request_that_does_not_come_is_dropped(serve: Serve):
    server = await serve(slow, request_timeout=0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /health HTTP/1.1\r\n")
    assert await reader.read() == b""
    writer.close()


async def test_a_client_that_does_not_read_is_dropped(serve: Serve):
    async def large(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, b"x" * 50_000_000)

    server = await serve(large, flush_timeout=0.2)
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(10):
            while not server.connections:
                await asyncio.sleep(0.01)
            while server.connections:
                await asyncio.sleep(0.01)


async def test_a_failing_handler_costs_its_own_connection(
    serve: Serve, caplog: pytest.LogCaptureFixture
):
    async def fail(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError("oops")

    answer = await (await serve(fail)).ask("GET /x", "token: secret-token")
    assert (answer.status, answer.body) == (500, "internal error")
    assert "oops" in caplog.text
    assert "secret-token" not in caplog.text


async def test_a_handler_ends_when_its_client_leaves(serve: Serve):
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait(request: HttpRequest) -> HttpResponse:
        started.set()
        try:
            return await slow(request)
        finally:
            ended.set()

    server = await serve(wait)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await started.wait()
    # A reset; a mere end of the client's sending half lets the handler go on.
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
    await asyncio.wait_for(ended.wait(), 5)


async def test_close_all_lets_requests_end(serve: Serve):
    started = asyncio.Event()

    async def brief(request: HttpRequest) -> HttpResponse:
        started.set()
        await asyncio.sleep(0.05)
        return text(200, "done")

    server = await serve(brief)
    asked = asyncio.create_task(server.ask("GET /"))
    await started.wait()
    await close_all(server.connections, 5)
    assert (await asked).body == "done"


async def test_close_all_does_not_wait_for_ever(serve: Serve):
    began = asyncio.Event()

    async def hang(request: HttpRequest) -> HttpResponse:
        began.set()
        return await slow(request)

    server = await serve(hang)
    asked = asyncio.create_task(server.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
    await began.wait()  # what is not read when a connection is dropped resets it
    await close_all(server.connections, 0.05)
    assert await asked == b""


async def test_over_tls(serve: Serve):
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.configure_trust(ours)
    authority.issue_cert("localhost").configure_cert(theirs)
    server = await serve(Router(*health_routes(lambda: (True, ""))), theirs)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=ours, server_hostname="localhost"
    )
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert parse(await reader.read()).body == "ok"
    writer.close()


async def test_over_a_unix_socket(tmp_path: Path):
    server = Server(Router(*health_routes(lambda: (True, ""))))
    path = str(tmp_path / "s")
    listener = await asyncio.get_running_loop().create_unix_server(server.protocol, path)
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert parse(await reader.read()).body == "ok"
    writer.close()
    listener.close()


class Handover(asyncio.Protocol):
    """Reads first, then gives the transport away, as the handshake does."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        successor = self.server.protocol()
        self.transport.set_protocol(successor)
        successor.connection_made(self.transport)
        successor.data_received(data)


async def test_a_transport_may_be_handed_over(server: Server):
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Handover(server), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /test/cookie HTTP/1.1\r\nHost: x\r\n\r\n")
    assert parse(await reader.read()).body == "0"
    writer.close()
    listener.close()


def test_every_endpoint_is_documented():
    documented = set(re.findall(r"`(?:GET|POST) (/[^`]*)`", DOCS.read_text()))
    routes = [
        *App().routes(),
        *health_routes(lambda: (True, "")),
        *metrics_routes(no_metrics()),
    ]
    paths = {
        "/" + "/".join(route.path).replace("mapping/*", "mapping/{storage}") for route in routes
    }
    assert {path.replace("remote/*", "remote/{address}") for path in paths} == documented
