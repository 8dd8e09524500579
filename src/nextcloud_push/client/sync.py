"""The client for programs without asyncio."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar, Unpack

from nextcloud_push.client.notifications import Notification
from nextcloud_push.client.push_client import PushClient
from nextcloud_push.client.reconnect import ReconnectPolicy
from nextcloud_push.client.session import Timing

__all__ = ["ClientOptions", "SyncPushClient"]

T = TypeVar("T")

_TURN = 0.5
"""Seconds a wait lasts at a time: on Windows, Ctrl-C interrupts no wait without a limit."""


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of `PushClient`."""

    ids: bool
    pre_auth: bool
    ca: str | os.PathLike[str] | None
    allow_self_signed: bool
    tls: ssl.SSLContext | None
    policy: ReconnectPolicy | None
    timing: Timing | None
    max_waiting: int


class SyncPushClient:
    """`PushClient` as an ordinary context manager and iterator.

    A thread in the background keeps the connection. Ctrl-C ends a wait at once::

        with SyncPushClient("https://cloud.example.com", "alice", app_password) as client:
            for notification in client:
                print(notification)

    Args:
        url, user, password: As for `PushClient`.
        options: As for `PushClient`.
    """

    def __init__(
        self, url: str, user: str, password: str, **options: Unpack[ClientOptions]
    ) -> None:
        self._client = PushClient(url, user, password, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._next: Future[Notification] | None = None

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise RuntimeError("a SyncPushClient can be entered once")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="notify_push.client", daemon=True
        )
        self._thread.start()
        try:
            self._call(self._client.__aenter__())
        except BaseException:  # Ctrl-C while connecting must not leave the thread behind
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Notification:
        try:
            return self.receive()
        except StopAsyncIteration:
            raise StopIteration from None

    def receive(self, timeout: float | None = None) -> Notification:
        """Wait for the next notification.

        Args:
            timeout: Seconds to wait; None waits for ever.

        Raises:
            TimeoutError: None came; the next call waits on, and none is lost.
            StopAsyncIteration: The client was closed.
            WrongCredentials: They were refused three times in a row.
        """
        if self._next is None:
            self._next = self._submit(self._client.__anext__())
        # Kept over a time-out: cancelling it could lose what has just arrived.
        if not _done(self._next, timeout):
            raise TimeoutError
        received, self._next = self._next, None
        return received.result()

    def close(self) -> None:
        """Close the connection and end the thread; again does no harm."""
        loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(_shut_down(self._client), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("use the SyncPushClient in a `with` block")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = self._submit(coroutine)
        try:
            _done(future, None)
        except BaseException:  # Ctrl-C: stop what nobody waits for any more
            future.cancel()
            raise
        return future.result()


def _done(future: Future[Any], timeout: float | None) -> bool:
    """Wait until it is done, in turns."""
    left = timeout
    while left is None or left > 0:
        turn = _TURN if left is None else min(_TURN, left)
        if wait([future], turn).done:
            return True
        left = None if left is None else left - turn
    return future.done()


async def _shut_down(client: PushClient) -> None:
    await client.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
