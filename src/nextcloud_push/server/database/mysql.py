"""MySQL and MariaDB, through PyMySQL on a few threads.

aiomysql, which is built on it, goes on without TLS where TLS was required and the server (or
somebody between) offers none, and knows passwords in Latin-1 only.
"""

from __future__ import annotations

import ssl
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.charset import charset_by_name
from pymysql.constants import CR, ER

from nextcloud_push.server.database import failures
from nextcloud_push.server.database.mounts import (
    CONNECT_TIMEOUT,
    IDLE_LIFETIME,
    QUERY_TIMEOUT,
    Row,
    SqlMounts,
)
from nextcloud_push.server.database.threads import SessionThreads
from nextcloud_push.server.database.tls import tls_attempts
from nextcloud_push.server.errors import DatabaseError

if TYPE_CHECKING:
    from nextcloud_push.server.settings.model import Database, SslMode

__all__ = ["MysqlMounts"]

_SESSIONS = 4
_CHARSET = "utf8mb4"

_LOST = {
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    ER.SERVER_SHUTDOWN,
    0,  # what PyMySQL gives for a connection it knows to be closed
}

_LOGIN_REFUSED = {
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    1698,  # ER_ACCESS_DENIED_NO_PASSWORD_ERROR
}


class MysqlMounts(SqlMounts):
    """Nextcloud's mounts in a MySQL or MariaDB database."""

    _quote = "`"
    _parameter = "%s"

    def __init__(self, settings: Database) -> None:
        super().__init__(settings.prefix)
        self._sessions = SessionThreads(
            lambda: _MysqlSession(settings), size=_SESSIONS, name="mysql"
        )

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        return await self._sessions.fetch(sql, parameters)

    async def close(self) -> None:
        """See Mounts."""
        await self._sessions.close()


class _MysqlSession:
    """One connection, made anew when the server dropped it."""

    def __init__(self, settings: Database) -> None:
        self._settings = settings
        self._connection: pymysql.Connection | None = None
        self._used = 0.0

    def fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """See Session."""
        if time.monotonic() > self._used + IDLE_LIFETIME:
            self.close()
        reused = self._connection is not None
        try:
            try:
                return self._fetch_once(sql, parameters)
            except pymysql.err.Error as exc:
                if not (reused and _code(exc) in _LOST):
                    raise
                self.close()
                return self._fetch_once(sql, parameters)
        except DatabaseError:
            self.close()
            raise
        # The server and the network between can make the driver raise anything.
        except Exception as exc:
            self.close()
            raise DatabaseError(self._reason(exc)) from exc

    def close(self) -> None:
        """See Session."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(pymysql.err.Error):
                connection.close()

    def _fetch_once(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        if self._connection is None:
            self._connection = self._connect()
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: Sequence[Row] = cursor.fetchall()
        self._used = time.monotonic()
        return rows

    def _connect(self) -> pymysql.Connection:
        settings = self._settings
        charset = settings.charset or _CHARSET
        if charset_by_name(charset) is None:
            raise DatabaseError(f"the character set {charset} is not known to the driver")
        failure: Exception | None = None
        for tls in self._tls_options():
            try:
                return pymysql.connect(
                    host=settings.host or "localhost",
                    port=settings.port or 3306,
                    unix_socket=settings.socket,
                    user=settings.user,
                    # PyMySQL would encode it as Latin-1, others send UTF-8.
                    password=(settings.password or "").encode(),
                    database=settings.name,
                    charset=charset,
                    autocommit=True,  # else the first query's snapshot would be kept for ever
                    connect_timeout=CONNECT_TIMEOUT,
                    read_timeout=QUERY_TIMEOUT,
                    write_timeout=QUERY_TIMEOUT,
                    **tls,
                )
            except (pymysql.err.OperationalError, ssl.SSLError) as exc:
                if _code(exc) in _LOGIN_REFUSED and "ssl" in tls:
                    raise  # and never send the password again without TLS
                # PyMySQL never closes a Unix socket that does not connect.
                traceback.clear_frames(exc.__traceback__)
                failure = failure or exc
        assert failure is not None
        raise failure

    def _tls_options(self) -> Sequence[dict[str, Any]]:
        """PyMySQL's options for each way to try, the first first."""
        settings = self._settings
        mode: SslMode = settings.sslmode or ("verify-ca" if settings.tls_ca else "prefer")
        if mode == "prefer" and settings.socket:
            mode = "disable"
        if mode == "prefer" and not settings.tls_cert:
            # PyMySQL decides by the server's greeting. Trying TLS first would leave an
            # interrupted handshake, of which a server blocks a client after a hundred.
            return [{}]
        attempts = tls_attempts(settings, mode)
        return [{"ssl": context} if context else {"ssl_disabled": True} for context in attempts]

    def _reason(self, exc: Exception) -> str:
        code = _code(exc)
        cause = getattr(exc, "original_exception", exc)
        if code in (ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR):
            return failures.missing_table(self._settings.prefix)
        if code in _LOGIN_REFUSED:
            return failures.LOGIN_REFUSED
        if code in (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR):
            return "the user may not read Nextcloud's tables"
        if isinstance(cause, OSError):
            return failures.connect_failure(cause, self._place)
        if code == CR.CR_SERVER_LOST:
            timed_out = isinstance(exc.__context__, TimeoutError)
            return f"{self._place} " + ("did not answer in time" if timed_out else "hung up")
        if isinstance(exc, pymysql.err.Error) and len(exc.args) > 1:
            return f"the server answered: {exc.args[1]}"
        return f"the driver reports {type(exc).__name__}: {exc}"

    @property
    def _place(self) -> str:
        settings = self._settings
        if settings.socket:
            return settings.socket
        return f"{settings.host or 'localhost'} port {settings.port or 3306}"


def _code(exc: BaseException) -> object:
    return exc.args[0] if exc.args else None
