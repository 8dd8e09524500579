from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nextcloud_push.client import Activity, hooks
from nextcloud_push.client.hooks import CommandRunner

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_command_that_does_not_want_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_PATIENCE", 0.05)
    complaints: list[str] = []
    ready = tmp_path / "ready"
    command = f"trap '' TERM; touch {ready}; while [ -e {ready} ]; do sleep 0.05; done"
    runner = CommandRunner(command, parallel=1, complain=complaints.append)
    await runner.start(Activity(), NOON)
    try:
        while not ready.exists():
            await asyncio.sleep(0.01)
        await runner.stop()
        assert ready.exists(), "it ended by itself"
    finally:
        ready.unlink(missing_ok=True)  # else the shell would go on for ever where this fails
    assert complaints == []


async def test_a_command_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOO_LONG", "x" * 3_000_000)
    complaints: list[str] = []
    runner = CommandRunner("true", parallel=1, complain=complaints.append)
    await runner.start(Activity(), NOON)
    await runner.finish()
    assert complaints == ["the command cannot be started: Argument list too long"]
