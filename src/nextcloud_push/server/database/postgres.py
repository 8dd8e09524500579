"""PostgreSQL, through asyncpg's pool."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg

from nextcloud_push.server.database import failures
from nextcloud_push.server.database.mounts import (
    CONNECT_TIMEOUT,
    IDLE_LIFETIME,
    QUERY_TIMEOUT,
    Row,
    SqlMounts,
)
from nextcloud_push.server.database.tls import tls_attempts
from nextcloud_push.server.errors import DatabaseError

if TYPE_CHECKING:
    from nextcloud_push.server.settings.model import Database

__all__ = ["PostgresMounts"]

_CONNECTIONS = 4
_CLOSE_TIMEOUT = 2.0

_LOST = (
    asyncpg.ConnectionDoesNotExistError,  # it ended while the query was under way
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,  # it had ended before
    asyncpg.InternalClientError,  # the server's farewell is there, but was not read yet
    ConnectionError,
)
"""Errors of a pooled connection that say nothing about the next one."""

_OTHER_TLS_MAY_DO = (
    ssl.SSLError,
    ConnectionError,  # the server has no TLS
    asyncpg.InvalidAuthorizationSpecificationError,  # pg_hba.conf wants it the other way
)


class PostgresMounts(SqlMounts):
    """Nextcloud's mounts in a PostgreSQL database."""

    _parameter = "$1"

    def __init__(self, settings: Database) -> None:
        super().__init__(settings.prefix)
        self._settings = settings
        self._pool: asyncpg.Pool | None = None
        self._closed = False

    def _storage_conditions(self, storages: list[int]) -> Iterator[tuple[str, Sequence[object]]]:
        if storages:
            yield "storage_id = ANY($1::bigint[])", (storages,)

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        if self._closed:
            raise DatabaseError("the connection to the database was closed")
        try:
            pool = await self._open_pool()
            dead = 0
            while True:
                connection = await pool.acquire(timeout=CONNECT_TIMEOUT)
                try:
                    return await _ask(connection, sql, parameters)
                except _LOST:
                    # After a restart of the server each pooled one has to be found dead.
                    dead += 1
                    if dead > _CONNECTIONS:
                        raise
                finally:
                    await pool.release(connection)
        except DatabaseError:
            raise
        # The server and the network between can make the driver raise anything.
        except Exception as exc:
            raise DatabaseError(self._reason(exc)) from exc

    async def _open_pool(self) -> asyncpg.Pool:
        if self._pool is None:
            self._pool = self._new_pool()
        await self._pool  # makes no connection, as the smallest size is none
        return self._pool

    def _new_pool(self) -> asyncpg.Pool:
        settings = self._settings
        return asyncpg.create_pool(
            min_size=0,
            max_size=_CONNECTIONS,
            max_inactive_connection_lifetime=IDLE_LIFETIME,
            connect=self._connect,
            reset=_nothing_to_reset,
            host=settings.socket or settings.host,
            port=settings.port,
            user=settings.user,
            password=settings.password,
            database=settings.name,
            timeout=CONNECT_TIMEOUT,
            command_timeout=QUERY_TIMEOUT,
            statement_cache_size=0,  # named statements do not survive a PgBouncer
            server_settings=dict(settings.options) or None,
        )

    async def _connect(self, *args: Any, **options: Any) -> asyncpg.Connection:
        """Connect with and without TLS in the order that the mode asks for.

        The contexts are made here since asyncpg's own would look for certificates in the home
        folder, and fail where that may not be read.
        """
        failure: BaseException | None = None
        for context in tls_attempts(self._settings, self._settings.sslmode or "prefer"):
            try:
                return await asyncpg.connect(*args, **options, ssl=context or False)
            except asyncpg.InvalidPasswordError:
                raise  # and never send it again without TLS
            except _OTHER_TLS_MAY_DO as exc:
                failure = failure or exc
        assert failure is not None
        raise failure

    async def close(self) -> None:
        """See Mounts."""
        self._closed = True
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    def _reason(self, exc: Exception) -> str:
        match exc:
            case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
                return failures.missing_table(self._prefix)
            case asyncpg.InvalidPasswordError():
                return failures.LOGIN_REFUSED
            case asyncpg.InvalidAuthorizationSpecificationError():
                return (
                    "the server refuses this user, this address or this sslmode: "
                    "see its pg_hba.conf and its log"
                )
            case asyncpg.PostgresError():
                return f"the server answered: {exc.args[0] if exc.args else exc.sqlstate}"
            case TimeoutError():
                return f"{self._place} did not answer in time"
            case OSError():
                return failures.connect_failure(exc, self._place)
            case _:
                return f"the driver reports {type(exc).__name__}: {exc}"

    @property
    def _place(self) -> str:
        settings = self._settings
        port = settings.port or 5432
        if settings.socket:
            return f"{settings.socket}/.s.PGSQL.{port}"
        return f"{settings.host or 'localhost'} port {port}"


async def _ask(
    connection: asyncpg.Connection, sql: str, parameters: Sequence[object]
) -> Sequence[Row]:
    try:
        # A transaction keeps a PgBouncer from giving a statement's parts to two servers.
        await connection.execute("BEGIN READ ONLY")
        rows: Sequence[Row] = await connection.fetch(sql, *parameters)
        await connection.execute("COMMIT")
    except BaseException:
        # What state it is in is not worth finding out, and a dead one must not be waited for.
        connection.terminate()
        raise
    return rows


async def _nothing_to_reset(connection: asyncpg.Connection) -> None:
    """Spare the usual round trip: nothing here leaves a trace in a session."""
