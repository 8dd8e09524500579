"""Each form of ``config.php`` proven by use: it is loaded, and the server it names is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nextcloud_push.server.database import open_database
from nextcloud_push.server.errors import DatabaseError, RedisError
from nextcloud_push.server.redis.commands import RedisCommands
from nextcloud_push.server.settings import Tls
from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig
from support.databases import (
    PASSWORD,
    DatabaseServer,
    MariadbServer,
    PostgresServer,
    mariadb,
    postgres,
    server,
)
from support.php import load_here
from support.redis import listening, redis_cluster, redis_server

__all__ = ["mariadb", "postgres", "server"]  # fixtures

Values = dict[str, object]


def php(value: object) -> str:
    """A value as PHP source."""
    if isinstance(value, dict):
        return "[" + ", ".join(f"{php(key)} => {php(item)}" for key, item in value.items()) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(php, value)) + "]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


@pytest.fixture
def config(tmp_path: Path) -> Callable[[Values], NextcloudConfig]:
    """Writes a config.php and loads it."""

    def write(values: Values) -> NextcloudConfig:
        path = tmp_path / "config.php"
        path.write_text(f"<?php\n$CONFIG = {php(values)};\n", "utf-8")
        return NextcloudConfig(load_here(path, glob=False, environ={}))

    return write


async def reach_database(config: NextcloudConfig) -> str:
    """Ask the database that a configuration names: ``ok``, or why not."""
    mounts = open_database(config.database())
    try:
        await mounts.check()
    except DatabaseError as error:
        return str(error)
    finally:
        await mounts.close()
    return "ok"


def values_of(server: DatabaseServer, **further: object) -> Values:
    kind = "pgsql" if isinstance(server, PostgresServer) else "mysql"
    login = {"dbtype": kind, "dbname": "nextcloud", "dbuser": "nextcloud", "dbpassword": PASSWORD}
    return {**login, **further}


TCP_FORMS: list[Values] = [
    {"dbhost": "127.0.0.1:{port}"},
    {"dbhost": "localhost:{port}"},
    {"dbhost": "[::1]:{port}"},
    {"dbhost": "127.0.0.1", "dbport": "{port}"},
    {"dbhost": "[::1]", "dbport": "{port}"},
    {"dbhost": "::1", "dbport": "{port}"},
    {"dbhost": "127.0.0.1:1", "dbport": "{port}"},
]


def filled_in(form: Values, **facts: object) -> Values:
    """The form with the facts of a server in its strings, at any depth."""
    return {
        key: filled_in(value, **facts)
        if isinstance(value, dict)
        else value.format(**facts)
        if isinstance(value, str)
        else value
        for key, value in form.items()
    }


@pytest.mark.parametrize("form", TCP_FORMS, ids=lambda form: "-".join(form.values()))
async def test_tcp(server: DatabaseServer, config, form: Values):
    values = values_of(server, **filled_in(form, port=server.port))
    assert await reach_database(config(values)) == "ok"


async def test_port_as_a_number(server: DatabaseServer, config):
    values = values_of(server, dbhost="127.0.0.1", dbport=server.port)
    assert await reach_database(config(values)) == "ok"


@pytest.mark.parametrize("host", ["{socket}", "localhost:{socket}"])
async def test_mysql_socket(mariadb: MariadbServer, config, host: str):
    values = values_of(mariadb, dbhost=host.format(socket=mariadb.socket))
    assert await reach_database(config(values)) == "ok"


@pytest.mark.parametrize(
    "form",
    [
        {"dbhost": "{folder}", "dbport": "{port}"},
        {"dbhost": "{folder}:{port}"},
        {"dbhost": "{folder}/.s.PGSQL.{port}"},
        {"dbhost": "localhost:{folder}/.s.PGSQL.{port}"},
    ],
    ids=lambda form: "-".join(form.values()),
)
async def test_postgres_socket_with_an_odd_port(postgres: PostgresServer, config, form: Values):
    values = values_of(postgres, **filled_in(form, folder=postgres.folder, port=postgres.port))
    assert await reach_database(config(values)) == "ok"


async def test_wrong_password_is_refused(server: DatabaseServer, config):
    values = values_of(server, dbhost=f"127.0.0.1:{server.port}", dbpassword="wrong")
    assert "refused the login" in await reach_database(config(values))


async def test_password_that_is_no_ascii(postgres: PostgresServer, config):
    postgres.run("DROP USER IF EXISTS umlaut")
    postgres.run("CREATE USER umlaut PASSWORD 'pä漢ß\\ \"x'")
    form = {"dbuser": "umlaut", "dbpassword": 'pä漢ß\\ "x', "dbhost": f"127.0.0.1:{postgres.port}"}
    assert await reach_database(config(values_of(postgres, **form))) == "ok"


MYSQL_TLS = [
    ("only_tls", {1009: "{ca}"}, "ok"),
    ("only_tls", {1009: "{ca}", 1014: True}, "mismatch"),
    ("only_tls", {1009: "{other_ca}"}, "is not trusted"),
    ("only_tls", {1014: False}, "ok"),
    ("with_certificate", {1007: "{key}", 1008: "{cert}", 1009: "{ca}"}, "ok"),
    ("with_certificate", {1009: "{ca}"}, "refused"),
]


@pytest.mark.parametrize(("user", "options", "expected"), MYSQL_TLS)
async def test_mysql_tls(mariadb: MariadbServer, config, user, options, expected):
    facts = {name: str(getattr(mariadb.certificates, name)) for name in FILES}
    values = values_of(
        mariadb,
        dbhost=f"127.0.0.1:{mariadb.port}",
        dbuser=user,
        dbdriveroptions=filled_in(options, **facts),
    )
    assert expected in await reach_database(config(values))


FILES = ("ca", "other_ca", "cert", "key")

POSTGRES_TLS = [
    ("only_tls", "localhost", {"mode": "verify-full", "rootcert": "{ca}"}, "ok"),
    ("only_tls", "127.0.0.1", {"mode": "verify-full", "rootcert": "{ca}"}, "mismatch"),
    ("only_tls", "127.0.0.1", {"mode": "verify-ca", "rootcert": "{other_ca}"}, "is not trusted"),
    ("with_certificate", "127.0.0.1", {"mode": "require", "cert": "{cert}", "key": "{key}"}, "ok"),
    ("only_tls", "127.0.0.1", {"mode": "disable"}, "refuse"),
]


@pytest.mark.parametrize(("user", "host", "ssl", "expected"), POSTGRES_TLS)
async def test_postgres_tls(postgres: PostgresServer, config, user, host, ssl, expected):
    facts = {name: str(getattr(postgres.certificates, name)) for name in FILES}
    values = values_of(
        postgres, dbhost=f"{host}:{postgres.port}", dbuser=user, pgsql_ssl=filled_in(ssl, **facts)
    )
    assert expected in await reach_database(config(values))


async def test_postgres_host_that_carries_parameters(postgres: PostgresServer, config):
    ca = postgres.certificates.ca
    host = f"localhost;port={postgres.port};sslmode=verify-full;sslrootcert={ca};dbname=nextcloud"
    values = values_of(postgres, dbhost=host, dbuser="only_tls", dbname="absent")
    assert await reach_database(config(values)) == "ok"


async def reach_redis(config: NextcloudConfig) -> str:
    """Set a key and subscribe at the Redis that a configuration names: ``ok``, or why not."""
    settings = config.redis()
    commands = RedisCommands(settings)
    try:
        await commands.set("notify_push_proof", "1")
        async with listening(settings, "notify_activity") as listener:
            await listener.subscribed.get()
    except RedisError as error:
        return str(error)
    finally:
        await commands.close()
    return "ok"


@pytest.mark.parametrize(
    "form",
    [
        {"host": "127.0.0.1", "port": "{port}"},
        {"host": "localhost:{port}"},
        {"host": "localhost:{port}", "port": ""},
        {"host": "127.0.0.1", "port": "{port}", "dbindex": 3, "timeout": 0.0, "read_timeout": 0.0},
    ],
)
async def test_redis_tcp(shared_redis, config, form: Values):
    values = {"redis": filled_in(form, port=shared_redis.port)}
    assert await reach_redis(config(values)) == "ok"


async def test_notify_push_redis_wins(shared_redis, config):
    right = {"host": "127.0.0.1", "port": shared_redis.port}
    wrong = {"host": "127.0.0.1", "port": 1}
    assert await reach_redis(config({"redis": wrong, "notify_push_redis": right})) == "ok"


async def test_redis_unix_socket(config):
    with redis_server(unix=True, password="s3 cret") as server:
        redis = {"host": server.socket, "port": 0, "password": "s3 cret"}
        assert await reach_redis(config({"redis": redis})) == "ok"


@pytest.mark.parametrize(("password", "works"), [("pä ss", True), ("wrong", False)])
async def test_redis_acl_user(config, password: str, works: bool):
    with redis_server(user="nextcloud", password="pä ss") as server:
        login = {"user": "nextcloud", "password": password}
        values = config({"redis": {"host": "127.0.0.1", "port": server.port, **login}})
        if works:
            assert await reach_redis(values) == "ok"
        else:
            commands = RedisCommands(values.redis())
            with pytest.raises(RedisError, match="invalid username-password pair"):
                await commands.ping()
            await commands.close()


@pytest.mark.parametrize("prefix", ["tls://", "rediss://", ""])
async def test_redis_tls(config, prefix: str):
    with redis_server(tls=True, client_certificate=True) as server:
        tls = server.settings.tls
        assert isinstance(tls, Tls)
        context = {"cafile": tls.ca, "local_cert": tls.cert, "local_pk": tls.key}
        redis = {"host": f"{prefix}localhost", "port": server.port, "ssl_context": context}
        assert await reach_redis(config({"redis": redis})) == "ok"


async def test_redis_tls_for_another_name(config):
    with redis_server(tls=True, server_name="elsewhere.example") as server:
        assert server.settings.tls is not None
        context = {"cafile": server.settings.tls.ca, "verify_peer_name": False}
        redis = {"host": "tls://127.0.0.1", "port": server.port, "ssl_context": context}
        assert await reach_redis(config({"redis": redis})) == "ok"
        commands = RedisCommands(
            config({"redis": redis | {"ssl_context": {"cafile": context["cafile"]}}}).redis()
        )
        with pytest.raises(RedisError, match="certificate"):
            await commands.ping()
        await commands.close()


async def test_redis_tls_without_verification(config):
    with redis_server(tls=True) as server:
        redis = {"host": "127.0.0.1", "port": server.port, "ssl_context": {"verify_peer": False}}
        assert await reach_redis(config({"redis": redis})) == "ok"


async def test_redis_cluster(config):
    with redis_cluster(password="secret") as cluster:
        seeds = [str(node) for node in cluster.settings.nodes]
        values = {"redis.cluster": {"seeds": seeds, "password": "secret", "failover_mode": 1}}
        assert await reach_redis(config(values)) == "ok"
