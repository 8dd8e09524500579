"""One connection to Redis as a protocol: requests and their replies, messages in order.

The parser is hiredis's own: its ``Reader`` costs a fraction of a microsecond a message, where
redis-py's publish/subscribe costs seventeen. It returns errors instead of raising them and takes
any length a header announces, hence the limits kept here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

from hiredis import ProtocolError, Reader, ReplyError

from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.logs import RateLimit
from nextcloud_push.words.text import printable

__all__ = ["MAX_PENDING", "RedisConnection", "ReplyError", "readable"]

logger = logging.getLogger("notify_push.ingest.resp")

MAX_PENDING: Final = 32 * 1024 * 1024
"""Bytes of a reply that is not complete yet, above which the peer is given up."""

SLICE: Final = 0.004
"""Seconds of messages handled in one go before the event loop gets its turn."""

PIECE: Final = 16 * 1024
"""Bytes the parser gets at a time: it moves what is left over after every kilobyte it read, so
that a full socket buffer of 256 KiB at once doubles the cost of a message."""

MAX_SHOWN: Final = 200
"""Characters that are repeated of what a server said."""

_INCOMPLETE: Final = object()


def readable(text: str, secrets: Iterable[str | None] = ()) -> str:
    """Make what a server or library said fit for a log.

    Redis repeats the arguments of a command it does not know, AUTH's password among them.

    Args:
        text: The words of the other side.
        secrets: What must not be shown.
    """
    text = text.partition(", with args beginning with")[0]
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return printable(text, MAX_SHOWN) or "no reason given"


def _packed(command: Sequence[str]) -> bytes:
    parts = [part.encode("utf-8", "surrogateescape") for part in command]
    bulks = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%s" % (len(parts), bulks)


class RedisConnection(asyncio.Protocol):
    """The client's side of one connection.

    Args:
        on_message: Called with channel and payload of every message, in order; an exception
            costs that message only.
        clock: Seconds; the event loop's own has only milliseconds on uvloop.

    Attributes:
        closed: Resolves to the reason once the connection is gone and everything that had
            arrived on it is handled.
    """

    def __init__(
        self,
        on_message: Callable[[bytes, bytes], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_message = on_message
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(notEnoughData=_INCOMPLETE)
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._offset = 0
        self._pending = 0
        self._draining = False
        self._faults = RateLimit(5, 10.0)
        self._lost: str | None = None
        self._heard = False
        self._answer: asyncio.Future[Any] | None = None
        self._unconfirmed: set[bytes] = set()
        self._on_subscribed: Callable[[], None] | None = None
        self.closed: asyncio.Future[str] = self._loop.create_future()

    async def request(self, *command: str) -> Any:
        """Send a command and wait for its reply; one at a time, before subscribing.

        Returns:
            The reply as hiredis gives it; an error of the server as a `ReplyError`.

        Raises:
            RedisError: The connection was lost.
        """
        if self.closed.done():
            raise RedisError(self.closed.result())
        self._answer = self._loop.create_future()
        self._send(*command)
        return await self._answer

    async def subscribe(self, channels: Sequence[str], on_subscribed: Callable[[], None]) -> None:
        """Subscribe; messages may arrive before this returns.

        Args:
            channels: All of them in one command.
            on_subscribed: Called when the last one is confirmed, ahead of any later message.

        Raises:
            RedisError: The server refused, or the connection was lost.
        """
        self._unconfirmed = {channel.encode() for channel in channels}
        self._on_subscribed = on_subscribed
        refusal = await self.request("SUBSCRIBE", *channels)
        if refusal is not None:
            raise RedisError(f"SUBSCRIBE refused: {readable(str(refusal))}")

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._send("PING")

    def heard(self) -> bool:
        """Whether anything arrived since this was last asked."""
        heard, self._heard = self._heard, False
        return heard

    def close(self, reason: str = "closed") -> None:
        """Drop the connection and all that is not handled yet; harmless when repeated."""
        if self.closed.done():
            return
        self.closed.set_result(reason)
        self._data = b""
        if self._transport is not None:
            self._transport.abort()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(RedisError(reason))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes in any portion."""
        if self.closed.done():
            return
        if self._draining:  # TLS hands over what it had decrypted before it was paused
            self._data = self._data[self._offset :] + data
            self._offset = 0
            return
        self._data = data
        self._offset = 0
        self._drain()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note why, and end once what had arrived is handled."""
        self._transport = None  # uvloop raises when a closed one is written to
        self._lost = readable(str(exc)) if exc else "closed by the server"
        if not self._draining:
            self.close(self._lost)

    def _drain(self) -> None:
        """Handle what arrived, for one time slice."""
        if self.closed.done():
            return
        self._heard = True
        try:
            done = self._handle_replies()
        except (ProtocolError, UnicodeError, TypeError) as error:
            # TypeError: hiredis makes a dict of a map, and a map's key may be a list.
            self.close(f"it does not speak Redis's protocol: {readable(str(error))}")
            return
        except MemoryError:
            self.close("it announced a reply of impossible size")
            return
        if not done:
            self._pause()
            self._loop.call_soon(self._drain)
        elif self._pending > MAX_PENDING:
            self.close(f"it sent a reply of more than {MAX_PENDING >> 20} MiB")
        elif self._draining:
            self._resume()

    def _handle_replies(self) -> bool:
        """Handle replies until none is complete (True) or the time slice is over (False)."""
        gets, clock, on_message = self._reader.gets, self._clock, self._on_message
        end = clock() + SLICE
        while True:
            while (reply := gets()) is not _INCOMPLETE:
                self._pending = 0
                if (
                    type(reply) is list
                    and len(reply) == 3
                    and reply[0] == b"message"
                    and type(reply[1]) is type(reply[2]) is bytes
                ):
                    try:
                        on_message(reply[1], reply[2])
                    except Exception:  # whatever is wrong with one message costs that one only
                        self._report_fault()
                else:
                    self._handle_other(reply)
                if clock() > end:
                    return False
            if self._offset >= len(self._data) or self._pending > MAX_PENDING:
                self._data = b""
                return True
            self._feed_piece()

    def _report_fault(self) -> None:
        """Log what a message caused; many that cause the same must not fill a disk."""
        if self._faults.allows(self._clock()):
            logger.exception("a message could not be handled")

    def _feed_piece(self) -> None:
        """Give the parser the next portion."""
        size = min(PIECE, len(self._data) - self._offset)
        self._reader.feed(self._data, self._offset, size)
        self._offset += size
        self._pending += size

    def _handle_other(self, reply: Any) -> None:
        """Handle anything but a message: the answer waited for, or something to ignore."""
        if self._answer is None or self._answer.done():
            # Pongs; "unknown command" to a PING; what nobody asked for.
            return
        if not self._unconfirmed or isinstance(reply, ReplyError):
            self._answer.set_result(reply)
        elif (
            type(reply) is list
            and len(reply) == 3
            and reply[0] == b"subscribe"
            and type(reply[1]) is bytes
        ):
            self._unconfirmed.discard(reply[1])
            if not self._unconfirmed and self._on_subscribed is not None:
                self._answer.set_result(None)
                self._on_subscribed()

    def _send(self, *command: str) -> None:
        if self._transport is not None:
            self._transport.write(_packed(command))

    def _pause(self) -> None:
        if not self._draining:
            self._draining = True
            if self._transport is not None:
                self._transport.pause_reading()

    def _resume(self) -> None:
        self._draining = False
        if self._lost is not None:
            self.close(self._lost)
        elif self._transport is not None:
            self._transport.resume_reading()
