"""What README and tutorial show of `make dev` is what it prints."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE

from docs.blocks import ROOT, all_blocks


def pattern(line: str) -> str:
    """A line with its times, numbers and addresses left open."""
    return re.sub(r"\d+(?:\\?[.:]\d+)*", r"[\\d.:]+", re.escape(line))


async def test_the_first_minute():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (arguments,) = re.findall(r"nextcloud-push (dev [^$]*)", makefile)  # $(…): nothing, by default
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "nextcloud_push", *arguments.split()),
        *("--port", "0", "--push-port", "0"),
        stdin=DEVNULL, stdout=PIPE,
    )  # fmt: skip
    assert process.stdout
    async with asyncio.timeout(20):
        printed = (await process.stdout.readuntil(b" hears ")).decode()
        printed += (await process.stdout.readline()).decode()
    process.terminate()
    await process.communicate()
    shown = [b.text for b in all_blocks("text") if "alice hears" in b.text]
    assert len(shown) == 2
    for line in filter(None, "".join(shown).splitlines()):
        assert re.search(f"^{pattern(line)}$", printed, re.MULTILINE), line
