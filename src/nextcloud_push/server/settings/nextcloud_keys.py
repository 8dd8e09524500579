"""Reading keys of Nextcloud's configuration with the type that each must have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from nextcloud_push.server.errors import ConfigFileError
from nextcloud_push.server.settings.nextcloud_file import ConfigFile, Plain

__all__ = ["Keys"]

# What PHP takes for a number in a string.
_INTEGER: Final = re.compile(r"[ \t\n\r\v\f]*[+-]?[0-9]{1,18}[ \t\n\r\v\f]*")
_NUMBER: Final = re.compile(
    r"[ \t\n\r\v\f]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\r\v\f]*"
)

_TYPES: Final[Mapping[type, str]] = {
    list: "an array",
    dict: "an array",
    int: "an integer",
    bool: "a boolean",
    float: "a float",
    str: "a string",
    type(None): "null",
}


class Keys:
    """The keys of the configuration, or of an array in it.

    Args:
        config: The configuration.
        remedy: What an admin can set instead of these keys, e.g. ``DATABASE_URL``.
        path: The way to the array: its top-level key, or several.
        array: The array; None for the configuration itself.
    """

    def __init__(
        self,
        config: ConfigFile,
        remedy: str,
        path: tuple[str, ...] = (),
        array: Mapping[str, Plain] | None = None,
    ) -> None:
        self._config = config
        self._remedy = remedy
        self._path = path
        self._array = array

    def value(self, key: str) -> Plain:
        """The value as it is; null when there is none.

        Raises:
            ConfigFileError: It could not be evaluated.
        """
        if self._array is None:
            return self._config.get(key, self._remedy)
        return self._config.element(self._array, (*self._path, key), self._remedy)

    def text(self, key: str, expected: str = "a string") -> str | None:
        """A string; numbers count as one, and null or an empty string as none.

        Raises:
            ConfigFileError: It is something else, or could not be evaluated.
        """
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong(key, value, expected)
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else str(value)
        return self._decoded(key, str(value)) or None

    def secret(self, key: str) -> str | None:
        """A string that may be ``false``, as ``getenv()`` gives it, for none.

        Raises:
            ConfigFileError: It is something else, or could not be evaluated.
        """
        return None if self.value(key) is False else self.text(key)

    def integer(self, key: str, *, most: int) -> int | None:
        """A whole number from 0 up, or a string that is one; null or empty is none.

        Raises:
            ConfigFileError: It is something else, or could not be evaluated.
        """
        value = self.value(key)
        if value is None or value == "":
            return None
        number = int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
            raise self.wrong(key, value, f"a number from 0 to {most}")
        return number

    def seconds(self, key: str) -> float | None:
        """A time; null, empty and 0 are none.

        Raises:
            ConfigFileError: It is something else, or could not be evaluated.
        """
        value = self.value(key)
        if value is None or value == "":
            return None
        number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
        if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
            raise self.wrong(key, value, "a number of seconds")
        return float(number) or None

    def flag(self, key: str) -> bool | None:
        """A truth value as PHP sees it; null is none."""
        value = self.value(key)
        if value is None:
            return None
        return self._class(key) is not None or (value != "0" and bool(value))

    def file(self, key: str) -> Path | None:
        """The path of a file.

        Raises:
            ConfigFileError: It is no string, or could not be evaluated.
        """
        text = self.text(key, "the path of a file")
        return Path(text) if text is not None else None

    def array(self, key: str) -> Keys | None:
        """The keys of an array; None when there is none.

        Raises:
            ConfigFileError: It is no array, or could not be evaluated.
        """
        value = self.value(key)
        if value is None:
            return None
        if not self.is_array(key):
            raise self.wrong(key, value, "an array")
        assert isinstance(value, list | dict)
        named = value if isinstance(value, dict) else {str(i): v for i, v in enumerate(value)}
        return Keys(self._config, self._remedy, (*self._path, key), named)

    def is_array(self, key: str) -> bool:
        """Whether the value is an array.

        Raises:
            ConfigFileError: It could not be evaluated.
        """
        return isinstance(self.value(key), list | dict) and self._class(key) is None

    def has(self, key: str) -> bool:
        """Whether the key has a value other than null and ``false``."""
        return self.value(key) not in (None, False)

    def __iter__(self) -> Iterator[str]:
        """The keys of the array, in order.

        Raises:
            ConfigFileError: There may be others.
        """
        if self._array is not None:
            yield from self._config.keys(self._array, self._path, self._remedy)

    def wrong(self, key: str, value: Plain, expected: str) -> ConfigFileError:
        """The error for a value of another type than is needed; never quotes the value."""
        class_name = self._class(key)
        given = f"a {class_name}" if class_name is not None else _TYPES[type(value)]
        hint = ""
        if value is False:
            hint = " (getenv() gives false for a variable that is not set)"
        return self.error(key, f"is {given}, expected {expected}{hint}")

    def error(self, key: str, fault: str) -> ConfigFileError:
        """The error for a value that cannot be used."""
        path, line = self._config.place((*self._path, key)[0])
        return ConfigFileError(path, f"“{self._name(key)}” {fault}", line=line)

    def _class(self, key: str) -> str | None:
        return self._config.class_of((*self._path, key))

    def _name(self, key: str) -> str:
        return " → ".join((*self._path, key))

    def _decoded(self, key: str, text: str) -> str:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise self.error(key, "is no UTF-8 text") from None
        if "\0" in text:
            raise self.error(key, "holds a NUL character")
        return text
