"""What evaluating a file may cost, so that no file can stall or swell the daemon."""

from __future__ import annotations

from collections.abc import Callable

from nextcloud_push.config.values import PhpArray, Place, Value

__all__ = ["MAX_CHILDREN", "MAX_DEPTH", "MAX_FILE", "Budget", "LimitExceeded"]

MAX_FILE = 1024 * 1024
"""Bytes of a file that is read or included."""
MAX_TEXT = 1024 * 1024
"""Bytes of one string."""
MAX_ALLOCATED = 48 * 1024 * 1024
"""Bytes of all strings and array elements ever made: what is alive is less."""
MAX_STEPS = 200_000
"""Nodes of the syntax tree visited."""
MAX_DEPTH = 180
"""Nodes visited inside each other; stays below the interpreter's own limit of 1,000 frames."""
MAX_CHILDREN = 50_000
"""Direct children of one node: elements and commas of one array literal."""
MAX_PARSE_GROWTH = 80 * 1024
"""KiB by which the process's peak memory may grow while a file is parsed."""
CPU_SECONDS = 0.5
"""Time of the processor for parsing and evaluating everything."""

_ELEMENT = 128  # bytes of an array element: its entry in the dictionary, its value's object
_ROUNDS = 64  # steps between two looks at the clock


class LimitExceeded(Exception):
    """The configuration asks for more than `Budget` grants; says of what.

    Attributes:
        place: The statement that did, once known.
    """

    place: Place | None = None


class Budget:
    """Counts down while a configuration is evaluated.

    Args:
        clock: Seconds of processor time this thread has used.
        peak: Peak memory of this process in KiB.
    """

    def __init__(self, clock: Callable[[], float], peak: Callable[[], int]) -> None:
        self._clock = clock
        self._peak = peak
        self._deadline = clock() + CPU_SECONDS
        self._steps = 0
        self._allocated = 0
        self._depth = 0

    def step(self, count: int = 1) -> None:
        """Take one step, or many at once.

        Raises:
            LimitExceeded: That was too many, or the time is up.
        """
        before = self._steps // _ROUNDS
        self._steps += count
        if self._steps > MAX_STEPS:
            raise LimitExceeded(f"evaluating it takes more than {MAX_STEPS:,} steps")
        if self._steps // _ROUNDS != before:
            self.check_time()

    def check_time(self) -> None:
        """Look at the clock.

        Raises:
            LimitExceeded: The time is up.
        """
        if self._clock() > self._deadline:
            raise LimitExceeded(f"evaluating it takes more than {CPU_SECONDS} s")

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

    def allocate(self, size: int) -> None:
        """Account for bytes about to be made.

        Raises:
            LimitExceeded: That is too much.
        """
        self._allocated += size
        if self._allocated > MAX_ALLOCATED:
            raise LimitExceeded(
                f"its values take more than {MAX_ALLOCATED // 1024 // 1024} MiB altogether"
            )

    def text(self, size: int) -> None:
        """Account for a string about to be made.

        Raises:
            LimitExceeded: It is too long.
        """
        if size > MAX_TEXT:
            raise LimitExceeded(f"a string grows beyond {MAX_TEXT:,} bytes")
        self.allocate(size)

    def elements(self, count: int) -> None:
        """Account for elements of an array about to be made.

        Raises:
            LimitExceeded: That is too much.
        """
        self.allocate(count * _ELEMENT)

    def made(self, value: Value) -> Value:
        """Account for a value just made, and hand it on.

        Raises:
            LimitExceeded: It is too large.
        """
        if isinstance(value, bytes):
            self.text(len(value))
        elif isinstance(value, PhpArray):
            self.elements(len(value.items))
        return value

    def parse_guard(self) -> Callable[[int, bool], bool]:
        """A callback for the parser that says whether to give up: out of time, or of memory."""
        limit = self._peak() + MAX_PARSE_GROWTH

        def give_up(_offset: int, _has_error: bool) -> bool:
            return self._clock() > self._deadline or self._peak() > limit

        return give_up
