"""What only a SQLite file can do: be missing, be locked, be swapped, be read-only."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nextcloud_push.server.database import Mounts
from nextcloud_push.server.database import sqlite as backend
from nextcloud_push.server.database.sqlite import SqliteMounts
from nextcloud_push.server.errors import DatabaseError
from support.databases import SqliteDatabase

NOBODY = 65534


async def refusal(mounts: Mounts) -> str:
    with pytest.raises(DatabaseError) as caught:
        await mounts.check()
    return str(caught.value)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder and its files cannot be written, not even by root."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


async def test_a_missing_file_is_named_and_not_created(sqlite, open_mounts):
    path = sqlite.path.with_name("absent.db")
    text = await refusal(open_mounts(f"sqlite://{path}"))
    assert text == f"the SQLite database {path}: No such file or directory"
    assert not path.exists()


async def test_a_file_that_appears_later(sqlite, open_mounts):
    path = sqlite.path.with_name("later.db")
    mounts = open_mounts(f"sqlite://{path}")
    await refusal(mounts)
    SqliteDatabase(path).create_nextcloud_tables()
    await mounts.check()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"no database\n" * 100, "file is not a database"), (b"", "no such table: oc_mounts")],
)
async def test_a_file_that_is_no_database(sqlite, open_mounts, content, says):
    path = sqlite.path.with_name("other.db")
    path.write_bytes(content)
    assert says in await refusal(open_mounts(f"sqlite://{path}"))
    assert path.read_bytes() == content


async def test_a_folder(sqlite, open_mounts):
    assert "is a folder" in await refusal(open_mounts(f"sqlite://{sqlite.path.parent}"))


async def test_a_file_that_may_not_be_read(sqlite, open_mounts):
    sqlite.path.chmod(0)
    mounts = open_mounts(sqlite.settings)
    with read_only(sqlite.path.parent):
        assert "may not be read" in await refusal(mounts)


@pytest.mark.parametrize(
    "name", ["with space.db", "100%41.db", "a?b#c.db", "ä漢.db", "a&mode=rw.db"]
)
async def test_odd_file_names(sqlite, open_mounts, name):
    moved = SqliteDatabase(sqlite.path.with_name(name))
    moved.create_nextcloud_tables()
    moved.add_mount(1, "files", "alice")
    assert await open_mounts(moved.url).mounts_of_user("alice") == [(1, "files")]


async def test_a_relative_path(sqlite, open_mounts, monkeypatch):
    monkeypatch.chdir(sqlite.path.parent)
    await open_mounts(f"sqlite://{sqlite.path.name}").check()


async def test_it_is_never_written(sqlite, open_mounts):
    await open_mounts(sqlite.settings).check()
    connection = backend._connect(f"file:{sqlite.path}?mode=ro")
    with closing(connection), pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM oc_mounts")


async def test_a_writer_does_not_hold_up_readers(sqlite, open_mounts):
    sqlite.add_mount(1, "files", "alice")
    mounts = open_mounts(sqlite.settings)
    with closing(sqlite3.connect(sqlite.path)) as writer:
        writer.execute("DELETE FROM oc_mounts")
        assert await mounts.mounts_of_user("alice") == [(1, "files")]
        writer.commit()
        assert await mounts.mounts_of_user("alice") == []


async def test_a_lock_without_write_ahead_log(sqlite, open_mounts, monkeypatch):
    monkeypatch.setattr(backend, "_BUSY_TIMEOUT", 0.05)
    sqlite.run("PRAGMA journal_mode = DELETE")
    mounts = open_mounts(sqlite.settings)
    with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert "locked" in await refusal(mounts)
        writer.execute("COMMIT")
        await mounts.check()


async def test_a_replaced_file_is_noticed(sqlite, open_mounts):
    backup = sqlite.path.with_name("backup.db")
    shutil.copy(sqlite.path, backup)
    sqlite.add_mount(1, "files", "alice")
    mounts = open_mounts(sqlite.settings)
    assert await mounts.mounts_of_user("alice") == [(1, "files")]
    backup.replace(sqlite.path)
    assert await mounts.mounts_of_user("alice") == []


async def test_a_read_only_folder(sqlite, open_mounts):
    """With nobody else there, the write-ahead log's files are missing and cannot be made."""
    sqlite.add_mount(1, "files", "alice")
    mounts = open_mounts(sqlite.settings)
    with read_only(sqlite.path.parent):
        assert await mounts.mounts_of_user("alice") == [(1, "files")]
    sqlite.add_mount(2, "files", "alice")
    with read_only(sqlite.path.parent):
        assert len(await mounts.mounts_of_user("alice")) == 2


async def test_a_read_only_folder_in_use(sqlite, open_mounts):
    mounts = open_mounts(sqlite.settings)
    with closing(sqlite3.connect(sqlite.path)) as writer:
        writer.execute("INSERT INTO oc_filecache (fileid, path) VALUES (7, 'files')")
        writer.execute("INSERT INTO oc_mounts VALUES (1, 1, 7, 'alice', '/', NULL, NULL)")
        writer.commit()
        with read_only(sqlite.path.parent):
            assert await mounts.mounts_of_user("alice") == [(1, "files")]


async def test_text_that_is_no_utf8_costs_only_itself(sqlite, open_mounts):
    sqlite.add_mounts([(1, "files", "alice"), (1, "files/x", "bob")])
    sqlite.run("UPDATE oc_filecache SET path = CAST(x'66ff' AS TEXT) WHERE path = 'files/x'")
    mounts = await open_mounts(sqlite.settings).mounts_of_storages([1])
    assert sorted(mounts[1]) == [("alice", "files"), ("bob", "f�")]


async def test_values_of_odd_types(sqlite, open_mounts):
    sqlite.add_mount(1, "files", "alice")
    sqlite.run("UPDATE oc_mounts SET user_id = x'c3bc'")
    assert await open_mounts(sqlite.settings).mounts_of_storages([1]) == {1: [("ü", "files")]}


async def test_a_database_in_memory_is_shared_within_the_process():
    uri = "file:shared?mode=memory&cache=shared"
    mounts = SqliteMounts(uri)
    with closing(sqlite3.connect(uri, uri=True)) as keeper:
        assert "no such table" in await refusal(mounts)
        keeper.executescript(
            "CREATE TABLE oc_mounts (storage_id, root_id, user_id);"
            "CREATE TABLE oc_filecache (fileid, path);"
            "INSERT INTO oc_filecache VALUES (7, 'files')"
        )
        keeper.execute("INSERT INTO oc_mounts VALUES (1, 7, 'alice')")  # not committed yet
        assert await mounts.mounts_of_user("alice") == [(1, "files")]
        await mounts.close()
