"""What is typed wrong gets one line that says what was meant, and exit status 2."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from docs.blocks import ROOT
from support.command import one_line, typed

EXIT_CODES = (ROOT / "docs/reference/exit-codes.md").read_text("utf-8")

LISTEN = ["listen", "--ids", "https://cloud.example.com", "alice", "sesame"]


@pytest.mark.parametrize("command", ["listen", "serve", "dev", "emit", "config", "bench"])
def test_a_command_of_the_umbrella_is_no_config_file(command: str, tmp_path: Path) -> None:
    status, line = one_line(typed("notify_push", command, cwd=tmp_path))
    assert status == 2
    assert line.endswith(f": nextcloud-push {command}")


def test_a_password_behind_it_is_not_repeated(tmp_path: Path) -> None:
    status, line = one_line(typed("notify_push", *LISTEN, cwd=tmp_path))
    assert status == 2
    assert "nextcloud-push listen" in line
    assert "sesame" not in line


def test_a_file_of_that_name_is_a_config_file(tmp_path: Path) -> None:
    (tmp_path / "listen").write_text("<?php $CONFIG = [")
    status, line = one_line(typed("notify_push", "listen", cwd=tmp_path))
    assert status == 1
    assert "/listen:1:" in line


@pytest.mark.parametrize("name", ["config.php", "/no/such/config.php", "/etc/passwd"])
def test_a_file_is_for_the_server(name: str) -> None:
    status, line = one_line(typed("nextcloud-push", name))
    assert status == 2
    assert line.endswith(f": nextcloud-push serve {name}")


@pytest.mark.parametrize("name", ["config.php", "/etc/passwd"])
def test_a_file_behind_config_is_to_be_looked_at(name: str) -> None:
    status, line = one_line(typed("nextcloud-push", "config", name))
    assert status == 2
    assert line.endswith(f": nextcloud-push config eval {name}")


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        (["lisen"], "nextcloud-push listen"),
        (["Listen"], "nextcloud-push listen"),
        (["serv"], "nextcloud-push serve"),
        (["test-client"], "nextcloud-push test_client"),
        (["emit", "notificaton", "alice"], "nextcloud-push emit notification"),
        (["config", "evla"], "nextcloud-push config eval"),
        (["serve", "--prot", "1"], "--port"),
        (["listen", "--id"], "--ids"),
    ],
)
def test_what_was_meant_is_said(mistyped: list[str], meant: str) -> None:
    status, line = one_line(typed("nextcloud-push", *mistyped))
    assert status == 2
    assert meant in line


def test_a_word_like_no_command_gets_the_list() -> None:
    status, line = one_line(typed("nextcloud-push", "xyzzy"))
    assert status == 2
    assert "bench, config, dev, emit, listen, serve, test_client" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["notify_push", "--prot", "7868"], "--port"),
        (["notify_push", "--dump-config=yaml"], "json"),
        (["notify_push", "a.php", "b.php"], "b.php"),
        (["nextcloud-push", "emit", "activity"], "emit activity [OPTIONS] USER"),
        (["nextcloud-push", "bench", "--connections", "5"], "18000"),
        (["nextcloud-push", "emit", "custom", "alice", "x", "{"], "no JSON"),
    ],
)
def test_wrong_usage_is_one_line(words: list[str], said: str) -> None:
    status, line = one_line(typed(*words))
    assert status == 2
    assert line.startswith(words[0])
    assert said in line


SHOWN = [
    (words, line)
    for words, line in re.findall(r"^\$ (.+)\n(.+)$", EXIT_CODES, re.MULTILINE)
    if "needs the extra" not in line  # test_extras has those
]


@pytest.mark.parametrize(("words", "line"), SHOWN, ids=lambda words: words.partition(": ")[0])
def test_what_the_reference_shows_is_what_is_printed(words: str, line: str, tmp_path: Path) -> None:
    env = dict(word.split("=") for word in shlex.split(words) if "=" in word)
    program = [word for word in shlex.split(words) if "=" not in word]
    assert one_line(typed(*program, env=env, cwd=tmp_path))[1] == line


@pytest.mark.parametrize("program", ["notify_push", "nextcloud-push"])
def test_what_cannot_be_foreseen_is_one_line(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError("first line\nsecond line")

    monkeypatch.setattr("nextcloud_push.server.settings.load.with_dotenv", fail)
    words = [program] if program == "notify_push" else [program, "serve"]
    status, line = one_line(typed(*words))
    assert status == 1
    assert line.endswith("LookupError: first line")
    with pytest.raises(LookupError):
        typed(*words, env={"LOG": "debug"})
