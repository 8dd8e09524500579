"""UTF-8 as PHP reads it where a text is none: how many bytes one mistake spans."""

from __future__ import annotations

import codecs
import re

__all__ = ["decode"]


def decode(data: bytes, *, replace: bool) -> str:
    """Decode a text, with each mistake in it replaced, or left out, as ``json_encode`` does."""
    return data.decode("utf-8", _REPLACE if replace else _LEAVE_OUT)


def _mistakes(error: UnicodeError) -> tuple[int, int]:
    """How many mistakes begin here, and where the last one ends.

    A mistake ends at the next byte that may begin a character. Bytes that belong to none are one
    each, and taken together, since there may be a million of them.
    """
    assert isinstance(error, UnicodeDecodeError)
    data, start = error.object, error.start
    strays = _STRAYS.match(data, start)
    if strays is not None:
        return strays.end() - start, strays.end()
    return 1, _end(data, start)


def _end(data: bytes, start: int) -> int:
    first = data[start]
    wanted = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    for index in range(start + 1, start + wanted):
        if index >= len(data) or data[index] < 0x80 or 0xC2 <= data[index] < 0xF5:
            return index
    return start + wanted


def _replace(error: UnicodeError) -> tuple[str, int]:
    count, end = _mistakes(error)
    return "\ufffd" * count, end


def _leave_out(error: UnicodeError) -> tuple[str, int]:
    return "", _mistakes(error)[1]


_STRAYS = re.compile(rb"[\x80-\xc1\xf5-\xff]+")
_REPLACE, _LEAVE_OUT = "notify_push.php_replace", "notify_push.php_leave_out"
codecs.register_error(_REPLACE, _replace)
codecs.register_error(_LEAVE_OUT, _leave_out)
