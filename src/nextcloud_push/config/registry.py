"""From Python functions to PHP's: a signature's annotations say how arguments are converted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nextcloud_push.config.coercion import coerce
from nextcloud_push.config.interpreter import Arguments, Callee, Interpreter, Parameter
from nextcloud_push.config.lookup import callee
from nextcloud_push.config.values import NotEvaluable, Ref, Thrown, Unknown, Value

__all__ = ["BUILTINS", "builtin", "constant_function"]

BUILTINS: dict[str, Callee] = {}
"""The known functions by lower-case name."""

# Python's annotation → PHP's type.
_TYPES = {
    "bytes": "string",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "PhpArray": "array",
    "Callee": "callable",
}
_EMPTY: dict[str, Value] = {"string": b"", "int": 0, "float": 0.0, "bool": False}

_SHORTER = frozenset(
    {"extract", "htmlentities", "htmlspecialchars", "http_build_query", "preg_match"}
    | {"preg_replace", "preg_replace_callback", "round", "scandir", "str_ireplace", "str_replace"}
    | {"substr_count"}
)
"""Functions of which PHP knows more parameters: what they do is unknown here, and no mistake."""

Implementation = Callable[..., Value]


def builtin(*names: str) -> Callable[[Implementation], Implementation]:
    """Register a function ``(it, …)`` under PHP names; without any, under its own name.

    A parameter annotated with a scalar type, `PhpArray` or `Callee` gets its argument converted
    or refused as PHP would; `Value` takes anything that is known; `Ref` is by reference.
    """

    def register(function: Implementation) -> Implementation:
        for name in names or (function.__name__.strip("_"),):
            parameters = _signature(function)
            BUILTINS[name] = Callee(name, parameters, _caller(name, parameters, function))
        return function

    return register


def constant_function(value: Value, *names: str) -> None:
    """Register functions that do nothing here and answer a constant."""

    def answer(it: Interpreter, *values: Value) -> Value:
        return value

    builtin(*names)(answer)


def _signature(function: Implementation) -> tuple[Parameter, ...]:
    code = function.__code__
    names = code.co_varnames[1 : code.co_argcount]
    optional = len(function.__defaults__ or ())
    found = [
        Parameter(
            name.rstrip("_"),
            type=function.__annotations__[name],
            required=index < len(names) - optional,
            by_ref=function.__annotations__[name].startswith("Ref"),
        )
        for index, name in enumerate(names)
    ]
    if code.co_flags & 0x04:  # *values
        name = code.co_varnames[code.co_argcount]
        kind = function.__annotations__[name]
        found.append(Parameter(name, type=kind, required=False, variadic=True))
    return tuple(found)


def _caller(
    name: str, parameters: tuple[Parameter, ...], function: Implementation
) -> Callable[[Interpreter, Arguments], Value]:
    fixed = [p for p in parameters if not p.variadic]
    most = len(fixed) if len(fixed) == len(parameters) else None
    least = sum(p.required for p in parameters)
    known_names = {p.name: index for index, p in enumerate(fixed)}

    def call(it: Interpreter, passed: Arguments) -> Value:
        count = len(passed.positional)
        if most is not None and count > most:
            if name in _SHORTER:
                raise NotEvaluable(
                    Unknown(None, f"{name}() with {count} arguments cannot be evaluated")
                )
            raise _count_error(name, least, most, count)
        values: list[Any] = [
            _convert(it, name, parameters, index, given)
            for index, given in enumerate(passed.positional)
        ]
        rest: dict[str, Any] = {}
        for given_name, given in passed.named.items():
            at = known_names.get(given_name)
            if at is None and name in _SHORTER:
                raise NotEvaluable(
                    Unknown(None, f"{name}() with ${given_name} cannot be evaluated")
                )
            if at is None or at < count:
                raise Thrown.of("Error", f"Unknown named parameter ${given_name}")
            converted = _convert(it, name, parameters, at, given)
            rest[function.__code__.co_varnames[at + 1]] = converted
        if any(p.required for p in fixed[count:] if p.name not in passed.named):
            raise _count_error(name, least, most, count)
        return function(it, *values, **rest)

    return call


def _count_error(name: str, least: int, most: int | None, count: int) -> Thrown:
    wanted = "exactly" if least == most else "at least" if count < least else "at most"
    limit = least if count < least else most
    plural = "" if limit == 1 else "s"
    return Thrown.of(
        "ArgumentCountError", f"{name}() expects {wanted} {limit} argument{plural}, {count} given"
    )


def _convert(
    it: Interpreter,
    name: str,
    parameters: tuple[Parameter, ...],
    index: int,
    given: Value | Ref,
) -> Any:
    parameter = parameters[min(index, len(parameters) - 1)]
    if isinstance(given, Ref):
        return given
    if isinstance(given, Unknown):
        raise NotEvaluable(given)
    kind, _, nullable = parameter.type.partition(" | ")
    declared = _TYPES.get(kind)
    if declared is None or (given is None and nullable):
        return given
    if declared == "callable":
        return callee(it, given)
    if given is None and declared in _EMPTY:
        return _EMPTY[declared]  # deprecated, and still done
    where = f"{name}(): Argument #{index + 1}"
    if not parameter.variadic:
        where += f" (${parameter.name})"
    return coerce(given, declared, where, strict=it.file.strict)
