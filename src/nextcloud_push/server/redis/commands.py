"""The few commands Redis is asked beside the subscription, through redis-py.

redis-py finds its way in clusters and past sentinels. It is imported at the first command: it
takes 10 MiB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from nextcloud_push.server.errors import RedisError
from nextcloud_push.server.redis.link import ask_sentinel
from nextcloud_push.server.redis.protocol import readable
from nextcloud_push.server.settings.model import Redis, RedisNode

if TYPE_CHECKING:
    from redis.asyncio import Redis as Client
    from redis.asyncio import RedisCluster

__all__ = ["RedisCommands"]

TIMEOUT: Final = 5.0
"""Seconds a command may take with everything: waiting for its turn, connecting, a second try."""

ANSWER_TIMEOUT: Final = 2.0
"""Seconds for one answer: a connection that died in silence leaves time for the second try."""

CONNECTIONS: Final = 8
"""Commands under way at a time; more wait their turn."""


class RedisCommands:
    """GET, SET, DEL and PING on a pool of connections that is filled as needed.

    Every command raises `RedisError` when Redis is out of reach or refuses.
    """

    def __init__(self, settings: Redis) -> None:
        self._settings = settings
        self._client: Client | RedisCluster | None = None
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def get(self, key: str) -> bytes | None:
        """The value of a key; None when there is none."""
        value: bytes | None = await self._run(lambda client: client.get(key))
        return value

    async def set(self, key: str, value: bytes | str) -> None:
        """Set a key for good."""
        await self._run(lambda client: client.set(key, value))

    async def delete(self, *keys: str) -> None:
        """Remove keys; missing ones do no harm."""
        await self._run(lambda client: client.delete(*keys))

    async def publish(self, channel: str, payload: str) -> None:
        """Publish a message, as Nextcloud's app does; the daemon itself never does."""
        await self._run(lambda client: client.publish(channel, payload))

    async def ping(self) -> None:
        """Return when Redis answers."""
        await self._run(lambda client: client.ping())

    async def close(self) -> None:
        """Close the pool; harmless when repeated."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _run(self, command: Callable[[Any], Awaitable[Any]]) -> Any:
        """Run a command, once more when it fails: a pooled connection may have died long ago."""
        try:
            async with asyncio.timeout(TIMEOUT), self._turns:
                try:
                    return await self._attempt(command)
                except RedisError:
                    if self._settings.mode == "sentinel":
                        await self.close()  # the master may be another one by now
                    return await self._attempt(command)
        except TimeoutError:
            raise RedisError("timed out") from None

    async def _attempt(self, command: Callable[[Any], Awaitable[Any]]) -> Any:
        from redis.exceptions import RedisClusterException
        from redis.exceptions import RedisError as LibraryError

        try:
            if self._client is None:
                self._client = await self._connect()
            return await command(self._client)
        except TimeoutError:
            raise RedisError("timed out") from None
        except (LibraryError, RedisClusterException, OSError, ValueError) as error:
            # ValueError is how an address that cannot be one fails. No cause is kept: its text
            # may repeat the password.
            secrets = (self._settings.password, self._settings.user)
            raise RedisError(readable(str(error), secrets)) from None

    async def _connect(self) -> Client | RedisCluster:
        """Make the client; connections come with the commands."""
        from redis.asyncio import Redis as Client
        from redis.asyncio import RedisCluster
        from redis.asyncio.cluster import ClusterNode

        options = _client_options(self._settings)
        nodes = self._settings.nodes
        if self._settings.mode == "cluster":
            seeds = [ClusterNode(node.host, node.port) for node in nodes]
            return RedisCluster(startup_nodes=seeds, **options)
        node = nodes[0] if self._settings.mode == "single" else await self._find_master()
        if node.socket is not None:
            return Client(unix_socket_path=node.socket, db=self._settings.db, **options)
        return Client(host=node.host, port=node.port, db=self._settings.db, **options)

    async def _find_master(self) -> RedisNode:
        failure: Exception = RedisError("no sentinel is configured")
        for sentinel in self._settings.nodes:
            try:
                return await ask_sentinel(sentinel, self._settings)
            except (RedisError, OSError) as error:
                failure = error
        raise failure


def _client_options(settings: Redis) -> dict[str, Any]:
    """What every kind of redis-py's clients is given."""
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    options: dict[str, Any] = {
        # Without these two it sends HELLO and CLIENT SETINFO, which not every server knows.
        "protocol": 2,
        "driver_info": None,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": ANSWER_TIMEOUT,
        "socket_connect_timeout": ANSWER_TIMEOUT,
        "encoding_errors": "surrogateescape",
    }
    if settings.password is not None:
        options |= {"username": settings.user, "password": settings.password}
    if settings.tls is not None:
        tls = settings.tls
        options |= {
            "ssl": True,
            "ssl_ca_certs": None if tls.ca is None else str(tls.ca),
            "ssl_certfile": None if tls.cert is None else str(tls.cert),
            "ssl_keyfile": None if tls.key is None else str(tls.key),
            "ssl_cert_reqs": "required" if tls.verify else "none",
            "ssl_check_hostname": tls.verify and tls.check_hostname,
        }
    return options
