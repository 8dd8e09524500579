"""A test that stands still fails, and the suite goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import asyncio
import time

import pytest
import uvloop

from support.timeouts import pytest_timeout_set_timer


def pytest_asyncio_loop_factories(config, item):
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
"""

STUCK = """
import asyncio


async def test_waits():
    await asyncio.sleep(1000)


async def test_polls():
    while True:
        await asyncio.sleep(0.001)


async def test_works():
    while True:
        pass


async def test_works_in_a_callback():
    asyncio.get_running_loop().call_soon(test_alone)
    await asyncio.sleep(1000)


async def test_does_not_heed_the_first_word():
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(1000)


def test_alone():
    while True:
        pass


async def test_next():
    assert True
"""


@pytest.mark.timeout(120)
def test_what_stands_still_is_ended(tmp_path: Path):
    (tmp_path / "conftest.py").write_text(SUITE)
    (tmp_path / "test_stuck.py").write_text(STUCK)
    flags = ["-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "-o", "timeout=0.2", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *flags, "--rootdir", str(tmp_path), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "11 failed, 2 passed" in done.stdout, done.stdout + done.stderr
