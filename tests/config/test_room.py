"""The folder is a program of its own: it needs nothing of ours, and no file needs itself."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import nextcloud_push.config

ROOM = Path(nextcloud_push.config.__file__).parent
PACKAGE = nextcloud_push.config.__name__
OURS = PACKAGE.partition(".")[0]


def modules() -> dict[str, Path]:
    found = {}
    for path in ROOM.rglob("*.py"):
        parts = path.relative_to(ROOM).with_suffix("").parts
        found[".".join([PACKAGE, *(part for part in parts if part != "__init__")])] = path
    return found


def imports(path: Path) -> set[str]:
    """All that a file imports of ours, wherever it does so."""
    known, found = modules(), set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else str(node.module))
    return {name for name in found if name.partition(".")[0] == OURS}


def test_nothing_of_ours_outside_is_imported() -> None:
    outside = {
        (name, found)
        for name, path in modules().items()
        for found in imports(path)
        if not found.startswith(PACKAGE)
    }
    assert not outside


def test_no_file_needs_itself() -> None:
    graph = {name: imports(path) for name, path in modules().items()}
    assert [*TopologicalSorter(graph).static_order()]  # raises CycleError
