from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

CAPABILITIES = "/cloud/capabilities"
SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"
NOTIFICATIONS = "/ocs/v2.php/apps/notifications/api/v2"
PUSH = {
    "type": ["files", "activities", "notifications"],
    "endpoints": {
        "websocket": "ws://127.0.0.1:7867/ws",
        "pre_auth": "http://cloud.test/index.php/apps/notify_push/pre_auth",
    },
}


@pytest.mark.parametrize(("version", "code"), [("v1", 100), ("v2", 200)])
async def test_capabilities_in_json(alice: httpx.AsyncClient, version: str, code: int) -> None:
    response = await alice.get(f"/ocs/{version}.php{CAPABILITIES}")
    ocs = response.json()["ocs"]
    assert (ocs["meta"]["status"], ocs["meta"]["statuscode"]) == ("ok", code)
    assert ocs["data"]["capabilities"]["notify_push"] == PUSH


@pytest.mark.parametrize(("version", "code"), [("v1", "100"), ("v2", "200")])
async def test_capabilities_in_xml(site: Any, version: str, code: str) -> None:
    alice = site.as_user("alice", Accept="*/*")
    response = await alice.get(f"/ocs/{version}.php{CAPABILITIES}")
    assert response.headers["content-type"].startswith("application/xml")
    root = ElementTree.fromstring(response.content)
    assert root.findtext("meta/statuscode") == code
    push = root.find("data/capabilities/notify_push")
    assert push is not None
    assert [e.text for e in push.iterfind("type/element")] == PUSH["type"]
    assert push.findtext("endpoints/websocket") == "ws://127.0.0.1:7867/ws"


async def test_the_format_parameter_wins_over_accept(alice: httpx.AsyncClient) -> None:
    for asked, kind in (("xml", "application/xml"), ("json", "application/json")):
        url = f"/ocs/v2.php{CAPABILITIES}?format={asked}"
        response = await alice.get(url, headers={"Accept": "text/html"})
        assert response.headers["content-type"].startswith(kind)


async def test_without_login_the_capabilities_say_nothing_of_push(site: Any) -> None:
    response = await site.as_user(None).get(f"/ocs/v2.php{CAPABILITIES}")
    assert response.status_code == 200
    assert "notify_push" not in response.json()["ocs"]["data"]["capabilities"]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_wrong_credentials_are_refused_even_where_none_are_needed(
    site: Any, version: str
) -> None:
    response = await site.as_user(None).get(
        f"/ocs/{version}.php{CAPABILITIES}", auth=("alice", "wrong")
    )
    meta = response.json()["ocs"]["meta"]
    assert (response.status_code, meta["status"], meta["statuscode"]) == (401, "failure", 997)


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YWxpY2U=", "Bearer YWxpY2U6YWxpY2U=", "Basic /w=="]
)
async def test_broken_credentials_are_refused(site: Any, header: str) -> None:
    response = await site.as_user(None, Authorization=header).get(f"/ocs/v2.php{CAPABILITIES}")
    assert response.status_code == 401


async def test_without_the_ocs_header_a_call_is_refused(site: Any) -> None:
    alice = site.as_user("alice")
    del alice.headers["OCS-APIRequest"]
    response = await alice.get(f"/ocs/v2.php{CAPABILITIES}")
    assert (response.status_code, response.json()) == (412, {"message": "CSRF check failed"})


async def test_without_a_push_server_the_capability_is_absent(
    site: Any, alice: httpx.AsyncClient
) -> None:
    object.__setattr__(site.app.state.standin, "push_endpoint", None)
    response = await alice.get(f"/ocs/v2.php{CAPABILITIES}")
    assert "notify_push" not in response.json()["ocs"]["data"]["capabilities"]


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [("box.lan:8080", "ws://box.lan:7867/ws"), ("[::1]:8080", "ws://[::1]:7867/ws")],
)
async def test_the_endpoint_follows_the_host_that_was_asked(
    site: Any, alice: httpx.AsyncClient, host: str, endpoint: str
) -> None:
    object.__setattr__(site.app.state.standin, "push_endpoint", "http://{host}:7867")
    response = await alice.get(f"/ocs/v2.php{CAPABILITIES}", headers={"Host": host})
    endpoints = response.json()["ocs"]["data"]["capabilities"]["notify_push"]["endpoints"]
    assert endpoints["websocket"] == endpoint
    assert endpoints["pre_auth"].startswith(f"http://{host}/")


async def test_behind_a_proxy_addresses_are_those_of_the_proxy(alice: httpx.AsyncClient) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "cloud.example.com"}
    response = await alice.get(f"/ocs/v2.php{CAPABILITIES}", headers=forwarded)
    endpoints = response.json()["ocs"]["data"]["capabilities"]["notify_push"]["endpoints"]
    assert endpoints["pre_auth"].startswith("https://cloud.example.com/index.php/")


@pytest.mark.parametrize(("version", "status"), [("v1", 200), ("v2", 404)])
async def test_unknown_calls(alice: httpx.AsyncClient, version: str, status: int) -> None:
    response = await alice.post(f"/ocs/{version}.php/apps/unknown")
    assert response.status_code == status
    assert response.json()["ocs"]["meta"]["statuscode"] == 998


async def test_version_1_says_failures_in_the_envelope_only(alice: httpx.AsyncClient) -> None:
    response = await alice.post("/ocs/v1.php/apps/files_sharing/api/v1/shares", data={"path": "x"})
    assert response.status_code == 200
    assert response.json()["ocs"]["meta"]["status"] == "failure"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"shareType": "0", "shareWith": "bob"}, 404),
        ({"path": "a.txt", "shareType": "7", "shareWith": "bob"}, 400),
        ({"path": "a.txt", "shareType": "0", "shareWith": "nobody"}, 404),
        ({"path": "a.txt", "shareType": "0", "shareWith": "alice"}, 403),
        ({"path": "a.txt", "shareType": "1", "shareWith": "nobody"}, 404),
        ({"path": "missing", "shareType": "0", "shareWith": "bob"}, 404),
        ({"path": "/", "shareType": "0", "shareWith": "bob"}, 404),
        ({"path": "../a.txt", "shareType": "0", "shareWith": "bob"}, 400),
    ],
)
async def test_shares_that_are_refused(
    alice: httpx.AsyncClient, asked: dict[str, str], status: int
) -> None:
    await alice.put("/remote.php/dav/files/alice/a.txt", content=b"x")
    response = await alice.post(SHARES, data=asked)
    meta = response.json()["ocs"]["meta"]
    assert (response.status_code, meta["statuscode"]) == (status, status)


async def test_a_share_is_described_listed_and_made_once(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await alice.put("/remote.php/dav/files/alice/a.txt", content=b"x")
    asked = {"path": "/a.txt", "shareType": 0, "shareWith": "bob"}
    made = (await alice.post(SHARES, json=asked)).json()["ocs"]["data"]
    assert (made["share_type"], made["share_with"], made["path"]) == (0, "bob", "/a.txt")
    assert (await alice.post(SHARES, json=asked)).status_code == 403
    for client, query in ((alice, ""), (alice, "?path=a.txt"), (bob, "?shared_with_me=true")):
        listed = (await client.get(SHARES + query)).json()["ocs"]["data"]
        assert [share["id"] for share in listed] == [made["id"]]


async def test_what_was_received_is_passed_on_with_no_more_rights(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await alice.request("MKCOL", "/remote.php/dav/files/alice/Docs")
    asked = {"path": "Docs", "shareType": 0, "shareWith": "bob", "permissions": 17}
    received = (await alice.post(SHARES, data=asked)).json()["ocs"]["data"]
    passed = {"path": "Docs", "shareType": 0, "shareWith": "carol", "permissions": 31}
    made = (await bob.post(SHARES, data=passed)).json()["ocs"]["data"]
    assert (made["uid_owner"], made["uid_file_owner"], made["permissions"]) == ("bob", "alice", 17)
    assert (await bob.delete(f"{SHARES}/{received['id']}")).status_code == 200
    listing = await bob.request("PROPFIND", "/remote.php/dav/files/bob/Docs")
    assert listing.status_code == 404


async def test_shares_of_what_is_not_there_cannot_be_listed(alice: httpx.AsyncClient) -> None:
    assert (await alice.get(f"{SHARES}?path=missing")).status_code == 404


async def test_a_host_that_is_none_is_refused(alice: httpx.AsyncClient) -> None:
    response = await alice.get(f"/ocs/v2.php{CAPABILITIES}", headers={"Host": 'x"><script>'})
    assert response.status_code == 400


async def test_parameters_are_text(alice: httpx.AsyncClient) -> None:
    response = await alice.post(SHARES, json={"path": ["a"], "shareType": 0})
    assert response.status_code == 400


async def test_shares_of_others_are_not_found(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await alice.put("/remote.php/dav/files/alice/a.txt", content=b"x")
    made = (await alice.post(SHARES, data={"path": "a.txt", "shareType": 3})).json()
    number = made["ocs"]["data"]["id"]
    for method in ("GET", "DELETE"):
        assert (await bob.request(method, f"{SHARES}/{number}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ocs/v2.php/cloud/users"),
        ("POST", "/ocs/v2.php/cloud/groups"),
        ("POST", "/ocs/v2.php/cloud/users/bob/groups"),
        ("DELETE", "/ocs/v2.php/cloud/users/alice/groups"),
        ("GET", "/ocs/v2.php/cloud/users/bob"),
        ("POST", f"{NOTIFICATIONS}/admin_notifications/alice"),
    ],
)
async def test_what_only_admins_may(
    site: Any, alice: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await alice.request(method, path, data={"groupid": "staff", "shortMessage": "x"})
    assert (response.status_code, site.published) == (403, [])


@pytest.mark.parametrize(
    ("user", "group", "code"),
    [("nobody", "staff", 103), ("alice", "nobody", 102), ("alice", "", 101)],
)
async def test_memberships_that_are_refused(
    admin: httpx.AsyncClient, user: str, group: str, code: int
) -> None:
    response = await admin.post(f"/ocs/v2.php/cloud/users/{user}/groups", data={"groupid": group})
    assert response.status_code == 400
    assert response.json()["ocs"]["meta"]["statuscode"] == code


async def test_users_and_groups(admin: httpx.AsyncClient) -> None:
    listed = (await admin.get("/ocs/v2.php/cloud/users")).json()["ocs"]["data"]["users"]
    assert listed == ["admin", "alice", "bob", "carol"]
    one = (await admin.get("/ocs/v2.php/cloud/users/bob")).json()["ocs"]["data"]
    assert (one["id"], one["groups"]) == ("bob", ["staff"])
    groups = (await admin.get("/ocs/v2.php/cloud/groups")).json()["ocs"]["data"]["groups"]
    assert groups == ["admin", "staff", "guests"]


@pytest.mark.parametrize(("group", "code"), [("", 101), ("x" * 65, 101), ("staff", 102)])
async def test_groups_that_are_not_made(admin: httpx.AsyncClient, group: str, code: int) -> None:
    response = await admin.post("/ocs/v2.php/cloud/groups", data={"groupid": group})
    assert response.json()["ocs"]["meta"]["statuscode"] == code


async def test_new_groups_have_members(admin: httpx.AsyncClient) -> None:
    await admin.post("/ocs/v2.php/cloud/groups", data={"groupid": "new"})
    await admin.post("/ocs/v2.php/cloud/users/carol/groups", data={"groupid": "new"})
    groups = (await admin.get("/ocs/v2.php/cloud/users/carol/groups")).json()["ocs"]["data"]
    assert groups == {"groups": ["new"]}
    me = (await admin.get("/ocs/v2.php/cloud/user")).json()["ocs"]["data"]
    assert (me["id"], me["email"]) == ("admin", "admin@example.com")


async def test_notifications_are_listed_and_dismissed(
    admin: httpx.AsyncClient, alice: httpx.AsyncClient
) -> None:
    for text in ("one", "two"):
        asked = {"shortMessage": text, "longMessage": "…"}
        await admin.post(f"{NOTIFICATIONS}/admin_notifications/alice", data=asked)
    url = f"{NOTIFICATIONS}/notifications"
    listed = (await alice.get(url)).json()["ocs"]["data"]
    assert [item["subject"] for item in listed] == ["two", "one"]
    one = f"{url}/{listed[1]['notification_id']}"
    assert (await alice.get(one)).json()["ocs"]["data"]["subject"] == "one"
    assert (await alice.delete(one)).status_code == 200
    assert (await alice.delete(one)).status_code == 404
    await alice.delete(url)
    assert (await alice.get(url)).json()["ocs"]["data"] == []


@pytest.mark.parametrize(
    "asked", [{}, {"shortMessage": "x" * 256}, {"shortMessage": "x", "longMessage": "x" * 4001}]
)
async def test_notifications_without_sense_are_refused(
    site: Any, admin: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    response = await admin.post(f"{NOTIFICATIONS}/admin_notifications/alice", data=asked)
    assert (response.status_code, site.published) == (400, [])


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[]", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/x-www-form-urlencoded", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"a=b&" * 101, 400),
        ("text/plain", b"x" * (1 << 20) + b"x", 413),
    ],
)
async def test_bodies_that_cannot_be_read(
    alice: httpx.AsyncClient, kind: str, body: bytes, status: int
) -> None:
    response = await alice.post(SHARES, content=body, headers={"Content-Type": kind})
    assert response.status_code == status


async def test_what_xml_cannot_say_is_left_out(site: Any, alice: httpx.AsyncClient) -> None:
    site.store.accounts.notify("alice", "a\x00\x08b <&>", "\ufffe")
    url = f"{NOTIFICATIONS}/notifications?format=xml"
    root = ElementTree.fromstring((await alice.get(url)).content)
    assert root.findtext("data/element/subject") == "ab <&>"
