"""The pure protocol part: bytes in, messages and replies out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.redis import protocol as resp
from nextcloud_push.server.redis.protocol import RedisConnection, readable
from support.redis_stub import array, message

HUGE_HEADER = b"$600000000\r\n"


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.paused = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Wire:
    """A connection on a transport that is not there; its clock stands unless one is given."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.messages: list[bytes] = []
        self.transport = Transport()
        self.connection = RedisConnection(lambda _channel, payload: self.take(payload), clock=clock)
        self.connection.connection_made(self.transport)
        self.feed = self.connection.data_received

    def take(self, payload: bytes) -> None:
        if payload == b"trouble":
            raise ValueError(payload)
        self.messages.append(payload)

    @property
    def reason(self) -> str | None:
        closed = self.connection.closed
        return closed.result() if closed.done() else None


async def ticks(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def numbered(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def burst(count: int) -> bytes:
    return b"".join(message(b"c", payload) for payload in numbered(count))


async def test_messages_chopped_byte_by_byte_arrive_in_order() -> None:
    wire = Wire()
    for byte in burst(20):
        wire.feed(bytes([byte]))
    assert wire.messages == numbered(20)


@given(st.lists(st.binary(max_size=40), max_size=8), st.lists(st.integers(0, 400), max_size=12))
def test_messages_arrive_however_they_are_chopped(payloads: list[bytes], cuts: list[int]) -> None:
    payloads = [payload for payload in payloads if payload != b"trouble"]
    stream = b"".join(message(b"c", payload) for payload in payloads)

    async def feed() -> list[bytes]:
        wire = Wire()
        places = [0, *sorted(cuts), len(stream)]
        for start, end in pairwise(places):
            wire.feed(stream[start:end])
        return wire.messages

    assert asyncio.run(feed()) == payloads


async def test_a_message_larger_than_a_piece_arrives_whole() -> None:
    wire = Wire()
    wire.feed(message(b"c", b"x" * 100_000) + message(b"c", b"next"))
    assert wire.messages == [b"x" * 100_000, b"next"]


async def test_a_message_that_cannot_be_handled_costs_only_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire = Wire()
    wire.feed(message(b"c", b"1") + message(b"c", b"trouble") + message(b"c", b"2"))
    assert wire.messages == [b"1", b"2"]
    assert "a message could not be handled" in caplog.text


@pytest.mark.parametrize(
    "reply",
    [
        b"-ERR unknown command 'PING'\r\n",
        b"-\xff\xfe\r\n",
        b"+PONG\r\n",
        b":7\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"*0\r\n",
        array(b"pong", b""),
        array(b"subscribe", b"c", 1),
        b">3\r\n+message\r\n+c\r\n+x\r\n",
        b"*1\r\n*1\r\n*0\r\n",
    ],
)
async def test_what_nobody_asked_for_is_ignored(reply: bytes) -> None:
    wire = Wire()
    wire.feed(reply + message(b"c", b"1"))
    assert (wire.messages, wire.reason) == ([b"1"], None)


@pytest.mark.parametrize("item", [b":1\r\n", b"$-1\r\n", b"*1\r\n$1\r\nx\r\n"])
async def test_a_message_of_other_types_is_no_message(item: bytes) -> None:
    wire = Wire()
    wire.feed(b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n" + item)
    wire.feed(b"*3\r\n$7\r\nmessage\r\n" + item + b"$1\r\nx\r\n")
    assert (wire.messages, wire.reason) == ([], None)


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x50",
        b"*9223372036854775807\r\n",
        b"*99999999999999999999999\r\n",
        b"$-7\r\n",
        b"*1\r\n" * 10_000,
        b"%1\r\n*0\r\n+a map whose key is a list\r\n",
    ],
)
async def test_what_is_no_protocol_ends_the_connection(garbage: bytes) -> None:
    wire = Wire()
    wire.feed(message(b"c", b"1") + garbage)
    wire.feed(message(b"c", b"2"))
    assert wire.messages == [b"1"]
    assert "does not speak Redis's protocol" in str(wire.reason)
    assert wire.transport.aborted


PIECES = st.sampled_from(
    rb"*3 *-1 $7 $1 $-1 c message :1 +OK -ERR -MOVED >3 #t %1 _ pong".split()
).map(lambda piece: piece + b"\r\n")


@given(st.lists(PIECES | st.binary(max_size=8), max_size=20).map(b"".join))
def test_no_bytes_raise_and_what_came_before_them_counts(data: bytes) -> None:
    async def feed() -> None:
        wire = Wire()
        wire.feed(message(b"c", b"first"))
        wire.feed(data)
        assert wire.messages[:1] == [b"first"]
        assert (wire.reason is not None) >= wire.transport.aborted

    asyncio.run(feed())


async def test_an_announced_length_takes_no_memory() -> None:
    before = psutil.Process().memory_info().rss
    Wire().feed(HUGE_HEADER)
    assert psutil.Process().memory_info().rss - before < 16 << 20


@pytest.mark.parametrize(
    "start", [HUGE_HEADER, b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n" + HUGE_HEADER]
)
async def test_a_reply_that_never_ends_is_given_up(start: bytes) -> None:
    wire = Wire()
    wire.feed(start)
    for _ in range(33):
        wire.feed(bytes(1 << 20))
    assert wire.reason == "it sent a reply of more than 32 MiB"


async def test_an_array_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resp, "MAX_PENDING", 1 << 20)
    wire = Wire()
    wire.feed(b"*1000000\r\n")
    for _ in range(3):
        wire.feed(b"$1\r\nx\r\n" * 100_000)
    assert wire.reason == "it sent a reply of more than 1 MiB"


async def test_a_reply_too_big_for_the_machine_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Exhausted:
        def __init__(self, **_options: object) -> None:
            pass

        def gets(self) -> object:
            raise MemoryError

    monkeypatch.setattr(resp, "Reader", Exhausted)
    wire = Wire()
    wire.feed(b"*4294967295\r\n")
    assert wire.reason == "it announced a reply of impossible size"


class Clock:
    """Goes on by a millisecond whenever it is looked at, as if every message took that."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


async def test_a_burst_is_handled_in_slices() -> None:
    wire = Wire(clock=Clock())
    wire.feed(burst(100))
    assert 0 < len(wire.messages) <= 5
    assert wire.transport.paused
    await ticks(3)
    assert 5 < len(wire.messages) <= 20  # everything else had its turn in between
    await ticks(100)
    assert wire.messages == numbered(100)
    assert not wire.transport.paused


async def test_what_arrives_during_a_slice_waits_its_turn() -> None:
    wire = Wire(clock=Clock())
    stream = burst(60)
    wire.feed(stream[:700])
    wire.feed(stream[700:])
    await ticks(100)
    assert wire.messages == numbered(60)


async def test_what_had_arrived_before_the_end_is_handled() -> None:
    wire = Wire(clock=Clock())
    wire.feed(burst(60))
    wire.connection.connection_lost(None)
    wire.connection.ping()
    assert (wire.reason, wire.transport.written) == (None, b"")
    assert await wire.connection.closed == "closed by the server"
    assert wire.messages == numbered(60)


async def test_nothing_is_handled_after_close() -> None:
    wire = Wire(clock=Clock())
    wire.feed(burst(60))
    count = len(wire.messages)
    wire.connection.close()
    wire.connection.close()
    await ticks(20)
    assert len(wire.messages) == count
    assert wire.transport.aborted


async def test_working_off_a_burst_counts_as_hearing_from_the_peer() -> None:
    wire = Wire(clock=Clock())
    wire.feed(burst(60))
    assert wire.connection.heard()
    assert not wire.connection.heard()
    await ticks(2)
    assert wire.connection.heard()


async def test_a_request_gets_its_reply() -> None:
    wire = Wire()
    asking = asyncio.create_task(wire.connection.request("AUTH", "bøb", "pass word"))
    await ticks(1)
    wire.feed(b"+OK\r\n")
    assert await asking == b"OK"
    expected = array(b"AUTH", "bøb".encode(), b"pass word")
    assert wire.transport.written == expected


async def test_a_request_fails_with_its_connection() -> None:
    wire = Wire()
    asking = asyncio.create_task(wire.connection.request("PING"))
    await ticks(1)
    wire.connection.connection_lost(ConnectionResetError("reset"))
    with pytest.raises(RedisError, match="reset"):
        await asking
    with pytest.raises(RedisError, match="reset"):
        await wire.connection.request("PING")


async def test_a_subscription_is_told_before_the_messages_behind_it() -> None:
    wire = Wire()
    subscribing = asyncio.create_task(
        wire.connection.subscribe(["a", "b"], lambda: wire.messages.append(b"subscribed"))
    )
    await ticks(1)
    confirmations = array(b"subscribe", b"a", 1) + array(b"subscribe", b"b", 2)
    wire.feed(confirmations + message(b"a", b"first"))
    assert wire.messages == [b"subscribed", b"first"]
    await subscribing


async def test_a_refused_subscription_says_why() -> None:
    wire = Wire()
    subscribing = asyncio.create_task(wire.connection.subscribe(["a"], lambda: None))
    await ticks(1)
    wire.feed(b"-NOPERM this user has no permissions\r\n")
    with pytest.raises(RedisError, match="SUBSCRIBE refused: NOPERM this user"):
        await subscribing


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("unknown command 'AUTH', with args beginning with: 's3cret'", "unknown command 'AUTH'"),
        ("wrong: s3cret", "wrong: ***"),
        ("a\x1b[31m\nb", "a\\x1b[31m\\nb"),
        ("", "no reason given"),
        ("x" * 1000, "x" * 200 + "…"),
    ],
)
def test_words_of_a_server_are_made_fit_for_a_log(said: str, shown: str) -> None:
    assert readable(said, ("s3cret", None)) == shown
