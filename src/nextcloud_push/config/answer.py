r"""What the program answers: one JSON object on standard output, in ASCII.

::

    {
      "format": 1,
      "file": "/var/www/html/config/config.php",
      "unread": 0,
      "values": {"dbhost": "db", "redis": {"host": "r", "port": 6379}, "trusted_domains": ["a"]},
      "origins": {"dbhost": {"file": "/var/www/html/config/config.php", "line": 3, "column": 5}},
      "unknown": [{"path": ["dbpassword"], "reason": "the function “f()” cannot be evaluated",
                   "file": "/var/www/html/config/config.php", "line": 4, "column": 20}],
      "objects": [{"path": ["strange"], "class": "stdClass"}]
    }

``format``
    1. It changes when something that is described here gets another meaning; what is not described
    here may come in addition, and is to be ignored.
``file``
    The absolute path of the main file.
``unread``
    How many ``*.config.php`` files beside it were not read, for want of ``--glob-config``.
``values``
    The merged ``$CONFIG`` in PHP's order, without the ``NC_`` variables that Nextcloud puts over
    it. null, booleans, integers (64 bits) and floats (with a point or an exponent) are JSON's. A
    string is one whose UTF-8 gives PHP's bytes; a byte that is part of no UTF-8 is ``\udcXX``, as
    Python's ``surrogateescape`` has it. An array whose keys are 0, 1, 2 … in order, hence an
    empty one too, is a JSON array; every other one is an object, in which the keys that look like
    an integer are PHP's integer keys. What is named in ``unknown`` is left out.
    Secrets are ``"***"`` without ``--show-secrets``.
``origins``
    Where each key of ``$CONFIG`` was set last; lines and columns count from 1.
``unknown``
    What could not be evaluated, and why: ``path`` is the way of keys to it. ``"others": true``
    means that the array at ``path`` may have further keys than ``values`` shows, of any value.
    ``file``, ``line`` and ``column`` are null where no single place is to blame.
``objects``
    Which of ``values`` are objects in PHP: shown as a JSON object of their properties.

When there is nothing to answer with, the object is ``{"format": 1, "error": {"file": …, "reason":
…, "line": …, "column": …, "remedy": …}}``, the last three null where there is none, and the exit
status 1.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.loading import Loaded
from nextcloud_push.config.values import PhpArray, PhpObject, Place, Unknown, Value

__all__ = ["FORMAT", "answer", "failure"]

FORMAT: Final = 1

_DEPTH: Final = 50  # levels of arrays that are looked at: far beyond any configuration
_SECRET: Final = re.compile(
    r"pass(?!_?(?:reset|wordless|thr))|secret|salt|token|credential|userpwd|private_?key|api_?key"
    r"|sse_c_key|license|\Aauth\Z|\Akey\Z",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(r"(://)[^/@\s]*:[^/@\s]*@")
_MASK: Final = "***"


def answer(loaded: Loaded, *, show_secrets: bool = False) -> dict[str, Any]:
    """Describe a configuration.

    Args:
        loaded: What was read.
        show_secrets: Show the values of keys like ``dbpassword`` too.
    """
    described = _Described(show_secrets=show_secrets)
    # At the top everything has a name: a list of settings is none.
    values = dict(described.pairs(loaded.values, (), 0))
    return {
        "format": FORMAT,
        "file": str(loaded.path),
        "unread": loaded.unread,
        "values": values,
        "origins": {_text(key): _place(place) for key, place in loaded.values.origins.items()},
        "unknown": described.unknown,
        "objects": described.objects,
    }


def failure(fault: ConfigFault) -> dict[str, Any]:
    """Describe why there is no configuration."""
    return {
        "format": FORMAT,
        "error": {
            "file": fault.path,
            "reason": fault.reason,
            "line": fault.line,
            "column": fault.column,
            "remedy": fault.remedy,
        },
    }


class _LeftOut(Exception):
    """A value that is not shown: it is named in ``unknown``."""


class _Described:
    """Collects what is said about values beside the values themselves."""

    def __init__(self, *, show_secrets: bool) -> None:
        self._show_secrets = show_secrets
        self.unknown: list[dict[str, Any]] = []
        self.objects: list[dict[str, Any]] = []

    def pairs(self, array: PhpArray, path: tuple[str, ...], depth: int) -> list[tuple[str, Any]]:
        """The elements of an array that are known."""
        if array.rest is not None:
            self._note(path, array.rest, others=True)
        shown = []
        for key in array.items:
            value, where = array.get(key), (*path, _text(key))
            if self._is_secret(key) and not isinstance(value, Unknown):
                shown.append((_text(key), _MASK))
                continue
            try:
                shown.append((_text(key), self._value(value, where, depth + 1)))
            except _LeftOut:
                pass
        return shown

    def _value(self, value: Value, path: tuple[str, ...], depth: int) -> Any:
        if isinstance(value, Unknown):
            self._note(path, value)
            raise _LeftOut
        if isinstance(value, bytes):
            text = value.decode("utf-8", "surrogateescape")
            return text if self._show_secrets else _LOGIN.sub(rf"\1{_MASK}@", text)
        if isinstance(value, float) and not math.isfinite(value):
            raise self._unfit(path, "is infinite or no number")
        if not isinstance(value, PhpArray | PhpObject):
            return value
        if depth > _DEPTH:
            raise self._unfit(path, "is nested too deep")
        if isinstance(value, PhpObject):
            self.objects.append({"path": [*path], "class": value.class_name})
            return dict(self.pairs(value.properties, path, depth))
        shown = self.pairs(value, path, depth)
        if [key for key, _ in shown] == [str(index) for index in range(len(shown))]:
            return [item for _, item in shown]
        return dict(shown)

    def _unfit(self, path: tuple[str, ...], fault: str) -> _LeftOut:
        self._note(path, Unknown(None, f"it {fault}, which JSON cannot say"))
        return _LeftOut()

    def _is_secret(self, key: int | bytes) -> bool:
        return not self._show_secrets and _SECRET.search(_text(key)) is not None

    def _note(self, path: tuple[str, ...], unknown: Unknown, *, others: bool = False) -> None:
        place = {"file": None, "line": None, "column": None}
        if unknown.place is not None:
            place.update(_place(unknown.place))
        note = {"path": [*path], "reason": unknown.reason, **place}
        self.unknown.append(note | {"others": True} if others else note)


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.path, "line": place.line, "column": place.column}


def _text(key: int | bytes) -> str:
    return key.decode("utf-8", "surrogateescape") if isinstance(key, bytes) else str(key)
