"""Reading config.php and the files beside it, as Nextcloud does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nextcloud_push.config.comparison import natural_key
from nextcloud_push.config.config_file import ConfigFile
from nextcloud_push.config.effects import CONFIG
from nextcloud_push.config.host import Host, Refused
from nextcloud_push.config.limits import Budget, LimitExceeded
from nextcloud_push.config.syntax import SyntaxFault
from nextcloud_push.config.values import PhpArray, Place, Thrown, Unknown, Value
from nextcloud_push.server.errors import ConfigFileError

__all__ = ["load"]

_VIA_PHP = "try --config-via-php"


def load(
    path: Path, *, glob: bool, environ: Mapping[str, str], nc_overrides: bool = True
) -> ConfigFile:
    """Evaluate a config.php.

    Args:
        path: The main file.
        glob: Also read ``*.config.php`` beside it.
        environ: The environment variables that the configuration sees.
        nc_overrides: Let ``NC_<key>`` variables win over the files.

    Returns:
        The merged configuration; what could not be evaluated raises when it is asked for.

    Raises:
        ConfigFileError: A file cannot be read or parsed, or asks for too much.
    """
    host = Host(environ)
    main = Path(os.path.abspath(path))
    merged = PhpArray()
    others = _beside(host, main)
    evaluator = _Evaluator(host, main)
    for file in [os.fsencode(main), *(others if glob else [])]:
        _merge(merged, evaluator.run(file))
    return ConfigFile(
        main,
        merged,
        environ=environ if nc_overrides else {},
        unread=0 if glob else len(others),
    )


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
) -> ConfigFileError:
    if place is None:
        return ConfigFileError(path, reason, remedy=remedy)
    return ConfigFileError(place.path, reason, line=place.line, column=place.column, remedy=remedy)


class _Evaluator:
    """One interpreter for all the files: variables and functions live on from file to file."""

    def __init__(self, host: Host, main: Path) -> None:
        # The evaluator's modules are many; only those who read a config.php load them.
        from nextcloud_push.config import builtins, expressions, includes, strings
        from nextcloud_push.config.interpreter import Fatal, Interpreter

        del builtins, expressions, strings  # importing them registers what they define
        self._host = host
        self._fatal = Fatal
        self._run_file = includes.run_file
        self._budget = Budget(host.cpu_time, host.peak_memory)
        root = os.path.dirname(os.path.dirname(os.fsencode(main)))
        self._it = Interpreter(host, self._budget, root)

    def run(self, file: bytes) -> Value:
        """Run one file and answer its ``$CONFIG``."""
        path = os.fsdecode(file)
        data = self._read(file)
        self._it.scope.variables.pop(CONFIG, None)
        try:
            self._run_file(self._it, self._host.real_path(file) or file, data)
        except SyntaxFault as fault:
            raise _located(path, "it is no valid PHP from here on", fault.place) from None
        except LimitExceeded as exceeded:
            raise _located(path, str(exceeded), exceeded.place, remedy=_VIA_PHP) from None
        except Thrown as thrown:
            return Unknown(thrown.place, f"the file throws {thrown}")
        except self._fatal as fatal:
            return fatal.unknown
        found = self._it.scope.variables.get(CONFIG)
        return found.value if found is not None else None

    def _read(self, file: bytes) -> bytes:
        path = os.fsdecode(file)
        try:
            data = self._host.read(file)
        except Refused as refused:
            raise ConfigFileError(path, f"cannot be read: {refused}") from None
        if data is None:
            raise ConfigFileError(path, "there is no such file")
        return data
