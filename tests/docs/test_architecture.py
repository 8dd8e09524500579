"""The page for strangers: its map is the tree, its rules hold, and what it points at is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from docs.blocks import ROOT, all_blocks, table_rows

SOURCE = ROOT / "src/nextcloud_push"
PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")
LOGS = (ROOT / "docs/reference/logs.md").read_text("utf-8")

MODULES = {str(path.relative_to(SOURCE)): path for path in sorted(SOURCE.rglob("*.py"))}

PURE = [
    "server/events.py",
    "server/delivery/frame_reader.py",
    "server/delivery/hub.py",
    "server/delivery/notification.py",
    "server/delivery/outbox.py",
    "server/delivery/server_frames.py",
    "server/delivery/timer_wheel.py",
    *(
        name
        for name in MODULES
        if name.startswith("server/routing/") and not name.endswith(("driver.py", "loader.py"))
    ),
]
"""What decides."""


def section(page: str, title: str) -> str:
    """What stands under a heading of the second level."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def parsed(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text("utf-8"))


def imported(name: str) -> Iterator[str]:
    """The modules that one imports, within functions and for types alone included."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_of(name: str) -> set[str]:
    """The rooms of ours, other than its own, that a module imports."""
    ours = (one.split(".") for one in imported(name) if one.startswith("nextcloud_push."))
    return {parts[1] for parts in ours} - {name.partition("/")[0]}


def defined(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """What is defined in a module or class, with what is defined in that."""
    names: dict[str, list[ast.stmt]] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = node.body
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names[node.name] = []
        elif isinstance(node, ast.Assign):
            names |= {target.id: [] for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names[node.target.id] = []
    return names


def is_defined(name: str, body: list[ast.stmt]) -> bool:
    first, _, rest = name.partition(".")
    names = defined(body)
    return first in names and (not rest or is_defined(rest, names[first]))


def drawn() -> tuple[set[str], set[str]]:
    """The files of the map, and the folders of which it shows no more."""
    files: set[str] = set()
    folders: set[str] = set()
    for block in all_blocks("text"):
        if block.page != "docs/architecture.md":
            continue
        above: list[str] = []
        for indent, name in re.findall(r"^( *)(\S+)  ", block.text, re.MULTILINE):
            above[len(indent) // 2 :] = [name]
            (folders if name.endswith("/") else files).add("".join(above))
    return files, {one for one in folders if not any(file.startswith(one) for file in files)}


def test_every_module_is_on_the_map_and_nothing_else():
    files, whole_folders = drawn()
    there = {
        name
        for name in MODULES
        if "/" in name
        and not name.startswith(tuple(whole_folders))
        and (not name.endswith("/__init__.py") or name in files)
    }
    assert len(files) > 150
    assert files == there
    assert [one for one in whole_folders if not (SOURCE / one).is_dir()] == []


def room_rows() -> dict[str, set[str]]:
    """What each room may import of the others, by the page."""
    table = section(PAGE, "The rooms")
    rows = {row[0].strip("`"): row[3].partition(";")[0] for row in table_rows(table)}
    return {
        room: set(rows) if cell == "all" else set(re.findall(r"`(\w+)`", cell))
        for room, cell in rows.items()
    }


def test_every_room_is_in_the_table():
    assert set(room_rows()) == {path.parent.name for path in SOURCE.glob("*/__init__.py")}


@pytest.mark.parametrize("room", room_rows())
def test_a_room_imports_what_the_table_says(room: str):
    allowed = room_rows()[room]
    modules = [name for name in MODULES if name.startswith(f"{room}/")]
    strays = {name: sorted(rooms_of(name) - allowed) for name in modules}
    assert {name: rooms for name, rooms in strays.items() if rooms} == {}


def test_files_that_the_page_names_are_there():
    text = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", text))
    assert len(named) > 50
    assert [one for one in named if not (SOURCE / one).exists() and not (ROOT / one).exists()] == []


WHERE = table_rows(section(PAGE, "Where is the thing that …?"))


def test_there_is_enough_to_be_found():
    assert len(WHERE) >= 20
    assert len({what for what, _, _ in WHERE}) == len(WHERE)


@pytest.mark.parametrize(("what", "file", "name"), WHERE, ids=[row[0] for row in WHERE])
def test_the_thing_is_where_the_table_says(what: str, file: str, name: str):
    assert file.strip("`") in MODULES
    assert is_defined(name.strip("`"), parsed(file.strip("`")).body)


def test_a_thing_that_is_not_there_would_be_found():
    body = ast.parse("class A:\n    def b(self): ...\nC: int = 1").body
    assert [name for name in ("A", "A.b", "C", "b", "A.c", "D") if is_defined(name, body)] == [
        "A",
        "A.b",
        "C",
    ]


# What is true everywhere


@pytest.mark.parametrize(
    "name", [name for name in MODULES if re.match(r"server/routing/(?!loader)", name)]
)
def test_routing_never_awaits(name: str):
    waiting = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    assert not [node for node in ast.walk(parsed(name)) if isinstance(node, waiting)]


@pytest.mark.parametrize("name", PURE)
def test_what_decides_knows_no_clock_and_no_loop(name: str):
    assert {one.partition(".")[0] for one in imported(name)}.isdisjoint(
        {"asyncio", "datetime", "sched", "select", "socket", "threading", "time"}
    )


def test_routing_and_delivery_know_nobody_who_is_asked():
    others = tuple(f"nextcloud_push.server.{one}." for one in ("database", "nextcloud", "redis"))
    names = [name for name in MODULES if re.match(r"server/(routing|delivery)/", name)]
    assert len(names) > 10
    assert [name for name in names if any(one.startswith(others) for one in imported(name))] == []


def test_only_the_process_and_developer_mode_know_the_daemon():
    daemon = "nextcloud_push.server.daemon."
    knowing = {name for name in MODULES if any(one.startswith(daemon) for one in imported(name))}
    assert {one for one in knowing if not one.startswith(("dev/", "bench/"))} == {
        "server/process.py"
    }


def test_the_daemon_patches_nothing_into_what_it_builds():
    (daemon,) = [node for node in parsed("server/daemon.py").body if isinstance(node, ast.ClassDef)]
    (build,) = [node for node in daemon.body if getattr(node, "name", "") == "__init__"]
    targets = [
        target
        for node in ast.walk(build)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    ]
    assert len(targets) > 5
    assert {ast.unparse(target.value) for target in targets} == {"self"}


def test_the_server_reads_the_environment_at_its_edge():
    def reads(node: ast.AST) -> bool:
        return ast.unparse(node) in ("os.environ", "os.getenv", "getproxies_environment()")

    readers = {
        name
        for name in MODULES
        if name.startswith("server/")
        and any(reads(node) for node in ast.walk(parsed(name)) if isinstance(node, ast.expr))
    }
    assert readers == {"server/process.py"}


def test_the_root_of_errors_is_caught_by_the_outermost_command_alone():
    catching = {
        name
        for name in MODULES
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        if "NotifyPushError" in ast.unparse(node.type)
    }
    assert catching == {"commands/ending.py"}


# Who says a line of the log


def loggers() -> dict[str, set[str]]:
    """The names of loggers, with the files that have them."""
    found: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        for logger in re.findall(r'getLogger\("(notify_push\.[\w.]+)"\)', path.read_text("utf-8")):
            found.setdefault(logger, set()).add(name)
    return found


def test_every_logger_is_in_the_table_and_nothing_else():
    rows = {row[0].strip("`"): row[2] for row in table_rows(section(LOGS, "Who says it"))}
    assert set(rows) == set(loggers())
    for logger, cell in rows.items():
        assert set(re.findall(r"`([\w/.]+)`", cell)) == loggers()[logger] - {"server/logs.py"}


def test_no_logger_is_called_by_where_its_module_is():
    """A module that moves would take its lines with it, past the filters of admins."""
    assert [
        name for name, path in MODULES.items() if "getLogger(__name__)" in path.read_text("utf-8")
    ] == []
