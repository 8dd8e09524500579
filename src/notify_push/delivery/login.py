"""What is kept of a client until it is authenticated, and asking Nextcloud who it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from notify_push.errors import NextcloudError

__all__ = ["Authenticate", "Login"]

logger = logging.getLogger(__name__)

TOKEN_PAUSES: Final = (0.02, 0.08, 0.4)
"""Seconds between looks for a token that is not known yet."""

Authenticate = Callable[[str, str, str | None], Awaitable[str | None]]
"""User, password, chain of addresses → uid, or None for wrong credentials."""


class Login:
    """One client's login.

    Args:
        forwarded: The chain of addresses for Nextcloud; None without one.

    Attributes:
        user: The user name, once it is there.
        task: Asks Nextcloud; cancelled when the client leaves meanwhile.
    """

    __slots__ = ("forwarded", "task", "user")

    def __init__(self, forwarded: str | None) -> None:
        self.forwarded = forwarded
        self.user: str | None = None
        self.task: asyncio.Task[None] | None = None

    async def wait_for_token(
        self, take: Callable[[], str | None], on_verdict: Callable[[str | None, str | None], None]
    ) -> None:
        """Look again for a token that is not known: it may still be on its way through a burst."""
        for pause in TOKEN_PAUSES:
            await asyncio.sleep(pause)
            uid = take()
            if uid is not None:
                on_verdict(uid, None)
                return
        on_verdict(None, None)

    async def ask(
        self,
        authenticate: Authenticate,
        user: str,
        password: str,
        on_verdict: Callable[[str | None, str | None], None],
    ) -> None:
        """Ask Nextcloud and report (uid or None for wrong credentials, failure or None)."""
        try:
            uid = await authenticate(user, password, self.forwarded)
        except NextcloudError as error:
            logger.warning("a login could not be checked: %s", error)
            on_verdict(None, str(error))
        except Exception:  # a client must not wait for ever for a fault of ours
            logger.exception("a login failed")
            on_verdict(None, "internal error")
        else:
            on_verdict(uid, None)
