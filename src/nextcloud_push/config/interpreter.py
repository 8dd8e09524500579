"""The walk over the syntax tree: state, dispatch, and where failures stop.

What the handlers in `expressions`, `statements`, `places` and `calls` share. A handler takes the
interpreter and a node; it is found by the node's type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from nextcloud_push.config import effects
from nextcloud_push.config.limits import LimitExceeded
from nextcloud_push.config.syntax import MALFORMED
from nextcloud_push.config.values import (
    NotEvaluable,
    PhpArray,
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

    from nextcloud_push.config.callables import PhpFunction
    from nextcloud_push.config.host import Host
    from nextcloud_push.config.limits import Budget
    from nextcloud_push.config.names import Names
    from nextcloud_push.config.syntax import Source

__all__ = [
    "Break",
    "Completion",
    "Continue",
    "Fatal",
    "FileContext",
    "Interpreter",
    "Return",
    "Scope",
    "expression",
    "statement",
]


@dataclass(frozen=True, slots=True)
class Return:
    """A statement ended by ``return``."""

    value: Value


@dataclass(frozen=True, slots=True)
class Break:
    """A statement ended by ``break``, out of so many loops."""

    levels: int


@dataclass(frozen=True, slots=True)
class Continue:
    """A statement ended by ``continue``, of the loop so many levels up."""

    levels: int


Completion: TypeAlias = Return | Break | Continue | None
Expression: TypeAlias = "Callable[[Interpreter, Node], Value]"
Statement: TypeAlias = "Callable[[Interpreter, Node], Completion]"

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


class Fatal(Exception):
    """PHP would end here, and Nextcloud with it."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


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
        functions: User functions by lower-case full name.
        constants: User constants by full name.
        included: Real paths of the files that were included.
        tries: How many ``try`` blocks surround the code that runs now.
        server_root: Nextcloud's folder.
        json_error: What ``json_last_error()`` answers.
    """

    def __init__(self, host: Host, budget: Budget, server_root: bytes) -> None:
        self.host = host
        self.budget = budget
        self.file: FileContext
        self.scope = Scope()
        self.globals = Scope()
        self.functions: dict[str, PhpFunction] = {}
        self.constants: dict[str, Value] = {}
        self.included: set[bytes] = set()
        self.tries = 0
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
            return error.unknown
        except Thrown as error:
            if self.tries:
                raise
            return Unknown(self.place(node), f"it throws {error}")

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
            raise LimitExceeded("expressions or calls are nested too deep") from None
        finally:
            self.budget.leave()

    def _skip(self, node: Node, error: NotEvaluable) -> Completion:
        """Go on behind a statement of which nobody knows what it did."""
        unknown = error.unknown
        if unknown.place is None:
            unknown = replace(unknown, place=self.place(node))
        effects.spoil(self, node, unknown)
        escapes = effects.escapes(self, node)
        if "return" in escapes:
            if not self.scope.function:
                raise Fatal(unknown)
            return Return(unknown)
        if "loop" in escapes or ("throw" in escapes and self.tries):
            raise NotEvaluable(unknown)
        return None

    def run(self, nodes: list[Node]) -> Completion:
        """Run statements in order until one completes otherwise than by its end."""
        for node in nodes:
            completion = self.execute(node)
            if completion is not None:
                return completion
        return None


_SUPERGLOBALS = frozenset({b"_ENV", b"_SERVER", b"_GET", b"_POST", b"_COOKIE", b"_REQUEST"})
