"""What a page says to a push server and hears from it."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, WebSocket

__all__ = ["TIME", "Wire"]

TIME = 15_000
"""Milliseconds after which a test gives up on the browser."""


class Wire:
    """The WebSockets of a page, frame by frame as the browser shows them to developers.

    Empty messages, such as the user name that goes with a token, are not shown there.

    Attributes:
        sent: Texts that the page sent.
        received: Texts that it received.
        opened: How many WebSockets it opened.
    """

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.received: list[str] = []
        self.opened = 0
        self._news = asyncio.Event()
        page.on("websocket", self._follow)

    async def until_received(self, text: str, times: int = 1) -> None:
        """Wait until the page has received a text so many times."""
        async with asyncio.timeout(TIME / 1000):
            while self.received.count(text) < times:
                self._news.clear()
                await self._news.wait()

    def _follow(self, socket: WebSocket) -> None:
        self.opened += 1
        socket.on("framesent", lambda frame: self.sent.append(_as_text(frame)))
        socket.on("framereceived", self._receive)

    def _receive(self, frame: str | bytes) -> None:
        self.received.append(_as_text(frame))
        self._news.set()


def _as_text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode()
