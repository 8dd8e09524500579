"""How long to wait before the next attempt: one pure policy for everything that tries again."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ExponentialBackoff"]

_MAX_DOUBLINGS = 32
"""By then every cap has long decided, and a float would overflow at 2**1024."""


@dataclass(frozen=True, slots=True)
class ExponentialBackoff:
    """Waits that double up to a cap.

    Args:
        first: Longest wait after the first failure, in seconds.
        cap: Longest wait, in seconds.
    """

    first: float
    cap: float

    def pause(self, failures: int, jitter: float = 1.0) -> float:
        """Seconds to wait before the next attempt.

        Args:
            failures: Attempts that failed in a row; 0 waits not at all.
            jitter: A random number from [0, 1): spreads the waits of many over the upper half
                of each. 1, where nobody else waits, takes it whole.
        """
        if failures <= 0:
            return 0.0
        longest = min(self.cap, self.first * 2.0 ** min(failures - 1, _MAX_DOUBLINGS))
        return longest * (0.5 + jitter / 2)
