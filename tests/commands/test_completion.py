"""Shell completion works as it is documented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.blocks import ROOT

PAGE = (ROOT / "docs/how-to/complete-in-your-shell.md").read_text("utf-8")
PROGRAMS = Path(sys.executable).parent


def completed(program: str, line: str, word: int) -> list[str]:
    """What the shell offers for a word of a line."""
    variable = f"_{program.upper().replace('-', '_')}_COMPLETE"
    assert variable in PAGE
    env = {variable: "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    command = [str(PROGRAMS / program)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return [found.partition(",")[2] for found in done.stdout.split()]


def test_commands() -> None:
    assert completed("nextcloud-push", "nextcloud-push li", 1) == ["listen"]
    assert "test_client" in completed("nextcloud-push", "nextcloud-push ", 1)


def test_commands_of_commands() -> None:
    assert completed("nextcloud-push", "nextcloud-push emit no", 2) == ["notification"]


def test_flags() -> None:
    offered = completed("notify_push", "notify_push --metrics", 1)
    assert offered == ["--metrics-port", "--metrics-socket-path"]
    assert "--ids" in completed("nextcloud-push", "nextcloud-push listen --", 2)


def test_words_that_a_flag_takes() -> None:
    assert completed("notify_push", "notify_push --log-format ", 2) == ["text", "json"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("program", ["nextcloud-push", "notify_push"])
def test_the_documented_lines_print_a_script(shell: str, program: str) -> None:
    (found,) = re.findall(rf"(_\w+_COMPLETE)={shell}_source {program}\b", PAGE)
    env = {found: f"{shell}_source", "PATH": os.environ["PATH"]}
    done = subprocess.run([str(PROGRAMS / program)], env=env, capture_output=True, text=True)
    assert done.returncode == 0
    assert f"{found}={shell}_complete" in done.stdout
