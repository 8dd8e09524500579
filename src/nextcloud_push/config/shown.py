"""An answer as people read it: the configuration as PHP's ``json_encode`` writes it."""

from __future__ import annotations

from typing import Any

from nextcloud_push.config.conversions import array_key
from nextcloud_push.config.json_output import (
    PRESERVE_ZERO_FRACTION,
    PRETTY_PRINT,
    SUBSTITUTE,
    Encoder,
)
from nextcloud_push.config.values import PhpArray, PhpObject, Value

__all__ = ["as_text", "left_out", "to_php"]


def as_text(answer: dict[str, Any]) -> str:
    """The values as JSON; an answer is described in `nextcloud_push.config.answer`."""
    objects = {tuple(found["path"]) for found in answer["objects"]}
    encoder = Encoder(PRETTY_PRINT | PRESERVE_ZERO_FRACTION | SUBSTITUTE)
    values = answer["values"]
    return encoder.encode(to_php(values, objects) if values else PhpArray())


def left_out(answer: dict[str, Any]) -> list[str]:
    """A line for every value that is not in the text."""
    lines = []
    for found in answer["unknown"]:
        where = ".".join(found["path"]) or "$CONFIG"
        place = f"{found['file']}:{found['line']}:{found['column']}: " if found["file"] else ""
        text = f"{where}: {place}{found['reason']}"
        lines.append(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    return lines


def to_php(value: Any, objects: set[tuple[str, ...]], path: tuple[str, ...] = ()) -> Value:
    """The value that JSON stands for.

    Args:
        value: What the JSON parser made.
        objects: The ways to what is an object in PHP; other JSON objects are arrays.
        path: The way to this one.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if not isinstance(value, dict | list):
        return value  # type: ignore[no-any-return]  # a scalar, as JSON has nothing else
    made = PhpArray()
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        name = str(key)
        made.set(
            array_key(name.encode("utf-8", "surrogateescape")),
            to_php(item, objects, (*path, name)),
        )
    return PhpObject("stdClass", made) if path in objects else made
