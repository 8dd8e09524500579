"""Calls: language constructs that look like functions, user functions, built-in ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nextcloud_push.config.callables import Arguments, Callee, arguments
from nextcloud_push.config.conversions import to_bool
from nextcloud_push.config.interpreter import Fatal, Interpreter, expression
from nextcloud_push.config.places import read
from nextcloud_push.config.registry import BUILTINS
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import (
    Closure,
    NotEvaluable,
    PhpArray,
    Ref,
    Unknown,
    Value,
    describe,
    known,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["call", "callee"]


def named_callee(it: Interpreter, name: str) -> Callee | None:
    """The function of a name; None when it is not known."""
    candidates = it.file.names.function(name)
    for full in candidates:
        user = it.functions.get(full)
        if user is not None:
            return user.callee()
    return BUILTINS.get(candidates[-1])


def callee(it: Interpreter, value: Value) -> Callee:
    """What a PHP callable means: a closure or a function's name.

    Raises:
        NotEvaluable: It is unknown, or beyond the evaluator.
        Thrown: A TypeError, when nothing like it can be called.
    """
    if isinstance(value, Closure):
        return value.function
    if isinstance(value, bytes):
        name = value.decode("utf-8", "replace")
        found = named_callee(it, "\\" + name.lstrip("\\"))
        if found is not None:
            return found
        raise NotEvaluable(Unknown(None, f"the function “{name}()” cannot be evaluated"))
    raise NotEvaluable(Unknown(None, f"calling a value of type {describe(value)}"))


def call(it: Interpreter, function: Callee, values: list[Value]) -> Value:
    """Call a function with values; where it wants references it gets its own.

    Raises:
        NotEvaluable: It is beyond the evaluator.
        Thrown: It throws.
    """
    given = [Ref(v) if function.wants_reference(i) else v for i, v in enumerate(values)]
    return _invoke(it, function, Arguments(list(given)))


def _invoke(it: Interpreter, function: Callee, passed: Arguments) -> Value:
    it.budget.step(1 + sum(map(_weight, passed.positional)))
    it.budget.check_time()
    it.budget.enter()
    try:
        return it.budget.made(function.call(it, passed))
    finally:
        it.budget.leave()


def _weight(given: Value | Ref) -> int:
    """Steps that a function may spend on an argument of this size."""
    if isinstance(given, bytes):
        return len(given) // 512
    return len(given.items) // 8 if isinstance(given, PhpArray) else 0


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
        function = named_callee(it, name)
        if function is None:
            raise it.unsupported(node, f"the function “{name}()”")
    else:
        function = callee(it, it.known(target))
    if any(part.type == "variadic_placeholder" for part in children(passed)):
        return Closure("Closure", function=function)
    return _invoke(it, function, arguments(it, passed, function))
