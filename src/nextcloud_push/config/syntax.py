"""From the bytes of a PHP file to its syntax tree, by tree-sitter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nextcloud_push.config.limits import MAX_CHILDREN, Budget, LimitExceeded
from nextcloud_push.config.values import Place

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["MALFORMED", "Source", "SyntaxFault", "child", "children", "parse"]

MALFORMED = (ArithmeticError, AssertionError, LookupError, ValueError)
"""What a handler meets where the grammar lets something through that is no PHP.

A part is missing, a number is none: such nodes are not of the shape that their handlers know.
"""

_HALT = re.compile(rb"\b__halt_compiler\s*\(\s*\)\s*(;|\?>)", re.IGNORECASE)
_CHUNK = 4096


class SyntaxFault(Exception):
    """A file that is no PHP.

    Args:
        place: Where parsing failed.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file.

    Attributes:
        path: As it was asked for.
        data: Its bytes.
        root: Its syntax tree.
    """

    path: str
    data: bytes
    root: Node

    def place(self, node: Node) -> Place:
        """Where a node begins."""
        row, column = node.start_point
        return Place(self.path, row + 1, column + 1)


def parse(path: str, data: bytes, budget: Budget) -> Source:
    """Parse a file.

    Args:
        path: Its name, for messages.
        data: Its content.
        budget: Bounds time and memory.

    Raises:
        SyntaxFault: It is no PHP.
        LimitExceeded: Parsing costs too much.
    """
    source = _parse(path, data, budget)
    if source.root.has_error and (halt := _HALT.search(data)):
        source = _parse(path, data[: halt.end()], budget)
    if source.root.has_error:
        raise SyntaxFault(source.place(_first_error(source.root)))
    return source


def _parse(path: str, data: bytes, budget: Budget) -> Source:
    # Imported here so that only those who read a config.php pay for it.
    import tree_sitter
    import tree_sitter_php

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_php.language_php()))

    def chunk(offset: int, _point: object) -> bytes:
        return data[offset : offset + _CHUNK]

    try:
        # Only what is read in chunks can be given up half way, and error recovery can take minutes.
        tree = parser.parse(chunk, progress_callback=budget.parse_guard())
    except ValueError:
        raise LimitExceeded("parsing it takes too long or too much memory") from None
    return Source(path, data, tree.root_node)


def _first_error(node: Node) -> Node:
    while not (node.is_error or node.is_missing):
        node = next(part for part in node.children if part.has_error)
    return node


def child(node: Node, name: str) -> Node:
    """The child in a field that the grammar demands."""
    found = node.child_by_field_name(name)
    assert found is not None, f"{node.type} without {name}"
    return found


def children(node: Node) -> list[Node]:
    """The named children without comments.

    Raises:
        LimitExceeded: There are too many.
    """
    if node.child_count > MAX_CHILDREN:
        raise LimitExceeded(f"a list has more than {MAX_CHILDREN:,} parts")
    return [part for part in node.named_children if part.type != "comment"]
