"""One connection to a push server: log in, receive, notice when nobody is there any more."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidStatus,
    ProxyError,
    WebSocketException,
)

from nextcloud_push.client.address import origin
from nextcloud_push.client.errors import (
    ClientError,
    ConnectionLost,
    InvalidUrl,
    LoginFailed,
    TlsFailure,
    TokenRefused,
    TooManyConnections,
    UnexpectedAnswer,
    Unreachable,
    WrongCredentials,
)
from nextcloud_push.client.http import USER_AGENT, tls_reason
from nextcloud_push.words import (
    AUTHENTICATED,
    CONNECTION_LIMIT,
    ERROR_PREFIX,
    INVALID_CREDENTIALS,
    LISTEN_FILE_ID,
)

__all__ = ["KeepAlive", "Login", "Session", "Timing"]

_MAX_MESSAGE = 16 * 1024 * 1024
"""Bytes of a message that are accepted; only events of apps come near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long to wait for what, in seconds.

    Args:
        connect: For a connection and its handshake.
        request: For an answer of Nextcloud, which holds one back for up to 25 s from those who
            logged in wrongly too often.
        login: For the answer to the credentials. The server itself waits up to 75 s for
            Nextcloud.
        silence: Without a single byte from the server before it is asked whether it is there.
            A push server pings every 30 s.
        answer: For a sign of life after that; then the connection counts as lost.
        close: For the server's part of closing a connection.
        stable: That a connection holds before the failures ahead of it are forgotten.
    """

    connect: float = 20.0
    request: float = 60.0
    login: float = 90.0
    silence: float = 45.0
    answer: float = 30.0
    close: float = 2.0
    stable: float = 30.0


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """What a connection says first.

    Args:
        user: The user name; empty with a token.
        secret: The password or the token.
        ids: Whether to ask for file ids.
    """

    user: str
    secret: str
    ids: bool

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, secret=…, ids={self.ids})"


class KeepAlive:
    """Decides when to ask a silent server, and when to give it up; knows no clock.

    Args:
        timing: `Timing.silence` and `Timing.answer` count.
    """

    def __init__(self, timing: Timing) -> None:
        self._silence = timing.silence
        self._answer = timing.answer
        self._asked = -math.inf

    def due(self, heard: float) -> float:
        """When to look again, having last heard of the server at ``heard``."""
        return self._asked + self._answer if self.waiting(heard) else heard + self._silence

    def waiting(self, heard: float) -> bool:
        """Whether the server was asked and said nothing since."""
        # A loop's clock may stand still for a millisecond, so that an answer is as old as the ping.
        return heard < self._asked

    def ask(self, now: float) -> None:
        """The server was sent a ping."""
        self._asked = now


class _TimedConnection(ClientConnection):
    """Remembers when the last byte came: pings pass below the messages and count as well."""

    heard = 0.0

    def data_received(self, data: bytes) -> None:
        self.heard = self.loop.time()
        super().data_received(data)


class _Connect(connect):
    """Follows no redirect: the credentials were meant for the host that was asked."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _NoFrames(logging.LoggerAdapter[logging.Logger]):
    """Keeps the library from logging frames, which hold the password, at any level."""

    def isEnabledFor(self, level: int) -> bool:
        return level > logging.DEBUG and super().isEnabledFor(level)


_LOGGER = _NoFrames(logging.getLogger("notify_push.client.websocket"), {})


class Session:
    """One authenticated connection; made by `Session.open`."""

    def __init__(self, connection: _TimedConnection, url: str, timing: Timing) -> None:
        self._connection = connection
        self._keep_alive = KeepAlive(timing)
        self._loop = asyncio.get_running_loop()
        self.where = origin(url)

    @classmethod
    async def open(cls, url: str, login: Login, *, tls: ssl.SSLContext, timing: Timing) -> Session:
        """Connect and log in.

        Raises:
            Unreachable: No connection, or no answer in time.
            UnexpectedAnswer: HTTP, but no WebSocket.
            WrongCredentials: User name, password or token refused.
            LoginFailed: The push server could not check them.
        """
        session = cls(await _connect(url, tls, timing), url, timing)
        try:
            async with asyncio.timeout(timing.login):
                await session._log_in(login)
        except TimeoutError:
            session.abort()
            raise Unreachable(session.where, "no answer to the login") from None
        except BaseException:  # a cancelled login must not leave its socket behind either
            session.abort()
            raise
        return session

    async def receive(self) -> str:
        """Wait for the next message; being cancelled loses none.

        Raises:
            ConnectionLost: The connection ended, or the server is silent.
            TooManyConnections: The server ends it for that reason.
        """
        text = await self._receive()
        if text == CONNECTION_LIMIT:
            raise TooManyConnections(self.where)
        return text

    async def close(self) -> None:
        """Close with a handshake; drop the connection at once when this is cancelled."""
        try:
            await self._connection.close()
        finally:
            self.abort()

    def abort(self) -> None:
        """Drop the connection."""
        self._connection.transport.abort()

    async def _log_in(self, login: Login) -> None:
        try:
            await self._connection.send(login.user)
            await self._connection.send(login.secret)
            if login.ids:
                await self._connection.send(LISTEN_FILE_ID)
        except ConnectionClosed:
            pass  # what the server said before it closed is still there to be read
        answer = await self._receive()
        if answer == AUTHENTICATED:
            return
        if answer == INVALID_CREDENTIALS:
            raise WrongCredentials(self.where) if login.user else TokenRefused(self.where)
        raise LoginFailed(self.where, answer.removeprefix(ERROR_PREFIX))

    async def _receive(self) -> str:
        try:
            data = await self._watched()
        except ConnectionClosed as exc:
            raise _how_it_ended(exc) from None
        if not isinstance(data, str):
            raise ConnectionLost("the server sent bytes where the protocol has text")
        return data

    async def _watched(self) -> str | bytes:
        # After a pause of the program's own, silence before it proves nothing.
        since = self._loop.time()
        while True:
            due = self._keep_alive.due(max(since, self._connection.heard))
            try:
                async with asyncio.timeout_at(due):
                    return await self._connection.recv()
            except TimeoutError:
                await self._check_silence(max(since, self._connection.heard))

    async def _check_silence(self, heard: float) -> None:
        now = self._loop.time()
        if now < self._keep_alive.due(heard):
            return
        if self._keep_alive.waiting(heard):
            raise ConnectionLost("the server is silent")
        self._keep_alive.ask(now)
        await self._connection.ping()


async def _connect(url: str, tls: ssl.SSLContext, timing: Timing) -> _TimedConnection:
    options: dict[str, Any] = {"ssl": tls} if url.startswith("wss:") else {}
    where = origin(url)
    try:
        connection = await _Connect(
            url,
            create_connection=_TimedConnection,
            compression=None,
            user_agent_header=USER_AGENT,
            open_timeout=timing.connect,
            close_timeout=timing.close,
            ping_interval=None,
            max_size=_MAX_MESSAGE,
            logger=_LOGGER,
            **options,
        )
    except (OSError, WebSocketException, ImportError, ValueError) as exc:
        # ImportError: a SOCKS proxy without the package for it. ValueError: a host name that
        # idna cannot encode, or a proxy's address that makes no sense.
        raise _failure(where, exc) from None
    assert isinstance(connection, _TimedConnection)
    return connection


def _failure(where: str, exc: Exception) -> ClientError:
    match exc:
        case ssl.SSLError():
            return TlsFailure(where, tls_reason(exc))
        case TimeoutError():
            return Unreachable(where, "timed out")
        case OSError():
            return Unreachable(where, _os_reason(exc))
        case InvalidStatus():
            status = exc.response.status_code
            return UnexpectedAnswer(where, status, "for a WebSocket")
        case InvalidProxy() | ProxyError():
            return Unreachable(where, "the proxy in the environment refused or cannot be used")
        case UnicodeError():
            return InvalidUrl("its host is no name a host can have")
        case ImportError():
            return Unreachable(where, "a SOCKS proxy needs the package python-socks")
        case _:
            return Unreachable(where, f"no WebSocket ({type(exc).__name__})")


def _os_reason(exc: OSError) -> str:
    if isinstance(exc, socket.gaierror):
        return exc.strerror or "unknown host"
    if exc.errno:
        return os.strerror(exc.errno)
    # asyncio puts several failed addresses into one error without a number.
    text = str(exc) or type(exc).__name__
    return "none of its addresses answers" if text.startswith("Multiple exceptions") else text


def _how_it_ended(exc: ConnectionClosed) -> ConnectionLost:
    if exc.rcvd is None:
        return ConnectionLost("it broke off")
    reason = f"the server closed it ({exc.rcvd.code}"
    return ConnectionLost(
        reason + (f", {exc.rcvd.reason})" if exc.rcvd.reason else ")"), exc.rcvd.code
    )
