"""Whose certificates are accepted."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from nextcloud_push.server.errors import NextcloudUnreachable, StartupError
from nextcloud_push.server.nextcloud import NextcloudClient
from nextcloud_push.server.settings.model import Nextcloud
from support.nextcloud import APP, Reply, StubNextcloud, stub_nextcloud
from support.processes import free_port


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
async def stub(authority: trustme.CA) -> AsyncIterator[StubNextcloud]:
    async with stub_nextcloud(tls=server_context(authority, "127.0.0.1")) as running:
        yield running


async def login(settings: Nextcloud) -> str | None:
    client = NextcloudClient(settings, {})
    try:
        return await client.authenticate("alice", "pw", None)
    finally:
        await client.close()


async def test_an_unknown_authority_is_refused_with_the_remedy(stub: StubNextcloud):
    with pytest.raises(NextcloudUnreachable, match=r"not trusted.*--nextcloud-ca"):
        await login(Nextcloud(url=stub.url))
    assert not stub.seen


async def test_the_admins_authority_is_trusted(stub: StubNextcloud, ca_file: Path):
    assert await login(Nextcloud(url=stub.url, ca=ca_file)) == "alice"


async def test_any_certificate_if_told_so(stub: StubNextcloud):
    assert await login(Nextcloud(url=stub.url, allow_self_signed=True)) == "alice"


async def test_any_name_if_told_so(authority: trustme.CA):
    async with stub_nextcloud(tls=server_context(authority, "other.example")) as stub:
        assert await login(Nextcloud(url=stub.url, allow_self_signed=True)) == "alice"


async def test_a_certificate_for_another_name(authority: trustme.CA, ca_file: Path):
    async with stub_nextcloud(tls=server_context(authority, "other.example")) as stub:
        with pytest.raises(NextcloudUnreachable, match="for another host name"):
            await login(Nextcloud(url=stub.url, ca=ca_file))


async def test_the_systems_authorities_may_come_by_variable(
    stub: StubNextcloud, ca_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(ca_file))  # OpenSSL reads it
    assert await login(Nextcloud(url=stub.url)) == "alice"


async def listen(answer: bytes) -> tuple[asyncio.Server, asyncio.Queue[bytes]]:
    """A server that answers whatever comes with these bytes, and tells when a client leaves."""
    left: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        while await reader.read(65536):
            pass
        left.put_nowait(b"")
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0), left


async def test_https_to_a_port_that_speaks_http():
    server, _ = await listen(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(NextcloudUnreachable, match="does that port speak https"):
        await login(Nextcloud(url=url))
    server.close()


async def test_a_handshake_that_stalls_leaves_no_socket_behind():
    server, left = await listen(b"")
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client = NextcloudClient(Nextcloud(url=url), {}, answer_timeout=0.1)
    with pytest.raises(NextcloudUnreachable, match="timed out"):
        await client.authenticate("alice", "pw", None)
    await asyncio.wait_for(left.get(), 5)
    await client.close()
    server.close()


async def test_http_to_a_port_that_speaks_https(stub: StubNextcloud):
    with pytest.raises(NextcloudUnreachable, match="without a usable HTTP answer"):
        await login(Nextcloud(url=stub.url.replace("https", "http")))


async def test_a_redirect_to_https(stub: StubNextcloud, ca_file: Path):
    async with stub_nextcloud() as plain:
        stub.replies["uid"] = Reply(body=b"alice")
        plain.replies["uid"] = Reply(301, headers=(("Location", f"{stub.url}{APP}uid"),))
        assert await login(Nextcloud(url=plain.url, ca=ca_file)) == "alice"


def test_a_ca_file_that_is_missing(tmp_path: Path):
    with pytest.raises(StartupError, match=r"--nextcloud-ca: .*/none: No such file"):
        NextcloudClient(Nextcloud(url="https://h/", ca=tmp_path / "none"), {})


def test_a_ca_file_that_holds_no_certificate(tmp_path: Path):
    (tmp_path / "ca").write_text("nothing")
    with pytest.raises(StartupError, match="holds no certificate"):
        NextcloudClient(Nextcloud(url=f"http://h:{free_port()}/", ca=tmp_path / "ca"), {})
