"""What Nextcloud is asked, and what its answers are taken for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from nextcloud_push.server.errors import (
    InvalidResponse,
    InvalidSetting,
    NextcloudError,
    UnexpectedStatus,
    UntrustedDomain,
)
from nextcloud_push.server.nextcloud import NextcloudClient
from nextcloud_push.server.settings.model import Nextcloud
from nextcloud_push.words.version import __version__
from support.nextcloud import APP, Reply, StubNextcloud, stub_nextcloud
from support.processes import free_port


@pytest.fixture
async def stub() -> AsyncIterator[StubNextcloud]:
    async with stub_nextcloud(prefix="/nextcloud/") as running:
        yield running


@pytest.fixture
async def client(stub: StubNextcloud) -> AsyncIterator[NextcloudClient]:
    connected = NextcloudClient(Nextcloud(url=stub.url), {})
    yield connected
    await connected.close()


async def failure(client: NextcloudClient, password: str = "pw") -> str:
    with pytest.raises(NextcloudError) as caught:
        await client.authenticate("alice", password, None)
    return str(caught.value)


# Who is this?


async def test_right_credentials_give_the_uid(stub: StubNextcloud, client: NextcloudClient):
    stub.users["alice@example.org"] = ("pw", "uid-of-alice")
    assert await client.authenticate("alice@example.org", "pw", None) == "uid-of-alice"
    assert stub.seen[0].target == f"/nextcloud/{APP}uid"


async def test_wrong_credentials_give_none(client: NextcloudClient):
    assert await client.authenticate("alice", "wrong", None) is None


@pytest.mark.parametrize("password", ["pä ss🔑", "a:b:c", "", "line\r\nX-Evil: 1", "\x00"])
async def test_passwords_travel_as_they_are(
    stub: StubNextcloud, client: NextcloudClient, password: str
):
    stub.users["ülf"] = (password, "ulf")
    assert await client.authenticate("ülf", password, None) == "ulf"
    assert "x-evil" not in stub.seen[0].headers


async def test_a_user_name_with_a_colon_cannot_be_asked_for(
    stub: StubNextcloud, client: NextcloudClient
):
    stub.users["alice"] = ("x:pw", "alice")
    assert await client.authenticate("alice:x", "pw", None) is None
    assert not stub.seen


async def test_the_chain_of_addresses_is_passed_on(stub: StubNextcloud, client: NextcloudClient):
    await client.authenticate("alice", "pw", "1.2.3.4, 5.6.7.8")
    assert stub.seen[0].headers["x-forwarded-for"] == "1.2.3.4, 5.6.7.8"


async def test_an_empty_chain_sends_no_header(stub: StubNextcloud, client: NextcloudClient):
    await client.authenticate("alice", "pw", None)
    assert "x-forwarded-for" not in stub.seen[0].headers


async def test_a_user_agent_is_always_sent(stub: StubNextcloud, client: NextcloudClient):
    await client.request_version()
    assert stub.seen[0].headers["user-agent"] == f"notify_push/{__version__}"


async def test_the_user_agent_is_a_setting(stub: StubNextcloud):
    client = NextcloudClient(Nextcloud(url=stub.url, user_agent="mine/1"), {})
    await client.request_version()
    await client.close()
    assert stub.seen[0].headers["user-agent"] == "mine/1"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "Client error: 403 Forbidden"),
        (429, "Client error: 429 Too Many Requests"),
        (500, "Server error: 500 Internal Server Error"),
        (503, "Server error: 503 Service Unavailable"),
        (204, "Unexpected status code: 204 No Content"),
        (304, "Unexpected status code: 304 Not Modified"),
    ],
)
async def test_other_statuses_are_failures(
    stub: StubNextcloud, client: NextcloudClient, status: int, words: str
):
    body = b"" if status in (204, 304) else b"secret page"
    stub.replies["uid"] = Reply(status, body)
    assert await failure(client) == words


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a\x00b", "control characters"),
        (b"<html>\n<body>", "control characters"),
        (b"x" * 1025, "too long"),
        (b"x" * 3_000_000, "too long"),
    ],
)
async def test_a_body_that_is_no_uid(
    stub: StubNextcloud, client: NextcloudClient, body: bytes, fault: str
):
    stub.replies["uid"] = Reply(body=body)
    assert await failure(client) == f"Invalid response when asking for the user id: {fault}"


async def test_a_uid_is_stripped(stub: StubNextcloud, client: NextcloudClient):
    stub.replies["uid"] = Reply(body="Ülf von A\n".encode())
    assert await client.authenticate("x", "y", None) == "Ülf von A"


async def test_nextcloud_out_of_reach():
    client = NextcloudClient(Nextcloud(url=f"http://127.0.0.1:{free_port()}/"), {})
    words = await failure(client, "secret")
    assert words == "Error while connecting to nextcloud: connection refused"


async def test_a_host_that_does_not_exist():
    client = NextcloudClient(Nextcloud(url="http://nextcloud.invalid/"), {})
    words = await failure(client)
    assert words == "Error while connecting to nextcloud: host name not found"


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000]
)
async def test_an_answer_that_is_no_http(stub: StubNextcloud, client: NextcloudClient, raw: bytes):
    stub.replies["uid"] = Reply(raw=raw)
    assert await failure(client) == (
        "Error while connecting to nextcloud: connection closed without a usable HTTP answer"
    )


async def test_credentials_of_the_url_are_neither_sent_nor_told(stub: StubNextcloud):
    url = stub.url.replace("//", "//user:secret@")
    client = NextcloudClient(Nextcloud(url=url), {})
    await client.request_version()
    await client.close()
    assert "authorization" not in stub.seen[0].headers


@pytest.mark.parametrize("url", ["http:///x/", "ftp://h/", "http://h:99999/", "http://a..b/"])
def test_a_url_that_cannot_be_used(url: str):
    with pytest.raises(InvalidSetting):
        NextcloudClient(Nextcloud(url=url), {})


# The self-test


async def test_the_cookie(stub: StubNextcloud, client: NextcloudClient):
    stub.cookie = 4294967295
    assert await client.test_cookie(stub.token) == 4294967295
    assert stub.seen[0].target == f"/nextcloud/{APP}test/cookie"


async def test_the_token_may_be_bytes(stub: StubNextcloud, client: NextcloudClient):
    assert await client.test_cookie(stub.token.encode()) == 0


async def test_a_wrong_token(client: NextcloudClient):
    with pytest.raises(UnexpectedStatus, match="Client error: 403 Forbidden"):
        await client.test_cookie("wrong")


async def test_an_untrusted_domain_is_named(stub: StubNextcloud, client: NextcloudClient):
    stub.trusted_domain = False
    words = "127.0.0.1 is not configured as a trusted domain for the nextcloud server"
    with pytest.raises(UntrustedDomain, match=words):
        await client.test_cookie(stub.token)


@pytest.mark.parametrize(
    "body", [b"", b"x", b'"1"', b"1.5", b"-1", b"4294967296", b"true", b"[1]", b"\xff", b"[" * 9999]
)
async def test_a_cookie_that_is_no_number(
    stub: StubNextcloud, client: NextcloudClient, body: bytes
):
    stub.replies["test/cookie"] = Reply(body=body)
    with pytest.raises(InvalidResponse, match="Invalid response when getting test cookie: "):
        await client.test_cookie(stub.token)


@pytest.mark.parametrize("address", ["1.2.3.4", "2001:db8::1"])
async def test_the_address_nextcloud_sees(
    stub: StubNextcloud, client: NextcloudClient, address: str
):
    assert await client.test_remote(address, stub.token) == address
    assert stub.seen[0].headers["x-forwarded-for"] == address


@pytest.mark.parametrize("body", [b"", b"unknown", b"<html>", b"\xff"])
async def test_an_address_that_is_none(stub: StubNextcloud, client: NextcloudClient, body: bytes):
    stub.replies["test/remote"] = Reply(body=body)
    words = "Invalid response when testing if the push server is a trusted proxy: "
    with pytest.raises(InvalidResponse, match=words):
        await client.test_remote("1.2.3.4", stub.token)


async def test_the_version_is_asked_for_without_a_token(
    stub: StubNextcloud, client: NextcloudClient
):
    await client.request_version()
    assert stub.seen[0].target == f"/nextcloud/{APP}test/version"
    assert "token" not in stub.seen[0].headers


async def test_the_version_request_may_fail(stub: StubNextcloud, client: NextcloudClient):
    stub.replies["test/version"] = Reply(503)
    with pytest.raises(UnexpectedStatus, match="503"):
        await client.request_version()
