"""The walk over the syntax tree: state, dispatch, and where failures stop.

What the handlers in `expressions`, `statements`, `places` and `calls` share. A handler takes the
interpreter and a node; it is found by the node's type. Nothing here knows any handler: they
register themselves, and what else is needed is given to the constructor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from nextcloud_push.config.completion import Completion
from nextcloud_push.config.limits import LimitExceeded
from nextcloud_push.config.syntax import MALFORMED
from nextcloud_push.config.values import (
    NotEvaluable,
    PhpArray,
    PhpObject,
    Place,
    Ref,
    Thrown,
    Unknown,
    Value,
    known,
    share,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from nextcloud_push.config.host import Host
    from nextcloud_push.config.limits import Budget
    from nextcloud_push.config.names import Names
    from nextcloud_push.config.syntax import Source

__all__ = [
    "Arguments",
    "Callee",
    "Closure",
    "FileContext",
    "Interpreter",
    "Parameter",
    "Scope",
    "expression",
    "statement",
]

Expression: TypeAlias = "Callable[[Interpreter, Node], Value]"
Statement: TypeAlias = "Callable[[Interpreter, Node], Completion]"
Skip: TypeAlias = "Callable[[Interpreter, Sequence[Node], Unknown], Completion]"

_EXPRESSIONS: dict[str, Expression] = {}
_STATEMENTS: dict[str, Statement] = {}


def expression(*types: str) -> Callable[[Expression], Expression]:
    """Register a handler for expressions of these types."""

    def register(handler: Expression) -> Expression:
        _EXPRESSIONS.update(dict.fromkeys(types, handler))
        return handler

    return register


def statement(*types: str) -> Callable[[Statement], Statement]:
    """Register a handler for statements of these types."""

    def register(handler: Statement) -> Statement:
        _STATEMENTS.update(dict.fromkeys(types, handler))
        return handler

    return register


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function.

    Attributes:
        name: Without the dollar sign.
        type: As declared; empty without.
        default: The expression behind ``=``; for built-in functions their own business.
        required: Whether a call has to give it.
        by_ref: Whether it wants a reference.
        variadic: Whether it takes all that is left.
    """

    name: str
    type: str = ""
    default: Node | None = None
    required: bool = True
    by_ref: bool = False
    variadic: bool = False


@dataclass(slots=True)
class Arguments:
    """What a call passes; a `Ref` where the function wants one."""

    positional: list[Value | Ref] = field(default_factory=list)
    named: dict[str, Value | Ref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Callee:
    """Something that can be called.

    Attributes:
        name: For messages.
        parameters: What it takes.
        call: Calls it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[[Interpreter, Arguments], Value]

    def wants_reference(self, position: int | str) -> bool:
        """Whether the argument at a position, or of a name, is passed by reference."""
        if isinstance(position, str):
            return any(p.by_ref for p in self.parameters if p.name == position)
        if position < len(self.parameters):
            return self.parameters[position].by_ref
        return bool(self.parameters) and self.parameters[-1].variadic and self.parameters[-1].by_ref


@dataclass(slots=True, eq=False)
class Closure(PhpObject):
    """An anonymous or first-class function."""

    function: Callee = field(kw_only=True)


@dataclass(slots=True)
class FileContext:
    """What belongs to the file that a piece of code stands in."""

    source: Source
    names: Names
    strict: bool = False


@dataclass(slots=True)
class Scope:
    """The variables of a function or of the configuration files.

    Attributes:
        variables: By name, without the dollar sign.
        function: The name of the function; empty outside.
        statics: The ``static`` variables of the function.
        arguments: What the function was called with.
    """

    variables: dict[bytes, Ref] = field(default_factory=dict)
    function: str = ""
    statics: dict[bytes, Ref] = field(default_factory=dict)
    arguments: list[Value | Ref] = field(default_factory=list)

    def ref(self, name: bytes) -> Ref:
        """The variable, made if need be."""
        found = self.variables.get(name)
        if found is None:
            found = self.variables[name] = Ref()
        return found


class Interpreter:
    """Evaluates files one after the other in one set of variables.

    Attributes:
        host: The machine.
        budget: What evaluation may still cost.
        file: The file whose code runs now.
        scope: The variables that are visible now.
        globals: What ``global`` and ``$GLOBALS`` reach: not the configuration's own variables,
            since Nextcloud includes the files inside a method.
        functions: User functions by lower-case full name; unknown where nobody can tell whether
            the declaration ran.
        constants: User constants by full name.
        perhaps: User constants that may or may not have been defined.
        sources: The files that were run.
        included: Real paths of the files that were included.
        tries: How many ``try`` blocks surround the code that runs now.
        doubts: How often something was beyond the evaluator so far.
        doubt: The last of that.
        skip: Makes unknown what statements may write that are beyond the evaluator.
        server_root: Nextcloud's folder.
        json_error: What ``json_last_error()`` answers.
    """

    def __init__(
        self,
        host: Host,
        budget: Budget,
        server_root: bytes,
        *,
        builtins: Mapping[str, Callee],
        skip: Skip,
    ) -> None:
        self.host = host
        self.budget = budget
        self._builtins = builtins
        self.skip = skip
        self.file: FileContext
        self.scope = Scope()
        self.globals = Scope()
        self.functions: dict[str, Callee | Unknown] = {}
        self.constants: dict[str, Value] = {}
        self.perhaps: dict[str, Unknown] = {}
        self.sources: list[Source] = []
        self.included: set[bytes] = set()
        self.tries = 0
        self.doubts = 0
        self.doubt = Unknown(None, "nothing")
        self.server_root = server_root
        self.json_error = 0
        self._superglobals: dict[bytes, Ref] = {}

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.raw(node).decode("utf-8", "replace")

    def raw(self, node: Node) -> bytes:
        """The bytes of a node."""
        return self.file.source.data[node.start_byte : node.end_byte]

    def place(self, node: Node) -> Place:
        """Where a node begins."""
        return self.file.source.place(node)

    def unsupported(self, node: Node, construct: str) -> NotEvaluable:
        """The error for a construct beyond the evaluator, to be raised."""
        return NotEvaluable(Unknown(self.place(node), f"{construct} cannot be evaluated"))

    def function(self, name: str) -> Callee | None:
        """The function of a name; None when it is not known.

        Raises:
            NotEvaluable: Nobody can tell whether it was declared.
        """
        candidates = self.file.names.function(name)
        for full in candidates:
            user = self.functions.get(full)
            if isinstance(user, Unknown):
                raise NotEvaluable(user)
            if user is not None:
                return user
        return self._builtins.get(candidates[-1])

    def variable(self, name: bytes) -> Ref | None:
        """A variable for reading, if it exists."""
        return self.superglobal(name) or self.scope.variables.get(name)

    def superglobal(self, name: bytes) -> Ref | None:
        """One of the variables that are visible everywhere."""
        if name not in _SUPERGLOBALS:
            return None
        if name not in self._superglobals:
            array = PhpArray()
            if name in (b"_ENV", b"_SERVER"):
                for variable, value in self.host.environ.items():
                    array.set(variable, value)
            if name == b"_SERVER":
                now = self.host.time()
                array.set(b"REQUEST_TIME", int(now))
                array.set(b"REQUEST_TIME_FLOAT", now)
            self._superglobals[name] = Ref(array)
        return self._superglobals[name]

    def evaluate(self, node: Node) -> Value:
        """The value of an expression; an `Unknown` only when something unknown was read.

        Raises:
            NotEvaluable: It is beyond the evaluator.
            Thrown: It throws.
        """
        handler = _EXPRESSIONS.get(node.type)
        if handler is None:
            raise self.unsupported(node, f"the construct “{node.type.replace('_', ' ')}”")
        self.budget.step()
        self.budget.enter()
        try:
            return handler(self, node)
        except NotEvaluable as error:
            if error.unknown.place is None:  # known only to those who know the node
                raise NotEvaluable(replace(error.unknown, place=self.place(node))) from None
            raise
        finally:
            self.budget.leave()

    def known(self, node: Node) -> Value:
        """The value of an expression whose content is needed now.

        Raises:
            NotEvaluable: It is unknown.
            Thrown: It throws.
        """
        return known(self.evaluate(node))

    def guarded(self, node: Node, compute: Callable[[], Value] | None = None) -> Value:
        """The value of an expression that is only stored: failures become an `Unknown`.

        Args:
            node: The expression.
            compute: How to get the value, if not by evaluating the node.

        Raises:
            Thrown: It throws, and a ``try`` may be waiting for that.
        """
        try:
            return share(compute() if compute else self.evaluate(node))
        except NotEvaluable as error:
            return self.wonder(error.unknown)
        except Thrown as error:
            if self.tries:
                raise
            return Unknown(self.place(node), f"it throws {error}")

    def wonder(self, unknown: Unknown) -> Unknown:
        """Note that something was beyond the evaluator, and hand it on."""
        self.doubts += 1
        self.doubt = unknown
        return unknown

    def execute(self, node: Node) -> Completion:
        """Run a statement; where it is beyond the evaluator, what it may write becomes unknown.

        Raises:
            Thrown: It throws.
            Fatal: It ends PHP.
        """
        handler = _STATEMENTS.get(node.type)
        self.budget.step()
        self.budget.enter()
        try:
            if handler is None:
                raise self.unsupported(node, f"the construct “{node.type.replace('_', ' ')}”")
            return handler(self, node)
        except NotEvaluable as error:
            return self._skip(node, error)
        except MALFORMED:
            return self._skip(node, self.unsupported(node, "what is no valid PHP"))
        except (LimitExceeded, Thrown) as error:
            error.place = error.place or self.place(node)
            raise
        except RecursionError:
            raise self._exceeded(node, "expressions or calls are nested too deep") from None
        except MemoryError:
            raise self._exceeded(node, "its values take too much memory") from None
        finally:
            self.budget.leave()

    def _exceeded(self, node: Node, fault: str) -> LimitExceeded:
        error = LimitExceeded(fault)
        error.place = self.place(node)
        return error

    def _skip(self, node: Node, error: NotEvaluable) -> Completion:
        """Go on behind a statement of which nobody knows what it did."""
        unknown = error.unknown
        if unknown.place is None:
            unknown = replace(unknown, place=self.place(node))
        return self.skip(self, [node], self.wonder(unknown))

    def run(self, nodes: list[Node]) -> Completion:
        """Run statements in order until one completes otherwise than by its end."""
        for node in nodes:
            completion = self.execute(node)
            if completion is not None:
                return completion
        return None


_SUPERGLOBALS = frozenset({b"_ENV", b"_SERVER", b"_GET", b"_POST", b"_COOKIE", b"_REQUEST"})
