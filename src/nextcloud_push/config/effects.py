"""What a piece of code may write, found without running it.

When a condition is unknown, nobody can tell which branch runs: everything that the statement may
write becomes unknown, and the rest of the configuration stays usable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nextcloud_push.config.completion import Completion, Fatal, Return
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.places import locate
from nextcloud_push.config.syntax import MALFORMED, constant_defined
from nextcloud_push.config.values import NotEvaluable, PhpArray, Thrown, Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["CONFIG", "skip"]

CONFIG = b"CONFIG"
"""The name of the variable that all of this is about."""

_INNER_FUNCTIONS = frozenset({"function_definition", "anonymous_function", "arrow_function"})
_LOOPS = frozenset({"while_statement", "do_statement", "for_statement", "foreach_statement"})
_WRITES = {
    "assignment_expression": "left",
    "augmented_assignment_expression": "left",
    "reference_assignment_expression": "left",
    "update_expression": "argument",
    "catch_clause": "name",
}
_INCLUDES = frozenset(
    {"include_expression", "include_once_expression", "require_expression"}
    | {"require_once_expression"}
)
_WRITE_ARGUMENTS = frozenset(
    {"array_pop", "array_push", "array_shift", "array_splice", "array_unshift", "array_walk"}
    | {"array_walk_recursive", "array_multisort", "arsort", "asort", "exec", "krsort", "ksort"}
    | {"natcasesort", "natsort", "parse_str", "preg_match", "preg_match_all", "rsort", "settype"}
    | {"shuffle", "sort", "uasort", "uksort", "usort"}
)


def skip(it: Interpreter, nodes: Sequence[Node], unknown: Unknown) -> Completion:
    """Go on behind statements of which nobody knows whether they ran, or how.

    Raises:
        NotEvaluable: They may end a loop or throw to a ``try``, so what is around is unknown too.
        Fatal: They may end the file.
    """
    escapes: set[str] = set()
    for node in nodes:
        _spoil(it, node, unknown)
        escapes |= _escapes(it, node)
    if "return" in escapes:
        if not it.scope.function:
            raise Fatal(unknown)
        return Return(unknown)
    if "loop" in escapes or ("throw" in escapes and it.tries):
        raise NotEvaluable(unknown)
    return None


def _walk(it: Interpreter, node: Node, *, into_loops: bool = True) -> Iterator[Node]:
    """A node and all below it that run with it, bodies of functions left out."""
    pending = [node]
    while pending:
        it.budget.step()
        current = pending.pop()
        yield current
        for part in reversed(current.named_children):
            if part.type not in _INNER_FUNCTIONS and (into_loops or part.type not in _LOOPS):
                pending.append(part)


def _escapes(it: Interpreter, node: Node) -> set[str]:
    """How control may leave a statement before its end: ``return``, ``throw``, ``loop``."""
    found = set()
    for part in _walk(it, node):
        if part.type == "return_statement":
            found.add("return")
        elif part.type == "throw_expression":
            found.add("throw")
    own_loop = node.type in _LOOPS or node.type == "switch_statement"
    for part in _walk(it, node, into_loops=False):
        if part.type in ("break_statement", "continue_statement") and (
            not own_loop or part.named_child_count
        ):
            found.add("loop")
    return found


def _targets(it: Interpreter, node: Node) -> Iterator[Node]:
    for part in _walk(it, node):
        field = _WRITES.get(part.type)
        if field is not None:
            target = part.child_by_field_name(field)
            if target is not None:
                yield target
        elif part.type == "unset_statement":
            yield from part.named_children
        elif part.type == "foreach_statement":
            bodies = {body.id for body in part.children_by_field_name("body")}
            yield from (head for head in part.named_children[1:] if head.id not in bodies)
        elif part.type == "function_call_expression":
            called = it.text(part.named_children[0]).lstrip("\\").lower()
            if called in _WRITE_ARGUMENTS:
                passed = part.named_children[-1].named_children
                yield from (argument.named_children[-1] for argument in passed)


_PLACES = frozenset({"variable_name", "subscript_expression", "member_access_expression"})
_PATTERNS = frozenset({"list_literal", "pair", "by_ref"})


def _places(target: Node) -> Iterator[Node]:
    """The places that a target writes: itself, or those in its pattern."""
    if target.type in _PATTERNS:
        for part in target.named_children:
            yield from _places(part)
    elif target.type in _PLACES:
        yield target


def _spoil(it: Interpreter, node: Node, unknown: Unknown) -> None:
    """Make everything unknown that a statement may write."""
    places = [place for target in _targets(it, node) for place in _places(target)]
    # Variables first: keys that depend on them are then unknown too.
    for place in places:
        if place.type == "variable_name":
            it.scope.ref(it.raw(place)[1:]).value = unknown
    for place in places:
        if place.type != "variable_name":
            _spoil_element(it, place, unknown)
    for part in _walk(it, node):
        if part.type in _INCLUDES:
            it.scope.ref(CONFIG).value = unknown
        _spoil_declarations(it, part, unknown)


def _spoil_declarations(it: Interpreter, node: Node, unknown: Unknown) -> None:
    """Functions and constants that a piece of code may declare, unless they are already."""
    constant = constant_defined(node, it.file.source.data)
    if constant is not None and constant not in it.constants:
        it.perhaps[constant] = unknown
    for part in node.named_children:
        if part.type == "function_definition" and (name := part.child_by_field_name("name")):
            it.functions.setdefault(it.file.names.here(it.text(name)).lower(), unknown)


def _spoil_element(it: Interpreter, place: Node, unknown: Unknown) -> None:
    try:
        locate(it, place).spoil(unknown)
        return
    except (NotEvaluable, Thrown, *MALFORMED):
        pass
    root = place
    while root.type in ("subscript_expression", "member_access_expression"):
        root = root.named_children[0]
    if root.type == "variable_name":
        array = PhpArray()
        array.rest = unknown
        it.scope.ref(it.raw(root)[1:]).value = array
