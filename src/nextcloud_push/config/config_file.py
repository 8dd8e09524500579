"""A loaded configuration: its values, where they come from, and how they are shown."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from nextcloud_push.config.conversions import array_key
from nextcloud_push.config.json_output import (
    PRESERVE_ZERO_FRACTION,
    PRETTY_PRINT,
    SUBSTITUTE,
    Encoder,
)
from nextcloud_push.config.values import Closure, PhpArray, PhpObject, Unknown, Value
from nextcloud_push.server.errors import ConfigFileError

__all__ = ["ConfigFile"]

_PREFIX = "NC_"
_SECRET = re.compile(
    rb"pass(?!_?(?:reset|wordless|thr))|secret|salt|token|credential|userpwd|private_?key|api_?key"
    rb"|sse_c_key|license|\Aauth\Z|\Akey\Z",
    re.IGNORECASE,
)
_LOGIN = re.compile(rb"(://)[^/@\s]*:[^/@\s]*@")
_MASK = b"***"


class ConfigFile:
    """The merged ``$CONFIG`` of a configuration.

    Args:
        path: The main file.
        values: What the files say.
        environ: Where ``NC_<key>`` variables are looked for.
        unread: How many ``*.config.php`` files beside the main one were not read.
    """

    DEPTH = 50
    """Levels of arrays that are looked at: far beyond any configuration, and within the stack."""

    def __init__(
        self,
        path: Path,
        values: PhpArray,
        *,
        environ: Mapping[str, str],
        unread: int = 0,
    ) -> None:
        self.path = path
        self.unread = unread
        self.values = values
        self._overrides = {
            name.removeprefix(_PREFIX): text.encode("utf-8", "surrogateescape")
            for name, text in environ.items()
            if name.startswith(_PREFIX)
        }

    def get(self, key: str, remedy: str | None = None) -> Value:
        """The value of a top-level key; null when it is not there.

        Args:
            key: E.g. ``dbhost``.
            remedy: What an admin can set instead, e.g. ``DATABASE_URL``, for the error.

        Raises:
            ConfigFileError: It could not be evaluated.
        """
        if key in self._overrides:
            return self._overrides[key]
        value = self.values.get(array_key(key.encode()))
        if isinstance(value, Unknown):
            raise self.error(value, key, remedy)
        return value

    def error(self, unknown: Unknown, key: str, remedy: str | None = None) -> ConfigFileError:
        """The error for a value that is needed and could not be evaluated."""
        way_out = f"set {remedy} or try" if remedy else "try"
        return ConfigFileError(
            unknown.place.path if unknown.place else str(self.path),
            f"“{key}” is not known: {unknown.reason}",
            line=unknown.place.line if unknown.place else None,
            column=unknown.place.column if unknown.place else None,
            remedy=f"{way_out} --config-via-php",
        )

    def source(self, key: str) -> str | None:
        """Where a top-level key was set: a variable, or file and line; None when it is not."""
        if key in self._overrides:
            return f"variable {_PREFIX}{key}"
        name = array_key(key.encode())
        if name not in self.values.items:
            return None
        return str(self.values.origins.get(name, self.path))

    def to_json(self, *, show_secrets: bool = False) -> tuple[str, list[str]]:
        """The whole configuration without ``NC_`` variables, as PHP's ``json_encode`` has it.

        Args:
            show_secrets: Show the values of keys like ``dbpassword`` too.

        Returns:
            The JSON text, and a line for every value that had to be left out.
        """
        shown = _Shown(show_secrets=show_secrets)
        values = shown.array(self.values, "")
        assert values is not None
        encoder = Encoder(PRETTY_PRINT | PRESERVE_ZERO_FRACTION | SUBSTITUTE)
        return encoder.encode(values), shown.left_out


class _Shown:
    """Copies a configuration for showing: secrets masked, unknown values left out and named."""

    def __init__(self, *, show_secrets: bool) -> None:
        self._show_secrets = show_secrets
        self.left_out: list[str] = []

    def array(self, array: PhpArray, path: str, depth: int = 0) -> PhpArray | None:
        """The array as it is shown; None when it is nested too deep to be."""
        if depth > ConfigFile.DEPTH:
            return None
        made = PhpArray()
        if array.rest is not None:
            self._leave_out(path or "$CONFIG", array.rest)
        for key in array.items:
            value = array.get(key)
            where = f"{path}.{_text(key)}" if path else _text(key)
            secret = isinstance(key, bytes) and _SECRET.search(key) and not self._show_secrets
            if secret and not isinstance(value, Unknown):
                made.set(key, _MASK)
                continue
            shown = self._value(value, where, depth)
            if not isinstance(shown, Unknown):
                made.set(key, shown)
        return made

    def _value(self, value: Value, where: str, depth: int) -> Value:
        """The value as it is shown; an `Unknown` to leave it out."""
        if isinstance(value, PhpArray):
            inner = self.array(value, where, depth + 1)
            return inner if inner is not None else self._unfit(where, "is nested too deep")
        if isinstance(value, PhpObject) and not isinstance(value, Closure):
            inner = self.array(value.properties, where, depth + 1)
            if inner is None:
                return self._unfit(where, "is nested too deep")
            return PhpObject(value.class_name, inner)
        if isinstance(value, Unknown):
            self._leave_out(where, value)
            return value
        if isinstance(value, float) and not math.isfinite(value):
            return self._unfit(where, "is infinite or no number")
        if isinstance(value, bytes) and not self._show_secrets:
            return _LOGIN.sub(rb"\1" + _MASK + rb"@", value)
        return value

    def _unfit(self, where: str, fault: str) -> Unknown:
        unknown = Unknown(None, f"it {fault}, which JSON cannot say")
        self._leave_out(where, unknown)
        return unknown

    def _leave_out(self, where: str, unknown: Unknown) -> None:
        place = f"{unknown.place}:{unknown.place.column}: " if unknown.place else ""
        self.left_out.append(f"{where}: {place}{unknown.reason}")


def _text(key: int | bytes) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
