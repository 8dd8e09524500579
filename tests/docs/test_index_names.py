"""Nobody is sent to a package index for a name that is not ours there.

``notify-push`` on PyPI is another author's package, and ``nextcloud-push`` is nobody's yet: whoever
takes it first runs code on the machines of those who follow a line of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.blocks import ROOT

FOLDERS = ("docs", "src", "examples", "scripts", ".ci")
FILES = ("*.md", "Dockerfile*", "Makefile", "mkdocs.yml", "pyproject.toml")

_INSTALLER = r"(?:pip3?|pipx|uv|poetry|pdm|conda|easy_install)\b"
_NAME = r"(?:notify|nextcloud)[-_]push"
_SAME_COMMAND = r"(?:(?!--from|&&|;|\n)[^#])*?"
FROM_AN_INDEX = re.compile(
    # The installer, then in the same command the bare name: no path, no file, no `--from '.…'`.
    rf"(?:{_INSTALLER}{_SAME_COMMAND}\b(?:install|add|run|download)\b|\buvx|--with)"
    rf"{_SAME_COMMAND}(?<![\w./-]){_NAME}(?![\w./-]*(?:/|\.whl|\.tar|\.service))",
)


def texts() -> Iterator[Path]:
    for pattern in FILES:
        yield from ROOT.glob(pattern)
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())


def tells_to_install(text: str) -> list[str]:
    return [found[0] for found in FROM_AN_INDEX.finditer(text)]


@pytest.mark.parametrize(
    "line",
    [
        "pip install 'notify-push[dev]'",
        "/opt/x/bin/pip install --no-cache-dir nextcloud-push",
        "pipx install nextcloud-push[server]",
        "uv tool install nextcloud_push",
        "uvx nextcloud-push dev",
        "python -m pip install -U notify_push",
        "pipx run nextcloud-push",
    ],
)
def test_a_name_from_an_index_is_found(line: str):
    assert tells_to_install(line)


@pytest.mark.parametrize(
    "line",
    [
        "pip install '.[server]'",
        "uvx --from '.[dev]' nextcloud-push dev",
        "pipx install '.[server]'\nnextcloud-push dev",
        "/opt/notify_push/bin/pip install '.[server]'",
        "pip install dist/nextcloud_push-1.0-py3-none-any.whl",
    ],
)
def test_what_installs_a_checkout_is_not(line: str):
    assert tells_to_install(line) == []


def test_no_page_and_no_message_names_one():
    found = {}
    for path in texts():
        if path.suffix not in (".pyc", ".png", ".ico"):
            found[str(path.relative_to(ROOT))] = tells_to_install(path.read_text("utf-8"))
    assert len(found) > 100
    assert {path: lines for path, lines in found.items() if lines} == {}
