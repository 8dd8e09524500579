"""One client: its login, and the notifications that wait for it.

What is needed only for a while hangs on it only for that while: the login, the outbox.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any, Final

from websockets.frames import CloseCode

from nextcloud_push.server.delivery import server_frames
from nextcloud_push.server.delivery.frame_reader import Message
from nextcloud_push.server.delivery.gateway import Gateway
from nextcloud_push.server.delivery.login import Login
from nextcloud_push.server.delivery.notification import CUSTOM, KINDS, Notification
from nextcloud_push.server.delivery.outbox import Outbox
from nextcloud_push.server.delivery.peer import Phase, WebSocketPeer
from nextcloud_push.server.delivery.timer_wheel import Bucket
from nextcloud_push.words import LISTEN_FILE_ID

__all__ = ["Connection"]

logger = logging.getLogger("notify_push.delivery.connection")
send_logger = logging.getLogger("notify_push.send")

LOGIN_TIME: Final = 15.0
"""Seconds from the handshake until both messages of a login have to be there."""


class Connection(WebSocketPeer):
    """One client.

    Args:
        gateway: What the connections of this process share.
        transport: The accepted connection, behind the handshake.
        forwarded: The chain of addresses for Nextcloud; None without one.
    """

    __slots__ = ("_delivery", "_login", "_outbox", "_paused", "_wants_ids")

    def __init__(
        self, gateway: Gateway, transport: asyncio.Transport, forwarded: str | None
    ) -> None:
        self._login: Login | None = Login(
            gateway, forwarded, accept=self._accept, refuse=self.close
        )
        self._outbox: Outbox | None = None
        self._wants_ids = False
        self._paused = False
        self._delivery: Bucket[Any] | None = None
        super().__init__(gateway, transport, gateway.now() + LOGIN_TIME)

    # What the transport calls

    def pause_writing(self) -> None:
        """Hold notifications back: they merge better here than in the kernel."""
        self._paused = True

    def resume_writing(self) -> None:
        """Send what has become due meanwhile."""
        self._paused = False
        if self._outbox is not None:
            self._flush(self._outbox, self._gateway.now())

    # What the hub calls

    def notify(self, notification: Notification) -> None:
        """Put an event among what waits for the client."""
        gateway = self._gateway
        if not gateway.debounces:
            self._send_now(notification)
            self._drop_if_stuck()
            return
        outbox = self._outbox
        if outbox is None:
            outbox = self._outbox = gateway.new_outbox()
        due = outbox.put(notification, gateway.debounce)
        delivery = self._delivery
        if (delivery is None or due <= delivery.start) and not self._paused:
            self._delivery = gateway.schedule(due, self)

    def send(self, frame: bytes) -> None:
        """Send a custom event at once."""
        self._transport.write(frame)
        gateway = self._gateway
        gateway.messages_sent[CUSTOM] += 1
        if gateway.log.sent:
            send_logger.debug("a custom event to %s", self.user)
        if self._paused:
            self._drop_if_stuck()

    def close(self, code: int, last_message: bytes = b"") -> None:
        """Begin the close handshake, behind what waits for the client.

        Args:
            code: A status code of RFC 6455 §7.4.
            last_message: The frames to send ahead of the close frame.
        """
        if self._outbox is not None and self._phase is Phase.OPEN:
            for notification in self._outbox.take(math.inf):
                self._send_now(notification)
        super().close(code, last_message)

    # What the alarm calls

    def deliver(self, bucket: Bucket[Any], now: float) -> None:
        """Send what is due."""
        if bucket is not self._delivery:
            return  # an earlier deadline took this one's place
        self._delivery = None
        outbox = self._outbox  # None once the connection is closing
        if outbox is None or self._paused:
            return
        gateway = self._gateway
        notification = None if gateway.log.sent else outbox.take_only(now)
        if notification is None:
            self._flush(outbox, now)
            return
        self._transport.write(
            notification.frame_with_ids if self._wants_ids else notification.frame
        )
        gateway.messages_sent[notification.kind] += 1

    # Login

    def _on_message(self, message: Message) -> None:
        login = self._login
        if login is not None and not login.is_asking:
            login.add(message)
        elif isinstance(message, str) and message.strip() == LISTEN_FILE_ID:
            self._wants_ids = True

    def _on_deadline(self) -> None:
        if self._phase is Phase.OPEN:
            self.close(CloseCode.NORMAL_CLOSURE)
        elif self._login is not None and self._login.is_asking:
            self._deadline = 0.0  # Nextcloud is being asked, which has limits of its own
        else:
            self._gateway.counters.logins_timed_out += 1
            self.close(CloseCode.POLICY_VIOLATION, server_frames.AUTHENTICATION_TIMEOUT)

    def _accept(self, uid: str) -> None:
        gateway = self._gateway
        self.user = uid
        self._login = None
        if gateway.hub.count(uid) >= gateway.limits.connections_per_user:
            gateway.counters.closed_over_limit += 1
            logger.warning("%s has too many connections", uid)
            last_message = server_frames.AUTHENTICATED + server_frames.CONNECTION_LIMIT
            self.close(CloseCode.POLICY_VIOLATION, last_message)
            return
        self._transport.write(server_frames.AUTHENTICATED)
        gateway.join(self)
        gateway.forget(self)
        self._phase = Phase.OPEN
        limit = gateway.limits.connection_time
        self._deadline = gateway.now() + limit if limit else 0.0
        self._keep_alive(gateway.now())

    def _leave(self) -> None:
        login, self._login = self._login, None
        if login is not None:
            login.cancel()
        self._outbox = None
        if self._phase is Phase.OPEN:
            self._gateway.leave(self)

    # Sending

    def _flush(self, outbox: Outbox, now: float) -> None:
        for notification in outbox.take(now):
            self._send_now(notification)
        due = outbox.next_due()
        delivery = self._delivery
        if due is not None and (delivery is None or due <= delivery.start):
            self._delivery = self._gateway.deliveries.schedule(due, self)

    def _send_now(self, notification: Notification) -> None:
        gateway = self._gateway
        frame = notification.frame_with_ids if self._wants_ids else notification.frame
        self._transport.write(frame)
        gateway.messages_sent[notification.kind] += 1
        if gateway.log.sent:
            send_logger.debug("%s to %s", KINDS[notification.kind], self.user)
