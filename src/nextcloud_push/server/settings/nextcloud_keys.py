"""Reading keys of Nextcloud's configuration with the type that each must have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nextcloud_push.config import ConfigFile
from nextcloud_push.config.conversions import array_key, numeric_string, to_bool, to_bytes
from nextcloud_push.config.values import PhpArray, Unknown, Value, describe
from nextcloud_push.server.errors import ConfigFileError

__all__ = ["Keys"]

_ARTICLES = {"array": "an array", "int": "an integer", "bool": "a boolean", "null": "null"}


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
        array: PhpArray | None = None,
    ) -> None:
        self._config = config
        self._remedy = remedy
        self._path = path
        self._array = array

    def value(self, key: str) -> Value:
        """The value as it is; null when there is none.

        Raises:
            ConfigFileError: It could not be evaluated.
        """
        if self._array is None:
            return self._config.get(key, self._remedy)
        value = self._array.get(array_key(key.encode()))
        if isinstance(value, Unknown):
            raise self._config.error(value, self._name(key), self._remedy)
        return value

    def text(self, key: str, expected: str = "a string") -> str | None:
        """A string; numbers count as one, and null or an empty string as none.

        Raises:
            ConfigFileError: It is something else, or could not be evaluated.
        """
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | bytes):
            raise self.wrong(key, value, expected)
        text = self._decoded(key, to_bytes(value))
        return text or None

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
        if value is None or value == b"":
            return None
        number = numeric_string(value) if isinstance(value, bytes) else value
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
            raise self.wrong(key, value, f"a number from 0 to {most}")
        return number

    def seconds(self, key: str) -> float | None:
        """A time; null, empty and 0 are none.

        Raises:
            ConfigFileError: It is something else, or could not be evaluated.
        """
        value = self.value(key)
        if value is None or value == b"":
            return None
        number = numeric_string(value) if isinstance(value, bytes) else value
        if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
            raise self.wrong(key, value, "a number of seconds")
        return float(number) or None

    def flag(self, key: str) -> bool | None:
        """A truth value as PHP sees it; null is none."""
        value = self.value(key)
        return None if value is None else to_bool(value)

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
        if not isinstance(value, PhpArray):
            raise self.wrong(key, value, "an array")
        return Keys(self._config, self._remedy, (*self._path, key), value)

    def has(self, key: str) -> bool:
        """Whether the key has a value other than null and ``false``."""
        return self.value(key) not in (None, False)

    def __iter__(self) -> Iterator[str]:
        """The keys of the array, in order."""
        for key in self._array.items if self._array is not None else ():
            yield key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)

    def wrong(self, key: str, value: Value, expected: str) -> ConfigFileError:
        """The error for a value of another type than is needed; never quotes the value."""
        kind = describe(value)
        given = _ARTICLES.get(kind, f"a {kind}")
        hint = ""
        if value is False:
            hint = " (getenv() gives false for a variable that is not set)"
        return self.error(key, f"is {given}, expected {expected}{hint}")

    def error(self, key: str, fault: str) -> ConfigFileError:
        """The error for a value that cannot be used."""
        source = self._config.source((*self._path, key)[0]) or ""
        path, _, line = source.rpartition(":")
        known = line.isdigit()
        return ConfigFileError(
            path if known else str(self._config.path),
            f"“{self._name(key)}” {fault}",
            line=int(line) if known else None,
        )

    def _name(self, key: str) -> str:
        return " → ".join((*self._path, key))

    def _decoded(self, key: str, text: bytes) -> str:
        try:
            decoded = text.decode("utf-8")
        except UnicodeDecodeError:
            raise self.error(key, "is no UTF-8 text") from None
        if "\0" in decoded:
            raise self.error(key, "holds a NUL character")
        return decoded
