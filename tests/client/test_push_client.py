"""Logging in and being told."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from websockets.asyncio.server import serve

from client.fakes import APP, HANG_UP, SILENCE, FakeNextcloud, FakePush, Reply, client_of
from nextcloud_push.client import (
    Activity,
    AppNotEnabled,
    ConnectionLost,
    Custom,
    FileChanged,
    LoginFailed,
    Notification,
    NotificationChanged,
    Reconnected,
    TooManyConnections,
    UnexpectedAnswer,
    Unreachable,
    WrongCredentials,
)
from nextcloud_push.client.session import Timing

pytestmark = pytest.mark.usefixtures("only_this_task")


async def test_notifications_arrive_typed(push: FakePush) -> None:
    async with client_of(push) as client:
        await push.connected()
        await push.tell("notify_file", "notify_activity", "notify_notification", "hello {}")
        got = [await anext(client) for _ in range(4)]
    assert got == [FileChanged(), Activity(), NotificationChanged(), Custom("hello", {})]


async def test_ids_are_asked_for(push: FakePush) -> None:
    async with client_of(push, ids=True) as client:
        await push.connected()
        await push.tell("notify_file_id [1,2]")
        assert await anext(client) == FileChanged((1, 2))
    assert push.heard == ["listen notify_file_id"]


async def test_ids_are_not_asked_for_unless_wanted(push: FakePush) -> None:
    async with client_of(push):
        await push.connected()
    await push.empty()
    assert push.heard == []


async def test_leaving_says_goodbye_and_ends_the_iteration(push: FakePush) -> None:
    async with client_of(push) as client:
        await push.connected()
        connection = push.clients[0]
    await push.empty()
    assert connection.close_code == 1000
    assert [n async for n in client] == []
    await client.close()


async def test_leaving_at_once(push: FakePush) -> None:
    async with client_of(push):
        pass
    await push.empty()


async def test_it_must_be_entered_and_only_once(push: FakePush) -> None:
    client = client_of(push)
    with pytest.raises(RuntimeError):
        await anext(client)
    async with client:
        with pytest.raises(RuntimeError):
            await client.__aenter__()


async def test_wrong_credentials_are_told_at_once(push: FakePush) -> None:
    with pytest.raises(WrongCredentials, match="refused user name or password"):
        await client_of(push, "wrong").run()
    assert len(push.logins) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "err: Error while sending authentication request to nextcloud: timed out",
        "Authentication timeout",
        "hello\x1b[2J",
    ],
)
async def test_any_other_answer_to_a_login_is_repeated(push: FakePush, answer: str) -> None:
    push.answers = [answer]
    with pytest.raises(LoginFailed) as caught:
        await client_of(push).run()
    assert str(caught.value).endswith(caught.value.reason)
    assert caught.value.reason == answer.removeprefix("err: ").replace("\x1b", "\\x1b")


async def test_a_login_without_an_answer_ends(push: FakePush) -> None:
    push.answers = [SILENCE]
    with pytest.raises(Unreachable, match="no answer to the login"):
        await client_of(push, timing=Timing(login=0.05)).run()


async def test_a_server_that_hangs_up_on_a_login(push: FakePush) -> None:
    push.answers = [HANG_UP]
    with pytest.raises(ConnectionLost, match="1013"):
        await client_of(push).run()


async def test_a_server_that_closes_at_once() -> None:
    async with serve(lambda client: client.close(1013), "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        with pytest.raises(ConnectionLost, match="1013"):
            await client_of(FakePush(), url=url).run()


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_server_that_never_answers(push: FakePush, scheme: str) -> None:
    ended = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # a client that gives up may reset the connection
            await reader.read()
            writer.close()
            await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
        with pytest.raises(Unreachable, match="timed out"):
            await client_of(push, url=url, timing=Timing(connect=0.3, request=0.3)).run()
        await ended.wait()


async def test_a_token_replaces_the_password(push: FakePush, nextcloud: FakeNextcloud) -> None:
    async with client_of(push, url=nextcloud.url, pre_auth=True):
        await push.connected()
    assert [(user, secret[:6]) for user, secret in push.logins] == [("", "token-")]


async def test_a_token_that_expired_is_replaced(push: FakePush, nextcloud: FakeNextcloud) -> None:
    push.answers = ["err: Invalid credentials"]
    async with client_of(push, url=nextcloud.url, pre_auth=True):
        await push.connected()
    assert len({secret for _, secret in push.logins}) == 2


async def test_three_refused_tokens_end_it(push: FakePush, nextcloud: FakeNextcloud) -> None:
    push.answers = ["err: Invalid credentials"] * 9
    with pytest.raises(WrongCredentials, match="token"):
        await client_of(push, url=nextcloud.url, pre_auth=True).run()
    assert len(push.logins) == 3


async def test_a_nextcloud_without_tokens(push: FakePush, nextcloud: FakeNextcloud) -> None:
    nextcloud.endpoints = lambda: {"websocket": push.url}  # type: ignore[method-assign]  # one answer
    with pytest.raises(AppNotEnabled, match="tokens"):
        await client_of(push, url=nextcloud.url, pre_auth=True).run()


@pytest.mark.parametrize("body", [b"", b"a b\n\nc", "é".encode(), b'"x', b"x" * 5000])
async def test_an_answer_that_is_no_token(
    push: FakePush, nextcloud: FakeNextcloud, body: bytes
) -> None:
    nextcloud.replies[APP + "pre_auth"] = Reply(200, body)
    with pytest.raises(UnexpectedAnswer):
        await client_of(push, url=nextcloud.url, pre_auth=True).run()


async def test_a_password_refused_when_asking_for_a_token(
    push: FakePush, nextcloud: FakeNextcloud
) -> None:
    nextcloud.replies[APP + "pre_auth"] = Reply(401)
    with pytest.raises(WrongCredentials):
        await client_of(push, url=nextcloud.url, pre_auth=True).run()


async def test_a_token_in_json(push: FakePush, nextcloud: FakeNextcloud) -> None:
    nextcloud.replies[APP + "pre_auth"] = Reply(200, b'"tok"')
    push.tokens["tok"] = "alice"
    async with client_of(push, url=nextcloud.url, pre_auth=True):
        await push.connected()


async def test_handlers_are_called_in_order(push: FakePush) -> None:
    called: list[Notification | str] = []

    async def changed(notification: FileChanged) -> None:
        await asyncio.sleep(0)
        called.append(notification)

    client = client_of(push)
    client.on(FileChanged, changed)
    client.on(Activity, called.append)
    running = asyncio.create_task(client.run())
    await push.connected()
    await push.tell("notify_file", "notify_notification", "notify_activity")
    async with asyncio.timeout(5):
        while len(called) < 2:
            await asyncio.sleep(0.001)
    await client.close()
    await running
    assert called == [FileChanged(), Activity()]


async def test_a_failing_handler_ends_the_run(push: FakePush) -> None:
    def fail(_: Activity) -> None:
        raise KeyError("mine")

    async with client_of(push) as client:
        client.on(Activity, fail)
        await push.connected()
        await push.tell("notify_activity")
        with pytest.raises(KeyError):
            await client.run()


async def test_a_burst_arrives_in_order_and_nothing_twice(push: FakePush) -> None:
    async with client_of(push, max_waiting=100) as client:
        await push.connected()
        sender = asyncio.create_task(push.tell(*(f"n {i}" for i in range(10_000))))
        got = [await anext(client) for _ in range(10_000)]
        await sender
    assert got == [Custom("n", i) for i in range(10_000)]


async def test_a_program_that_does_not_read_lets_the_server_wait(push: FakePush) -> None:
    async with client_of(push, max_waiting=10) as client:
        await push.connected()
        sender = asyncio.create_task(push.tell(*["n " + "1" * 4000] * 5000))
        _, waiting = await asyncio.wait([sender], timeout=0.3)
        assert waiting
        async with asyncio.timeout(20):
            for _ in range(5000):
                await anext(client)
        await sender


async def test_the_limit_of_connections_is_named(
    push: FakePush, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(push) as client:
        await push.connected()
        await push.tell("Error while handling authentication: Connection limit exceeded for user")
        assert await anext(client) == Reconnected()
    assert str(TooManyConnections(push.url[: -len("/ws")])) in caplog.text


async def test_no_password_in_any_log(
    push: FakePush, nextcloud: FakeNextcloud, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with client_of(push, url=nextcloud.url):
        await push.connected()
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("websockets.server")]
    assert ours
    assert not [line for line in ours if "secret" in line]
