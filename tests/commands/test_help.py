"""Every command explains itself, in whole sentences that are not cut."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from nextcloud_push.commands.catalog import COMMANDS
from nextcloud_push.commands.groups import first_sentence
from support.command import typed


def everything(
    command: click.Command, *words: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from everything(inner, *words, name)


ALL = [found for name, entry in COMMANDS.items() for found in everything(entry.load(), name)]
PROGRAMS = [("nextcloud-push",), ("notify_push",), ("test_client",)]
TYPED = [*PROGRAMS, *(("nextcloud-push", *words) for words, _ in ALL)]
WIDTHS = ["40", "80", "200"]


def shown(words: tuple[str, ...], width: str, flag: str = "--help") -> str:
    done = typed(*words, flag, env={"COLUMNS": width})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_help_is_not_cut(words: tuple[str, ...]) -> None:
    for width in WIDTHS:
        text = shown(words, width).replace("[ARGS]...", "")
        assert "..." not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_each_command_is_listed_with_its_sentence(width: str) -> None:
    text = " ".join(shown(("nextcloud-push",), width).split())
    for name, entry in COMMANDS.items():
        assert f"{name} {entry.summary}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_the_catalog_has_the_first_sentence_of_the_help(name: str) -> None:
    assert COMMANDS[name].summary == first_sentence(COMMANDS[name].load().help or "")


@pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) for words, _ in ALL])
def test_help_is_sentences(words: tuple[str, ...], command: click.Command) -> None:
    texts = [command.help or ""]
    texts += [param.help or "" for param in command.params if isinstance(param, click.Option)]
    for text in texts:
        assert text.rstrip()[-1:] in (".", "…"), text
        assert text.strip()[0].isupper() or text.startswith(("-", "*", "php")), text


@pytest.mark.parametrize(
    "words",
    [("nextcloud-push",), ("notify_push",), ("nextcloud-push", "emit", "file")],
    ids=" ".join,
)
def test_the_short_flag_does_too(words: tuple[str, ...]) -> None:
    assert shown(words, "80", "-h") == shown(words, "80")


@pytest.mark.parametrize("words", [(), ("emit",), ("config",)], ids=" ".join)
def test_a_group_alone_shows_its_help(words: tuple[str, ...]) -> None:
    done = typed("nextcloud-push", *words, env={"COLUMNS": "80"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == shown(("nextcloud-push", *words), "80")


@pytest.mark.parametrize("program", ["notify_push", "nextcloud-push"])
def test_the_version_is_the_same_line(program: str) -> None:
    assert shown((program,), "80", "--version").startswith("notify_push ")
