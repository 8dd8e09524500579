"""When to try again: pure policies, so that a test or a program can put its own in place."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nextcloud_push.client.errors import ClientError, ConnectionLost, WrongCredentials
from nextcloud_push.words import RESTART_CODES
from nextcloud_push.words.backoff import ExponentialBackoff

__all__ = ["Attempts", "Backoff", "ReconnectPolicy"]


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
        return ExponentialBackoff(self.first, self.cap).pause(failures, self.random())


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
        restart = isinstance(error, ConnectionLost) and error.code in RESTART_CODES
        return self._policy.delay(self.failures, restart=restart)

    def logged_in(self) -> None:
        """The credentials were accepted."""
        self._refusals = 0

    def stable(self) -> None:
        """The connection held long enough to forget the failures before it."""
        self.failures = 0
