"""Evaluating in a process of its own, so that no memory stays behind in this one.

The evaluator and its parser keep some 7 MiB for as long as a process lives; a forked child takes
them along when it ends.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from nextcloud_push.config.config_file import ConfigFile
from nextcloud_push.config.loading import load
from nextcloud_push.config.values import Closure, PhpArray, PhpObject, Value
from nextcloud_push.server.errors import ConfigFileError

__all__ = ["load_apart"]


def load_apart(
    path: Path, *, glob: bool, environ: Mapping[str, str], nc_overrides: bool = True
) -> ConfigFile:
    """Do what `load` does, in a short-lived child process.

    To be called before the first thread or event loop starts, as the process is forked.

    Args:
        path: The main file.
        glob: Also read ``*.config.php`` beside it.
        environ: The environment variables that the configuration sees.
        nc_overrides: Let ``NC_<key>`` variables win over the files.

    Raises:
        ConfigFileError: A file cannot be read or parsed, or asks for too much.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(writing, path, glob=glob, environ=environ)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    if not data:
        raise ConfigFileError(str(path), "evaluating it failed", remedy="try --config-via-php")
    answer = pickle.loads(data)  # noqa: S301 - it comes from this program
    if isinstance(answer, ConfigFileError):
        raise answer
    main, values, unread = answer
    return ConfigFile(main, values, environ=environ if nc_overrides else {}, unread=unread)


def _answer(writing: int, path: Path, *, glob: bool, environ: Mapping[str, str]) -> NoReturn:
    """Evaluate, write the result, and end without what a process does at its end."""
    status = 1
    try:
        answer: object
        try:
            config = load(path, glob=glob, environ=environ, nc_overrides=False)
            answer = config.path, _portable(config.values), config.unread
        except ConfigFileError as error:
            answer = error
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(answer, stream)
        status = 0
    finally:
        os._exit(status)


def _portable(values: PhpArray, depth: int = 0) -> PhpArray:
    """A copy without functions and references, which nothing asks for any more."""
    made = values.copy()
    for key in made.items:
        made.items[key] = _portable_value(made.get(key), depth)
    return made


def _portable_value(value: Value, depth: int) -> Value:
    if isinstance(value, Closure) or depth > ConfigFile.DEPTH:
        return PhpObject("Closure")
    if isinstance(value, PhpArray):
        return _portable(value, depth + 1)
    if isinstance(value, PhpObject):
        return PhpObject(value.class_name, _portable(value.properties, depth + 1))
    return value
