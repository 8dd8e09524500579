"""The two questions, failures and recovery, on each kind of database."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from nextcloud_push.server.database import mysql, postgres, threads
from nextcloud_push.server.database.mounts import Mounts
from nextcloud_push.server.errors import DatabaseError
from nextcloud_push.server.settings.model import Database
from support.databases import PASSWORD


async def refusal(mounts: Mounts) -> str:
    """Why the database cannot be asked; no secret is in it."""
    with pytest.raises(DatabaseError) as caught:
        await mounts.check()
    text = str(caught.value)
    assert PASSWORD not in text
    assert "nextcloud@" not in text
    return text


async def test_mounts_of_storages(database, open_mounts):
    database.add_mount(1, "files", "alice")
    database.add_mount(1, "", "bob")
    database.add_mount(2, "files/ä 漢%s", "007")
    mounts = await open_mounts(database.url).mounts_of_storages([1, 2, 3])
    assert sorted(mounts.pop(1)) == [("alice", "files"), ("bob", "")]
    assert mounts == {2: [("007", "files/ä 漢%s")], 3: []}


async def test_mounts_of_user(database, open_mounts):
    database.add_mount(1, "files", "007")
    database.add_mount(2, "", "007")
    database.add_mount(2, "", "7")
    mounts = open_mounts(database.settings)
    assert sorted(await mounts.mounts_of_user("007")) == [(1, "files"), (2, "")]
    assert await mounts.mounts_of_user("nobody") == []


@pytest.mark.parametrize("user", ["o'brien", "a\\' OR 1=1 -- ", 'b"%s%d', "ü@example.org", "Ali"])
async def test_user_ids_are_never_sql(database, open_mounts, user):
    database.add_mounts([(1, "files", user), (2, "files", "ali"), (3, "", "other")])
    assert await open_mounts(database.settings).mounts_of_user(user) == [(1, "files")]


async def test_no_storage_is_no_query(open_mounts):
    nowhere = Database(kind="postgres", host="127.0.0.1", port=1)
    assert await open_mounts(nowhere).mounts_of_storages([]) == {}


async def test_ten_thousand_storages_at_once(database, open_mounts):
    database.add_mounts((n, "files", f"user{n}") for n in range(1, 10_001, 100))
    mounts = await open_mounts(database.settings).mounts_of_storages(range(1, 10_001))
    assert len(mounts) == 10_000
    assert {n: rows for n, rows in mounts.items() if rows} == {
        n: [(f"user{n}", "files")] for n in range(1, 10_001, 100)
    }


async def test_storage_ids_have_64_bits(database, open_mounts):
    database.add_mount(2**63 - 1, "files", "alice")
    mounts = await open_mounts(database.settings).mounts_of_storages([2**63 - 1])
    assert mounts == {2**63 - 1: [("alice", "files")]}


async def test_many_mounts_of_one_storage(database, open_mounts):
    database.add_mounts((1, f"files/{n % 7}", f"user{n}") for n in range(3000))
    mounts = await open_mounts(database.settings).mounts_of_storages([1])
    assert len(mounts[1]) == 3000


async def test_a_null_path_is_the_whole_storage(database, open_mounts):
    database.add_mount(1, "files", "alice")
    database.run("UPDATE oc_filecache SET path = NULL")
    assert await open_mounts(database.settings).mounts_of_storages([1]) == {1: [("alice", "")]}


async def test_changes_are_seen_by_an_open_connection(database, open_mounts):
    mounts = open_mounts(database.settings)
    assert await mounts.mounts_of_user("alice") == []
    database.add_mount(1, "files", "alice")
    assert await mounts.mounts_of_user("alice") == [(1, "files")]
    database.remove_mounts("alice")
    assert await mounts.mounts_of_user("alice") == []


async def test_another_prefix(database, open_mounts):
    database.create_nextcloud_tables("nc2_")
    try:
        await open_mounts(replace(database.settings, prefix="nc2_")).check()
    finally:
        database.run("DROP TABLE nc2_mounts;\nDROP TABLE nc2_filecache;\nDROP TABLE nc2_storages")


async def test_a_wrong_prefix_is_named(database, open_mounts):
    text = await refusal(open_mounts(replace(database.settings, prefix="wrong_")))
    assert "wrong_mounts" in text
    assert "prefix" in text


async def test_questions_at_the_same_time(database, open_mounts):
    database.add_mount(1, "files", "alice")
    mounts = open_mounts(database.settings)
    answers = await asyncio.gather(*(mounts.mounts_of_user("alice") for _ in range(30)))
    assert answers == [[(1, "files")]] * 30


async def test_a_closed_one_refuses(database, open_mounts):
    mounts = open_mounts(database.settings)
    await mounts.check()
    await mounts.close()
    await mounts.close()
    assert "closed" in await refusal(mounts)


async def test_an_abandoned_question_does_no_harm(database, open_mounts):
    mounts = open_mounts(database.settings)
    asked = asyncio.create_task(mounts.check())
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await mounts.check()


async def test_a_restart_between_two_questions_goes_unnoticed(server, open_mounts):
    mounts = open_mounts(server.settings)
    await asyncio.gather(*(mounts.check() for _ in range(8)))
    server.stop()
    server.start()
    await asyncio.gather(*(mounts.check() for _ in range(8)))


async def test_an_outage_is_an_error_and_its_end_is_noticed(server, open_mounts):
    mounts = open_mounts(server.settings)
    await mounts.check()
    server.stop()
    assert "nothing listens at 127.0.0.1" in await refusal(mounts)
    server.start()
    await mounts.check()


async def test_a_server_that_comes_later(server, open_mounts):
    server.stop()
    mounts = open_mounts(server.settings)
    await refusal(mounts)
    server.start()
    await mounts.check()


@asynccontextmanager
async def speaking(greeting: bytes) -> AsyncIterator[int]:
    """Something on a port that says this and nothing more."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1")
    yield listener.sockets[0].getsockname()[1]
    listener.close()


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postgres, mysql):
        monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.2)
        monkeypatch.setattr(module, "QUERY_TIMEOUT", 0.2)


KINDS = pytest.mark.parametrize("kind", ["postgres", "mysql"])


@KINDS
@pytest.mark.usefixtures("short_timeouts")
async def test_a_server_that_never_answers(kind, open_mounts):
    async with speaking(b"") as port:
        text = await refusal(open_mounts(f"{kind}://u:p@127.0.0.1:{port}/db?sslmode=disable"))
    assert text == f"127.0.0.1 port {port} did not answer in time"


@KINDS
@pytest.mark.usefixtures("short_timeouts")
@pytest.mark.parametrize(
    "nonsense", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"J\0\0\0\n8.4\0", b"E\0\0\0\4", b"N"]
)
async def test_a_server_that_speaks_something_else(kind, open_mounts, nonsense):
    async with speaking(nonsense) as port:
        await refusal(open_mounts(f"{kind}://u:p@127.0.0.1:{port}/db"))


async def test_a_query_has_a_time_limit(server, open_mounts, monkeypatch, short_timeouts):
    mounts = open_mounts(server.settings)
    with server.locked_mounts():
        assert "in time" in await refusal(mounts)
    await mounts.check()


async def test_a_thread_that_hangs_is_waited_for_no_longer(open_mounts, monkeypatch):
    monkeypatch.setattr(threads, "_CALL_TIMEOUT", 0.1)
    release = threading.Event()
    monkeypatch.setattr(mysql._MysqlSession, "fetch", lambda *_: release.wait(10) and ())
    mounts = open_mounts("mysql://u:p@h/db")
    assert "no answer within" in await refusal(mounts)
    release.set()
    monkeypatch.setattr(threads, "_CALL_TIMEOUT", 10)
    await mounts.check()


async def test_a_host_that_does_not_resolve(open_mounts):
    for kind in ("postgres", "mysql"):
        text = await refusal(open_mounts(f"{kind}://u:p@host.invalid/db"))
        assert "host.invalid port" in text
        assert "does not resolve" in text


@pytest.mark.parametrize("kind", ["postgres", "mysql", "sqlite"])
def test_opening_imports_only_the_driver_needed(kind):
    code = (
        "import sys; from pathlib import Path;"
        "from nextcloud_push.server.settings.model import Database;"
        "from nextcloud_push.server.database import open_database;"
        f"open_database(Database(kind={kind!r}, path=Path('/nowhere')));"
        "print(*sorted({'asyncpg', 'pymysql'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == {"postgres": "asyncpg", "mysql": "pymysql", "sqlite": ""}[kind]


async def test_closing_does_not_wait_for_a_query_that_hangs(server, open_mounts, monkeypatch):
    for module in (postgres, threads):
        monkeypatch.setattr(module, "_CLOSE_TIMEOUT", 0.1)
    mounts = open_mounts(server.settings)
    with server.locked_mounts():
        asked = asyncio.create_task(mounts.check())
        await asyncio.sleep(0.1)  # only the server knows when it waits for the lock
        async with asyncio.timeout(20):  # the lock is held until the block ends
            await mounts.close()
    with suppress(DatabaseError):  # MariaDB's thread gets its answer after all
        await asked
