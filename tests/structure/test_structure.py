"""What import-linter does not see: circles, and modules that have grown too large to be read."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
LONGEST = 400
LARGEST_CLASS = 250


def _name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(path): path for path in SOURCE.rglob("*.py")}


def imports(path: Path) -> set[str]:
    """The modules of ours that one imports, within functions and for types alone included."""
    named: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            named += [f"{node.module}.{alias.name}" for alias in node.names]
    found = set()
    for name in named:
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {"", _name(path)}


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle in a graph; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: imports(path) for name, path in MODULES.items()}
    assert len(graph) > 150
    assert graph["nextcloud_push.server.daemon"] > {"nextcloud_push.server.intake"}
    assert circle(graph) == []


def test_a_circle_would_be_found():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_no_module_is_longer_than_a_reader_can_bear(path: Path):
    assert path.read_text("utf-8").count("\n") <= LONGEST


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("nextcloud_push.server.daemon", "Daemon"),
        ("nextcloud_push.server.delivery.connection", "Connection"),
        ("nextcloud_push.server.delivery.peer", "WebSocketPeer"),
    ],
)
def test_the_classes_that_know_much_stay_small(module: str, name: str):
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    assert found.end_lineno is not None
    assert found.end_lineno - found.lineno < LARGEST_CLASS
