"""The few objects a configuration meets: exceptions, ``stdClass``, closures, class constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nextcloud_push.config.callables import arguments
from nextcloud_push.config.constants import CLASS_CONSTANTS
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.interpreter import (
    Arguments,
    Callee,
    Closure,
    Interpreter,
    Parameter,
    expression,
)
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import (
    PhpObject,
    Ref,
    Thrown,
    Unknown,
    Value,
    describe,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["is_instance"]

_PARENTS = {
    "Throwable": "Stringable",
    "Exception": "Throwable",
    "Error": "Throwable",
    "ErrorException": "Exception",
    "JsonException": "Exception",
    "LogicException": "Exception",
    "RuntimeException": "Exception",
    "BadFunctionCallException": "LogicException",
    "BadMethodCallException": "BadFunctionCallException",
    "DomainException": "LogicException",
    "InvalidArgumentException": "LogicException",
    "LengthException": "LogicException",
    "OutOfRangeException": "LogicException",
    "OutOfBoundsException": "RuntimeException",
    "OverflowException": "RuntimeException",
    "RangeException": "RuntimeException",
    "UnderflowException": "RuntimeException",
    "UnexpectedValueException": "RuntimeException",
    "ArithmeticError": "Error",
    "DivisionByZeroError": "ArithmeticError",
    "AssertionError": "Error",
    "CompileError": "Error",
    "ParseError": "CompileError",
    "TypeError": "Error",
    "ArgumentCountError": "TypeError",
    "UnhandledMatchError": "Error",
    "ValueError": "Error",
}
"""PHP's own exceptions, and what each is a kind of."""

_BY_LOWER_NAME = {name.lower(): name for name in _PARENTS if name != "Throwable"}


def is_instance(value: Value, class_name: str) -> bool:
    """``instanceof``, for the classes that PHP itself brings along."""
    if not isinstance(value, PhpObject):
        return False
    wanted = class_name.lower()
    name: str | None = value.class_name
    while name is not None:
        if name.lower() == wanted:
            return True
        name = _PARENTS.get(name)
    return False


def _class(it: Interpreter, node: Node) -> str:
    if node.type not in ("name", "qualified_name", "relative_name"):
        raise it.unsupported(node, "a computed class name")
    return it.file.names.class_(it.text(node))


@expression("object_creation_expression")
def _new(it: Interpreter, node: Node) -> Value:
    parts = children(node)
    name = _class(it, parts[0])
    if name.lower() == "stdclass":
        return PhpObject("stdClass")
    proper = _BY_LOWER_NAME.get(name.lower())
    if proper is None:
        raise it.unsupported(node, f"the class “{name}”")
    passed = arguments(it, parts[1], _CONSTRUCTOR) if len(parts) > 1 else Arguments()
    made = PhpObject(proper)
    for parameter, given in zip(_CONSTRUCTOR.parameters, passed.positional, strict=False):
        passed.named[parameter.name] = given
    for parameter in _CONSTRUCTOR.parameters:
        value = passed.named.get(parameter.name, 0 if parameter.name == "code" else None)
        assert not isinstance(value, Ref)  # its parameters take none
        made.properties.set(parameter.name.encode(), value)
    message = made.properties.get(b"message")
    if not isinstance(message, Unknown):  # that matters only to those who read it
        made.properties.set(b"message", to_bytes(message))
    made.properties.set(b"file", it.file.source.path.encode("utf-8", "surrogateescape"))
    made.properties.set(b"line", it.place(node).line)
    return made


def _not_called(it: Interpreter, passed: Arguments) -> Value:
    raise NotImplementedError


_CONSTRUCTOR = Callee(
    "__construct",
    (
        Parameter("message", required=False),
        Parameter("code", required=False),
        Parameter("previous", required=False),
    ),
    _not_called,
)

_GETTERS = {
    "getmessage": b"message",
    "getcode": b"code",
    "getprevious": b"previous",
    "getfile": b"file",
    "getline": b"line",
}


@expression("member_call_expression", "nullsafe_member_call_expression")
def _method(it: Interpreter, node: Node) -> Value:
    holder = it.known(child(node, "object"))
    name = it.text(child(node, "name"))
    if holder is None and node.type == "nullsafe_member_call_expression":
        return None
    if not isinstance(holder, PhpObject):
        raise Thrown.of("Error", f"Call to a member function {name}() on {describe(holder)}")
    if isinstance(holder, Closure) and name.lower() == "__invoke":
        passed = arguments(it, child(node, "arguments"), holder.function)
        return holder.function.call(it, passed)
    getter = _GETTERS.get(name.lower())
    if getter is not None and is_instance(holder, "Throwable"):
        return holder.properties.get(getter)
    raise it.unsupported(node, f"the method “{name}()”")


@expression("class_constant_access_expression")
def _class_constant(it: Interpreter, node: Node) -> Value:
    scope, name = children(node)
    class_name = _class(it, scope)
    constant = it.text(name)
    if constant.lower() == "class":
        return class_name.encode()
    found = CLASS_CONSTANTS.get(class_name.lower(), {}).get(constant)
    if found is None:
        raise it.unsupported(node, f"the constant “{class_name}::{constant}”")
    return found


@expression("scoped_property_access_expression")
def _static_property(it: Interpreter, node: Node) -> Value:
    class_name = _class(it, child(node, "scope"))
    name = it.text(child(node, "name"))
    if class_name.lower() == "oc" and name in ("$SERVERROOT", "$configDir"):
        root = it.server_root
        return root if name == "$SERVERROOT" else root + b"/config/"
    raise it.unsupported(node, f"“{class_name}::{name}”")
