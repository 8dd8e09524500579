"""The three databases: found by their URLs, asked the one question, missed and found again."""

from __future__ import annotations

import contextlib
from pathlib import Path
from urllib.parse import quote

import pytest

from nextcloud_push.server.settings import Database
from support.bus import Bus
from support.daemon import Start, run_daemon
from support.databases import (
    PASSWORD,
    DatabaseServer,
    MariadbServer,
    NextcloudDatabase,
    PostgresServer,
    SqliteDatabase,
    sqlite_database,
)
from support.in_process import InProcessDaemon, StartTimed
from support.processes import scratch
from support.waiting import wait_for

LISTEN = "listen notify_file_id"


@pytest.fixture(params=["postgres", "mariadb"])
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    """Each server in turn, with empty tables."""
    chosen: DatabaseServer = request.getfixturevalue(request.param)
    chosen.clear()
    return chosen


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest) -> NextcloudDatabase:
    """Each kind in turn, with empty tables."""
    chosen: NextcloudDatabase = request.getfixturevalue(request.param)
    chosen.clear()
    return chosen


def hears(daemon: InProcessDaemon, bus: Bus, user: str, storage: int, path: str = "a") -> bool:
    client = daemon.log_in(user, LISTEN)
    bus.storage_update(storage, path, 7)
    return client.receive() == "notify_file_id [7]"


def test_the_one_question(
    start_timed: StartTimed, bus: Bus, database: NextcloudDatabase, user: str, storage: int
):
    database.add_mount(storage, "files/ä 'x'", user)
    daemon = start_timed(env={"DATABASE_URL": database.url})
    assert hears(daemon, bus, user, storage, "files/ä 'x'/y")


def test_rows_for_the_self_test(
    start_timed: StartTimed, bus: Bus, database: NextcloudDatabase, storage: int
):
    """Rows with path "", asked afresh: not users, not mounts below."""
    daemon = start_timed(env={"DATABASE_URL": database.url})
    bus.client.set("test-token", "t")

    def count() -> str:
        return daemon.http(f"GET /test/mapping/{storage}", "token: t").body

    assert count() == "0"
    database.add_mounts([(storage, "", "a"), (storage, "", "b"), (storage, "files", "c")])
    assert count() == "2"
    database.add_mount(storage, "", "d")
    assert count() == "3"


def test_another_prefix(
    start_timed: StartTimed, bus: Bus, database: NextcloudDatabase, user: str, storage: int
):
    database.create_nextcloud_tables("x1_$")
    database.add_mount(storage, "", "somebody else")
    mount = f"({storage}, {storage}, 77, '{user}', '/')"
    database.run(
        f"INSERT INTO x1_$filecache (fileid, storage, path) VALUES (77, {storage}, '');\n"
        f"INSERT INTO x1_$mounts (id, storage_id, root_id, user_id, mount_point) VALUES {mount}"
    )
    try:
        daemon = start_timed(env={"DATABASE_URL": database.url, "DATABASE_PREFIX": "x1_$"})
        assert hears(daemon, bus, user, storage)
    finally:
        tables = ";\n".join(f"DROP TABLE x1_${t}" for t in ("mounts", "filecache", "storages"))
        database.run(tables)


# URLs


@pytest.mark.parametrize(
    "url",
    [
        "postgres://nextcloud:{password}@127.0.0.1:{port}/nextcloud",
        "postgresql://nextcloud:{password}@127.0.0.1:{port}/nextcloud?sslmode=disable",
        "postgres://nextcloud:{password}@localhost:{port}/nextcloud?sslmode=require",
        "postgres://only_tls:{password}@127.0.0.1:{port}/nextcloud",
        "postgres://only_plain:{password}@127.0.0.1:{port}/nextcloud",
        "postgres://only_tls:{password}@localhost:{port}/nextcloud"
        "?sslmode=verify-full&sslrootcert={ca}",
        "postgres://with_certificate@localhost:{port}/nextcloud"
        "?sslmode=verify-ca&sslrootcert={ca}&sslcert={cert}&sslkey={key}",
        "postgres://nextcloud:{password}@/nextcloud?host={folder}&port={port}",
        "postgres://?host=127.0.0.1&port={port}&dbname=nextcloud&user=nextcloud"
        "&password={password}",
        "postgres://nextcloud:{password}@127.0.0.1:{port}/nextcloud"
        "?options=-c%20statement_timeout%3D5s",
    ],
)
def test_postgres_urls(
    start_timed: StartTimed, bus: Bus, postgres: PostgresServer, user: str, storage: int, url: str
):
    postgres.clear()
    postgres.add_mount(storage, "", user)
    files = postgres.certificates
    url = url.format(
        password=quote(PASSWORD, safe=""),
        port=postgres.port,
        folder=quote(str(postgres.folder), safe=""),
        ca=files.ca,
        cert=files.cert,
        key=files.key,
    )
    assert hears(start_timed(env={"DATABASE_URL": url}), bus, user, storage)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://nextcloud:{password}@127.0.0.1:{port}/nextcloud",
        "mariadb://nextcloud:{password}@127.0.0.1:{port}/nextcloud?charset=utf8mb4",
        "mysql://nextcloud:{password}@localhost/nextcloud?socket={socket}",
        "mysql://nextcloud:{password}@localhost:{port}/nextcloud?ssl-mode=DISABLED",
        "mysql://only_tls:{password}@localhost:{port}/nextcloud?ssl-mode=REQUIRED",
        "mysql://only_tls:{password}@localhost:{port}/nextcloud"
        "?ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}",
        "mysql://with_certificate:{password}@localhost:{port}/nextcloud"
        "?ssl-mode=VERIFY_CA&ssl-ca={ca}&ssl-cert={cert}&ssl-key={key}",
    ],
)
def test_mysql_urls(
    start_timed: StartTimed, bus: Bus, mariadb: MariadbServer, user: str, storage: int, url: str
):
    mariadb.clear()
    mariadb.add_mount(storage, "", user)
    files = mariadb.certificates
    url = url.format(
        password=quote(PASSWORD, safe=""),
        port=mariadb.port,
        socket=quote(str(mariadb.socket), safe=""),
        ca=files.ca,
        cert=files.cert,
        key=files.key,
    )
    assert hears(start_timed(env={"DATABASE_URL": url}), bus, user, storage)


@pytest.mark.parametrize(
    ("form", "prefix"),
    [
        ("sqlite://{absolute}", ""),
        ("sqlite:///{absolute}", ""),
        ("sqlite://{absolute}?mode=rwc&x=1", ""),
        ("sqlite://nc.db", ""),
        ("sqlite://./nc.db", ""),
        ("sqlite://sub/../nc.db", ""),
    ],
)
def test_sqlite_urls(
    start_timed: StartTimed, bus: Bus, user: str, storage: int, form: str, prefix: str
):
    with scratch() as folder:
        (folder / "sub").mkdir()
        database = SqliteDatabase(folder / "nc.db")
        database.create_nextcloud_tables()
        database.add_mount(storage, "", user)
        url = form.format(absolute=database.path)
        with contextlib.chdir(folder):
            assert hears(start_timed(env={"DATABASE_URL": url}), bus, user, storage)


def test_sqlite_is_never_created(start: Start):
    with scratch() as folder:
        daemon = start(env={"DATABASE_URL": "sqlite://nc.db"}, cwd=folder, wait=False)
        daemon.output.wait_for("database.*nc.db|nc.db.*database")
        assert daemon.http("GET /ready").status == 503
        assert [*folder.iterdir()] == []


def test_sqlite_is_only_read(start_timed: StartTimed, bus: Bus, user: str, storage: int):
    with sqlite_database() as database:
        database.add_mount(storage, "", user)
        before = database.path.read_bytes()
        daemon = start_timed(env={"DATABASE_URL": database.url})
        assert hears(daemon, bus, user, storage)
        assert database.path.read_bytes() == before


@pytest.mark.parametrize(
    "url",
    ["", "mongodb://x", "postgres", "oracle://u:secretpw@h/d", "postgres://u:secretpw@h:port/d"],
)
def test_a_url_of_nothing(environment: dict[str, str], url: str):
    done = run_daemon(environment | {"DATABASE_URL": url})
    assert done.returncode == (2 if url else 1)
    assert len(done.stderr.strip().splitlines()) == 1
    assert "database" in done.stderr.lower()
    assert "secretpw" not in done.stderr + done.stdout


# Outages


def test_an_outage_delays_events_and_loses_none(
    start: Start, bus: Bus, server: DatabaseServer, user: str, storage: int
):
    server.add_mounts([(storage, "", user), (storage + 1, "", user)])
    daemon = start(env={"DATABASE_URL": server.url, "DEBOUNCE_DISABLE": "1"}, metrics=True)
    client = daemon.log_in(user, LISTEN)
    bus.storage_update(storage, "a", 1)
    assert client.receive() == "notify_file_id [1]"
    server.stop()
    try:
        bus.storage_update(storage + 1, "a", 2)  # its mapping is not known yet
        daemon.wait_until(state=False)
        bus.storage_update(storage, "a", 3)  # served from the cache
        assert client.receive() == "notify_file_id [3]"
        daemon.wait_for_metric("notify_push_storage_updates_waiting", 1)
    finally:
        server.start()
    assert client.receive() == "notify_file_id [2]"
    daemon.wait_until()
    assert daemon.metrics()["notify_push_events_dropped_total"] == 0


def test_a_daemon_that_starts_before_its_database(
    start: Start, bus: Bus, server: DatabaseServer, user: str, storage: int
):
    server.add_mount(storage, "", user)
    server.stop()
    try:
        daemon = start(env={"DATABASE_URL": server.url}, wait=False)
        assert "database" in daemon.http("GET /ready").body
        daemon.output.wait_for("ERROR.*database")
        client = daemon.log_in(user, LISTEN)
        bus.storage_update(storage, "a", 1)
        assert bus.fence(client, user) == []
    finally:
        server.start()
    assert client.receive() == "notify_file_id [1]"
    daemon.wait_until()


def outage(start_timed: StartTimed, folder: Path) -> InProcessDaemon:
    missing = Database(kind="sqlite", path=folder / "nc.db")
    return start_timed(wait=False, database=missing, debounce=False)


@pytest.mark.parametrize(("seconds", "delivered"), [(50, True), (63, False)])
def test_an_event_waits_60_seconds(
    start_timed: StartTimed, bus: Bus, user: str, storage: int, seconds: int, delivered: bool
):
    with scratch() as folder:
        timed = outage(start_timed, folder)
        client = timed.log_in(user, LISTEN)
        bus.storage_update(storage, "a", 1)
        assert bus.fence(client, user) == []
        for _ in range(seconds):
            timed.move(1)
            assert client.round_trip() == []
        database = SqliteDatabase(folder / "nc.db")
        database.create_nextcloud_tables()
        database.add_mount(storage, "", user)
        bus.storage_update(storage, "a", 2)
        timed.move(2.5)  # past the pause between two tries
        assert client.receive() == f"notify_file_id [{1 if delivered else 2}]"


def test_what_is_dropped_is_logged(
    start_timed: StartTimed,
    bus: Bus,
    user: str,
    storage: int,
    caplog: pytest.LogCaptureFixture,
):
    with scratch() as folder:
        timed = outage(start_timed, folder)
        client = timed.log_in(user)
        for number in range(5):
            bus.storage_update(storage + number, "a", 1)
        assert bus.fence(client, user) == []
        for _ in range(65):
            timed.move(1)
        wait_for(lambda: any("dropped" in record.getMessage() for record in caplog.records))


# Order, and what does not wait


@pytest.fixture
def slow(
    start_timed: StartTimed, postgres: PostgresServer
) -> tuple[InProcessDaemon, PostgresServer]:
    """A daemon with a clock and a database that can be held up."""
    postgres.clear()
    return start_timed(database=postgres.settings, debounce=False), postgres


Slow = tuple[InProcessDaemon, PostgresServer]


def test_order_holds_across_an_uncached_and_a_cached_storage(
    slow: Slow, bus: Bus, user: str, storage: int
):
    daemon, postgres = slow
    postgres.add_mounts([(storage, "", user), (storage + 1, "", user)])
    client = daemon.log_in(user, LISTEN)
    bus.storage_update(storage, "a", 0)
    assert client.receive() == "notify_file_id [0]"
    with postgres.locked_mounts():
        daemon.stop_clock()
        bus.storage_update(storage + 1, "a", 1)  # has to be asked for
        bus.storage_update(storage, "a", 2)  # is known
        bus.publish("user_share_created", {"user": user})
        assert bus.fence(client, user) == []
        daemon.move(0.01)
        daemon.move(0.5)
        assert bus.fence(client, user) == []
    expected = ["notify_file_id [1]", "notify_file_id [2]", "notify_file"]
    assert [client.receive() for _ in range(3)] == expected


def test_others_never_wait_for_a_query(slow: Slow, bus: Bus, user: str, storage: int):
    daemon, postgres = slow
    postgres.add_mount(storage, "", user)
    client = daemon.log_in(user, LISTEN)
    with postgres.locked_mounts():
        bus.storage_update(storage, "a", 1)
        bus.publish("notification", {"user": user})
        bus.publish("activity", {"user": user})
        bus.custom(user, "custom")
        received = [client.receive() for _ in range(3)]
    assert received == ["notify_notification", "notify_activity", "custom"]
    assert client.receive() == "notify_file_id [1]"


def test_a_stuck_query_holds_others_up_for_a_second_at_most(
    slow: Slow, bus: Bus, user: str, storage: int
):
    daemon, postgres = slow
    postgres.add_mounts([(storage, "", user), (storage + 1, "", user)])
    client = daemon.log_in(user, LISTEN)
    bus.storage_update(storage, "a", 0)
    assert client.receive() == "notify_file_id [0]"
    with postgres.locked_mounts():
        daemon.stop_clock()
        bus.publish("user_share_created", {"user": user})  # asks for the user's mounts
        bus.storage_update(storage, "a", 1)
        assert bus.fence(client, user) == ["notify_file"]
        daemon.move(0.9)
        assert bus.fence(client, user) == []
        daemon.move(0.2)
        assert bus.fence(client, user) == ["notify_file_id [1]"]


def test_a_mapping_past_its_time_is_served_while_it_is_asked_for(
    slow: Slow, bus: Bus, user: str, storage: int
):
    daemon, postgres = slow
    postgres.add_mount(storage, "", user)
    client = daemon.log_in(user, LISTEN)
    bus.storage_update(storage, "a", 0)
    assert client.receive() == "notify_file_id [0]"
    daemon.move(301)
    with postgres.locked_mounts():
        for number in (1, 2, 3):
            bus.storage_update(storage, "a", number)
            assert client.receive() == f"notify_file_id [{number}]"
