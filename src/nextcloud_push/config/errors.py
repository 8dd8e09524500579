"""The one error of this room: a configuration that cannot be read at all."""

from __future__ import annotations

__all__ = ["ConfigFault"]


class ConfigFault(Exception):
    """A config.php cannot be read or parsed, or asks for too much.

    Args:
        path: The file.
        reason: What is wrong there, ready to be read by an admin.
        line: Counted from 1; None when the whole file is meant.
        column: Counted from 1; None when the whole line is meant.
        remedy: What the admin can do about it.
    """

    def __init__(
        self,
        path: str,
        reason: str,
        *,
        line: int | None = None,
        column: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.line = line
        self.column = column
        self.remedy = remedy

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return f"{place}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")
