"""Requests through a proxy, as the environment says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import getproxies_environment

import pytest
import trustme

from nextcloud_push.server.errors import InvalidSetting, NextcloudUnreachable
from nextcloud_push.server.nextcloud import NextcloudClient
from nextcloud_push.server.nextcloud.proxies import Proxies, proxy_kind, read_proxy
from nextcloud_push.server.settings.model import Nextcloud
from support.nextcloud import APP, stub_nextcloud

from .test_nextcloud_tls import server_context

P = "http://proxy:3128"
Environ = Callable[[dict[str, str]], Proxies]


@dataclass
class Proxy:
    """A real proxy for one request a connection: forwards GET, tunnels CONNECT."""

    port: int = 0
    refuse: str = ""
    heads: list[str] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.tasks.append(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if self.refuse:
            writer.write(f"HTTP/1.1 {self.refuse}\r\nContent-Length: 0\r\n\r\n".encode())
            return writer.close()
        method, target, _ = head.split(" ", 2)
        host, _, port = target.removeprefix("http://").partition("/")[0].partition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        self.writers.append(far_writer)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            far_writer.write(head.replace(f"http://{host}:{port}", "", 1).encode())
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except OSError:
        pass  # the other side was closed
    writer.close()


@asynccontextmanager
async def running_proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for writer in proxy.writers:
            writer.transport.abort()
        await asyncio.wait_for(asyncio.gather(*proxy.tasks, return_exceptions=True), 5)


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Environ:
    """Sets what a test wants, in an environment that says nothing else of proxies."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name == "REQUEST_METHOD":
            monkeypatch.delenv(name)

    def read(variables: dict[str, str]) -> Proxies:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return getproxies_environment()

    return read


async def login(settings: Nextcloud, proxies: Proxies) -> str | None:
    client = NextcloudClient(settings, proxies)
    try:
        return await client.authenticate("alice", "pw", None)
    finally:
        await client.close()


async def test_http_is_forwarded(environ: Environ):
    async with stub_nextcloud() as stub, running_proxy() as proxy:
        proxies = environ({"HTTP_PROXY": f"http://us%65r:p%40ss@127.0.0.1:{proxy.port}"})
        assert await login(Nextcloud(url=stub.url), proxies) == "alice"
        assert proxy.heads[0].startswith(f"GET {stub.url}{APP}uid HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in proxy.heads[0]
        assert stub.seen[0].headers["host"] == f"127.0.0.1:{stub.port}"


async def test_https_is_tunnelled(tmp_path: Path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca")
    tls = server_context(authority, "127.0.0.1")
    async with stub_nextcloud(tls=tls) as stub, running_proxy() as proxy:
        settings = Nextcloud(url=stub.url, ca=tmp_path / "ca")
        assert await login(settings, {"https": f"127.0.0.1:{proxy.port}"}) == "alice"
        assert proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{stub.port} HTTP/1.1\r\n")
        assert "Authorization" not in proxy.heads[0]


async def test_a_tunnel_that_fails_keeps_no_place():
    tls = server_context(trustme.CA(), "127.0.0.1")
    async with stub_nextcloud(tls=tls) as stub, running_proxy() as proxy:
        proxies = {"https": f"127.0.0.1:{proxy.port}"}
        client = NextcloudClient(Nextcloud(url=stub.url, concurrency=1), proxies)
        for _ in range(3):
            with pytest.raises(NextcloudUnreachable, match="certificate not trusted"):
                await client.authenticate("alice", "pw", None)
        await client.close()


async def test_an_exempt_host_is_asked_directly():
    async with stub_nextcloud() as stub:
        proxies = {"http": "http://nowhere.invalid", "no": "127.0.0.0/8"}
        assert await login(Nextcloud(url=stub.url), proxies) == "alice"


async def test_a_proxy_that_refuses(tmp_path: Path):
    async with running_proxy() as proxy:
        proxy.refuse = "407 <script>"
        proxies = {"https": f"http://u:hush@127.0.0.1:{proxy.port}"}
        words = "nextcloud: the proxy answered 407 Proxy Authentication Required$"
        with pytest.raises(NextcloudUnreachable, match=words):
            await login(Nextcloud(url="https://h/"), proxies)


@pytest.mark.parametrize("value", ["socks5://h:1", "http://h:x", "http://", "ftp://u:hush@h"])
def test_a_proxy_that_cannot_be_used(value: str):
    with pytest.raises(InvalidSetting, match="HTTP_PROXY: ") as caught:
        NextcloudClient(Nextcloud(url="http://h/"), {"http": value})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "host", "port"),
    [
        ("http://proxy:3128", b"proxy", 3128),
        ("proxy:3128", b"proxy", 3128),
        ("http://proxy", b"proxy", 80),
        ("https://proxy/", b"proxy", 443),
        ("http://[::1]:1", b"::1", 1),
    ],
)
def test_addresses_of_proxies(value: str, host: bytes, port: int):
    url = read_proxy("http", {"http": value}).url
    assert (url.host, url.port) == (host, port)


@pytest.mark.parametrize(
    ("scheme", "variables", "address"),
    [
        ("http", {"HTTP_PROXY": "upper"}, "upper"),
        ("http", {"HTTP_PROXY": "upper", "http_proxy": "lower"}, "lower"),
        ("http", {"HTTP_PROXY": "upper", "http_proxy": ""}, None),
        ("https", {"HTTP_PROXY": "upper"}, None),
        ("https", {"HTTPS_PROXY": "upper"}, "upper"),
        ("http", {"ALL_PROXY": "all"}, "all"),
        ("http", {"ALL_PROXY": "all", "HTTP_PROXY": "upper"}, "upper"),
        ("http", {"HTTP_PROXY": ""}, None),
        ("http", {"HTTP_PROXY": "upper", "REQUEST_METHOD": "GET"}, None),
        ("http", {"http_proxy": "lower", "REQUEST_METHOD": "GET"}, "lower"),
        ("https", {"HTTPS_PROXY": "upper", "REQUEST_METHOD": "GET"}, "upper"),
        ("http", {}, None),
    ],
)
def test_which_variable_counts(
    environ: Environ, scheme: str, variables: dict[str, str], address: str | None
):
    proxies = environ(variables)
    kind = proxy_kind(scheme, "h", 80, proxies)
    assert (proxies[kind] if kind is not None else None) == address


def test_no_proxy_in_lower_case_first(environ: Environ):
    proxies = environ({"HTTP_PROXY": P, "NO_PROXY": "a", "no_proxy": "b"})
    assert [proxy_kind("http", host, 80, proxies) for host in "ab"] == ["http", None]


@pytest.mark.parametrize(
    ("no_proxy", "host", "exempt"),
    [
        ("*", "h", True),
        ("", "h", False),
        ("a,h ,b", "h", True),
        ("a,*", "h", True),
        ("*", "::1", True),
        ("H", "h", True),
        ("example.org", "cloud.example.org", True),
        (".example.org", "cloud.example.org", True),
        ("*.example.org", "cloud.example.org", True),
        ("example.org", "notexample.org", False),
        ("h:80", "h", True),
        ("h:81", "h", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("127.0.0.1:80", "127.0.0.1", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("[::1]:80", "::1", True),
        ("1", "127.0.0.1", False),
        (".", "h", False),
    ],
)
def test_who_is_exempt(no_proxy: str, host: str, exempt: bool):
    proxies = {"http": P, "no": no_proxy}
    assert (proxy_kind("http", host, 80, proxies) is None) is exempt
