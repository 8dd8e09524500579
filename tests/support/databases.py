"""Real PostgreSQL, MariaDB and SQLite databases with the tables that Nextcloud has.

Everything here blocks, so that a test can change the database in one line while its loop stands.
A conftest imports the fixtures it wants (``postgres``, ``mariadb``, ``sqlite``; ``database`` and
``server`` are each of them in turn); a session shares one server of each kind.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import pymysql
import pytest

from nextcloud_push.server.settings.model import Database
from support.database_certificates import Certificates
from support.nextcloud_tables import ASCII_SYMBOLS, PASSWORD, NextcloudDatabase, SqliteDatabase
from support.processes import free_port, program, running, scratch

__all__ = [
    "ASCII_SYMBOLS",
    "PASSWORD",
    "DatabaseServer",
    "MariadbServer",
    "NextcloudDatabase",
    "PostgresServer",
    "SqliteDatabase",
    "database",
    "mariadb",
    "mariadb_server",
    "postgres",
    "postgres_server",
    "server",
    "sqlite",
    "sqlite_database",
]


class DatabaseServer(NextcloudDatabase):
    """A server process on a free port and in a folder of its own, to be stopped and started."""

    owner: str
    certificate_user = "with_certificate"

    def __init__(self, folder: Path, id_type: str) -> None:
        super().__init__(id_type)
        self.folder = folder
        self.port = free_port()
        self.certificates = Certificates.make(
            folder, client=self.certificate_user, owner=self.owner
        )
        self._process = ExitStack()

    @property
    def is_running(self) -> bool:
        return self._is_ready()

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it answers queries."""

    @abstractmethod
    def locked_mounts(self) -> AbstractContextManager[None]:
        """Nobody can read the mounts until the block ends."""

    def __enter__(self) -> Self:
        try:
            self.install()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    def install(self) -> None:
        """Make the data folder, start, and make the users and tables."""

    @abstractmethod
    def start(self, *, tls: bool = True) -> None:
        """Start the server and wait until it answers."""

    def stop(self) -> None:
        """End the server, with whoever is connected."""
        self._process.close()

    def as_owner(self, *command: str) -> list[str]:
        """A command that runs as the server's own user when the tests run as root."""
        if os.getuid() != 0:
            return list(command)
        user = self.owner
        return [program("setpriv"), f"--reuid={user}", f"--regid={user}", "--init-groups", *command]


class PostgresServer(DatabaseServer):
    """PostgreSQL; TCP on 127.0.0.1 and ::1, and a socket in ``folder``.

    Users: ``nextcloud``, ``only_tls``, ``only_plain`` (all with PASSWORD), ``with_certificate``.
    """

    owner = "postgres"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "BIGSERIAL PRIMARY KEY")
        self._data = folder / "data"

    def install(self) -> None:
        initdb = ("-D", str(self._data), "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        _quietly(self.as_owner(_postgres("initdb"), *initdb))
        (self._data / "pg_hba.conf").write_text(
            "local   all postgres                 trust\n"
            "hostssl all with_certificate all     cert\n"
            "host    all with_certificate all     reject\n"
            "hostssl all only_tls         all     scram-sha-256\n"
            "host    all only_tls         all     reject\n"
            "hostnossl all only_plain     all     scram-sha-256\n"
            "host    all only_plain       all     reject\n"
            "host    all all              all     scram-sha-256\n"
            "local   all all                      scram-sha-256\n"
        )
        self.start()
        self._psql("CREATE DATABASE nextcloud", database="postgres")
        for user in ("nextcloud", "only_tls", "only_plain", "with_certificate"):
            self.run(f"CREATE USER {user} PASSWORD {self.literal(PASSWORD)}")
        self.run("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
        self.create_nextcloud_tables()

    @property
    def settings(self) -> Database:
        return Database(
            kind="postgres",
            host="127.0.0.1",
            port=self.port,
            user="nextcloud",
            password=PASSWORD,
            name="nextcloud",
        )

    @property
    def url(self) -> str:
        password = quote(PASSWORD, safe="")
        return f"postgres://nextcloud:{password}@127.0.0.1:{self.port}/nextcloud"

    def start(self, *, tls: bool = True) -> None:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1,::1",
            "unix_socket_directories": self.folder,
            "ssl": "on" if tls else "off",
            "ssl_ca_file": self.certificates.ca,
            "ssl_cert_file": self.certificates.server_cert,
            "ssl_key_file": self.certificates.server_key,
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "16MB",
            "max_connections": 40,
        }
        command = self.as_owner(_postgres("postgres"), "-D", str(self._data))
        command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        process = self._process.enter_context(running(command, self._is_ready))

        def end() -> None:
            process.send_signal(signal.SIGINT)  # SIGTERM would wait for the clients to leave
            process.wait(10)

        self._process.callback(end)

    def run(self, sql: str) -> None:
        self._psql(sql, database="nextcloud")

    @contextmanager
    def locked_mounts(self) -> Iterator[None]:
        command = self._psql_command("nextcloud")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as psql:
            assert psql.stdin
            assert psql.stdout
            psql.stdin.write(b"BEGIN; LOCK TABLE oc_mounts;\n\\echo locked\n")
            psql.stdin.flush()
            psql.stdout.readline()
            yield
            psql.stdin.close()

    def _psql(self, sql: str, *, database: str) -> None:
        _quietly([*self._psql_command(database), "-f", "-"], sql)

    def _psql_command(self, database: str) -> list[str]:
        where = ("-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", database)
        return [_postgres("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *where]

    def _is_ready(self) -> bool:
        command = [_postgres("pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0


class MariadbServer(DatabaseServer):
    """MariaDB; TCP on 127.0.0.1 and ::1, and the socket ``folder/mariadb.sock``.

    Users: ``nextcloud``, ``only_tls`` (both with PASSWORD), ``with_certificate``.
    """

    owner = "mysql"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "BIGINT AUTO_INCREMENT PRIMARY KEY NOT NULL")
        self._data = folder / "data"
        self.socket = folder / "mariadb.sock"

    def install(self) -> None:
        options = ["--skip-test-db", "--auth-root-authentication-method=normal"]
        owner = ["--user=mysql"] if os.getuid() == 0 else []
        install = [program("mariadb-install-db"), "--no-defaults", f"--datadir={self._data}"]
        _quietly([*install, *options, *owner])
        self.start()
        self._execute("CREATE DATABASE nextcloud CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", None)
        for user, needs in (
            ("nextcloud", "NONE"),
            ("only_tls", "SSL"),
            ("with_certificate", "X509"),
        ):
            self.run(f"CREATE USER {user} IDENTIFIED BY {self.literal(PASSWORD)} REQUIRE {needs}")
            self.run(f"GRANT SELECT ON nextcloud.* TO {user}")
        self.create_nextcloud_tables()

    @property
    def settings(self) -> Database:
        return Database(
            kind="mysql",
            host="127.0.0.1",
            port=self.port,
            user="nextcloud",
            password=PASSWORD,
            name="nextcloud",
        )

    @property
    def url(self) -> str:
        password = quote(PASSWORD, safe="")
        return f"mysql://nextcloud:{password}@127.0.0.1:{self.port}/nextcloud"

    def start(self, *, tls: bool = True) -> None:
        options = {
            "datadir": self._data,
            "port": self.port,
            "bind-address": "127.0.0.1,::1",
            "socket": self.socket,
            "pid-file": self.folder / "pid",
            "innodb-flush-log-at-trx-commit": 0,
            "innodb-buffer-pool-size": "16M",
            "skip-name-resolve": "ON",
            **({"user": self.owner} if os.getuid() == 0 else {}),
        }
        if tls:
            options["ssl-ca"] = self.certificates.ca
            options["ssl-cert"] = self.certificates.server_cert
            options["ssl-key"] = self.certificates.server_key
        command = [program("mariadbd"), "--no-defaults"]
        command += [f"--{key}={value}" for key, value in options.items()]
        self._process.enter_context(running(command, self._is_ready))

    def literal(self, text: str) -> str:
        return super().literal(text).replace("\\", "\\\\")

    def run(self, sql: str) -> None:
        for statement in sql.split(";\n"):
            if statement.strip():
                self._execute(statement, "nextcloud")

    @contextmanager
    def locked_mounts(self) -> Iterator[None]:
        with closing(self._connect("nextcloud")) as connection:
            connection.cursor().execute("LOCK TABLES oc_mounts WRITE")
            yield

    def _execute(self, statement: str, database: str | None) -> None:
        with closing(self._connect(database)) as connection:
            connection.cursor().execute(statement)

    def _connect(self, database: str | None) -> pymysql.Connection[Any]:
        options: dict[str, Any] = {"autocommit": True, "ssl_disabled": True, "charset": "utf8mb4"}
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", database=database, **options
        )

    def _is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:  # PyMySQL would leave one that fails open
            return probe.connect_ex(str(self.socket)) == 0


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL, gone at the end of the block."""
    with scratch(PostgresServer.owner) as folder, PostgresServer(folder) as server:
        yield server


@contextmanager
def mariadb_server() -> Iterator[MariadbServer]:
    """A running MariaDB, gone at the end of the block."""
    with scratch(MariadbServer.owner) as folder, MariadbServer(folder) as server:
        yield server


@contextmanager
def sqlite_database() -> Iterator[SqliteDatabase]:
    """A SQLite database with Nextcloud's tables."""
    with scratch() as folder:
        database = SqliteDatabase(folder / "owncloud.db")
        database.create_nextcloud_tables()
        yield database


def _postgres(name: str) -> str:
    """A program of PostgreSQL, which Debian keeps off the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return program(*(str(folder / name) for folder in versions), name)


def _quietly(command: list[str], stdin: str = "") -> None:
    """Run a program and show what it printed only when it fails."""
    done = subprocess.run(command, input=stdin.encode(), capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode()}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    with mariadb_server() as server:
        yield server


@pytest.fixture
def sqlite() -> Iterator[SqliteDatabase]:
    with sqlite_database() as database:
        yield database


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest) -> NextcloudDatabase:
    """Each kind in turn, with empty tables."""
    chosen: NextcloudDatabase = request.getfixturevalue(request.param)
    chosen.clear()
    return chosen


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """Each server in turn, with empty tables; it may be stopped."""
    chosen: DatabaseServer = request.getfixturevalue(request.param)
    chosen.clear()
    yield chosen
    if not chosen.is_running:
        chosen.start()
