"""Functions: the user's own, closures, and how arguments meet parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nextcloud_push.config.coercion import coerce
from nextcloud_push.config.completion import Return
from nextcloud_push.config.interpreter import (
    Arguments,
    Callee,
    Closure,
    FileContext,
    Interpreter,
    Parameter,
    Scope,
    expression,
)
from nextcloud_push.config.places import refer
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import (
    PhpArray,
    Ref,
    Thrown,
    Value,
    share,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["PhpFunction", "arguments", "declare_function"]


def arguments(it: Interpreter, node: Node, callee: Callee) -> Arguments:
    """Evaluate the arguments of a call.

    Raises:
        NotEvaluable: What to unpack is unknown.
        Thrown: One throws.
    """
    passed = Arguments()
    for part in children(node):
        name = part.child_by_field_name("name")
        value = children(part)[-1]
        if value.type == "variadic_unpacking":
            _unpack(passed, it.known(children(value)[0]))
            continue
        position = it.text(name) if name is not None else len(passed.positional)
        if callee.wants_reference(position):
            given: Value | Ref = refer(it, value)
        else:
            given = it.guarded(value)
        if isinstance(position, str):
            passed.named[position] = given
        else:
            passed.positional.append(given)
    return passed


def _unpack(passed: Arguments, value: Value) -> None:
    if not isinstance(value, PhpArray):
        raise Thrown.of("TypeError", "Only arrays and Traversables can be unpacked")
    for key, item in value.pairs():
        if isinstance(key, int):
            passed.positional.append(item)
        else:
            passed.named[key.decode("utf-8", "replace")] = item


@dataclass(slots=True, eq=False)
class PhpFunction:
    """A function written in PHP.

    Attributes:
        name: As declared; ``{closure}`` without a name.
        parameters: What it takes.
        result: The declared type of what it returns; empty without.
        body: Its block, or the one expression of an arrow function.
        file: Where it stands.
        captured: Variables it brings along: a `Ref` by reference, else the value.
        statics: Its ``static`` variables.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: str
    body: Node
    file: FileContext
    captured: dict[bytes, Value | Ref] = field(default_factory=dict)
    statics: dict[bytes, Ref] = field(default_factory=dict)

    def callee(self) -> Callee:
        """The function as something to call."""
        return Callee(self.name, self.parameters, self._call)

    def _call(self, it: Interpreter, passed: Arguments) -> Value:
        scope = Scope(function=self.name, statics=self.statics, arguments=[*passed.positional])
        for name, value in self.captured.items():
            scope.variables[name] = value if isinstance(value, Ref) else Ref(value)
        caller, calling_file, strict = it.scope, it.file, it.file.strict
        it.scope, it.file = scope, self.file
        try:
            self._bind(it, passed, strict=strict)
            value = self._run(it)
            if self.result:
                where = f"{self.name}(): Return value"
                strict_here = self.file.strict
                value = coerce(value, self.result, where, strict=strict_here, verb="returned")
            return value
        finally:
            it.scope, it.file = caller, calling_file

    def _run(self, it: Interpreter) -> Value:
        if self.body.type != "compound_statement":
            return it.evaluate(self.body)
        completion = it.execute(self.body)
        return completion.value if isinstance(completion, Return) else None

    def _bind(self, it: Interpreter, passed: Arguments, *, strict: bool) -> None:
        for index, parameter in enumerate(self.parameters):
            where = f"{self.name}(): Argument #{index + 1} (${parameter.name})"
            if parameter.variadic:
                it.scope.ref(parameter.name.encode()).value = self._rest(passed, index)
                return
            given: Value | Ref
            if index < len(passed.positional):
                given = passed.positional[index]
            elif parameter.name in passed.named:
                given = passed.named[parameter.name]
                it.scope.arguments.append(given)
            elif parameter.default is not None:
                given = it.guarded(parameter.default)
            else:
                raise self._too_few(len(passed.positional) + len(passed.named))
            if isinstance(given, Ref):
                it.scope.variables[parameter.name.encode()] = given
            else:
                if parameter.type and not (given is None and _null_default(it, parameter)):
                    given = coerce(given, parameter.type, where, strict=strict)
                it.scope.ref(parameter.name.encode()).value = share(given)

    def _too_few(self, given: int) -> Thrown:
        wanted = sum(parameter.required for parameter in self.parameters)
        exactly = "exactly" if wanted == len(self.parameters) else "at least"
        return Thrown.of(
            "ArgumentCountError",
            f"Too few arguments to function {self.name}(),"
            f" {given} passed and {exactly} {wanted} expected",
        )

    def _rest(self, passed: Arguments, index: int) -> PhpArray:
        """What the last, variadic parameter collects."""
        array = PhpArray()
        for given in passed.positional[index:]:
            array.append(given.value if isinstance(given, Ref) else given)
        taken = {parameter.name for parameter in self.parameters}
        for name, given in passed.named.items():
            if name not in taken:
                array.set(name.encode(), given.value if isinstance(given, Ref) else given)
        return array


def _null_default(it: Interpreter, parameter: Parameter) -> bool:
    return parameter.default is not None and it.text(parameter.default).lower() == "null"


def _parameters(it: Interpreter, node: Node) -> tuple[Parameter, ...]:
    found = []
    for part in children(child(node, "parameters")):
        kind = part.child_by_field_name("type")
        default = part.child_by_field_name("default_value")
        variadic = part.type == "variadic_parameter"
        found.append(
            Parameter(
                name=it.text(child(part, "name")).lstrip("$"),
                type=it.text(kind) if kind is not None else "",
                default=default,
                required=default is None and not variadic,
                by_ref=part.child_by_field_name("reference_modifier") is not None,
                variadic=variadic,
            )
        )
    return tuple(found)


def _function(it: Interpreter, node: Node, name: str) -> PhpFunction:
    result = node.child_by_field_name("return_type")
    return PhpFunction(
        name=name,
        parameters=_parameters(it, node),
        result=it.text(result) if result is not None else "",
        body=child(node, "body"),
        file=it.file,
    )


def declare_function(it: Interpreter, node: Node) -> None:
    """Make a function known by its name."""
    name = it.file.names.here(it.text(child(node, "name")))
    it.functions[name.lower()] = _function(it, node, name).callee()


@expression("anonymous_function")
def _closure(it: Interpreter, node: Node) -> Value:
    function = _function(it, node, "{closure}")
    clause = next(
        (part for part in children(node) if part.type == "anonymous_function_use_clause"), None
    )
    for part in children(clause) if clause is not None else ():
        if part.type == "by_ref":
            name = it.raw(children(part)[0])[1:]
            function.captured[name] = it.scope.ref(name)
        else:
            name = it.raw(part)[1:]
            found = it.variable(name)
            function.captured[name] = share(found.value) if found else None
    return Closure("Closure", function=function.callee())


@expression("arrow_function")
def _arrow(it: Interpreter, node: Node) -> Value:
    function = _function(it, node, "{closure}")
    pending = [function.body]
    while pending:
        part = pending.pop()
        if part.type == "variable_name":
            name = it.raw(part)[1:]
            if name in it.scope.variables:
                function.captured[name] = share(it.scope.variables[name].value)
        pending.extend(part.named_children)
    return Closure("Closure", function=function.callee())
