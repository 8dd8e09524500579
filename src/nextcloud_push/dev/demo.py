"""The first minute of developer mode: somebody listens, and a file arrives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import click

from nextcloud_push.client import ClientError, PushClient
from nextcloud_push.client.printing import as_line
from nextcloud_push.dev.run import DevServer
from nextcloud_push.server.errors import StartupError

__all__ = ["demonstrate"]

USER = "alice"
FILE = "Welcome.txt"


@asynccontextmanager
async def demonstrate(dev: DevServer) -> AsyncIterator[None]:
    """Listen as alice for as long as the block lasts, and upload a file to her."""
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(PushClient(dev.push_url, USER, USER, ids=True))
        except ClientError as error:
            raise StartupError(f"{USER} cannot listen: {error}") from error
        listener = asyncio.create_task(_listen(client))
        try:
            _say("upload", f"{FILE} into {USER}'s files")
            await dev.emit.file(USER, FILE, "This file was uploaded to show a notification.\n")
            yield
        finally:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener


async def _listen(client: PushClient) -> None:
    async for notification in client:
        _say(f"{USER} hears", as_line(notification))


def _say(who: str, what: str) -> None:
    when = click.style(f"{datetime.now():%H:%M:%S.%f}"[:-3], dim=True)
    click.echo(f"{when}  {click.style(f'{who:<12}', fg='green')}  {what}")
