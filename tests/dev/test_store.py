from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from nextcloud_push.dev.files import Files
from nextcloud_push.dev.store import Store
from nextcloud_push.server.database.sqlite import SqliteMounts

SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"
ROOTS = (
    "SELECT user_id, path FROM oc_mounts INNER JOIN oc_filecache ON root_id = fileid"
    " WHERE storage_id = ? ORDER BY user_id, path"
)


def roots(store: Store, owner: str) -> list[tuple[str, str]]:
    reader = sqlite3.connect(f"{store.database_uri}&mode=ro", uri=True)
    try:
        return reader.execute(ROOTS, (store.home(owner),)).fetchall()
    finally:
        reader.close()


async def test_the_daemons_own_backend_reads_the_mounts(site: Any, alice: Any) -> None:
    await alice.request("MKCOL", "/remote.php/dav/files/alice/Docs")
    await alice.post(SHARES, data={"path": "Docs", "shareType": 0, "shareWith": "bob"})
    home = site.store.home("alice")
    mounts = SqliteMounts(f"{site.store.database_uri}&mode=ro")
    try:
        found = await mounts.mounts_of_storages([home])
    finally:
        await mounts.close()
    assert sorted(found[home]) == [("alice", ""), ("bob", "files/Docs")]


def test_readers_cannot_write(store: Store) -> None:
    reader = sqlite3.connect(f"{store.database_uri}&mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM oc_mounts")
    reader.close()


async def test_mounts_follow_shares_groups_and_moves(site: Any, alice: httpx.AsyncClient) -> None:
    await alice.request("MKCOL", "/remote.php/dav/files/alice/Docs")
    await alice.post(SHARES, data={"path": "Docs", "shareType": 1, "shareWith": "staff"})
    assert roots(site.store, "alice") == [("alice", ""), ("bob", "files/Docs")]
    site.store.change_group("carol", "staff")
    site.store.change_group("bob", "staff", leave=True)
    await alice.request(
        "MOVE",
        "/remote.php/dav/files/alice/Docs",
        headers={"Destination": "/remote.php/dav/files/alice/Papers"},
    )
    assert roots(site.store, "alice") == [("alice", ""), ("carol", "files/Papers")]
    await alice.delete("/remote.php/dav/files/alice/Papers")
    assert roots(site.store, "alice") == [("alice", "")]


def test_files_in_the_data_folder_are_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "alice" / "files" / "Docs"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("hello")
    (folder / "link").symlink_to("/etc/passwd")
    store = Store(tmp_path)
    found = store.catalog.find(store.home("alice"), "files/Docs/a.txt")
    assert found is not None
    assert found.size == 5
    assert store.catalog.get(store.home("alice"), "files").size == 5
    assert store.catalog.find(store.home("alice"), "files/Docs/link") is None
    store.close()
    assert (folder / "a.txt").read_text() == "hello"


def test_a_temporary_folder_is_removed() -> None:
    store = Store()
    assert store.data.is_dir()
    store.close()
    assert not store.data.exists()


def test_received_names_that_are_taken_get_a_number(store: Store) -> None:
    files = Files(store)
    for user in ("alice", "carol", "bob"):
        with files.upload(user, ("a.txt",)) as upload:
            upload.finish()
    from nextcloud_push.dev.shares import ALL, ShareType

    for owner in ("alice", "carol"):
        node = files.locate(owner, ("a.txt",)).existing()
        share = store.shares.add(
            ShareType.USER,
            owner=owner,
            initiator=owner,
            file_id=node.id,
            receiver="bob",
            permissions=ALL,
        )
        store.share(share)
    assert sorted(store.received("bob")) == ["a (2).txt", "a (3).txt"]
    assert [name for name, _ in files.children("bob", ())] == ["a (2).txt", "a (3).txt", "a.txt"]
