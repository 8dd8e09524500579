"""How the stand-in says no: one exception that every handler may raise."""

from __future__ import annotations

from nextcloud_push.server.errors import NotifyPushError

__all__ = ["Refused"]


class Refused(NotifyPushError):
    """A request that is not carried out.

    Args:
        status: The HTTP status that says why.
        reason: The same for people.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
