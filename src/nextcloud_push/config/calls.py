"""Calls: language constructs that look like functions, user functions, built-in ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nextcloud_push.config.callables import arguments
from nextcloud_push.config.completion import Fatal
from nextcloud_push.config.conversions import to_bool
from nextcloud_push.config.interpreter import (
    Arguments,
    Callee,
    Closure,
    Interpreter,
    expression,
)
from nextcloud_push.config.lookup import callee
from nextcloud_push.config.places import read
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import Ref, Unknown, Value, known

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["call"]


def call(it: Interpreter, function: Callee, values: list[Value]) -> Value:
    """Call a function with values; where it wants references it gets its own.

    Raises:
        NotEvaluable: It is beyond the evaluator.
        Thrown: It throws.
    """
    given = [Ref(v) if function.wants_reference(i) else v for i, v in enumerate(values)]
    return _invoke(it, function, Arguments(list(given)))


def _invoke(it: Interpreter, function: Callee, passed: Arguments) -> Value:
    it.budget.step()
    it.budget.enter()
    try:
        return function.call(it, passed)
    finally:
        it.budget.leave()


@expression("function_call_expression")
def _call(it: Interpreter, node: Node) -> Value:
    target, passed = child(node, "function"), child(node, "arguments")
    if target.type in ("name", "qualified_name", "relative_name"):
        name = it.text(target)
        construct = name.lower().lstrip("\\")
        if construct == "isset":
            return all(
                known(read(it, children(part)[0], quiet=True)) is not None
                for part in children(passed)
            )
        if construct == "empty":
            return not to_bool(read(it, children(children(passed)[0])[0], quiet=True))
        if construct in ("exit", "die"):
            raise Fatal(Unknown(it.place(node), f"“{construct}” ends PHP here"))
        function = it.function(name)
        if function is None:
            error = it.unsupported(node, f"the function “{name}()”")
            it.skip(it, [node], error.unknown)  # what it may write, also within an assignment
            raise error
    else:
        function = callee(it, it.known(target))
    if any(part.type == "variadic_placeholder" for part in children(passed)):
        return Closure("Closure", function=function)
    value = _invoke(it, function, arguments(it, passed, function))
    if isinstance(value, Unknown) and value.place is None:
        return replace(value, place=it.place(node))
    return value
