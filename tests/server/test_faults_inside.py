"""Faults of single parts cost the others nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from nextcloud_push.server import events
from nextcloud_push.server.control import Control
from nextcloud_push.server.tasks import Tasks


async def test_a_part_that_is_cancelled_from_inside_is_started_again() -> None:
    loop = asyncio.get_running_loop()
    tasks, again = Tasks(loop), asyncio.Event()
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            again.set()
        answer = loop.create_future()
        answer.cancel()
        await answer

    tasks.keep_running("a part", run)
    async with asyncio.timeout(2):
        await again.wait()
    await tasks.end()


async def test_metrics_are_written_by_one_task_at_a_time() -> None:
    begun: list[Any] = []

    class Keys:
        async def set(self, key: str, value: bytes | str) -> None: ...

    class Metrics:
        def as_json(self) -> bytes:
            return b"{}"

    parts: dict[str, Any] = {"log": None, "metrics": Metrics(), "keys": Keys(), "gateway": None}
    control = Control(**parts, begin=begun.append)
    for _ in range(3):
        control.handlers[events.Query](None, 0.0)
    assert len(begun) == 1
    await begun[0]
