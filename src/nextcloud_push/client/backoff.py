"""When to try again: pure policies, so that a test or a program can put its own in place."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nextcloud_push.client.errors import ClientError, ConnectionLost, WrongCredentials

__all__ = ["Attempts", "Backoff", "ReconnectPolicy"]

_RESTART_CODES = frozenset({1000, 1001, 1012})
"""Close codes a server sends to all of its clients at once: reset, going away, restart."""


class ReconnectPolicy(Protocol):
    """How long to wait before the next attempt."""

    def delay(self, failures: int, *, restart: bool) -> float:
        """Seconds to wait.

        Args:
            failures: Attempts that failed in a row, the lost connection included; from 1.
            restart: The server ended the connection in good order, most likely everybody's.
        """
        ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with jitter.

    The n-th wait is drawn from the upper half of ``[0, min(cap, first * 2 ** (n - 1))]``. When
    the server went down in good order, the first wait is drawn from ``[0, restart_spread]``
    instead: all its clients lost it in the same second and should not come back in one.

    Args:
        first: Longest first wait, in seconds.
        cap: Longest wait, in seconds.
        restart_spread: Seconds over which the clients of a restarted server come back.
        random: Draws from ``[0, 1)``.
    """

    first: float = 1.0
    cap: float = 60.0
    restart_spread: float = 10.0
    random: Callable[[], float] = random.random

    def delay(self, failures: int, *, restart: bool) -> float:
        """See `ReconnectPolicy.delay`."""
        if restart and failures == 1:
            return self.random() * self.restart_spread
        # Past 2**30 the cap has long decided, and a float would overflow at 2**1024.
        ceiling = min(self.cap, self.first * 2.0 ** min(failures - 1, 30))
        return ceiling * (0.5 + self.random() / 2)


class Attempts:
    """Counts what went wrong in a row and decides whether to go on.

    Args:
        policy: How long to wait.
        max_refusals: Refused credentials in a row that end it all.
    """

    def __init__(self, policy: ReconnectPolicy, max_refusals: int = 3) -> None:
        self._policy = policy
        self._max_refusals = max_refusals
        self._refusals = 0
        self.failures = 0

    def failed(self, error: ClientError) -> float:
        """Seconds to wait before the next attempt.

        Raises:
            WrongCredentials: The credentials were refused too often in a row.
        """
        self.failures += 1
        if isinstance(error, WrongCredentials):
            self._refusals += 1
            if self._refusals >= self._max_refusals:
                raise error
        restart = isinstance(error, ConnectionLost) and error.code in _RESTART_CODES
        return self._policy.delay(self.failures, restart=restart)

    def logged_in(self) -> None:
        """The credentials were accepted."""
        self._refusals = 0

    def stable(self) -> None:
        """The connection held long enough to forget the failures before it."""
        self.failures = 0
