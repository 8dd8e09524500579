"""Which version of Nextcloud's app is installed, and which one the self-test is told."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Final

from nextcloud_push.server.errors import NextcloudError, RedisError
from nextcloud_push.server.parts import KeyValue, NextcloudCalls
from nextcloud_push.words.backoff import ExponentialBackoff
from nextcloud_push.words.version import COMPATIBILITY_VERSION

__all__ = ["AppVersion"]

logger = logging.getLogger("notify_push.app_version")

BACKOFF: Final = ExponentialBackoff(first=1.0, cap=30.0)
"""Between two attempts to learn the app's version."""

_SUPPORTED = re.compile(r"1\.[0-9]+(\.[0-9A-Za-z.+-]*)?")


class AppVersion:
    """The version of the installed app.

    Args:
        keys: Redis, where the app writes it.
        nextcloud: Nextcloud, which is asked to have it written.
    """

    def __init__(self, keys: KeyValue, nextcloud: NextcloudCalls) -> None:
        self._keys = keys
        self._nextcloud = nextcloud
        self._version: str | None = None

    @property
    def reported(self) -> str:
        """What the self-test is told: the app's own version when this daemon supports it."""
        if self._version is not None and _SUPPORTED.fullmatch(self._version):
            return self._version
        return COMPATIBILITY_VERSION

    async def learn(self) -> None:
        """Ask until Nextcloud and Redis answer; warn when the version is another one."""
        failures = 0
        while True:
            try:
                self._version = await self._ask()
                break
            except (RedisError, NextcloudError) as error:
                failures += 1
                if failures == 1:
                    logger.warning("cannot learn the app's version yet: %s", error)
                await asyncio.sleep(BACKOFF.pause(failures))
        if self._version is None:
            logger.warning("Nextcloud did not say which version of the app is installed")
        elif self._version != COMPATIBILITY_VERSION:
            logger.warning(
                "the app is version %s, this server is made for %s",
                self._version,
                COMPATIBILITY_VERSION,
            )

    async def _ask(self) -> str | None:
        await self._keys.delete("notify_push_app_version")
        await self._nextcloud.request_version()
        value = await self._keys.get("notify_push_app_version")
        return value.decode(errors="replace")[:64] if value is not None else None
