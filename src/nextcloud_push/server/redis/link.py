"""From an address to a connection that is logged in: TCP, TLS, Unix sockets, sentinels."""

from __future__ import annotations

import asyncio
from typing import Final

from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.redis.protocol import RedisConnection, ReplyError, readable
from nextcloud_push.server.settings.model import Redis, RedisNode, Tls

__all__ = ["SENTINEL_TIMEOUT", "ask_sentinel", "check_master", "dial", "log_in"]

SENTINEL_TIMEOUT: Final = 2.0
"""Seconds one sentinel has for its answer."""


async def dial(connection: RedisConnection, node: RedisNode, tls: Tls | None) -> None:
    """Connect; Unix sockets know no TLS.

    Raises:
        OSError: Nobody is there, or TLS failed.
        RedisError: That is no address.
    """
    loop = asyncio.get_running_loop()
    try:
        if node.socket is not None:
            await loop.create_unix_connection(lambda: connection, node.socket)
            return
        # Made anew each time, so that a renewed certificate counts; reading the system's takes
        # some 20 ms, hence the thread.
        context = await asyncio.to_thread(tls.context) if tls else None
        await loop.create_connection(lambda: connection, node.host, node.port, ssl=context)
    except ValueError as error:  # a NUL byte, a label that IDNA refuses
        raise RedisError(f"no usable address: {error}") from None


async def log_in(connection: RedisConnection, settings: Redis) -> None:
    """Send AUTH and SELECT where the settings ask for them; a cluster has one database only.

    Raises:
        RedisError: The server refused, or the connection was lost.
    """
    if settings.password is not None:
        await _authenticate(connection, settings.user, settings.password)
    if settings.db and settings.mode != "cluster":
        _expect_ok("SELECT", await connection.request("SELECT", str(settings.db)))


async def ask_sentinel(sentinel: RedisNode, settings: Redis) -> RedisNode:
    """Ask one sentinel where the master is.

    Sentinels often go without the password of their servers and refuse one they do not need, so
    it is sent only when asked for.

    Raises:
        RedisError: It does not know, or the connection was lost.
        OSError: It is out of reach (`TimeoutError` included).
    """
    question = ("SENTINEL", "get-master-addr-by-name", settings.service or "")
    connection = RedisConnection(lambda _channel, _payload: None)
    try:
        async with asyncio.timeout(SENTINEL_TIMEOUT):
            await dial(connection, sentinel, settings.tls)
            reply = await connection.request(*question)
            if isinstance(reply, ReplyError) and str(reply).startswith("NOAUTH"):
                if settings.password is None:
                    raise RedisError("the sentinel wants a password")
                await _authenticate(connection, settings.user, settings.password)
                reply = await connection.request(*question)
    finally:
        connection.close()
    match reply:
        case [bytes() as host, bytes() as port] if _is_address(host, port):
            return RedisNode(host.decode(), int(port))
        case ReplyError():
            raise RedisError(f"SENTINEL refused: {readable(str(reply))}")
        case None:
            raise RedisError(f"the sentinel knows no master called {settings.service}")
    raise RedisError("the sentinel's answer makes no sense")


async def check_master(connection: RedisConnection) -> None:
    """Make sure that the server is a master: sentinels may be late.

    Raises:
        RedisError: It is something else, or the connection was lost.
    """
    match await connection.request("ROLE"):
        case [bytes() as role, *_] if role != b"master":
            raise RedisError("it is no master any more")


def _is_address(host: bytes, port: bytes) -> bool:
    """Whether a sentinel's answer can be one; it also goes into the log."""
    return (
        0 < len(host) < 256
        and host.isascii()
        and host.decode().isprintable()
        and port.isdigit()
        and len(port) < 6
        and 0 < int(port) < 65536
    )


async def _authenticate(connection: RedisConnection, user: str | None, password: str) -> None:
    reply = await connection.request("AUTH", *(() if user is None else (user,)), password)
    if user is not None and isinstance(reply, ReplyError) and "wrong number of" in str(reply):
        # A server without users: Redis before 6, small stand-ins.
        reply = await connection.request("AUTH", password)
    _expect_ok("AUTH", reply, password)


def _expect_ok(command: str, reply: object, *secrets: str) -> None:
    if isinstance(reply, ReplyError):
        raise RedisError(f"{command} refused: {readable(str(reply), secrets)}")
