"""From the bytes of a PHP file to its syntax tree, by tree-sitter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.limits import MAX_CHILDREN, LimitExceeded
from nextcloud_push.config.values import Place

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["MALFORMED", "Source", "SyntaxFault", "child", "children", "constant_defined"]
__all__ += ["defines", "parse"]

MALFORMED = (ArithmeticError, AssertionError, LookupError, ValueError)
"""What a handler meets where the grammar lets something through that is no PHP.

A part is missing, a number is none: such nodes are not of the shape that their handlers know.
"""

_DEFINE = re.compile(rb"\\?define\s*\(\s*['\"]\\*(\w+)['\"]\s*,", re.IGNORECASE)
_HALT = re.compile(rb"\b__halt_compiler\s*\(\s*\)\s*(;|\?>)", re.IGNORECASE)
_WITHOUT_PARSER = "install that, try --config-via-php, or give the settings by hand"


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


def parse(path: str, data: bytes) -> Source:
    """Parse a file.

    Args:
        path: Its name, for messages.
        data: Its content.

    Raises:
        SyntaxFault: It is no PHP.
        ConfigFault: The parser is not installed.
    """
    source = _parse(path, data)
    if source.root.has_error and (halt := _HALT.search(data)):
        source = _parse(path, data[: halt.end()])
    if source.root.has_error:
        raise SyntaxFault(source.place(_first_error(source.root)))
    return source


def _parse(path: str, data: bytes) -> Source:
    # Imported here so that what asks PHP works without.
    try:
        import tree_sitter
        import tree_sitter_php
    except ImportError as error:
        reason = f"reading it needs the extra [server] ({error.name} is missing)"
        raise ConfigFault(path, reason, remedy=_WITHOUT_PARSER) from None
    try:
        language = tree_sitter.Language(tree_sitter_php.language_php())
    except ValueError:
        reason = "the installed versions of tree-sitter and tree-sitter-php do not fit together"
        raise ConfigFault(path, reason, remedy=_WITHOUT_PARSER) from None
    parser = tree_sitter.Parser(language)
    return Source(path, data, parser.parse(data).root_node)


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


def constant_defined(node: Node, data: bytes) -> str | None:
    """The constant that a call of ``define`` with a literal name defines; None for other nodes."""
    if node.type != "function_call_expression":
        return None
    match = _DEFINE.match(data, node.start_byte, node.end_byte)
    return match[1].decode("utf-8", "replace") if match else None


def defines(source: Source, kind: str, name: str) -> bool:
    """Whether a file declares a function or constant anywhere, be it under conditions.

    Args:
        source: The file.
        kind: ``function`` or ``constant``.
        name: Without a namespace; of a function in lower case.
    """
    before = rb"function\s*&?\s*" if kind == "function" else rb"define\s*\(\s*['\"]\\*"
    # Most files do not even have the words, so the tree is rarely walked.
    found = re.search(before + re.escape(name.encode()), source.data, re.IGNORECASE)
    pending = [source.root] if found else []
    while pending:
        node = pending.pop()
        pending.extend(node.named_children)
        if kind == "constant":
            if constant_defined(node, source.data) == name:
                return True
        elif node.type == "function_definition":
            named = child(node, "name")
            text = source.data[named.start_byte : named.end_byte]
            if text.decode("utf-8", "replace").lower() == name:
                return True
    return False
