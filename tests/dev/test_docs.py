"""docs/how-to/developer-mode.md, done."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from docs.blocks import block
from nextcloud_push.dev.run import DevOptions, DevServer, open_dev

PAGE = "docs/how-to/developer-mode.md"
ADDRESS = "http://localhost:8080/"


@pytest.fixture
async def dev() -> AsyncIterator[DevServer]:
    async with open_dev(DevOptions(port=0, push_port=0)) as running:
        yield running


async def run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return out.decode()


async def shell(script: str, dev: DevServer) -> str:
    script = script.replace(ADDRESS, dev.url).replace("curl ", "curl -sSf --noproxy '*' ")
    emit = f"{sys.executable} -m nextcloud_push emit"
    script = script.replace("nextcloud-push emit", f"NOTIFY_PUSH_DEV_URL={dev.url} {emit}")
    return await run("bash", "-ec", script)


async def test_the_calls_of_any_nextcloud(dev: DevServer) -> None:
    await shell(block(PAGE, "calls"), dev)
    assert (dev.store.data / "alice/files/Documents/hello.txt").read_text() == "hello"
    assert list(dev.store.received("bob")) == ["Documents"]
    assert dev.store.accounts.notifications("alice")[0].subject == "Lunch is ready"
    assert dev.store.accounts.members("guests") == ["carol"]


async def test_the_emit_commands(dev: DevServer) -> None:
    printed = await shell(block(PAGE, "emit"), dev)
    assert 'notify_custom {"user":"alice","message":"my_app_progress"' in printed
    assert dev.store.accounts.members("staff") == ["alice", "bob", "carol"]


async def test_developer_modes_own_interface(dev: DevServer) -> None:
    printed = await shell(block(PAGE, "api"), dev)
    assert '"notify_custom"' in printed
    assert not dev.push.is_up()


async def test_the_program(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(block(PAGE, "program"))
    await run(sys.executable, str(script))
