"""String literals: single and double quoted, heredoc and nowdoc, with interpolation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.interpreter import Interpreter, expression
from nextcloud_push.config.places import element, read
from nextcloud_push.config.syntax import children
from nextcloud_push.config.values import Value

if TYPE_CHECKING:
    from tree_sitter import Node

_SINGLE = re.compile(rb"\\([\\'])")
_ESCAPE = re.compile(rb"\\(?:([nrtvfe\\$\"])|([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u\{([0-9A-Fa-f]+)\})")
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"f": b"\f", b"e": b"\x1b"}
_LITERAL_PARTS = frozenset({"string_content", "escape_sequence"})


def unescape(text: bytes, *, quote: bool) -> bytes:
    """Resolve the escapes of a double-quoted string.

    Args:
        text: What stands between the quotes.
        quote: Whether ``\\"`` is an escape: not in a heredoc.
    """

    def resolve(match: re.Match[bytes]) -> bytes:
        simple, octal, hexadecimal, point = match.groups()
        if simple is not None:
            if simple == b'"' and not quote:
                return match[0]
            return _CONTROL.get(simple, simple)
        if octal is not None:
            return bytes([int(octal, 8) & 0xFF])
        if hexadecimal is not None:
            return bytes([int(hexadecimal, 16)])
        code = int(point, 16) if len(point) <= 8 else 0x110000
        return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else match[0]

    return _ESCAPE.sub(resolve, text)


@expression("string")
def _single(it: Interpreter, node: Node) -> Value:
    return _SINGLE.sub(rb"\1", _between_quotes(it.raw(node), b"'"))


def _between_quotes(raw: bytes, quote: bytes) -> bytes:
    """Without the quotes, and without the old prefix ``b``."""
    return raw[raw.index(quote) + 1 : -1]


@expression("encapsed_string")
def _double(it: Interpreter, node: Node) -> Value:
    opening = it.raw(node).index(b'"') + 1
    start, end = node.start_byte + opening, node.end_byte - 1
    return _join(it, _pieces(it, node, start, end), quote=True)


@expression("heredoc", "nowdoc")
def _heredoc(it: Interpreter, node: Node) -> Value:
    data = it.file.source.data
    closing = node.child_by_field_name("end_tag")
    assert closing is not None
    start = data.index(b"\n", node.start_byte) + 1
    last_line = data.rindex(b"\n", 0, closing.start_byte) + 1
    indent = closing.start_byte - last_line
    end = last_line - 1
    if data[start:end].endswith(b"\r"):
        end -= 1
    if end < start:
        return b""
    body = node.child_by_field_name("value")
    if node.type == "nowdoc" or body is None:
        return _dedent(data[start:end], indent, at_line_start=True)
    pieces = _pieces(it, body, start, end)
    pieces = [
        _dedent(piece, indent, at_line_start=index == 0) if isinstance(piece, bytes) else piece
        for index, piece in enumerate(pieces)
    ]
    return _join(it, pieces, quote=False)


def _dedent(text: bytes, indent: int, *, at_line_start: bool) -> bytes:
    """Take the closing line's indentation off every line."""
    if not indent:
        return text
    pattern = rb"(\n)[ \t]{1,%d}" % indent
    if at_line_start:
        pattern = rb"(\A|\n)[ \t]{1,%d}" % indent
    return re.sub(pattern, rb"\1", text)


def _pieces(it: Interpreter, node: Node, start: int, end: int) -> list[bytes | Node]:
    """The raw text and the interpolated expressions between two offsets, in turn.

    The text is cut from the source: the grammar leaves newlines out of its nodes.
    """
    data = it.file.source.data
    pieces: list[bytes | Node] = []
    position = start
    for part in node.children:
        if part.type in _LITERAL_PARTS or part.type == '"' or part.type == "b":
            continue
        pieces.append(data[position : part.start_byte])
        if part.is_named:
            pieces.append(part)
        position = part.end_byte
    pieces.append(data[position:end])
    return pieces


def _join(it: Interpreter, pieces: list[bytes | Node], *, quote: bool) -> Value:
    texts = []
    for piece in pieces:
        if isinstance(piece, bytes):
            texts.append(unescape(piece, quote=quote))
        else:
            texts.append(to_bytes(_interpolated(it, piece)))
    return b"".join(texts)


def _interpolated(it: Interpreter, node: Node) -> Value:
    if node.type == "dynamic_variable_name":
        inner = node.named_children[0]
        if inner.type == "subscript_expression":  # "${name['key']}"
            name, key = children(inner)
            found = it.variable(it.raw(name))
            return element(found.value if found else None, it.known(key))
    return read(it, node)
