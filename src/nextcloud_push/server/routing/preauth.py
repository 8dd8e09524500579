"""Pre-authenticated tokens: single use, short-lived, and never shown."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

__all__ = ["TOKEN_LIFETIME", "Tokens"]

TOKEN_LIFETIME: Final = 15.0
"""Seconds for which a token is remembered."""

MAX_TOKENS: Final = 100_000
"""Tokens remembered at a time; past that the oldest are forgotten."""


class Tokens:
    """Tokens by their text, with the user each one logs in.

    All tokens live equally long, so insertion order is the order in which they expire.
    """

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tokens)

    def add(self, token: str, user: str, now: float) -> None:
        """Remember a token from ``now``, in seconds, on; an empty one is not a token."""
        self._forget_expired(now)
        if token:
            self._tokens[token] = (user, now + TOKEN_LIFETIME)
            self._tokens.move_to_end(token)
        while len(self._tokens) > MAX_TOKENS:
            self._tokens.popitem(last=False)

    def take(self, token: str, now: float) -> str | None:
        """Use up a token and return its user; None when there is no such token (any more)."""
        user, expires = self._tokens.pop(token, (None, 0.0))
        return user if now < expires else None

    def _forget_expired(self, now: float) -> None:
        while self._tokens:
            token, (_, expires) = next(iter(self._tokens.items()))
            if now < expires:
                return
            del self._tokens[token]
