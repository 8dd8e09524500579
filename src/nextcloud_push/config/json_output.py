"""Values as JSON, the way PHP's ``json_encode`` writes them."""

from __future__ import annotations

import json
import math

from nextcloud_push.config import utf8
from nextcloud_push.config.conversions import numeric_string, print_float
from nextcloud_push.config.values import NotEvaluable, PhpArray, PhpObject, Unknown, Value

__all__ = ["PRESERVE_ZERO_FRACTION", "PRETTY_PRINT", "SUBSTITUTE", "Encoder", "EncodingFault"]

_FORCE_OBJECT = 16
_NUMERIC_CHECK = 32
_UNESCAPED_SLASHES = 64
PRETTY_PRINT = 128
_UNESCAPED_UNICODE = 256
_PARTIAL_OUTPUT = 512
PRESERVE_ZERO_FRACTION = 1024
_IGNORE = 1048576
SUBSTITUTE = 2097152
_HEX = {1: ("<", ">"), 2: ("&",), 4: ("'",), 8: ('"',)}


class EncodingFault(Exception):
    """A value that has no JSON, with PHP's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Encoder:
    """Writes JSON as PHP does.

    Args:
        flags: PHP's ``JSON_…`` flags.
        depth: Levels of arrays that are written at most.
    """

    def __init__(self, flags: int, depth: int = 512) -> None:
        self._flags = flags
        self._depth = depth

    def encode(self, value: Value, level: int = 0) -> str:
        """The JSON of a value.

        Raises:
            EncodingFault: It has none.
            NotEvaluable: It, or something in it, is unknown.
        """
        if isinstance(value, Unknown):
            raise NotEvaluable(value)
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, bytes):
            return self.string(value)
        if isinstance(value, PhpObject):
            return self._object(value.properties, level)
        if value.is_list() and not self._flags & _FORCE_OBJECT:
            return self._list(value, level)
        return self._object(value, level)

    def _float(self, value: float) -> str:
        if not math.isfinite(value):
            if self._flags & _PARTIAL_OUTPUT:
                return "0"
            raise EncodingFault(7)
        text = print_float(value, exponent="e").decode()
        whole = text.lstrip("-").isdigit()
        return f"{text}.0" if whole and self._flags & PRESERVE_ZERO_FRACTION else text

    def string(self, value: bytes) -> str:
        """The JSON of a string.

        Raises:
            EncodingFault: It is no UTF-8, and no flag says what to do then.
        """
        if self._flags & _NUMERIC_CHECK:
            number = numeric_string(value)
            if number is not None:
                return self.encode(number)
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            if self._flags & _IGNORE:
                text = utf8.decode(value, replace=False)
            elif self._flags & SUBSTITUTE:
                text = utf8.decode(value, replace=True)
            elif self._flags & _PARTIAL_OUTPUT:
                return "null"
            else:
                raise EncodingFault(5) from None
        return self._quoted(text)

    def _quoted(self, text: str) -> str:
        plain = bool(self._flags & _UNESCAPED_UNICODE)
        quoted = json.dumps(text, ensure_ascii=not plain)[1:-1]
        if not self._flags & _UNESCAPED_SLASHES:
            quoted = quoted.replace("/", "\\/")
        if plain:
            quoted = quoted.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        for flag, characters in _HEX.items():
            if self._flags & flag:
                for character in characters:
                    escaped = '\\"' if character == '"' else character
                    quoted = quoted.replace(escaped, f"\\u{ord(character):04X}")
        return f'"{quoted}"'

    def _join(self, parts: list[str], brackets: str, level: int) -> str:
        if level >= self._depth:
            raise EncodingFault(1)
        if not parts:
            return brackets
        if not self._flags & PRETTY_PRINT:
            return brackets[0] + ",".join(parts) + brackets[1]
        pad = "\n" + "    " * level
        inner = (pad + "    ").join(["", *(f"{part}," for part in parts[:-1]), parts[-1]])
        return brackets[0] + inner + pad + brackets[1]

    def _list(self, array: PhpArray, level: int) -> str:
        return self._join([self.encode(v, level + 1) for v in array.values()], "[]", level)

    def _object(self, array: PhpArray, level: int) -> str:
        colon = ": " if self._flags & PRETTY_PRINT else ":"
        parts = []
        for key, value in array.pairs():
            name = self.string(key) if isinstance(key, bytes) else f'"{key}"'
            parts.append(f"{name}{colon}{self.encode(value, level + 1)}")
        return self._join(parts, "{}", level)
