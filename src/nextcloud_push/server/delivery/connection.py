"""One client's WebSocket, from behind the handshake to its end.

An idle connection is this object and its transport: no task, no timer, no library object. What is
needed only for a while hangs on it only for that while: the reader of a partial frame, the login,
the outbox.
"""

from __future__ import annotations

import asyncio
import logging
import math
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from websockets.frames import CloseCode

from nextcloud_push.server.delivery import messages
from nextcloud_push.server.delivery.frames import FrameReader, Message
from nextcloud_push.server.delivery.login import Login
from nextcloud_push.server.delivery.messages import News
from nextcloud_push.server.delivery.timer_wheel import UPKEEP_RESOLUTION

if TYPE_CHECKING:
    from nextcloud_push.server.delivery.gateway import Gateway
    from nextcloud_push.server.delivery.outbox import Outbox
    from nextcloud_push.server.delivery.timer_wheel import Bucket

__all__ = ["Connection"]

logger = logging.getLogger("notify_push.delivery.connection")
send_logger = logging.getLogger("notify_push.send")

LOGIN_TIME: Final = 15.0
"""Seconds from the handshake until both messages of a login have to be there."""

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


class Connection(asyncio.Protocol):
    """One client's WebSocket.

    Args:
        gateway: What the connections of this process share.
        transport: The accepted connection, behind the handshake.
        forwarded: The chain of addresses for Nextcloud; None without one.
    """

    __slots__ = (
        "_deadline",
        "_delivery",
        "_gateway",
        "_heard",
        "_login",
        "_outbox",
        "_paused",
        "_phase",
        "_ping",
        "_pinged",
        "_reader",
        "_transport",
        "_upkeep",
        "_wants_ids",
        "user",
    )

    def __init__(
        self, gateway: Gateway, transport: asyncio.Transport, forwarded: str | None
    ) -> None:
        now = gateway.now()
        self.user = ""
        self._gateway = gateway
        self._transport = transport
        self._phase = Phase.LOGIN
        self._login: Login | None = Login(
            gateway, forwarded, accept=self._accept, refuse=self.close
        )
        self._reader: FrameReader | None = None
        self._outbox: Outbox | None = None
        self._wants_ids = False
        self._paused = False
        self._heard = now  # when something last came from the client
        self._ping = 0  # payload of the ping that waits for its pong; 0 without one
        self._pinged = now  # when that ping was sent
        self._deadline = now + LOGIN_TIME  # when the phase ends; 0 for never
        self._delivery: Bucket[Connection] | None = None
        self._upkeep: Bucket[Connection] | None = None
        gateway.enter(self)
        self._check_at(self._deadline)

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

    def pause_writing(self) -> None:
        """Hold notifications back: they merge better here than in the kernel."""
        self._paused = True

    def resume_writing(self) -> None:
        """Send what has become due meanwhile."""
        self._paused = False
        if self._outbox is not None:
            self._flush(self._outbox, self._gateway.now())

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        self._leave()
        self._gateway.forget(self)
        self._phase = Phase.CLOSED
        self._reader = None  # the timer wheel keeps this object for a while

    # What the hub calls

    def tell(self, news: News) -> None:
        """Put an event among what waits for the client."""
        gateway = self._gateway
        if not gateway.debounces:
            self._transport.write(news.frame(self._wants_ids))
            gateway.count_message(news.kind)
            self._drop_if_stuck()
            return
        outbox = self._outbox
        if outbox is None:
            outbox = self._outbox = gateway.new_outbox()
        due = outbox.put(news, gateway.debounce)
        delivery = self._delivery
        if (delivery is None or due <= delivery.start) and not self._paused:
            self._delivery = gateway.schedule(due, self)

    def send(self, frame: bytes) -> None:
        """Send a custom event at once."""
        self._transport.write(frame)
        gateway = self._gateway
        gateway.told[messages.CUSTOM_PLACE] += 1
        if gateway.log_sent:
            send_logger.debug("a custom event to %s", self.user)
        if self._paused:
            self._drop_if_stuck()

    def close(self, code: int, text: bytes = b"") -> None:
        """Say good-bye with a close frame, after a last message if there is one.

        Args:
            code: A status code of RFC 6455 §7.4.
            text: Frame of the last message.
        """
        if self._phase < Phase.CLOSING:
            self._end(self._unsent() + text + messages.close_frame(code))

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._transport.abort()

    # What the alarms call

    def deliver(self, bucket: Bucket[Connection], now: float) -> None:
        """Send what is due."""
        if bucket is not self._delivery:
            return  # an earlier deadline took this one's place
        self._delivery = None
        outbox = self._outbox  # None once the connection is closing
        if outbox is None or self._paused:
            return
        gateway = self._gateway
        news = None if gateway.log_sent else outbox.take_only(now, gateway.debounce)
        if news is None:
            self._flush(outbox, now)
            return
        self._transport.write(news.frame(True) if self._wants_ids else news.plain)
        gateway.told[news.place] += 1

    def check(self, bucket: Bucket[Connection], now: float) -> None:
        """Keep the phase's time limit, ping, and miss pongs."""
        if bucket is not self._upkeep:
            return
        self._upkeep = None
        if self._phase is Phase.CLOSED:
            return
        if self._deadline and now >= self._deadline:
            self._time_is_up()
        elif self._phase is Phase.OPEN:
            self._keep_alive(now)
        else:
            self._check_at(self._deadline)

    def _time_is_up(self) -> None:
        if self._phase is Phase.LOGIN:
            if self._login is not None and self._login.is_asking:
                self._deadline = 0.0  # Nextcloud is being asked, which has limits of its own
                return
            self._gateway.counters.logins_timed_out += 1
            self.close(CloseCode.POLICY_VIOLATION, messages.AUTHENTICATION_TIMEOUT)
        elif self._phase is Phase.OPEN:
            self.close(CloseCode.NORMAL_CLOSURE)
        else:
            self._transport.abort()

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
            # A tick later than due, so that the next ping need not wait for a look of its own.
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
            self._read_good_bye(data)
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

    def _read_good_bye(self, data: bytes) -> None:
        """Wait for the answer to our close frame; everything else is too late."""
        reader = self._reader = self._reader or FrameReader()
        if not reader.closed:
            reader.feed(data)
            if reader.closed:
                self._transport.close()

    def _on_message(self, message: Message) -> None:
        login = self._login
        if login is not None and not login.is_asking:
            login.add(message)
        elif isinstance(message, str) and message.strip() == messages.LISTEN_FILE_ID:
            self._wants_ids = True

    def _accept(self, uid: str) -> None:
        gateway = self._gateway
        self.user = uid
        self._login = None
        if gateway.hub.count(uid) >= gateway.limits.connections_per_user:
            gateway.counters.closed_over_limit += 1
            logger.warning("%s has too many connections", uid)
            last_words = messages.AUTHENTICATED + messages.CONNECTION_LIMIT
            self.close(CloseCode.POLICY_VIOLATION, last_words)
            return
        self._transport.write(messages.AUTHENTICATED)
        gateway.join(self)
        gateway.forget(self)
        self._phase = Phase.OPEN
        limit = gateway.limits.connection_time
        self._deadline = gateway.now() + limit if limit else 0.0
        self._keep_alive(gateway.now())

    # Sending and ending

    def _flush(self, outbox: Outbox, now: float) -> None:
        gateway = self._gateway
        for news in outbox.take(now, gateway.debounce):
            self._transport.write(news.frame(self._wants_ids))
            gateway.count_message(news.kind)
            if gateway.log_sent:
                send_logger.debug("%s to %s", news.kind.name.lower(), self.user)
        due = outbox.next_due(gateway.debounce)
        if due is not None:
            self._deliver_at(due)

    def _unsent(self) -> bytes:
        """What waits for the client, due or not: the connection is about to end."""
        if self._outbox is None or self._phase is not Phase.OPEN:
            return b""
        waiting = self._outbox.take(math.inf, self._gateway.debounce)
        for news in waiting:
            self._gateway.count_message(news.kind)
        return b"".join(news.frame(self._wants_ids) for news in waiting)

    def _deliver_at(self, when: float) -> None:
        delivery = self._delivery
        if delivery is None or when <= delivery.start:
            self._delivery = self._gateway.deliveries.schedule(when, self)

    def _check_at(self, when: float) -> None:
        self._upkeep = self._gateway.upkeep.schedule(when, self)

    def _drop_if_stuck(self) -> None:
        """Drop a client that does not read: a reconnecting one looks for itself."""
        if self._transport.get_write_buffer_size() > MAX_WAITING_BYTES:
            self._gateway.counters.closed_slow += 1
            logger.info("dropped a client of %s that does not read", self.user or "nobody yet")
            self._leave()
            self._phase = Phase.CLOSED
            self._transport.abort()

    def _end(self, last_words: bytes) -> None:
        """Write the last frames; the connection is dropped when the client answers, or in time."""
        self._leave()
        self._gateway.enter(self)
        self._phase = Phase.CLOSING
        self._deadline = self._gateway.now() + CLOSE_TIME
        self._check_at(self._deadline)
        self._transport.write(last_words)

    def _end_with_client(self, answer: bytes) -> None:
        """The client said good-bye or broke the protocol: nothing that it sends counts any more."""
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

    def _leave(self) -> None:
        login, self._login = self._login, None
        if login is not None:
            login.cancel()
        self._outbox = None
        if self._phase is Phase.OPEN:
            self._gateway.leave(self)
