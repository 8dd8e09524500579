"""Make text that came from elsewhere safe to show, on a terminal or in a log."""

from __future__ import annotations

__all__ = ["printable"]


def printable(text: str, limit: int | None = None) -> str:
    r"""Escape what a terminal would obey and what would end a line: ``\n``, ``\x1b``, ``\u202e``.

    Args:
        text: Anything somebody else wrote.
        limit: Characters to keep of the text; the rest becomes ``…``. None keeps all.
    """
    if limit is not None and len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if char == "\n":
        return "\\n"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
