"""Configurations in the shapes that installations have, and the settings they stand for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from nextcloud_push.server.settings import Database, Redis, Tls
from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig
from support.php import load_apart, load_here, php_config

CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(path.parent.name for path in CORPUS.glob("*/expected.json"))
# Only one calls functions on purpose that PHP would not know here.
PHP_CASES = [name for name in CASES if name != "unknown-parts"]


class Case:
    """A case of the corpus, copied to where its secrets may be read."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        shutil.copytree(CORPUS / name, self.folder)
        text = (self.folder / "expected.json").read_text().replace("{dir}", str(self.folder))
        self.expected: dict[str, Any] = json.loads(text)
        self.main = self.folder / "config" / "config.php"
        self.glob: bool = self.expected.get("glob", False)
        self.environ: dict[str, str] = {"PATH": "/usr/bin:/bin", **self.expected.get("environ", {})}


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    return Case(request.param, tmp_path)


def shown(settings: Database | Redis) -> dict[str, Any]:
    """The fields that differ from their defaults, as the corpus writes them."""
    made: dict[str, Any] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value in (None, field.default, {}) and field.name != "nodes":
            continue
        if field.name == "nodes":
            value = [str(node) for node in value]
        elif isinstance(value, Tls):
            value = {f.name: _plain(getattr(value, f.name)) for f in fields(value)
                     if getattr(value, f.name) != f.default}  # fmt: skip
        made[field.name] = _plain(value)
    return made


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def test_there_are_many() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_settings(case: Case) -> None:
    config = NextcloudConfig(load_apart(case.main, glob=case.glob, environ=case.environ))
    asked: dict[str, Callable[[], object]] = {
        "url": config.nextcloud_url,
        "database": lambda: shown(config.database()),
        "redis": lambda: shown(config.redis()),
    }
    wanted = {name: case.expected[name] for name in asked if name in case.expected}
    assert {name: asked[name]() for name in wanted} == wanted


@pytest.mark.parametrize("case", PHP_CASES, indirect=True)
def test_php_sees_the_same(case: Case) -> None:
    config = load_apart(case.main, glob=case.glob, environ=case.environ)
    text, left_out = config.to_json(show_secrets=True)
    files = [case.main, *(_beside(case.main) if case.glob else [])]
    assert json.dumps(json.loads(text)) == json.dumps(php_config(files, case.environ) or [])
    assert not left_out


def _beside(main: Path) -> list[Path]:
    """The other files in an order that Python's sorting gives for the names in the corpus."""
    found = [path for path in main.parent.glob("*.config.php") if path.name[0] != "."]
    return sorted(found, key=lambda path: (len(path.name) if path.name[0].isdigit() else 0, path))


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_this_process_sees_the_same(case: Case) -> None:
    here = load_here(case.main, glob=case.glob, environ=case.environ)
    there = load_apart(case.main, glob=case.glob, environ=case.environ)
    assert there.to_json(show_secrets=True) == here.to_json(show_secrets=True)
    assert there.to_json() == here.to_json()
    assert there.source("dbhost") == here.source("dbhost")


@pytest.mark.parametrize("case", PHP_CASES, indirect=True)
def test_asking_php_gives_the_same_settings(case: Case) -> None:
    mine = load_here(case.main, glob=case.glob, environ=case.environ)
    theirs = load_apart(case.main, glob=case.glob, environ=case.environ, via_php=True)
    assert theirs.to_json(show_secrets=True) == mine.to_json(show_secrets=True)
