"""Make text that came from elsewhere safe to show."""

from __future__ import annotations

__all__ = ["printable"]


def printable(text: str, limit: int | None = None) -> str:
    """Escape what a terminal would obey, such as line feeds and colour codes.

    Args:
        text: Anything a server sent.
        limit: Characters to keep of the text; the rest becomes ``…``. None keeps all.
    """
    if limit is not None and len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
