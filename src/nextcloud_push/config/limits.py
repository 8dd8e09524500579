"""What evaluating a file may cost, counted: the same file gives the same answer everywhere.

What a count does not see, a single long string or a slow regular expression, is bounded by the
limits of the process: see `nextcloud_push.config.confinement`.
"""

from __future__ import annotations

from nextcloud_push.config.values import Place

__all__ = ["MAX_CHILDREN", "MAX_DEPTH", "MAX_FILE", "MAX_STEPS", "Budget", "LimitExceeded"]

MAX_FILE = 1024 * 1024
"""Bytes of a file that is read or included."""
MAX_STEPS = 200_000
"""Nodes of the syntax tree visited."""
MAX_DEPTH = 180
"""Nodes visited inside each other; stays below the interpreter's own limit of 1,000 frames."""

MAX_CHILDREN = 50_000
"""Direct children of one node: elements and commas of one array literal."""


class LimitExceeded(Exception):
    """The configuration asks for more than it may have; says of what.

    Attributes:
        place: The statement that did, once known.
    """

    place: Place | None = None


class Budget:
    """Counts down while a configuration is evaluated."""

    def __init__(self) -> None:
        self._steps = 0
        self._depth = 0

    def step(self) -> None:
        """Take one step.

        Raises:
            LimitExceeded: That was one too many.
        """
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise LimitExceeded(f"evaluating it takes more than {MAX_STEPS:,} steps")

    def enter(self) -> None:
        """Go one level deeper.

        Raises:
            LimitExceeded: That is too deep.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LimitExceeded(f"expressions or calls are nested more than {MAX_DEPTH} deep")

    def leave(self) -> None:
        """Come back from a level."""
        self._depth -= 1
