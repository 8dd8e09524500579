"""Functions that ask for a value's type or convert it."""

from __future__ import annotations

from collections.abc import Callable

from nextcloud_push.config.builtins.functions import exists
from nextcloud_push.config.conversions import (
    numeric_string,
    print_float,
    to_array,
    to_bool,
    to_bytes,
    to_float,
    to_int,
)
from nextcloud_push.config.interpreter import Closure, Interpreter
from nextcloud_push.config.operators import fit
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import (
    INT_MIN,
    NotEvaluable,
    PhpArray,
    PhpObject,
    Ref,
    Thrown,
    Unknown,
    Value,
    describe,
)


def _is_int(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_numeric(value: Value) -> bool:
    if isinstance(value, bytes):
        return numeric_string(value) is not None
    return _is_int(value) or isinstance(value, float)


_CHECKS: dict[str, Callable[[Value], bool]] = {
    "is_string": lambda value: isinstance(value, bytes),
    "is_array": lambda value: isinstance(value, PhpArray),
    "is_iterable": lambda value: isinstance(value, PhpArray),
    "is_countable": lambda value: isinstance(value, PhpArray),
    "is_numeric": _is_numeric,
    "is_null": lambda value: value is None,
    "is_bool": lambda value: isinstance(value, bool),
    "is_int": _is_int,
    "is_integer": _is_int,
    "is_long": _is_int,
    "is_float": lambda value: isinstance(value, float),
    "is_double": lambda value: isinstance(value, float),
    "is_scalar": lambda value: isinstance(value, bool | int | float | bytes),
    "is_object": lambda value: isinstance(value, PhpObject),
    "is_resource": lambda value: False,
}


def _register_checks() -> None:
    for name, test in _CHECKS.items():

        def check(it: Interpreter, value: Value, *, test: Callable[[Value], bool] = test) -> Value:
            return test(value)

        builtin(name)(check)


_register_checks()


@builtin()
def _intval(it: Interpreter, value: Value, base: int = 10) -> Value:
    if not isinstance(value, bytes) or base == 10:
        return to_int(value)
    text = value.decode("latin-1").strip().lower().replace("_", " ")
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    for prefix, meant in (("0x", 16), ("0b", 2), ("0", 8)):
        if text.startswith(prefix) and base in (0, meant):
            text, base = text.removeprefix(prefix) if len(prefix) == 2 else text, meant
            break
    base = base or 10
    digits = ""
    for character in text:
        if not character.isascii() or not character.isalnum() or int(character, 36) >= base:
            break
        digits += character
    number = fit(sign * int(digits[:70] or "0", base))
    return to_int(b"%d" % int(number))


@builtin("floatval", "doubleval")
def _floatval(it: Interpreter, value: Value) -> Value:
    return to_float(value)


@builtin()
def _strval(it: Interpreter, value: Value) -> Value:
    return to_bytes(value)


@builtin()
def _boolval(it: Interpreter, value: Value) -> Value:
    return to_bool(value)


_CASTS: dict[bytes, Callable[[Value], Value]] = {
    b"int": to_int,
    b"integer": to_int,
    b"float": to_float,
    b"double": to_float,
    b"bool": to_bool,
    b"boolean": to_bool,
    b"string": to_bytes,
    b"array": to_array,
    b"null": lambda value: None,
}


@builtin()
def _settype(it: Interpreter, var: Ref, type: bytes) -> Value:
    cast = _CASTS.get(type.lower())
    if cast is None:
        raise Thrown.of("ValueError", "settype(): Argument #2 ($type) must be a valid type")
    var.value = cast(var.value)
    return True


@builtin()
def _gettype(it: Interpreter, value: Value) -> Value:
    names = {"null": b"NULL", "bool": b"boolean", "int": b"integer", "float": b"double"}
    if isinstance(value, PhpObject):
        return b"object"
    kind = describe(value)
    return names.get(kind, kind.encode())


@builtin()
def _get_debug_type(it: Interpreter, value: Value) -> Value:
    return describe(value).encode()


@builtin()
def _get_object_vars(it: Interpreter, object: Value) -> Value:
    return to_array(object)


@builtin()
def _property_exists(it: Interpreter, object_or_class: Value, property: bytes) -> Value:
    if isinstance(object_or_class, PhpObject):
        return object_or_class.properties.has(property)
    raise NotEvaluable(Unknown(None, "the properties of a class are not known"))


@builtin("get_class")
def _get_class(it: Interpreter, object: Value) -> Value:
    return describe(object).encode()


@builtin()
def _var_export(it: Interpreter, value: Value, return_: bool = False) -> Value:
    return _exported(it, value, 0) if return_ else None


def _exported(it: Interpreter, value: Value, indent: int) -> bytes:
    if value is None or isinstance(value, bool):
        return {None: b"NULL", True: b"true", False: b"false"}[value]
    if value == INT_MIN and not isinstance(value, float):
        return b"-9223372036854775807-1"
    if isinstance(value, float):
        text = print_float(value)
        return text if not text.lstrip(b"-").isdigit() else text + b".0"
    if isinstance(value, bytes):
        quoted = value.replace(b"\\", b"\\\\").replace(b"'", b"\\'")
        return b"'" + quoted.replace(b"\0", b"' . \"\\0\" . '") + b"'"
    if isinstance(value, PhpArray):
        return _exported_pairs(it, value, b"array (", indent, b" " * indent + b"  ")
    if isinstance(value, PhpObject):
        opening = b"(object) array("
        return _exported_pairs(it, value.properties, opening, indent, b" " * indent + b"   ")
    return to_bytes(value)


def _exported_pairs(
    it: Interpreter, array: PhpArray, opening: bytes, indent: int, pad: bytes
) -> bytes:
    it.budget.enter()
    lines = [opening]
    for key, item in array.pairs():
        name = b"%d" % key if isinstance(key, int) else _exported(it, key, 0)
        gap = b"\n" + b" " * (indent + 2) if isinstance(item, PhpArray | PhpObject) else b""
        lines.append(pad + name + b" => " + gap + _exported(it, item, indent + 2) + b",")
    it.budget.leave()
    return b"\n".join([*lines, b" " * indent + b")"])


@builtin()
def _is_callable(it: Interpreter, value: Value, *rest: Value) -> Value:
    if isinstance(value, Closure):
        return True
    if isinstance(value, bytes) and b"::" not in value:
        return exists(it, value)
    if isinstance(value, bytes | PhpArray | PhpObject):
        raise NotEvaluable(Unknown(None, "whether a method can be called is not known"))
    return False
