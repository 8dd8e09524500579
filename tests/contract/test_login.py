"""Two messages in, one answer out: who may listen, and what the others are told."""

from __future__ import annotations

import asyncio

import pytest

from nextcloud_push.server.settings import Nextcloud
from support.bus import Bus
from support.daemon import DaemonProcess, Start
from support.databases import SqliteDatabase
from support.in_process import InProcessDaemon, StartTimed
from support.nextcloud import Reply, Seen, StubNextcloud
from support.waiting import wait_for
from support.websocket import Closed, Frame, Opcode, WebSocket, frame, text

FAILED = "err: Error while sending authentication request to nextcloud: "


def pong(payload: bytes) -> Frame:
    return Frame(Opcode.PONG, payload)


def refused(client: WebSocket, *messages: str) -> tuple[list[str], int | None]:
    client.send(*messages)
    return client.read_to_end()


# How the two messages come


def test_right_credentials_are_accepted(push: DaemonProcess, user: str):
    client = push.connect()
    client.send(user)
    client.send("pw")
    assert client.receive() == "authenticated"
    assert client.round_trip() == []


def test_everything_in_one_segment_with_the_handshake(push: DaemonProcess, user: str):
    sent = text(user) + text("pw") + text("listen notify_file_id")
    client = push.connect(behind=sent)
    assert client.receive() == "authenticated"


def test_byte_by_byte(push: DaemonProcess, user: str):
    client = push.connect()
    for byte in text(user) + text("pw"):
        client.send_bytes(bytes((byte,)))
    assert client.receive() == "authenticated"


def test_fragmented_messages(push: DaemonProcess, user: str):
    client = push.connect()
    for message in (user.encode(), b"pw"):
        client.send_bytes(frame(Opcode.TEXT, message[:1], fin=False))
        client.send_bytes(frame(Opcode.CONTINUATION, b"", fin=False))
        client.send_bytes(frame(Opcode.CONTINUATION, message[1:]))
    assert client.receive() == "authenticated"


def test_a_character_cut_by_fragments(push: DaemonProcess):
    client = push.connect()
    client.send_bytes(frame(Opcode.TEXT, "ü".encode()[:1], fin=False))
    client.send_bytes(frame(Opcode.CONTINUATION, "ü".encode()[1:]))
    client.send("pw")
    assert client.receive() == "authenticated"


def test_pings_and_pongs_before_the_login(push: DaemonProcess, user: str):
    client = push.connect()
    client.ping(b"one")
    assert client.read_frame() == pong(b"one")
    client.send(user)
    client.send_bytes(frame(Opcode.PONG, b"nobody asked"))
    client.ping(b"one")
    assert client.read_frame() == pong(b"one")
    client.send("pw")
    assert client.receive() == "authenticated"


def test_a_ping_within_a_fragmented_message(push: DaemonProcess, user: str):
    client = push.connect()
    client.send_bytes(frame(Opcode.TEXT, user[:2].encode(), fin=False))
    client.ping(b"x" * 125)
    assert client.read_frame() == pong(b"x" * 125)
    client.send_bytes(frame(Opcode.CONTINUATION, user[2:].encode()))
    client.send("pw")
    assert client.receive() == "authenticated"


@pytest.mark.parametrize("space", [" ", "\n", "\r\n", "\t", " \u2003"])
def test_both_are_trimmed(push: DaemonProcess, nextcloud: StubNextcloud, user: str, space: str):
    client = push.connect()
    client.send(f"{space}{user}{space}", f"{space}pw{space}")
    assert client.receive() == "authenticated"
    assert nextcloud.seen[-1].credentials() == (user, "pw")


def test_listening_may_be_asked_for_before_the_answer(
    push: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    client = push.connect()
    client.send(user, "pw", "listen notify_file_id")
    assert client.receive() == "authenticated"
    bus.storage_update(storage, "a", 7)
    assert client.receive() == "notify_file_id [7]"


def test_the_user_is_the_uid_that_nextcloud_answers(
    push: DaemonProcess, nextcloud: StubNextcloud, bus: Bus, user: str
):
    nextcloud.replies["uid"] = Reply(body=user.encode())
    client = push.connect().log_in("someone@example.com")
    bus.custom("someone@example.com", "wrong")
    assert bus.fence(client, user) == []


def test_credentials_arrive_at_nextcloud_as_utf8(
    push: DaemonProcess, nextcloud: StubNextcloud, user: str
):
    nextcloud.replies["uid"] = Reply(body=user.encode())
    push.connect().log_in("jörg", "pässwörd: 漢😀")
    assert nextcloud.seen[-1].credentials() == ("jörg", "pässwörd: 漢😀")


# The answers


def test_wrong_credentials(push: DaemonProcess, user: str):
    answer = refused(push.connect(), user, "wrong")
    assert answer == (["err: Invalid credentials"], 1008)


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_user_without_a_token(push: DaemonProcess, nextcloud: StubNextcloud, name: str):
    answer = refused(push.connect(), name, "no token")
    assert answer == (["err: Invalid credentials"], 1008)
    assert nextcloud.seen == []


@pytest.mark.parametrize("before", [[], ["somebody"]])
def test_a_binary_frame_where_a_credential_was_due(push: DaemonProcess, before: list[str]):
    client = push.connect()
    client.send(*before)
    client.send_bytes(frame(Opcode.BINARY, b"pw"))
    assert client.read_to_end() == (["err: Invalid authentication message"], 1008)


def test_text_that_is_no_utf8(push: DaemonProcess):
    client = push.connect()
    client.send_bytes(frame(Opcode.TEXT, b"\xff\xfe"))
    assert client.read_to_end() == ([], 1007)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "Client error: 403 Forbidden"),
        (404, "Client error: 404 Not Found"),
        (429, "Client error: 429 Too Many Requests"),
        (500, "Server error: 500 Internal Server Error"),
        (503, "Server error: 503 Service Unavailable"),
        (204, "Unexpected status code: 204 No Content"),
    ],
)
def test_another_status_of_nextcloud(
    push: DaemonProcess, nextcloud: StubNextcloud, user: str, status: int, reason: str
):
    nextcloud.replies["uid"] = Reply(status)
    assert refused(push.connect(), user, "pw") == ([FAILED + reason], 1013)


def test_redirects_are_followed(push: DaemonProcess, nextcloud: StubNextcloud, user: str):
    target = nextcloud.url + "elsewhere"
    nextcloud.replies["elsewhere"] = nextcloud.replies["uid"]
    nextcloud.replies["uid"] = Reply(302, headers=(("Location", target),))
    push.connect().log_in(user)


def test_the_end_of_a_redirect_counts(push: DaemonProcess, nextcloud: StubNextcloud, user: str):
    nextcloud.replies["uid"] = Reply(302, headers=(("Location", nextcloud.url + "elsewhere"),))
    nextcloud.replies["elsewhere"] = Reply(401)
    answer = refused(push.connect(), user, "pw")
    assert answer == (["err: Invalid credentials"], 1008)


def test_nextcloud_out_of_reach(start_timed: StartTimed, user: str):
    timed = start_timed(nextcloud=Nextcloud(url="http://127.0.0.1:9/"))
    answers, code = refused(timed.connect(), user, "pw")
    assert answers == [f"{FAILED}Error while connecting to nextcloud: connection refused"]
    assert code == 1013


def test_a_nextcloud_that_hangs_up(push: DaemonProcess, nextcloud: StubNextcloud, user: str):
    nextcloud.replies["uid"] = Reply(raw=b"")
    (answer,), code = refused(push.connect(), user, "pw")
    assert answer.startswith(f"{FAILED}Error while connecting to nextcloud: ")
    assert code == 1013


# Time limits


@pytest.mark.parametrize("messages", [[], ["alice"]])
def test_the_messages_not_there_after_15_seconds(timed: InProcessDaemon, messages: list[str]):
    timed.stop_clock()
    client = timed.connect()
    client.send(*messages)
    client.round_trip()
    timed.move(14.5)
    assert client.round_trip() == []
    timed.move(1)
    assert client.read_to_end() == (["Authentication timeout"], 1008)


def test_pings_do_not_prolong_the_time(timed: InProcessDaemon):
    timed.stop_clock()
    client = timed.connect()
    for _ in range(15):
        timed.move(0.98)
        client.round_trip()
    timed.move(1)
    assert client.read_to_end() == (["Authentication timeout"], 1008)


def test_nextcloud_has_15_seconds_to_answer(
    timed: InProcessDaemon, nextcloud: StubNextcloud, user: str
):
    nextcloud.replies["uid"] = never
    client = timed.connect()
    timed.stop_clock()
    client.send(user, "pw")
    wait_until_asked(nextcloud, 1)
    timed.move(14)
    assert client.round_trip() == []
    timed.move(2)
    reason = "Error while connecting to nextcloud: timed out"
    assert client.read_to_end() == ([FAILED + reason], 1013)


def test_a_place_is_waited_for_60_seconds(
    start_timed: StartTimed, nextcloud: StubNextcloud, user: str
):
    timed = start_timed(nextcloud=Nextcloud(url=nextcloud.url, concurrency=1))
    nextcloud.replies["uid"] = never
    wait_for(lambda: len(nextcloud.seen) == 1)  # the call of the start has had its place
    timed.stop_clock()
    clients = []
    for _ in range(6):
        clients.append(timed.connect())
        clients[-1].send(user, "pw")
        clients[-1].round_trip()
    wait_until_asked(nextcloud, 1)
    for number in range(4):  # each holds the place for 15 s, in the order they came
        timed.move(15.5)
        assert (
            clients[number].receive() == f"{FAILED}Error while connecting to nextcloud: timed out"
        )
        wait_until_asked(nextcloud, min(number + 2, 4))
    for client in clients[4:]:
        answer = f"{FAILED}Error while connecting to nextcloud: timed out"
        assert client.read_to_end() == ([answer], 1013)


def wait_until_asked(nextcloud: StubNextcloud, times: int) -> None:
    wait_for(lambda: asked(nextcloud) == times)


def asked(nextcloud: StubNextcloud) -> int:
    return sum(request.target.endswith("/uid") for request in nextcloud.seen)


async def never(request: Seen) -> Reply:
    await asyncio.sleep(3600)
    raise AssertionError


# More of one user


def test_64_connections_a_user(push: DaemonProcess, user: str):
    first = [push.connect().log_in(user) for _ in range(64)]
    answer = refused(push.connect(), user, "pw")
    limit = "Error while handling authentication: Connection limit exceeded for user"
    assert answer == (["authenticated", limit], 1008)
    assert all(client.round_trip() == [] for client in first)


def test_the_limit_is_a_users_own(push: DaemonProcess, user: str, other: str):
    for _ in range(64):
        push.connect().log_in(user)
    push.connect().log_in(other)


def test_a_connection_that_ends_makes_room(start: Start, user: str):
    daemon = start("--max-connections-per-user", "1", metrics=True)
    with daemon.connect() as first:
        first.log_in(user)
        assert refused(daemon.connect(), user, "pw")[1] == 1008
    daemon.wait_for_metric("active_connection_count", 0)
    daemon.connect().log_in(user)


def test_credentials_behind_the_login_are_ignored(push: DaemonProcess, user: str):
    client = push.connect().log_in(user)
    client.send("somebody", "else", "listen", "listen notify_everything", "")
    client.send_bytes(frame(Opcode.BINARY, b"listen notify_file_id"))
    assert client.round_trip() == []


def test_a_client_that_leaves_during_the_login(
    push: DaemonProcess, nextcloud: StubNextcloud, user: str
):
    nextcloud.replies["uid"] = never
    client = push.connect()
    client.send(user, "pw")
    client.close()
    with pytest.raises(Closed) as closed:
        client.receive()
    assert closed.value.code == 1000
