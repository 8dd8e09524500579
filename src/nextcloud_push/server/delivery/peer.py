"""The WebSocket under a client's connection: frames, keep-alive and the close handshake.

An idle peer is this object and its transport: no task, no timer, no library object. The reader of
a partial frame hangs on it only for as long as the frame is partial.
"""

from __future__ import annotations

import asyncio
import logging
from enum import IntEnum
from typing import Any, Final

from websockets.frames import CloseCode

from nextcloud_push.server.delivery.frame_reader import FrameReader, Message
from nextcloud_push.server.delivery.gateway import Gateway
from nextcloud_push.server.delivery.server_frames import close_frame
from nextcloud_push.server.delivery.timer_wheel import UPKEEP_RESOLUTION, Bucket

__all__ = ["Phase", "WebSocketPeer"]

logger = logging.getLogger("notify_push.delivery.connection")

PING_INTERVAL: Final = 30.0
"""Seconds from the last thing received, or the last ping, to the next ping; and for its pong."""

CLOSE_TIME: Final = 2.0
"""Seconds after a close frame at which the connection is dropped, whatever the client does."""

MAX_WAITING_BYTES: Final = 8 << 20
"""Bytes that may wait for a client that does not read; past that it is dropped."""

READ_SLICE: Final = 4096
"""Bytes from one client read in one go: of nothing but empty frames they take some 5 ms."""


class Phase(IntEnum):
    """How far a connection is."""

    LOGIN = 0
    OPEN = 1
    CLOSING = 2
    CLOSED = 3


class WebSocketPeer(asyncio.Protocol):
    """One WebSocket, from behind the handshake to its end.

    Args:
        gateway: What the connections of this process share.
        transport: The accepted connection, behind the handshake.
        deadline: When the first phase ends, in seconds of the loop's clock.
    """

    __slots__ = (
        "_deadline",
        "_gateway",
        "_heard",
        "_phase",
        "_ping",
        "_pinged",
        "_reader",
        "_transport",
        "_upkeep",
        "user",
    )

    def __init__(self, gateway: Gateway, transport: asyncio.Transport, deadline: float) -> None:
        now = gateway.now()
        self.user = ""
        self._gateway = gateway
        self._transport = transport
        self._phase = Phase.LOGIN
        self._reader: FrameReader | None = None
        self._heard = now  # when something last came from the client
        self._ping = 0  # payload of the ping that waits for its pong; 0 without one
        self._pinged = now  # when that ping was sent
        self._deadline = deadline  # when the phase ends; 0 for never
        self._upkeep: Bucket[Any] | None = None
        gateway.enter(self)
        self._check_at(deadline)

    # What the layer above does

    def _on_message(self, message: Message) -> None:
        """Take a message of the client."""
        raise NotImplementedError

    def _on_deadline(self) -> None:
        """The first or the open phase has taken as long as it may."""
        raise NotImplementedError

    def _leave(self) -> None:
        """Give up everything: the connection is closing, or gone."""
        raise NotImplementedError

    # What the transport calls

    def data_received(self, data: bytes) -> None:
        """Handle bytes from the client."""
        if len(data) == 10 and self._ping and self._reader is None:
            # The pong to our ping, the one thing that quiet clients send: header, mask, payload.
            number = int.from_bytes(data)
            if number >> 64 == 0x8A84 and (number >> 32 ^ number) & 0xFFFFFFFF == self._ping:
                self._ping = 0
                self._heard = self._gateway.now()
                return
        if len(data) > READ_SLICE:
            self._transport.pause_reading()
            self._read_on(data)
        else:
            self._read(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        self._leave()
        self._gateway.forget(self)
        self._phase = Phase.CLOSED
        self._reader = None  # the timer wheel keeps this object for a while

    # What everybody may call

    def close(self, code: int, last_message: bytes = b"") -> None:
        """Begin the close handshake.

        Args:
            code: A status code of RFC 6455 §7.4.
            last_message: The frames to send ahead of the close frame.
        """
        if self._phase < Phase.CLOSING:
            self._end(last_message + close_frame(code))

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._transport.abort()

    def check(self, bucket: Bucket[Any], now: float) -> None:
        """Keep the phase's time limit, ping, and miss pongs: what the alarm calls."""
        if bucket is not self._upkeep:
            return
        self._upkeep = None
        if self._phase is Phase.CLOSED:
            return
        if self._deadline and now >= self._deadline:
            if self._phase is Phase.CLOSING:
                self._transport.abort()
            else:
                self._on_deadline()
        elif self._phase is Phase.OPEN:
            self._keep_alive(now)
        else:
            self._check_at(self._deadline)

    # Keep-alive

    def _keep_alive(self, now: float) -> None:
        gateway = self._gateway
        if self._ping and now >= self._pinged + PING_INTERVAL:
            self._miss_pong()
            return
        if not self._ping and now >= self._heard + PING_INTERVAL:
            self._ping, frame = gateway.ping(now)
            self._pinged = now
            self._transport.write(frame)
        if self._ping:
            # A tick later than due, so that the next ping need not wait for a check of its own.
            following = self._pinged + PING_INTERVAL + UPKEEP_RESOLUTION
        else:
            following = self._heard + PING_INTERVAL
        if self._deadline and self._deadline < following:
            following = self._deadline
        self._check_at(following)

    def _miss_pong(self) -> None:
        self._gateway.counters.closed_without_pong += 1
        logger.debug("a client of %s did not answer a ping, or wrongly", self.user)
        self.close(CloseCode.INTERNAL_ERROR)

    def _check_at(self, when: float) -> None:
        self._upkeep = self._gateway.upkeep.schedule(when, self)

    # Frames from the client

    def _read_on(self, data: bytes) -> None:
        """Read a slice of much that came at once, then let the others have their turn."""
        if self._phase is Phase.CLOSED or self._transport.is_closing():
            return
        self._read(data[:READ_SLICE])
        if len(data) > READ_SLICE:
            self._gateway.loop.call_soon(self._read_on, data[READ_SLICE:])
        elif not self._transport.is_closing():
            self._transport.resume_reading()

    def _read(self, data: bytes) -> None:
        if self._phase >= Phase.CLOSING:
            self._read_close_frame(data)
            return
        reader = self._reader or FrameReader()
        received, pongs, answers = reader.feed(data)
        self._reader = None if reader.between_frames and not reader.closed else reader
        self._heard = self._gateway.now()
        for payload in pongs:
            if self._ping and payload != self._ping.to_bytes(4):
                self._miss_pong()
                return
            self._ping = 0
        for message in received:
            self._on_message(message)
        if reader.closed:
            self._end_with_client(b"".join(answers))
        elif answers and self._phase < Phase.CLOSING:
            self._transport.write(b"".join(answers))
            self._drop_if_stuck()

    def _read_close_frame(self, data: bytes) -> None:
        """Wait for the answer to our close frame; everything else is too late."""
        reader = self._reader = self._reader or FrameReader()
        if not reader.closed:
            reader.feed(data)
            if reader.closed:
                self._transport.close()

    # Ending

    def _drop_if_stuck(self) -> None:
        """Drop a client that does not read: a reconnecting one looks for itself."""
        if self._transport.get_write_buffer_size() > MAX_WAITING_BYTES:
            self._gateway.counters.closed_slow += 1
            logger.info("dropped a client of %s that does not read", self.user or "nobody yet")
            self._leave()
            self._phase = Phase.CLOSED
            self._transport.abort()

    def _end(self, last_frames: bytes) -> None:
        """Write the last frames; the connection is dropped when the client answers, or in time."""
        self._leave()
        self._gateway.enter(self)
        self._phase = Phase.CLOSING
        self._deadline = self._gateway.now() + CLOSE_TIME
        self._check_at(self._deadline)
        self._transport.write(last_frames)

    def _end_with_client(self, answer: bytes) -> None:
        """The client has closed or broken the protocol: nothing that it sends counts any more."""
        if self._phase >= Phase.CLOSING:
            self._transport.close()
            return
        if self._reader is not None and self._reader.broken:
            self._gateway.counters.closed_for_protocol += 1
        self._end(answer)
        # Our end is closed and the client's bytes are still read: closing a socket that has unread
        # bytes resets it, and the client would lose the close frame.
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()
