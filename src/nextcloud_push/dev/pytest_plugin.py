"""A pytest plugin for people who test their own clients: the fixture ``nextcloud_push``.

It runs the developer mode in the test's process, on free ports, and makes things happen::

    def test_my_client(nextcloud_push):
        client = MyClient(nextcloud_push.url, "alice", "alice")
        nextcloud_push.emit.file("alice", "Documents/a.txt")
        assert client.wait_for_notification() == "notify_file"

The servers run on a thread with a loop of their own, so that the fixture serves tests with and
without asyncio. Importing this module costs nothing: the rest is imported by the fixture.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from nextcloud_push.commands.extras import is_missing, needs

if TYPE_CHECKING:
    from nextcloud_push.dev.run import DevServer

__all__ = ["Emit", "NextcloudPush", "nextcloud_push"]

T = TypeVar("T")

_TIMEOUT = 30.0
"""Seconds that starting, stopping or an event may take."""


class Emit:
    """Makes events happen; each call returns once they are published.

    What cannot happen, e.g. to a user who is not there, raises
    `nextcloud_push.dev.refusal.Refused`.
    """

    def __init__(self, push: NextcloudPush) -> None:
        self._push = push

    def file(self, user: str, path: str, content: str | None = None) -> None:
        """Write a file in a user's view, e.g. ``Documents/a.txt``; folders come with it."""
        self._push._call(self._push._server.emit.file(user, path, content))

    def activity(self, user: str) -> None:
        """Give a user a new activity item."""
        self._push._call(self._push._server.emit.activity(user))

    def notification(self, user: str, message: str = "Hello") -> None:
        """Give a user a notification."""
        self._push._call(self._push._server.emit.notification(user, message))

    def custom(self, user: str, message: str, body: Any = None) -> None:
        """Send an app's own event; ``body`` is any JSON value."""
        self._push._call(self._push._server.emit.custom(user, message, body))

    def share(self, user: str, path: str, receiver: str, *, to_group: bool = False) -> None:
        """Share a file or folder with a user or group; a file is made when nothing is there."""
        self._push._call(self._push._server.emit.share(user, path, receiver, to_group=to_group))

    def group(self, user: str, group: str, *, leave: bool = False) -> None:
        """Let a user join or leave a group."""
        self._push._call(self._push._server.emit.group(user, group, leave=leave))


class NextcloudPush:
    """A stand-in Nextcloud and its push server, running.

    Users are ``admin``, ``alice``, ``bob`` and ``carol``; their passwords are their names.

    Attributes:
        url: Address of the Nextcloud, with one trailing slash.
        websocket_url: Address of the push server's WebSocket.
        emit: Makes events happen.
    """

    _server: DevServer

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._started: threading.Event = threading.Event()
        self._ending: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="nextcloud_push", daemon=True)
        self._thread.start()
        if not self._started.wait(_TIMEOUT):
            raise TimeoutError("the developer mode did not start")
        if self._failure is not None:
            raise self._failure
        self.url = self._server.url
        self.websocket_url = self._server.push_url
        self.emit = Emit(self)

    def drop(self, user: str) -> int:
        """Cut a user's connections without a word, as a failing network does; returns how many."""
        return self._call(self._server.push.drop(user))

    def down(self, seconds: float) -> None:
        """Stop the push server now, and start it again after some seconds."""
        self._call(self._server.push.down(seconds))

    def close(self) -> None:
        """Stop everything; harmless when repeated."""
        if self._thread.is_alive() and self._ending is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(_TIMEOUT)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_TIMEOUT)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            from nextcloud_push.dev.run import DevOptions, open_dev

            async with open_dev(DevOptions(port=0, push_port=0)) as self._server:
                self._ending = asyncio.Event()
                self._started.set()
                await self._ending.wait()
        except BaseException as failure:  # raised again where the fixture is asked for
            self._failure = failure
            self._started.set()


@pytest.fixture
def nextcloud_push() -> Iterator[NextcloudPush]:
    """A stand-in Nextcloud with its push server, for one test."""
    try:
        push = NextcloudPush()
    except ImportError as error:
        if not is_missing(error):
            raise
        # A failure and no skip: a test that never runs would look like one that passes.
        pytest.fail(f"the fixture nextcloud_push {needs('dev')}", pytrace=False)
    yield push
    push.close()
