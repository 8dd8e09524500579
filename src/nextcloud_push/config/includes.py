"""``include`` and its kin, and running a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nextcloud_push.config.completion import Return
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.host import Refused
from nextcloud_push.config.interpreter import FileContext, Interpreter, expression
from nextcloud_push.config.names import Names
from nextcloud_push.config.statements import hoist
from nextcloud_push.config.syntax import SyntaxFault, children, parse
from nextcloud_push.config.values import NotEvaluable, Unknown, Value

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["run_file"]


def run_file(it: Interpreter, path: bytes, data: bytes) -> Value:
    """Run a file in the variables that are visible now.

    Returns:
        What it returns; 1 when it returns nothing.

    Raises:
        SyntaxFault: It is no PHP.
        ConfigFault: There is no parser.
        LimitExceeded: It costs too much.
        Thrown: It throws.
        Fatal: It ends PHP.
    """
    source = parse(os.fsdecode(path), data)
    it.sources.append(source)
    outer = getattr(it, "file", None)
    it.file = FileContext(source, Names())
    try:
        nodes = children(source.root)
        first = next((node for node in nodes if node.type == "namespace_definition"), None)
        if first is not None and first.child_by_field_name("body") is None:
            name = first.child_by_field_name("name")
            it.file.names.namespace = it.text(name) if name is not None else ""
        hoist(it, nodes)
        completion = it.run(nodes)
        return completion.value if isinstance(completion, Return) else 1
    finally:
        if outer is not None:
            it.file = outer


@expression(
    "include_expression",
    "include_once_expression",
    "require_expression",
    "require_once_expression",
)
def _include(it: Interpreter, node: Node) -> Value:
    name = to_bytes(it.known(children(node)[0]))
    path = _find(it, name)
    real = it.host.real_path(path) or path
    if "once" in node.type and real in it.included:
        return True
    try:
        data = it.host.read(path)
    except Refused as refused:
        shown = path.decode("utf-8", "replace")
        reason = f"the included file {shown} is not read: {refused}"
        raise NotEvaluable(Unknown(it.place(node), reason)) from None
    if data is None and node.type.startswith("require"):
        raise it.unsupported(node, "a required file that does not exist")
    if data is None:
        return False
    it.included.add(real)
    try:
        return run_file(it, real, data)
    except SyntaxFault as fault:
        raise NotEvaluable(Unknown(fault.place, "a syntax error in an included file")) from None


def _find(it: Interpreter, name: bytes) -> bytes:
    """The file an include means: the working directory first, then the folder of this file."""
    folders = [b""]
    if not name.startswith((b"/", b"./", b"../")):
        folders.append(os.path.dirname(os.fsencode(it.file.source.path)))
    for folder in folders:
        path = os.path.join(folder, name)
        if it.host.exists(path):
            break
    return path
