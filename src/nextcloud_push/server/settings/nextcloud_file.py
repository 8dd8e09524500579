"""Nextcloud's configuration as plain values, with where each was set and what is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from nextcloud_push.server.errors import ConfigFileError
from nextcloud_push.server.settings.evaluator import ask

__all__ = ["ConfigFile", "Plain", "Unknown", "read_config_file"]

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""A value: PHP's lists are lists, its other arrays and its objects are dictionaries.

A byte that is part of no UTF-8 is a lone surrogate, as ``surrogateescape`` has it.
"""

Way: TypeAlias = tuple[str, ...]
"""The keys that lead to a value, from the top."""

_PREFIX = "NC_"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be evaluated, and the place that is to blame, if there is one."""

    reason: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


def read_config_file(
    path: Path,
    *,
    glob: bool,
    environ: Mapping[str, str],
    via_php: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> ConfigFile:
    """Have a config.php evaluated in a process of its own.

    Args:
        path: The main file.
        glob: Also read ``*.config.php`` beside it.
        environ: The environment variables that the configuration sees; ``NC_<key>`` win over it.
        via_php: Have the program ``php`` read the file, which runs what is in it.
        meanwhile: What this process can do until the answer is there.

    Raises:
        ConfigFileError: A file cannot be read, parsed or evaluated.
    """
    answer = ask(
        path, glob=glob, environ=environ, show_secrets=True, via_php=via_php, meanwhile=meanwhile
    )
    return ConfigFile(answer, environ)


class ConfigFile:
    """A configuration that was read; a value that is not known raises when it is asked for.

    Args:
        answer: What the evaluator answered, see `nextcloud_push.config.answer`.
        environ: Where ``NC_<key>`` variables are looked for.
    """

    def __init__(self, answer: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.path = Path(answer["file"])
        self.unread: int = answer["unread"]
        self._values: dict[str, Plain] = answer["values"]
        self._origins: dict[str, dict[str, Any]] = answer["origins"]
        self._unknown: dict[Way, Unknown] = {}
        self._others: dict[Way, Unknown] = {}
        for found in answer["unknown"]:
            unknown = Unknown(found["reason"], found["file"], found["line"], found["column"])
            notes = self._others if found.get("others") else self._unknown
            notes[tuple(found["path"])] = unknown
        self._objects = {tuple(found["path"]): found["class"] for found in answer["objects"]}
        self._overrides = {
            name.removeprefix(_PREFIX): text
            for name, text in environ.items()
            if name.startswith(_PREFIX)
        }

    def get(self, key: str, remedy: str | None = None) -> Plain:
        """The value of a top-level key; None when it is not there.

        Args:
            key: E.g. ``dbhost``.
            remedy: What an admin can set instead, e.g. ``DATABASE_URL``, for the error.

        Raises:
            ConfigFileError: It could not be evaluated.
        """
        if key in self._overrides:
            return self._overrides[key]
        return self.element(self._values, (key,), remedy)

    def element(self, holder: Mapping[str, Plain], way: Way, remedy: str | None = None) -> Plain:
        """The value that the last key of a way has in an array; None when it is not there.

        Raises:
            ConfigFileError: It could not be evaluated.
        """
        unknown = self._unknown.get(way)
        if unknown is None and way[-1] not in holder:
            unknown = self._others.get(way[:-1])
        if unknown is not None:
            raise self._error(unknown, way, remedy)
        return holder.get(way[-1])

    def keys(
        self, holder: Mapping[str, Plain], way: Way, remedy: str | None = None
    ) -> Iterator[str]:
        """The keys of the array at the end of a way, those of unknown values among them.

        Raises:
            ConfigFileError: There may be others.
        """
        if way in self._others:
            raise self._error(self._others[way], way, remedy)
        yield from holder
        for unknown in self._unknown:
            if unknown[:-1] == way:
                yield unknown[-1]

    def class_of(self, way: Way) -> str | None:
        """The class of an object; None when the value there is none."""
        return None if way[0] in self._overrides else self._objects.get(way)

    def _error(self, unknown: Unknown, way: Way, remedy: str | None) -> ConfigFileError:
        way_out = f"set {remedy} or try" if remedy else "try"
        return ConfigFileError(
            unknown.file or str(self.path),
            f"“{' → '.join(way)}” is not known: {unknown.reason}",
            line=unknown.line,
            column=unknown.column,
            remedy=f"{way_out} --config-via-php",
        )

    def place(self, key: str) -> tuple[str, int | None]:
        """The file that set a top-level key, and the line if that is known."""
        if key in self._overrides or key not in self._origins:
            return str(self.path), None
        return self._origins[key]["file"], self._origins[key]["line"]

    def source(self, key: str) -> str | None:
        """Where a top-level key was set: a variable, or file and line; None when it is not."""
        if key in self._overrides:
            return f"variable {_PREFIX}{key}"
        if key not in self._values and (key,) not in self._unknown:
            return None
        file, line = self.place(key)
        return f"{file}:{line}" if line is not None else file
