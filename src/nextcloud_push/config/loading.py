"""Reading config.php and the files beside it, as Nextcloud does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nextcloud_push.config import builtins, expressions, objects, strings
from nextcloud_push.config.comparison import natural_key
from nextcloud_push.config.completion import Fatal
from nextcloud_push.config.effects import CONFIG, skip
from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.host import Host, Refused
from nextcloud_push.config.includes import run_file
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.limits import Budget, LimitExceeded
from nextcloud_push.config.registry import BUILTINS
from nextcloud_push.config.syntax import SyntaxFault
from nextcloud_push.config.values import PhpArray, Place, Thrown, Unknown, Value

__all__ = ["Loaded", "load"]

del builtins, expressions, objects, strings  # importing them registers what they define

_VIA_PHP = "try --config-via-php"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say.

    Attributes:
        path: The main file.
        values: The merged ``$CONFIG``.
        unread: How many ``*.config.php`` files beside the main one were not read.
    """

    path: Path
    values: PhpArray
    unread: int = 0


def load(path: Path, *, glob: bool, environ: Mapping[str, str]) -> Loaded:
    """Evaluate a config.php.

    Args:
        path: The main file.
        glob: Also read ``*.config.php`` beside it.
        environ: The environment variables that the configuration sees.

    Raises:
        ConfigFault: A file cannot be read or parsed, or asks for too much.
    """
    host = Host(environ)
    main = Path(os.path.abspath(path))
    merged = PhpArray()
    others = _beside(host, main)
    evaluator = _Evaluator(host, main)
    for file in [os.fsencode(main), *(others if glob else [])]:
        _merge(merged, evaluator.run(file))
    return Loaded(main, merged, 0 if glob else len(others))


def _beside(host: Host, main: Path) -> list[bytes]:
    """The files ``*.config.php`` in the order Nextcloud reads them."""
    try:
        return sorted(host.beside(main), key=natural_key)
    except OSError:
        return []  # a folder that may be entered but not listed, or none: the main file decides


def _merge(merged: PhpArray, config: Value) -> None:
    """``array_merge`` of a file's ``$CONFIG`` into what the files before it left."""
    if isinstance(config, Unknown):
        merged.items.clear()
        merged.rest = config
        return
    if not isinstance(config, PhpArray):
        return
    if config.rest is not None:
        merged.items.clear()
        merged.rest = config.rest
    for key in config.items:
        value = config.get(key)
        origin = config.origins.get(key)
        merged.origins.pop(key, None)
        if isinstance(key, bytes):
            merged.set(key, value, origin)
        elif merged.rest is None:
            merged.append(value, origin)


def _located(
    path: str, reason: str, place: Place | None, *, remedy: str | None = None
) -> ConfigFault:
    if place is None:
        return ConfigFault(path, reason, remedy=remedy)
    return ConfigFault(place.path, reason, line=place.line, column=place.column, remedy=remedy)


class _Evaluator:
    """One interpreter for all the files: variables and functions live on from file to file."""

    def __init__(self, host: Host, main: Path) -> None:
        self._host = host
        root = os.path.dirname(os.path.dirname(os.fsencode(main)))
        self._it = Interpreter(host, Budget(), root, builtins=BUILTINS, skip=skip)

    def run(self, file: bytes) -> Value:
        """Run one file and answer its ``$CONFIG``."""
        path = os.fsdecode(file)
        data = self._read(file)
        self._it.scope.variables.pop(CONFIG, None)
        try:
            run_file(self._it, self._host.real_path(file) or file, data)
        except SyntaxFault as fault:
            raise _located(path, "it is no valid PHP from here on", fault.place) from None
        except LimitExceeded as exceeded:
            raise _located(path, str(exceeded), exceeded.place, remedy=_VIA_PHP) from None
        except MemoryError:
            raise ConfigFault(path, "reading it takes too much memory", remedy=_VIA_PHP) from None
        except Thrown as thrown:
            return Unknown(thrown.place, f"the file throws {thrown}")
        except Fatal as fatal:
            return fatal.unknown
        found = self._it.scope.variables.get(CONFIG)
        return found.value if found is not None else None

    def _read(self, file: bytes) -> bytes:
        path = os.fsdecode(file)
        try:
            data = self._host.read(file)
        except Refused as refused:
            raise ConfigFault(path, f"cannot be read: {refused}") from None
        if data is None:
            raise ConfigFault(path, "there is no such file")
        return data
