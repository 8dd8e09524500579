"""The bounds of requests to Nextcloud: number, time, size, redirects, connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from nextcloud_push.server.errors import NextcloudError, NextcloudUnreachable, UnexpectedStatus
from nextcloud_push.server.nextcloud import NextcloudClient
from nextcloud_push.server.nextcloud.targets import Target
from nextcloud_push.server.settings.model import Nextcloud
from support.nextcloud import APP, Reply, Seen, StubNextcloud, stub_nextcloud


@pytest.fixture
async def stub() -> AsyncIterator[StubNextcloud]:
    async with stub_nextcloud() as running:
        yield running


@pytest.fixture
async def client(stub: StubNextcloud) -> AsyncIterator[NextcloudClient]:
    connected = NextcloudClient(Nextcloud(url=stub.url), {})
    yield connected
    await connected.close()


class Gate:
    """Holds requests back until it is opened; knows how many are inside, in which order."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.order: list[str] = []
        self.arrived = asyncio.Condition()

    async def __call__(self, request: Seen) -> Reply:
        user, _ = request.credentials() or ("", "")
        async with self.arrived:
            self.order.append(user)
            self.arrived.notify_all()
        await self.open.wait()
        return Reply(body=user.encode())

    async def holds(self, number: int) -> None:
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.order) >= number)


# Number


async def test_only_so_many_at_a_time_and_the_rest_in_order(stub: StubNextcloud):
    gate = stub.replies["uid"] = Gate()
    client = NextcloudClient(Nextcloud(url=stub.url, concurrency=2), {})
    names = [f"user{number}" for number in range(8)]
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(client.authenticate(name, "pw", None))
        await gate.holds(2)
        await client_settles()
        assert sorted(gate.order) == names[:2]
        gate.open.set()
    assert stub.connections == 2
    assert sorted(gate.order[2:4]) == names[2:4]
    assert sorted(gate.order) == names
    await client.close()


async def client_settles() -> None:
    """Let requests that would wrongly be sent get there."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_waiting_for_a_place_has_a_limit(stub: StubNextcloud):
    gate = stub.replies["uid"] = Gate()
    client = NextcloudClient(Nextcloud(url=stub.url, concurrency=1), {}, queue_timeout=0.05)
    first = asyncio.create_task(client.authenticate("one", "pw", None))
    await gate.holds(1)
    with pytest.raises(NextcloudUnreachable, match=r"^Error while .* nextcloud: timed out$"):
        await client.authenticate("two", "pw", None)
    gate.open.set()
    assert await first == "one"
    await client.close()


async def test_a_client_that_leaves_frees_its_place(stub: StubNextcloud):
    gate = stub.replies["uid"] = Gate()
    client = NextcloudClient(Nextcloud(url=stub.url, concurrency=1), {})
    tasks = [asyncio.create_task(client.authenticate(f"u{n}", "pw", None)) for n in range(3)]
    await gate.holds(1)
    for task in tasks[:2]:  # one that is served, one that waits
        task.cancel()
    await gate.holds(2)
    gate.open.set()
    assert await tasks[2] == "u2"
    assert gate.order == ["u0", "u2"]
    await client.close()


# Time


async def test_an_answer_that_does_not_come(stub: StubNextcloud):
    stub.replies["uid"] = Gate()
    client = NextcloudClient(Nextcloud(url=stub.url), {}, answer_timeout=0.1)
    with pytest.raises(NextcloudUnreachable, match="timed out"):
        await client.authenticate("alice", "pw", None)
    await client.close()


async def test_a_body_that_does_not_end(stub: StubNextcloud):
    async def drip(request: Seen) -> Reply:
        (writer,) = stub.writers
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nalice")
        await asyncio.sleep(30)
        return Reply()

    stub.replies["uid"] = drip
    client = NextcloudClient(Nextcloud(url=stub.url), {}, answer_timeout=0.1)
    with pytest.raises(NextcloudUnreachable, match="timed out"):
        await client.authenticate("alice", "pw", None)
    await client.close()


async def test_after_a_time_out_the_next_request_works(stub: StubNextcloud):
    stub.replies["uid"] = Gate()
    client = NextcloudClient(Nextcloud(url=stub.url, concurrency=1), {}, answer_timeout=0.3)
    with pytest.raises(NextcloudUnreachable):
        await client.authenticate("alice", "pw", None)
    del stub.replies["uid"]
    assert await client.authenticate("alice", "pw", None) == "alice"
    await client.close()


# Size


async def test_an_endless_body_is_not_read(stub: StubNextcloud, client: NextcloudClient):
    sent = 0

    async def flood(request: Seen) -> Reply:
        nonlocal sent
        (writer,) = stub.writers
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 100_000_000:
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000
        return Reply(raw=b"")

    stub.replies["uid"] = flood
    with pytest.raises(NextcloudError, match="too long"):
        await client.authenticate("alice", "pw", None)
    assert sent < 20_000_000  # what the socket buffers took


async def test_a_body_cut_short_is_a_failure(stub: StubNextcloud, client: NextcloudClient):
    stub.replies["uid"] = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nalice")
    with pytest.raises(NextcloudUnreachable, match="without a usable HTTP answer"):
        await client.authenticate("alice", "pw", None)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(stub: StubNextcloud, client: NextcloudClient, status: int):
    stub.replies["uid"] = Reply(status, headers=(("Location", "/moved?x=ü y"),))
    stub.replies["moved?x=%C3%BC%20y"] = Reply(body=b"alice")
    assert await client.authenticate("alice", "pw", None) == "alice"
    assert stub.seen[1].credentials() == ("alice", "pw")


async def test_a_redirect_without_a_location_is_a_status(
    stub: StubNextcloud, client: NextcloudClient
):
    stub.replies["uid"] = Reply(302)
    with pytest.raises(UnexpectedStatus, match="Unexpected status code: 302 Found"):
        await client.authenticate("alice", "pw", None)


async def test_redirects_in_a_circle_end(stub: StubNextcloud, client: NextcloudClient):
    stub.replies["uid"] = Reply(302, headers=(("Location", f"/{APP}uid"),))
    with pytest.raises(NextcloudUnreachable, match="too many redirects"):
        await client.authenticate("alice", "pw", None)
    assert len(stub.seen) == 11


@pytest.mark.parametrize("location", ["ftp://h/", "mailto:x", "http://h:x/", "//a..b/", "\xff"])
async def test_a_redirect_to_nowhere(stub: StubNextcloud, client: NextcloudClient, location: str):
    raw = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
    stub.replies["uid"] = Reply(raw=raw + location.encode("latin-1") + b"\r\n\r\n")
    with pytest.raises(NextcloudUnreachable, match="redirected to an invalid URL"):
        await client.authenticate("alice", "pw", None)


async def test_credentials_do_not_follow_to_another_origin(
    stub: StubNextcloud, client: NextcloudClient
):
    async with stub_nextcloud() as other:
        other.replies["uid"] = Reply(body=b"mallory")
        stub.replies["uid"] = Reply(302, headers=(("Location", f"{other.url}{APP}uid"),))
        assert await client.authenticate("alice", "pw", None) == "mallory"
        assert other.seen[0].credentials() is None


async def test_the_token_does_not_follow_to_another_origin(
    stub: StubNextcloud, client: NextcloudClient
):
    async with stub_nextcloud() as other:
        target = f"{other.url}{APP}test/cookie"
        stub.replies["test/cookie"] = Reply(302, headers=(("Location", target),))
        with pytest.raises(NextcloudUnreachable, match="redirected to another server"):
            await client.test_cookie(stub.token)
        assert "token" not in other.seen[0].headers


async def test_a_refusal_behind_a_foreign_redirect_is_not_about_the_credentials(
    stub: StubNextcloud, client: NextcloudClient
):
    async with stub_nextcloud() as other:
        stub.replies["uid"] = Reply(302, headers=(("Location", f"{other.url}{APP}uid"),))
        with pytest.raises(NextcloudUnreachable, match="set --nextcloud-url"):
            await client.authenticate("alice", "pw", None)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://h", "h", "/"),
        ("http://h:80/a", "h", "/a"),
        ("https://h:8443/a?b=c#d", "h:8443", "/a?b=c"),
        ("http://[::1]:81/", "[::1]:81", "/"),
        ("http://bücher.example/ü", "xn--bcher-kva.example", "/%C3%BC"),
        ("http://u:p@h/%20", "h", "/%20"),
    ],
)
def test_a_url_taken_apart(url: str, authority: str, path: str):
    target = Target.parse(url)
    assert (target.authority, target.path) == (authority, path)


# Connections


async def test_connections_are_kept(stub: StubNextcloud, client: NextcloudClient):
    for _ in range(3):
        await client.authenticate("alice", "pw", None)
    assert stub.connections == 1


async def test_idle_connections_are_closed_after_a_while(
    stub: StubNextcloud, client: NextcloudClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nextcloud_push.server.nextcloud.connections._KEEPALIVE", 0.01)
    await client.authenticate("alice", "pw", None)
    async with asyncio.timeout(5):
        while stub.writers:
            await asyncio.sleep(0.01)
    assert await client.authenticate("alice", "pw", None) == "alice"


async def test_a_connection_closed_meanwhile_is_no_failure(
    stub: StubNextcloud, client: NextcloudClient
):
    await client.authenticate("alice", "pw", None)

    async def hang_up_once(request: Seen) -> Reply:
        del stub.replies["uid"]
        return Reply(raw=b"")

    stub.replies["uid"] = hang_up_once  # as a server does whose keep-alive ends just then
    assert await client.authenticate("alice", "pw", None) == "alice"
    assert stub.connections == 2


async def test_a_new_connection_that_fails_is_not_tried_again(
    stub: StubNextcloud, client: NextcloudClient
):
    stub.replies["uid"] = Reply(raw=b"")
    with pytest.raises(NextcloudUnreachable):
        await client.authenticate("alice", "pw", None)
    assert len(stub.seen) == 1


async def test_close_may_be_called_twice(stub: StubNextcloud, client: NextcloudClient):
    await client.authenticate("alice", "pw", None)
    await client.close()
    await client.close()


async def test_nothing_secret_is_logged(
    stub: StubNextcloud, client: NextcloudClient, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    stub.replies["uid"] = Reply(body=b"alice", headers=(("Set-Cookie", "session=hush"),))
    await client.authenticate("alice", "pw-secret", None)
    stub.replies["uid"] = Reply(raw=b"")
    with pytest.raises(NextcloudUnreachable):
        await client.authenticate("alice", "pw-secret", None)
    for secret in ("hush", "pw-secret", "Basic"):
        assert secret not in caplog.text
