"""Expressions that compute: literals, arrays, operators, assignments, conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nextcloud_push.config import operators
from nextcloud_push.config.comparison import identical
from nextcloud_push.config.conversions import (
    array_key,
    to_array,
    to_bool,
    to_bytes,
    to_float,
    to_int,
    to_object,
)
from nextcloud_push.config.interpreter import Interpreter, expression
from nextcloud_push.config.objects import is_instance
from nextcloud_push.config.places import assign, locate, read, refer
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import (
    NotEvaluable,
    PhpArray,
    PhpObject,
    Thrown,
    Unknown,
    Value,
    describe,
    known,
)

if TYPE_CHECKING:
    from tree_sitter import Node


@expression("integer")
def _integer(it: Interpreter, node: Node) -> Value:
    text = it.text(node).replace("_", "").lower()
    if text.startswith(("0x", "0b", "0o")):
        return operators.fit(int(text, 0))
    return operators.fit(int(text, 8 if text.startswith("0") else 10))


@expression("float")
def _float(it: Interpreter, node: Node) -> Value:
    return float(it.text(node).replace("_", ""))


@expression("boolean")
def _boolean(it: Interpreter, node: Node) -> Value:
    return it.text(node).lower() == "true"


@expression("null")
def _null(it: Interpreter, node: Node) -> Value:
    return None


@expression("parenthesized_expression")
def _parenthesized(it: Interpreter, node: Node) -> Value:
    return it.evaluate(children(node)[0])


@expression("error_suppression_expression")
def _suppressed(it: Interpreter, node: Node) -> Value:
    return it.evaluate(children(node)[0])


@expression("sequence_expression")
def _sequence(it: Interpreter, node: Node) -> Value:
    value: Value = None
    for part in children(node):
        value = it.evaluate(part)
    return value


@expression("print_intrinsic")
def _print(it: Interpreter, node: Node) -> Value:
    it.guarded(children(node)[0])
    return 1


@expression("array_creation_expression")
def _array(it: Interpreter, node: Node) -> Value:
    array = PhpArray()
    for element in children(node):
        _add_element(it, array, children(element))
    return array


def _add_element(it: Interpreter, array: PhpArray, parts: list[Node]) -> None:
    value = parts[-1]
    if value.type == "variadic_unpacking":
        _unpack(array, it.known(children(value)[0]))
        return
    place = it.place(parts[0])
    try:
        key = array_key(it.known(parts[0])) if len(parts) == 2 else array.append_key()
    except NotEvaluable as error:
        # Any key may have been written, and any before it overwritten.
        array.items.clear()
        array.rest = error.unknown
        return
    if value.type == "by_ref":
        array.bind(key, refer(it, children(value)[0]))
    else:
        array.set(key, it.guarded(value), place)


def _unpack(array: PhpArray, value: Value) -> None:
    if not isinstance(value, PhpArray):
        raise Thrown.of("Error", "Only arrays and Traversables can be unpacked")
    value.known()
    for key, item in value.copy().items.items():
        array.adopt(value, array.append_key() if isinstance(key, int) else key, item)


_SHORT_CUTS = frozenset({"&&", "||", "and", "or", "??"})


@expression("binary_expression")
def _binary(it: Interpreter, node: Node) -> Value:
    # Long chains like 'a' . 'b' . 'c' … lean to the left: a loop, for want of stack.
    spine = [node]
    while (left := child(spine[-1], "left")).type == "binary_expression":
        spine.append(left)
        it.budget.step()
    first = it.text(child(spine[-1], "operator"))
    if first == "**" and left.type == "unary_op_expression":
        # The grammar binds a sign tighter than a power, PHP the other way round.
        power = operators.BINARY["**"]
        base, exponent = child(left, "argument"), child(spine.pop(), "right")
        value = _signed(it, left, power(it.known(base), it.known(exponent)))
    else:
        value = read(it, left, quiet=True) if first == "??" else it.evaluate(left)
    for part in reversed(spine):
        value = _apply(it, part, it.text(child(part, "operator")).lower(), value)
    return value


def _apply(it: Interpreter, node: Node, operator: str, left: Value) -> Value:
    right = child(node, "right")
    if isinstance(left, Unknown):
        raise NotEvaluable(left)
    if operator == "??":
        return it.evaluate(right) if left is None else left
    if operator in ("&&", "and"):
        return to_bool(left) and to_bool(it.known(right))
    if operator in ("||", "or"):
        return to_bool(left) or to_bool(it.known(right))
    if operator == "instanceof":
        return _instance(it, left, right)
    value = operators.BINARY[operator](left, it.known(right))
    return value


def _instance(it: Interpreter, value: Value, right: Node) -> bool:
    if right.type not in ("name", "qualified_name"):
        raise it.unsupported(right, "instanceof with a computed class")
    return is_instance(value, it.file.names.class_(it.text(right)))


@expression("unary_op_expression")
def _unary(it: Interpreter, node: Node) -> Value:
    return _signed(it, node, it.known(child(node, "argument")))


def _signed(it: Interpreter, node: Node, value: Value) -> Value:
    operator = it.text(child(node, "operator"))
    if operator == "!":
        return not to_bool(value)
    if operator == "~":
        return operators.invert(value)
    return operators.BINARY["*"](value, -1 if operator == "-" else 1)


@expression("conditional_expression")
def _conditional(it: Interpreter, node: Node) -> Value:
    condition = it.known(child(node, "condition"))
    body = node.child_by_field_name("body")
    if not to_bool(condition):
        return it.evaluate(child(node, "alternative"))
    return condition if body is None else it.evaluate(body)


@expression("match_expression")
def _match(it: Interpreter, node: Node) -> Value:
    subject = it.known(child(node, "condition"))
    fallback = None
    for arm in children(child(node, "body")):
        result = child(arm, "return_expression")
        if arm.type == "match_default_expression":
            fallback = result
            continue
        for candidate in children(child(arm, "conditional_expressions")):
            if identical(subject, it.known(candidate)):
                return it.evaluate(result)
    if fallback is None:
        raise Thrown.of("UnhandledMatchError", f"Unhandled match case {_case(subject)}")
    return it.evaluate(fallback)


def _case(subject: Value) -> str:
    """How PHP's message names the subject; a string might be a secret."""
    if isinstance(subject, int) and not isinstance(subject, bool):
        return str(subject)
    return "'...'" if isinstance(subject, bytes) else f"of type {describe(subject)}"


_CASTS: dict[str, Callable[[Value], Value]] = {
    "int": to_int,
    "integer": to_int,
    "bool": to_bool,
    "boolean": to_bool,
    "float": to_float,
    "double": to_float,
    "string": to_bytes,
    "binary": to_bytes,
    "array": to_array,
    "object": to_object,
}


@expression("cast_expression")
def _cast(it: Interpreter, node: Node) -> Value:
    cast = _CASTS[it.text(child(node, "type")).strip().lower()]
    return cast(it.known(child(node, "value")))


@expression("assignment_expression")
def _assign(it: Interpreter, node: Node) -> Value:
    left, right = child(node, "left"), child(node, "right")
    if left.type == "list_literal":
        value = it.guarded(right)
        assign(it, left, value)
        return value
    target = locate(it, left)
    value = it.guarded(right)
    if isinstance(value, PhpArray) and not target.steps:
        _mark_origins(value, it, left)
    target.write(it, value)
    return value


def _mark_origins(array: PhpArray, it: Interpreter, node: Node) -> None:
    """Elements that come out of a function were written, at the latest, here."""
    if len(array.origins) < len(array.items):
        place = it.place(node)
        for key in array.items:
            array.origins.setdefault(key, place)


@expression("reference_assignment_expression")
def _assign_reference(it: Interpreter, node: Node) -> Value:
    ref = refer(it, child(node, "right"))
    locate(it, child(node, "left")).bind(it, ref)
    return ref.value


@expression("augmented_assignment_expression")
def _augment(it: Interpreter, node: Node) -> Value:
    left, right = child(node, "left"), child(node, "right")
    operator = it.text(child(node, "operator")).removesuffix("=")
    if operator == "??":
        present = read(it, left, quiet=True)
        if present is not None:
            return present
        value = it.guarded(right)
    else:
        apply = operators.BINARY[operator]
        value = it.guarded(node, lambda: apply(known(read(it, left)), it.known(right)))
    locate(it, left).write(it, value)
    return value


@expression("update_expression")
def _update(it: Interpreter, node: Node) -> Value:
    argument = child(node, "argument")
    target = locate(it, argument)
    before = known(read(it, argument))
    plus = it.text(child(node, "operator")) == "++"
    after = operators.increment(before) if plus else operators.decrement(before)
    target.write(it, after)
    return before if node.children[0].id == argument.id else after


@expression("clone_expression")
def _clone(it: Interpreter, node: Node) -> Value:
    value = it.known(children(node)[0])
    if not isinstance(value, PhpObject):
        raise Thrown.of("Error", "__clone method called on non-object")
    return PhpObject(value.class_name, value.properties.copy())
