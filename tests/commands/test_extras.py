"""A command whose extra is not installed says so in one line; the others work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.blocks import ROOT
from nextcloud_push.commands import extras
from nextcloud_push.commands.catalog import COMMANDS

DEV = ["starlette", "uvicorn"]
SERVER = [
    *("asyncpg", "dotenv", "hiredis", "msgspec", "prometheus_client", "pymysql", "redis"),
    *("tree_sitter", "tree_sitter_php", "uvloop"),
]
EVERYTHING = [*DEV, *SERVER, "matplotlib"]
PROGRAMS = {"notify_push": "daemon_main", "nextcloud-push": "main"}


def typed_without(packages: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run what is typed where some packages cannot be imported."""
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({packages!r})); sys.argv = {list(words)!r}\n"
        f"from nextcloud_push import commands; commands.{PROGRAMS[words[0]]}()"
    )
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env={}, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    ("packages", "words", "extra"),
    [
        (EVERYTHING, ["notify_push", "config.php"], "server"),
        (EVERYTHING, ["nextcloud-push", "serve"], "server"),
        (EVERYTHING, ["nextcloud-push", "dev"], "dev"),
        (EVERYTHING, ["nextcloud-push", "emit", "activity", "alice"], "dev"),
        (EVERYTHING, ["nextcloud-push", "bench"], "bench"),
        (DEV, ["nextcloud-push", "dev"], "dev"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and len(value) < 5 else None,
)
def test_what_is_missing_is_said_in_one_line(
    packages: list[str], words: list[str], extra: str
) -> None:
    done = typed_without(packages, *words)
    (line,) = done.stderr.splitlines()
    command = words[0] if words[0] == "notify_push" else " ".join(words[:2])
    assert line == f"{command}: needs the extra [{extra}]: in a checkout, pip install '.[{extra}]'"
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    "words",
    [
        ["notify_push", "--version"],
        ["notify_push", "--help"],
        ["nextcloud-push", "--version"],
        *(["nextcloud-push", name, "--help"] for name in COMMANDS),
    ],
    ids=" ".join,
)
def test_help_and_version_need_nothing(words: list[str]) -> None:
    done = typed_without(EVERYTHING, *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_client_listens_without_them() -> None:
    done = typed_without(EVERYTHING, "nextcloud-push", "listen", "http://127.0.0.1:9", "a", "b")
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_emit_needs_no_web_server() -> None:
    url = "http://127.0.0.1:9"
    done = typed_without(DEV, "nextcloud-push", "emit", "activity", "alice", "--url", url)
    assert "developer mode does not answer" in done.stderr


@pytest.mark.parametrize(
    ("packages", "marked"),
    [
        (EVERYTHING, {"bench", "config", "dev", "emit", "serve"}),
        (DEV, {"dev"}),
        ([], set()),
    ],
    ids=["nothing", "server", "all"],
)
def test_help_marks_what_is_missing(packages: list[str], marked: set[str]) -> None:
    done = typed_without(packages, "nextcloud-push", "--help")
    listed = re.findall(r"^  (\w+)  +((?:.+\n)(?:   +.+\n)*)", done.stdout, re.MULTILINE)
    assert {name for name, _ in listed} >= set(COMMANDS)
    assert {name for name, text in listed if "Needs the extra [" in text} == marked


def test_help_imports_no_command() -> None:
    script = (
        "import sys; sys.argv = ['nextcloud-push', '--help']\n"
        "from nextcloud_push import commands\n"
        "try: commands.main()\n"
        "finally: print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0
    assert "click" in done.stderr.splitlines()
    assert not {"asyncio", "httpx", "msgspec", "ssl"} & {*done.stderr.splitlines()}


@pytest.mark.parametrize("name", ["nextcloud_push.no_such_module", "asyncoi", "fcntl"])
def test_a_fault_of_our_own_is_not_hidden(name: str) -> None:
    missing = extras.is_missing(ModuleNotFoundError(f"No module named {name!r}", name=name))
    assert missing is (name == "asyncoi")
    assert not extras.is_missing(ImportError("cannot import name 'x' from 'redis'", name="redis"))


def test_the_packages_that_are_looked_for_exist() -> None:
    assert all(entry.is_installed for entry in COMMANDS.values())
    assert not extras.are_installed(("no_such_package",))


TEST = """
def test_that_has_nothing_to_do_with_it():
    pass

def test_with_it(nextcloud_push):
    pass
"""


def test_the_pytest_plugin_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TEST)
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({EVERYTHING!r}))\n"
        f"import pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', {str(tmp_path)!r}]))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=50)
    assert "1 passed" in done.stdout
    assert "nextcloud_push needs the extra [dev]" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py")), ids=lambda p: p.stem)
def test_no_message_sends_anybody_to_an_index(path: Path) -> None:
    assert not re.search(r"install\s+['\"]?(notify|nextcloud)[-_]push", path.read_text("utf-8"))
