"""The self-test that Nextcloud's push app runs against a push server, step by step."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from nextcloud_push.dev import publications
from nextcloud_push.dev.capabilities import APP_VERSION
from nextcloud_push.dev.context import Standin

__all__ = ["Step", "run"]

_TIMEOUT = 10.0  # seconds for each request
_ADDRESS = "1.2.3.4"


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the self-test.

    Args:
        name: What is tested.
        ok: Whether the answer was right.
        detail: What was wrong; empty when all is well.
    """

    name: str
    ok: bool
    detail: str


async def run(site: Standin, base: str) -> list[Step]:
    """Ask the push server at ``base`` what the app would ask; stops at the first failure."""
    token = secrets.token_hex(16)
    await site.bus.set("test-token", token)
    headers = {"token": token}
    steps: list[Step] = []
    async with httpx.AsyncClient(headers=headers, timeout=_TIMEOUT, trust_env=False) as client:
        test = _SelfTest(site, base, client)
        for name, question in test.questions().items():
            try:
                detail = await question()
            except httpx.HTTPError as error:
                detail = f"can't connect: {type(error).__name__}"
            steps.append(Step(name, not detail, detail))
            if detail:
                break
    await site.bus.delete("test-token")
    return steps


class _SelfTest:
    def __init__(self, site: Standin, base: str, client: httpx.AsyncClient) -> None:
        self._site = site
        self._base = base
        self._client = client

    def questions(self) -> dict[str, Callable[[], Awaitable[str]]]:
        """Each answers with what is wrong, or nothing."""
        return {
            "receives messages from Nextcloud": self._cookie,
            "reads the same database": self._mapping,
            "reaches Nextcloud": self._reverse_cookie,
            "is a trusted proxy": self._remote,
            "has the app's version": self._version,
        }

    async def _cookie(self) -> str:
        self._site.store.test_cookie = secrets.randbelow(2**31)
        await self._site.publish([publications.test_cookie(self._site.store.test_cookie)])
        return await self._compare("test/cookie", str(self._site.store.test_cookie))

    async def _mapping(self) -> str:
        # Every home is mounted once, by its owner, with the storage's own root.
        storage = self._site.store.home("alice")
        return await self._compare(f"test/mapping/{storage}", "1")

    async def _reverse_cookie(self) -> str:
        return await self._compare("test/reverse_cookie", str(self._site.store.test_cookie))

    async def _remote(self) -> str:
        return await self._compare(f"test/remote/{_ADDRESS}", _ADDRESS)

    async def _version(self) -> str:
        await self._site.bus.delete("notify_push_version")
        await self._client.post(f"{self._base}/test/version")
        await asyncio.sleep(0.01)  # as the app does
        found = (await self._site.bus.get("notify_push_version") or b"").decode()
        expected = APP_VERSION.rpartition(".")[0]
        return "" if found.rpartition(".")[0] == expected else f"{found!r} is not {expected}"

    async def _compare(self, path: str, expected: str) -> str:
        answer = await self._client.get(f"{self._base}/{path}")
        if answer.status_code != 200:
            return f"answered {answer.status_code}"
        return "" if answer.text == expected else f"{answer.text[:200]!r} is not {expected!r}"
