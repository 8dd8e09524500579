"""What a client says when a Nextcloud is not what it should be."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import pytest

from client.conftest import Certificates
from client.fakes import CAPABILITIES, FakeNextcloud, FakePush, Reply, client_of
from nextcloud_push.client import (
    AppNotEnabled,
    CertificateFileError,
    ClientError,
    InvalidUrl,
    NotNextcloud,
    PushClient,
    TlsFailure,
    UnexpectedAnswer,
    Unreachable,
    WrongCredentials,
)


def endpoints(**found: Any) -> Reply:
    return Reply(body={"ocs": {"data": {"capabilities": {"notify_push": {"endpoints": found}}}}})


async def failure(push: FakePush, **options: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        async with client_of(push, **options):
            pass
    assert "secret" not in f"{caught.value}{caught.value!r}"
    assert "\n" not in str(caught.value)
    return caught.value


async def test_the_endpoint_is_found_through_the_capabilities(
    push: FakePush, nextcloud: FakeNextcloud
) -> None:
    async with client_of(push, url=nextcloud.url + "/") as client:
        assert client.endpoint == push.url
    method, path, headers = nextcloud.requests[0]
    assert (method, path, headers["accept"]) == ("GET", CAPABILITIES, "application/json")
    assert headers["user-agent"].startswith("notify_push")


@pytest.mark.parametrize("suffix", ["/sub", "/sub/", "/sub/index.php"])
async def test_a_nextcloud_below_a_path(
    push: FakePush, nextcloud: FakeNextcloud, suffix: str
) -> None:
    nextcloud.replies["/sub" + CAPABILITIES] = endpoints(websocket=push.url)
    async with client_of(push, url=nextcloud.url + suffix) as client:
        assert client.endpoint == push.url


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(404), NotNextcloud),
        (Reply(200, b"<html>"), NotNextcloud),
        (Reply(200, b"[" * 100_000), NotNextcloud),
        (Reply(200, {"ocs": []}), NotNextcloud),
        (Reply(200, b"x" * 5_000_000), NotNextcloud),
        (Reply(200, b"no gzip at all", {"Content-Encoding": "gzip"}), NotNextcloud),
        (Reply(302, headers={"Location": CAPABILITIES}), NotNextcloud),
        (Reply(302, headers={"Location": "http://other.example/"}), NotNextcloud),
        (Reply(302, headers={"Location": "http://["}), NotNextcloud),
        (Reply(302), UnexpectedAnswer),
        (Reply(503), UnexpectedAnswer),
        (Reply(429), UnexpectedAnswer),
        (Reply(599), UnexpectedAnswer),
        (Reply(401), WrongCredentials),
        (Reply(200, {"ocs": {"data": {"capabilities": []}}}), AppNotEnabled),
        (Reply(200, {"ocs": {"data": {"capabilities": {"core": {}}}}}), AppNotEnabled),
        (endpoints(), AppNotEnabled),
        (endpoints(websocket=7), AppNotEnabled),
        (endpoints(websocket="http://h/ws"), AppNotEnabled),
        (endpoints(websocket="ws://h/ws\r\nX: y"), AppNotEnabled),
        (endpoints(websocket="ws://h/ws", pre_auth="ftp://h/"), AppNotEnabled),
    ],
)
async def test_what_is_wrong_is_said(
    push: FakePush, nextcloud: FakeNextcloud, reply: Reply, error: type[ClientError]
) -> None:
    nextcloud.replies[CAPABILITIES] = reply
    assert type(await failure(push, url=nextcloud.url)) is error


async def test_wrong_credentials_are_told_by_the_nextcloud(
    push: FakePush, nextcloud: FakeNextcloud
) -> None:
    assert isinstance(await failure(push, url=nextcloud.url, password="no"), WrongCredentials)
    assert push.logins == []


async def test_nobody_listens(push: FakePush) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        for url in (f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/ws"):
            assert type(await failure(push, url=url)) is Unreachable


async def test_an_answer_that_is_no_http(push: FakePush) -> None:
    async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        writer.close()

    async with await asyncio.start_server(ssh, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for url in (f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/ws"):
            assert type(await failure(push, url=url)) is Unreachable


async def test_http_where_a_websocket_should_be(push: FakePush, nextcloud: FakeNextcloud) -> None:
    nextcloud.replies["/ws"] = Reply(301, headers={"Location": push.url})
    error = await failure(push, url=f"ws://127.0.0.1:{nextcloud.port}/ws")
    assert str(error).endswith("asked for a WebSocket, answered 301 Moved Permanently")
    assert push.logins == []


async def test_a_redirect_to_tls_on_the_same_host_keeps_the_credentials(
    push: FakePush, nextcloud: FakeNextcloud, certificates: Certificates
) -> None:
    secure = await FakePush().start(certificates.server)
    async with FakeNextcloud(secure).running(certificates.server) as target:
        target.websocket = secure.url.replace("ws:", "wss:")
        elsewhere = {"Location": target.url + CAPABILITIES}
        nextcloud.replies[CAPABILITIES] = Reply(301, headers=elsewhere)
        async with client_of(push, url=nextcloud.url, ca=certificates.ca) as client:
            assert client.endpoint == target.websocket
    await secure.stop()


async def test_an_unknown_certificate_is_refused_unless_allowed(
    push: FakePush, certificates: Certificates
) -> None:
    secure = await FakePush().start(certificates.server)
    url = secure.url.replace("ws:", "wss:")
    async with FakeNextcloud(secure).running(certificates.server) as nextcloud:
        nextcloud.websocket = url
        for address in (url, nextcloud.url):
            assert type(await failure(push, url=address)) is TlsFailure
            async with client_of(push, url=address, allow_self_signed=True):
                await secure.connected()
            await secure.empty()
    await secure.stop()


async def test_no_tls_where_it_should_be(push: FakePush) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for url in (f"https://127.0.0.1:{port}", f"wss://127.0.0.1:{port}/ws"):
            assert type(await failure(push, url=url)) is TlsFailure


@pytest.mark.parametrize("host", ["xn--a", "\u2603\u2603..", "a" * 300, "1.2.3.999"])
async def test_a_host_that_no_host_is_called(push: FakePush, host: str) -> None:
    for scheme in ("http", "ws"):
        assert isinstance(await failure(push, url=f"{scheme}://{host}"), InvalidUrl | Unreachable)


async def test_tls_is_not_given_up_on_the_way(push: FakePush, certificates: Certificates) -> None:
    async with FakeNextcloud(push).running(certificates.server) as nextcloud:
        error = await failure(push, url=nextcloud.url, ca=certificates.ca)
    assert isinstance(error, AppNotEnabled)
    assert "no TLS" in str(error)
    assert push.logins == []


@pytest.mark.parametrize(
    "url",
    [
        "cloud.example.com",
        "ftp://h",
        "https://",
        "https://h:x",
        "https://[",
        "https://u:pw@h",
        "https://h/#a",
        "https://h/?a",
        "https://h\nx",
        "https://a b",
        "",
    ],
)
def test_an_address_that_makes_no_sense(url: str) -> None:
    with pytest.raises(InvalidUrl):
        PushClient(url, "alice", "secret")


def test_a_websocket_hands_out_no_tokens() -> None:
    with pytest.raises(InvalidUrl):
        PushClient("ws://h/ws", "alice", "secret", pre_auth=True)


@pytest.mark.parametrize("ca", ["/nowhere/ca.pem", __file__])
def test_a_file_without_certificates(ca: str) -> None:
    with pytest.raises(CertificateFileError, match="certificate"):
        PushClient("https://h", "alice", "secret", ca=ca)


@pytest.mark.parametrize("proxy", ["http://u:hush@[::1]:1", "socks5://u:hush@[::1]:1", "x:hush"])
async def test_a_proxy_that_does_not_help_is_named_without_its_password(
    push: FakePush, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    for url in ("http://cloud.invalid", "ws://cloud.invalid/ws"):
        error = await failure(push, url=url)
        assert type(error) is Unreachable
        assert "hush" not in str(error)


async def test_a_proxy_is_taken_from_the_environment(
    push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("HTTPS_PROXY", os.environ["HTTP_PROXY"])
        for url in ("http://cloud.invalid", "ws://cloud.invalid/ws"):
            await failure(push, url=url)
        assert "proxy" in str(await failure(push, url="https://cloud.invalid"))
    assert asked[0].startswith(b"GET http://cloud.invalid/ocs/")
    assert asked[1] == b"CONNECT cloud.invalid:80 HTTP/1.1\r\n"
