"""The commands where they start nothing that stays: their complaints, and what they print."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from nextcloud_push.commands import daemon_main, main, test_client_main
from support.daemon import run_daemon

__all__ = ["complaint", "dump", "dumping", "one_line", "typed"]


def complaint(env: dict[str, str], *flags: str) -> tuple[int, str]:
    """The exit status and the one line on standard error of a daemon that does not start."""
    return one_line(run_daemon(env, *flags))


def one_line(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """The same of a command that has ended."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert "Traceback" not in done.stderr + done.stdout
    assert len(lines) == 1, done.stderr
    return done.returncode, lines[0]


def dumping(
    env: dict[str, str], *flags: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in this process with ``--dump-config``, after which it always ends."""
    return typed("notify_push", *flags, "--dump-config", env=env, cwd=cwd)


def dump(env: dict[str, str], *flags: str, cwd: Path | None = None) -> str:
    """What ``--dump-config`` prints."""
    done = dumping(env, *flags, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def typed(
    *words: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run what is typed in this process: a program of the distribution and its arguments."""
    programs = {
        "notify_push": daemon_main,
        "nextcloud-push": main,
        "test_client": test_client_main,
    }
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd or "/"),
        mock.patch.dict(os.environ, env or {}, clear=True),
        mock.patch.object(sys, "argv", [*words]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        programs[words[0]]()
    return subprocess.CompletedProcess([], int(end.value.code or 0), out.getvalue(), err.getvalue())
