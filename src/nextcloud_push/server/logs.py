"""Logging: readable lines on a terminal, one line a record elsewhere, or JSON.

Only this package's loggers follow the level that is asked for. Those of libraries stay at warning
whatever it is: at debug some of them print what clients and servers say, passwords among it.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime
from typing import Final, Literal, TextIO

from nextcloud_push.words.text import printable

__all__ = ["LEVELS", "LogControl", "RateLimit", "parse_spec", "set_up"]

TRACE: Final = 5
OFF: Final = logging.CRITICAL + 10
LEVELS: Final = {
    "off": OFF,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": TRACE,
}
MAX_TEMPORARY: Final = 100
"""Levels on top of each other; past that the lowest temporary one is forgotten."""

_MODULES: Final = {
    "notify_push": "notify_push",
    "notify_push::send": "notify_push.send",
    "notify_push::receive": "notify_push.receive",
}
_COLOURS: Final = {"ERROR": "31", "WARN": "33", "INFO": "32", "DEBUG": "34", "TRACE": "35"}

logging.addLevelName(TRACE, "TRACE")
logging.addLevelName(logging.WARNING, "WARN")


def parse_spec(specification: str) -> dict[str, int]:
    """Read a comma list of ``level``, ``module`` or ``module=level``.

    Returns:
        Levels by logger name, those of this package only; a module alone means everything.

    Raises:
        ValueError: A level is unknown; says which.
    """
    levels: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in specification.split(","))):
        module, separator, level_name = part.partition("=")
        if not separator and module.lower() in LEVELS:
            levels.setdefault("notify_push", LEVELS[module.lower()])
            continue
        level = LEVELS.get(level_name.strip().lower()) if separator else TRACE
        if level is None:
            raise ValueError(f"unknown log level {level_name.strip()[:40]!r}")
        logger = _MODULES.get(module.strip().replace(".", "::"))
        if logger is not None:
            levels[logger] = level
    return levels


class LogControl:
    """The level asked for at start, and temporary ones on top of it.

    Args:
        specification: The level at start.

    Attributes:
        received: Whether each event from Redis is logged at present.
        sent: Whether each message to a client is.

    Raises:
        ValueError: The specification names an unknown level.
    """

    def __init__(self, specification: str) -> None:
        self._stack = [parse_spec(specification)]
        self._apply()

    def push(self, specification: str) -> None:
        """Set a temporary level.

        Raises:
            ValueError: The specification names an unknown level; nothing changes.
        """
        self._stack.append(parse_spec(specification))
        if len(self._stack) > MAX_TEMPORARY:
            del self._stack[1]
        self._apply()

    def pop(self) -> None:
        """Go back by one temporary level; without one nothing changes."""
        if len(self._stack) > 1:
            self._stack.pop()
        self._apply()

    def _apply(self) -> None:
        levels = self._stack[-1]
        for name in _MODULES.values():
            default = logging.WARNING if name == "notify_push" else logging.NOTSET
            logging.getLogger(name).setLevel(levels.get(name, default))
        self.received = logging.getLogger("notify_push.receive").isEnabledFor(logging.DEBUG)
        self.sent = logging.getLogger("notify_push.send").isEnabledFor(logging.DEBUG)


class _Formatter(logging.Formatter):
    """One line a record; a traceback only where somebody asked for debug."""

    def __init__(self, style: Literal["text", "json"], ansi: bool) -> None:
        super().__init__()
        self._lines = style
        self._ansi = ansi

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone()
        message = record.getMessage()
        trace = ""
        if record.exc_info and record.exc_info[0] is not None:
            message = f"{message}: {record.exc_info[0].__name__}"
            if logging.getLogger("notify_push").isEnabledFor(logging.DEBUG):
                trace = self.formatException(record.exc_info)
        if self._lines == "json":
            fields = {
                "time": time.isoformat(timespec="milliseconds"),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": message,
            }
            return json.dumps(fields | ({"traceback": trace} if trace else {}), ensure_ascii=False)
        level = record.levelname
        if self._ansi:
            level = f"\x1b[{_COLOURS.get(level, '0')}m{level}\x1b[0m"
            trace = f"\n{trace}" if trace else ""
        else:
            trace = f" | {printable(trace)}" if trace else ""
        stamp = time.isoformat(sep=" ", timespec="milliseconds")
        # Whatever a message carries, it stays on its line and cannot steer a terminal.
        return f"{stamp} {level} {record.name}: {printable(message)}{trace}"


def set_up(
    style: Literal["text", "json"] = "text", *, ansi: bool = True, stream: TextIO | None = None
) -> None:
    """Send every record to standard output, or to a stream.

    Args:
        ansi: Whether colours are welcome; they are used on a terminal only.
    """
    out = stream or sys.stdout
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Formatter(style, ansi and out.isatty()))
    handler.addFilter(_is_ours_or_serious)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _is_ours_or_serious(record: logging.LogRecord) -> bool:
    return record.name.startswith("notify_push") or record.levelno >= logging.WARNING


class RateLimit:
    """Lets a few through in a time, and counts the others.

    Args:
        burst: How many go through at once.
        period: Seconds after which as many may again.
    """

    def __init__(self, burst: int, period: float) -> None:
        self._burst = burst
        self._period = period
        self._began = float("-inf")
        self._count = 0

    def allows(self, now: float) -> bool:
        """Whether one more goes through at this time, in seconds."""
        if now - self._began >= self._period:
            self._began = now
            self._count = 0
        self._count += 1
        return self._count <= self._burst
