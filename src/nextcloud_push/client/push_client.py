"""The client itself: connected for as long as its block lasts."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from nextcloud_push.client.connector import Connector
from nextcloud_push.client.errors import ClientError, TokenRefused
from nextcloud_push.client.inbox import Inbox
from nextcloud_push.client.notifications import Notification, Reconnected, parse_message
from nextcloud_push.client.reconnect import Attempts, Backoff, ReconnectPolicy
from nextcloud_push.client.session import Session, Timing
from nextcloud_push.client.tls import client_context

__all__ = ["PushClient"]

_LOG = logging.getLogger("notify_push.client")
_REDISCOVER = 3
"""Failed attempts in a row after which Nextcloud is asked anew where its push server is."""

N = TypeVar("N", bound=Notification)
Handler = Callable[[N], Awaitable[None] | None]


class PushClient:
    """Listens to a push server for one user, and stays connected.

    Use it as an asynchronous context manager and iterate over it::

        async with PushClient("https://cloud.example.com", "alice", app_password) as client:
            async for notification in client:
                print(notification)

    Entering connects and logs in, or raises what is wrong. From then on a lost connection comes
    back by itself, which `Reconnected` tells. The iteration ends with an error only when the
    credentials were refused three times in a row.

    Args:
        url: The Nextcloud, ``https://…``, or the push server's WebSocket itself, ``wss://…``,
            which skips discovery.
        user: The login name.
        password: The password, better an app password.
        ids: Ask for the ids of changed files.
        pre_auth: Log in by a token that Nextcloud hands out, so that the push server never sees
            the password.
        ca: PEM file with certificates to trust beside the system's.
        allow_self_signed: Accept any certificate.
        tls: TLS settings in place of the two before.
        policy: When to try again after a lost connection.
        timing: How long to wait for what.
        max_waiting: Events of apps that may wait for the program before reading pauses.

    Raises:
        InvalidUrl: ``url`` cannot be used, or ``pre_auth`` was asked of a WebSocket.
        CertificateFileError: ``ca`` cannot be used.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        *,
        ids: bool = False,
        pre_auth: bool = False,
        ca: str | os.PathLike[str] | None = None,
        allow_self_signed: bool = False,
        tls: ssl.SSLContext | None = None,
        policy: ReconnectPolicy | None = None,
        timing: Timing | None = None,
        max_waiting: int = 1000,
    ) -> None:
        self._timing = timing or Timing()
        self._connector = Connector(
            url,
            user,
            password,
            ids=ids,
            pre_auth=pre_auth,
            tls=tls or client_context(ca=ca, allow_self_signed=allow_self_signed),
            timing=self._timing,
        )
        self._policy = policy or Backoff()
        self._max_waiting = max_waiting
        self._session: Session | None = None
        self._inbox: Inbox | None = None
        self._task: asyncio.Task[None] | None = None
        self._handlers: list[tuple[type[Any], Handler[Any]]] = []

    @property
    def endpoint(self) -> str | None:
        """The push server's WebSocket; None until it is known."""
        return self._connector.endpoint

    async def __aenter__(self) -> Self:
        if self._task is not None:
            raise RuntimeError("a PushClient can be entered once")
        attempts = Attempts(self._policy)
        self._session = await self._open_first(attempts)
        self._inbox = Inbox(self._max_waiting)
        self._task = asyncio.create_task(
            self._stay_connected(self._session, attempts, self._inbox), name="notify_push.client"
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection and end the iteration; again does no harm."""
        if self._task is None or self._inbox is None or self._session is None:
            return
        self._inbox.close()
        self._task.cancel()
        try:
            await asyncio.wait([self._task])
            await self._session.close()
        finally:
            self._session.abort()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notification:
        """The next notification. Being cancelled while waiting loses none.

        Raises:
            WrongCredentials: They were refused three times in a row.
        """
        if self._inbox is None:
            raise RuntimeError("use the PushClient in an `async with` block")
        notification = await self._inbox.get()
        if notification is None:
            raise StopAsyncIteration
        return notification

    def on(self, kind: type[N], handler: Handler[N]) -> None:
        """Have `run` call a function or coroutine function for notifications of a kind.

        Args:
            kind: E.g. `FileChanged`.
            handler: Called with the notification; several are called in the order they came.
        """
        self._handlers.append((kind, handler))

    async def run(self) -> None:
        """Call the handlers for what arrives, one after the other, until closed.

        Outside an ``async with`` block it connects first and closes in the end. An exception
        of a handler ends it.
        """
        if self._task is None:
            async with self:
                return await self.run()
        async for notification in self:
            for kind, handler in self._handlers:
                if isinstance(notification, kind):
                    result = handler(notification)
                    if inspect.isawaitable(result):
                        await result

    async def _open_first(self, attempts: Attempts) -> Session:
        while True:
            try:
                return await self._connector.open()
            except TokenRefused as exc:
                # It may have grown too old on a slow way; a password does not.
                await asyncio.sleep(attempts.failed(exc))

    async def _stay_connected(self, session: Session, attempts: Attempts, inbox: Inbox) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                attempts.logged_in()
                since = loop.time()
                error = await _pump(session, inbox)
                session.abort()
                if loop.time() - since >= self._timing.stable:
                    attempts.stable()
                session = self._session = await self._reopen(error, attempts)
                await inbox.put(Reconnected())
        except Exception as exc:  # whatever ends this task must reach the program that iterates
            inbox.close(exc)

    async def _reopen(self, error: ClientError, attempts: Attempts) -> Session:
        while True:
            delay = attempts.failed(error)
            _LOG.warning("%s; next attempt in %.1f s", error, delay)
            await asyncio.sleep(delay)
            if attempts.failures % _REDISCOVER == 0:
                self._connector.forget()
            try:
                return await self._connector.open()
            except ClientError as exc:
                error = exc


async def _pump(session: Session, inbox: Inbox) -> ClientError:
    """Move what arrives into the inbox until the connection ends, and say why it did."""
    while True:
        try:
            text = await session.receive()
        except ClientError as exc:
            return exc
        await inbox.put(parse_message(text))
