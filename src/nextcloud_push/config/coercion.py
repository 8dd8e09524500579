"""Declared types: what PHP converts on the way into a parameter, and what it refuses."""

from __future__ import annotations

from nextcloud_push.config.conversions import numeric_string, to_bool, to_bytes, to_float, to_int
from nextcloud_push.config.interpreter import Closure
from nextcloud_push.config.values import (
    PhpArray,
    PhpObject,
    Thrown,
    Unknown,
    Value,
    describe,
)

__all__ = ["coerce"]

_NULLABLE = frozenset({"null", "mixed", "void"})


def coerce(value: Value, declared: str, where: str, *, strict: bool, verb: str = "given") -> Value:
    """Convert a value to a declared type as PHP does for scalars.

    Args:
        value: What was given; an `Unknown` passes.
        declared: The type, e.g. ``?string`` or ``int|false``.
        where: For the message: the function and its argument.
        strict: Whether ``strict_types`` is on where the call stands.
        verb: What happened to the value, for the message.

    Raises:
        Thrown: A TypeError.
    """
    if isinstance(value, Unknown):
        return value
    types = {part.strip().lower().lstrip("\\") for part in declared.lstrip("?").split("|")}
    if value is None and (declared.startswith("?") or types & _NULLABLE):
        return None
    if any(_accepts(name, value) for name in types):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and "float" in types:
        return float(value)
    if not strict and isinstance(value, bool | int | float | bytes):
        for name in ("int", "float", "string", "bool"):
            if name in types and (converted := _convert(name, value)) is not None:
                return converted
    declared = declared.replace("iterable", "Traversable|array")
    raise Thrown.of("TypeError", f"{where} must be of type {declared}, {describe(value)} {verb}")


def _accepts(name: str, value: Value) -> bool:
    """Whether a value is of a type as it is; classes are not looked at."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "array": PhpArray,
        "iterable": PhpArray,
        "bool": bool,
        "float": float,
        "string": bytes,
        "object": PhpObject,
        "callable": (bytes, Closure, PhpArray),
    }
    if name in kinds:
        return isinstance(value, kinds[name])
    if name == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if name in ("true", "false"):
        return value is (name == "true")
    if name in _NULLABLE:
        return name == "mixed"
    return isinstance(value, PhpObject)


def _convert(name: str, value: bool | int | float | bytes) -> Value:
    """A scalar as another; None when that is refused."""
    if name == "string":
        return to_bytes(value)
    if name == "bool":
        return to_bool(value)
    number = numeric_string(value) if isinstance(value, bytes) else value
    if number is None:
        return None
    if name == "float":
        return to_float(number)
    fits = -(2.0**63) <= number < 2.0**63  # false for not-a-number too
    return to_int(number) if fits or isinstance(number, int) else None
