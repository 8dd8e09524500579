"""What a PHP callable means."""

from __future__ import annotations

from nextcloud_push.config.interpreter import Callee, Closure, Interpreter
from nextcloud_push.config.values import NotEvaluable, Unknown, Value, describe

__all__ = ["callee"]


def callee(it: Interpreter, value: Value) -> Callee:
    """What a PHP callable means: a closure or a function's name.

    Raises:
        NotEvaluable: It is unknown, or beyond the evaluator.
    """
    if isinstance(value, Closure):
        return value.function
    if isinstance(value, bytes):
        name = value.decode("utf-8", "replace")
        found = it.function("\\" + name.lstrip("\\"))
        if found is not None:
            return found
        raise NotEvaluable(Unknown(None, f"the function “{name}()” cannot be evaluated"))
    raise NotEvaluable(Unknown(None, f"calling a value of type {describe(value)}"))
