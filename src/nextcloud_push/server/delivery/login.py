"""One client's login: two messages, and who answers for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from websockets.frames import CloseCode

from nextcloud_push.server.delivery import server_frames
from nextcloud_push.server.delivery.frame_reader import Message
from nextcloud_push.server.delivery.gateway import Gateway
from nextcloud_push.server.errors import NextcloudError

__all__ = ["Login"]

logger = logging.getLogger("notify_push.delivery.login")

TOKEN_PAUSES: Final = (0.02, 0.08, 0.4)
"""Seconds between looks for a token that is not known yet."""


class Login:
    """What is kept of a client until it is authenticated.

    Args:
        gateway: Has the tokens, and asks Nextcloud.
        forwarded: The chain of addresses for Nextcloud; None without one.
        accept: Called with the uid.
        refuse: Called with a close code and the frame of the last message.
    """

    __slots__ = ("_accept", "_forwarded", "_gateway", "_refuse", "_task", "_user")

    def __init__(
        self,
        gateway: Gateway,
        forwarded: str | None,
        *,
        accept: Callable[[str], None],
        refuse: Callable[[int, bytes], None],
    ) -> None:
        self._gateway = gateway
        self._forwarded = forwarded
        self._accept = accept
        self._refuse = refuse
        self._user: str | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_asking(self) -> bool:
        """Whether both messages are there, and somebody is being asked about them."""
        return self._task is not None

    def cancel(self) -> None:
        """Ask nobody any more: the client has left."""
        if self._task is not None:
            self._task.cancel()

    def add(self, message: Message) -> None:
        """Take the next message: the user name, then the password or a token."""
        if isinstance(message, bytes):
            self._gateway.counters.logins_malformed += 1
            self._refuse(CloseCode.POLICY_VIOLATION, server_frames.INVALID_MESSAGE)
        elif self._user is None:
            self._user = message.strip()
        else:
            self._log_in(self._user, message.strip())

    def _log_in(self, user: str, password: str) -> None:
        uid = self._gateway.take_token(password, self._gateway.now())
        if uid is not None:
            self._accept(uid)
        elif user:
            self._begin(self._ask_nextcloud(user, password))
        elif password:
            self._begin(self._wait_for_token(password))
        else:
            self._deny()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = self._gateway.loop.create_task(work)

    async def _wait_for_token(self, token: str) -> None:
        """Try again to use a token: it may still be on its way through a burst of events."""
        for pause in TOKEN_PAUSES:
            await asyncio.sleep(pause)
            uid = self._gateway.take_token(token, self._gateway.now())
            if uid is not None:
                break
        self._task = None  # from here on there is nothing to cancel
        if uid is None:
            self._deny()
        else:
            self._accept(uid)

    async def _ask_nextcloud(self, user: str, password: str) -> None:
        uid, failure = None, ""
        try:
            uid = await self._gateway.authenticate(user, password, self._forwarded)
        except NextcloudError as error:
            logger.warning("a login could not be checked: %s", error)
            failure = str(error)
        except Exception:  # a client must not wait for ever for a fault of ours
            logger.exception("a login failed")
            failure = "internal error"
        self._task = None  # from here on there is nothing to cancel
        if failure:
            self._gateway.counters.logins_unanswered += 1
            self._refuse(CloseCode.TRY_AGAIN_LATER, server_frames.login_failed_frame(failure))
        elif uid is None:
            self._deny()
        else:
            self._accept(uid)

    def _deny(self) -> None:
        self._gateway.counters.logins_refused += 1
        self._refuse(CloseCode.POLICY_VIOLATION, server_frames.INVALID_CREDENTIALS)
