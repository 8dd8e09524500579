"""What the guides show is run as they show it."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from client.conftest import Certificates
from client.fakes import FakeNextcloud, FakePush
from nextcloud_push.commands.client_run import ExitStatus
from nextcloud_push.commands.listen import listen_command

DOCS = Path(__file__).parents[2] / "docs"
BLOCKS = re.findall(
    r"```python\n(.*?)```", (DOCS / "how-to/listen-from-python.md").read_text("utf-8"), re.DOTALL
)
ENDLESS = [block for block in BLOCKS if "for notification in" in block or ".run(" in block]
SHORT = [block for block in BLOCKS if block not in ENDLESS]
MESSAGES = ["notify_file_id [1]", "notify_activity", "notify_notification", "chat {}"]


def against(nextcloud: FakeNextcloud, block: str) -> str:
    block = re.sub(r"https://cloud\.(example\.com|lan)", nextcloud.url, block)
    return block.replace("app password", "secret")


@pytest.mark.parametrize("block", ENDLESS)
async def test_a_listening_program(push: FakePush, nextcloud: FakeNextcloud, block: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-c", against(nextcloud, block)), stdout=PIPE, stderr=PIPE
    )
    await push.connected()
    await push.tell(*MESSAGES)
    assert process.stdout
    assert await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert err.rstrip().endswith(b"KeyboardInterrupt")


@pytest.mark.parametrize("block", SHORT)
async def test_a_program_that_ends(
    push: FakePush, nextcloud: FakeNextcloud, certificates: Certificates, block: str
) -> None:
    code = against(nextcloud, block).replace("/etc/ssl/my-ca.pem", str(certificates.ca))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code.replace("timeout=60", "timeout=0.1"))
    )
    async with asyncio.timeout(10):
        assert await process.wait() == 0


def test_the_guides_name_every_option_and_exit_status() -> None:
    guide = (DOCS / "how-to/listen-from-a-shell.md").read_text("utf-8")
    options = {name for param in listen_command.params for name in param.opts if name[0] == "-"}
    assert set(re.findall(r"--[a-z][a-z-]+", guide)) == options
    assert {int(n) for n in re.findall(r"^\| (\d+) \|", guide, re.MULTILINE)} == set(ExitStatus)
