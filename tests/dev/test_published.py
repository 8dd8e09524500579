"""What is published for each kind of change, in order: the protocol's table, row by row."""

from __future__ import annotations

from typing import Any

import httpx

FILES = "/remote.php/dav/files"
SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"
NOTIFICATIONS = "/ocs/v2.php/apps/notifications/api/v2"


async def put(client: httpx.AsyncClient, path: str) -> httpx.Response:
    user = path.split("/")[0]
    response = await client.put(f"{FILES}/{user}/{path.removeprefix(user + '/')}", content=b"x")
    assert response.status_code in (201, 204), response.text
    return response


def own(*paths: str) -> list[tuple[str, str]]:
    return [("alice", path) for path in paths]


async def test_put_of_a_new_file_in_the_root(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    assert site.updates() == own("files/a.txt", "files", "files", "files/a.txt")


async def test_storage_updates_carry_the_ids_that_webdav_tells(
    site: Any, alice: httpx.AsyncClient
) -> None:
    response = await put(alice, "alice/a.txt")
    _, first = site.published[0]
    assert response.headers["oc-fileid"].startswith(f"{first['file_id']:08d}")
    assert list(first) == ["storage", "path", "file_id"]
    assert first["storage"] == site.store.home("alice")


async def test_put_over_a_file_in_the_root(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    site.forget()
    await put(alice, "alice/a.txt")
    assert site.updates() == own("files", "files/a.txt", "files", "files/a.txt")


async def test_put_in_a_folder(site: Any, alice: httpx.AsyncClient) -> None:
    await alice.request("MKCOL", f"{FILES}/alice/Docs")
    expected = own("files/Docs/a.txt", "files/Docs", "files", "files/Docs", "files/Docs/a.txt")
    for _ in ("new", "over"):
        site.forget()
        await put(alice, "alice/Docs/a.txt")
        assert site.updates() == expected


async def test_put_by_the_receiver_of_a_share_names_the_owners_path(
    site: Any, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await alice.request("MKCOL", f"{FILES}/alice/Docs")
    await alice.post(SHARES, data={"path": "Docs", "shareType": 0, "shareWith": "bob"})
    site.forget()
    await put(bob, "bob/Docs/b.txt")
    assert site.updates() == own(
        "files/Docs/b.txt", "files/Docs", "files", "files/Docs", "files/Docs/b.txt"
    )


async def test_mkcol(site: Any, alice: httpx.AsyncClient) -> None:
    await alice.request("MKCOL", f"{FILES}/alice/Docs")
    assert site.updates() == own("files/Docs", "files/Docs", "files")


async def test_move(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    site.forget()
    await alice.request(
        "MOVE", f"{FILES}/alice/a.txt", headers={"Destination": f"{FILES}/alice/b.txt"}
    )
    assert site.updates() == own("files/b.txt", "files", "files", "files/b.txt")


async def test_copy(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    site.forget()
    await alice.request(
        "COPY", f"{FILES}/alice/a.txt", headers={"Destination": f"{FILES}/alice/b.txt"}
    )
    assert site.updates() == own("files/b.txt", "files", "files", "files", "files/b.txt")


async def test_delete(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    site.forget()
    await alice.delete(f"{FILES}/alice/a.txt")
    assert site.updates() == own("files", "files", "files")


async def test_share_to_a_user(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    site.forget()
    await alice.post(SHARES, data={"path": "a.txt", "shareType": 0, "shareWith": "bob"})
    assert site.published == [
        ("notify_notification", {"user": "bob"}),
        ("notify_user_share_created", {"user": "bob"}),
    ]


async def test_share_to_a_group(site: Any, alice: httpx.AsyncClient) -> None:
    site.store.change_group("carol", "staff")
    await put(alice, "alice/a.txt")
    site.forget()
    await alice.post(SHARES, data={"path": "a.txt", "shareType": 1, "shareWith": "staff"})
    assert site.published == [
        ("notify_notification", {"user": "bob"}),
        ("notify_notification", {"user": "carol"}),
    ]


async def test_unshare_and_public_link_publish_nothing(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    shared = await alice.post(SHARES, data={"path": "a.txt", "shareType": 0, "shareWith": "bob"})
    site.forget()
    number = shared.json()["ocs"]["data"]["id"]
    assert (await alice.delete(f"{SHARES}/{number}")).status_code == 200
    link = await alice.post(SHARES, data={"path": "a.txt", "shareType": 3})
    assert link.json()["ocs"]["data"]["token"]
    assert site.published == []


async def test_joining_and_leaving_a_group(site: Any, admin: httpx.AsyncClient) -> None:
    for method in ("POST", "DELETE"):
        site.forget()
        await admin.request(
            method, "/ocs/v2.php/cloud/users/carol/groups", data={"groupid": "staff"}
        )
        assert site.published == [
            ("notify_activity", {"user": "carol"}),
            ("notify_group_membership_update", {"user": "carol", "group": "staff"}),
        ]


async def test_joining_a_group_twice_is_told_once(site: Any, admin: httpx.AsyncClient) -> None:
    url = "/ocs/v2.php/cloud/users/alice/groups"
    response = await admin.post(url, data={"groupid": "staff"})
    assert (response.status_code, site.published) == (200, [])
    response = await admin.request("DELETE", url, data={"groupid": "guests"})
    assert (response.status_code, site.published) == (200, [])


async def test_notification_made_and_dismissed(
    site: Any, admin: httpx.AsyncClient, alice: httpx.AsyncClient
) -> None:
    expected = [("notify_notification", {"user": "alice"})]
    await admin.post(f"{NOTIFICATIONS}/admin_notifications/alice", data={"shortMessage": "Hi"})
    assert site.published == expected
    listed = (await alice.get(f"{NOTIFICATIONS}/notifications")).json()["ocs"]["data"]
    site.forget()
    await alice.delete(f"{NOTIFICATIONS}/notifications/{listed[0]['notification_id']}")
    assert site.published == expected


async def test_comment_that_names_a_user(
    site: Any, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await put(alice, "alice/a.txt")
    number = site.published[0][1]["file_id"]
    url = f"/remote.php/dav/comments/files/{number}"
    site.forget()
    comment = {"actorType": "users", "verb": "comment", "message": "look, @bob and @nobody"}
    assert (await alice.post(url, json=comment)).status_code == 201
    assert site.published == [
        ("notify_notification", {"user": "bob"}),
        ("notify_activity", {"user": "alice"}),
    ]
    assert (await bob.post(url, json=comment)).status_code == 404


async def test_comments_without_sense_or_on_shared_files(
    site: Any, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await put(alice, "alice/a.txt")
    url = f"/remote.php/dav/comments/files/{site.published[0][1]['file_id']}"
    assert (await alice.post(url, json={"message": ""})).status_code == 400
    await alice.post(SHARES, data={"path": "a.txt", "shareType": 0, "shareWith": "bob"})
    site.forget()
    assert (await bob.post(url, json={"message": "thanks"})).status_code == 201
    assert site.published == [("notify_activity", {"user": "bob"})]


async def test_pre_auth(site: Any, alice: httpx.AsyncClient) -> None:
    response = await alice.post("/index.php/apps/notify_push/pre_auth")
    assert len(response.text) == 32
    assert site.published == [("notify_pre_auth", {"user": "alice", "token": response.text})]


async def test_payloads_are_written_as_php_writes_them(site: Any, alice: httpx.AsyncClient) -> None:
    raw: list[bytes] = []
    site.bus.ingest = lambda channel, payload: raw.append(payload)
    await put(alice, "alice/ü.txt")
    assert b'"path":"files\\/\\u00fc.txt"' in raw[0]


async def test_moving_over_a_file_deletes_it_first(site: Any, alice: httpx.AsyncClient) -> None:
    await put(alice, "alice/a.txt")
    await put(alice, "alice/b.txt")
    site.forget()
    await alice.request(
        "MOVE", f"{FILES}/alice/a.txt", headers={"Destination": f"{FILES}/alice/b.txt"}
    )
    deleted = own("files", "files", "files")
    assert site.updates() == deleted + own("files/b.txt", "files", "files", "files/b.txt")


async def test_moving_into_a_share_tells_both_storages(
    site: Any, alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await alice.request("MKCOL", f"{FILES}/alice/Docs")
    await alice.post(SHARES, data={"path": "Docs", "shareType": 0, "shareWith": "bob"})
    await put(bob, "bob/b.txt")
    site.forget()
    await bob.request(
        "MOVE", f"{FILES}/bob/b.txt", headers={"Destination": f"{FILES}/bob/Docs/b.txt"}
    )
    assert site.updates()[:4] == [("bob", "files")] * 3 + [("alice", "files/Docs/b.txt")]
