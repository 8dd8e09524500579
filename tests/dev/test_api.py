from __future__ import annotations

from typing import Any

import httpx
import pytest

from nextcloud_push.dev.bus import MemoryBus
from nextcloud_push.dev.nextcloud import create_app


async def emit(site: Any, **event: object) -> httpx.Response:
    response: httpx.Response = await site.as_user(None).post("/dev/emit", json=event)
    return response


async def test_state(site: Any) -> None:
    state = (await site.as_user(None).get("/dev/state")).json()
    assert state["users"] == ["admin", "alice", "bob", "carol"]
    assert state["groups"]["staff"] == ["alice", "bob"]
    assert (state["push"], state["up"]) == ("http://127.0.0.1:7867", True)


@pytest.mark.parametrize(
    ("event", "channels"),
    [
        ({"kind": "activity"}, ["notify_activity"]),
        ({"kind": "notification"}, ["notify_notification"]),
        ({"kind": "custom", "message": "x"}, ["notify_custom"]),
        ({"kind": "file", "path": "a.txt"}, ["notify_storage_update"] * 4),
        (
            {"kind": "file", "path": "Docs/a.txt"},
            ["notify_storage_update"] * 8,  # the folder is made first
        ),
        (
            {"kind": "share", "path": "a.txt", "receiver": "bob"},
            ["notify_storage_update"] * 4 + ["notify_notification", "notify_user_share_created"],
        ),
        (
            {"kind": "share", "path": "a.txt", "receiver": "staff", "to_group": True},
            ["notify_storage_update"] * 4 + ["notify_notification"],
        ),
        (
            {"kind": "group", "group": "club"},
            ["notify_activity", "notify_group_membership_update"],
        ),
        ({"kind": "group", "group": "club", "leave": True}, []),
    ],
)
async def test_emit(site: Any, event: dict[str, object], channels: list[str]) -> None:
    response = await emit(site, user="alice", **event)
    assert response.status_code == 200
    assert [channel for channel, _ in response.json()["published"]] == channels
    assert [channel for channel, _ in site.published] == channels


@pytest.mark.parametrize("body", [None, False, 0, "s", [], {"z": 1, "a": "ü/"}])
async def test_custom_bodies_keep_what_they_are(site: Any, body: object) -> None:
    await emit(site, kind="custom", user="alice", message="x", body=body)
    assert site.published == [("notify_custom", {"user": "alice", "message": "x", "body": body})]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({"kind": "unknown", "user": "alice"}, 400),
        ({"kind": "activity"}, 400),
        ({"kind": "activity", "user": 7}, 400),
        ({"kind": "activity", "user": "alice", "more": 1}, 400),
        ({"kind": "activity", "user": "nobody"}, 404),
        ({"kind": "file", "user": "alice", "path": "../x"}, 400),
        ({"kind": "share", "user": "alice", "path": "a", "receiver": "nobody"}, 404),
    ],
)
async def test_events_that_cannot_be(site: Any, event: dict[str, object], status: int) -> None:
    response = await emit(site, **event)
    assert response.status_code == status
    assert response.json()["message"]


async def test_what_was_published_can_be_read_without_its_tokens(
    site: Any, alice: httpx.AsyncClient
) -> None:
    await emit(site, kind="activity", user="alice")
    token = (await alice.post("/index.php/apps/notify_push/pre_auth")).text
    response = await alice.get("/dev/published")
    assert [item["channel"] for item in response.json()] == ["notify_activity", "notify_pre_auth"]
    assert token not in response.text
    after = (await alice.get("/dev/published?after=1")).json()
    assert [item["number"] for item in after] == [2]
    assert (await alice.get("/dev/published?after=x")).status_code == 400


async def test_the_push_server_is_controlled(site: Any) -> None:
    page = site.as_user(None)
    await page.post("/dev/reset")
    assert site.published == [("notify_signal", "reset")]
    assert (await page.post("/dev/drop", json={"user": "alice"})).json() == {"dropped": 2}
    assert (await page.post("/dev/down", json={"seconds": 3})).json() == {"seconds": 3.0}
    assert site.control.calls == [("drop", "alice"), ("down", 3.0)]


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("down", {}, 400),
        ("down", {"seconds": "x"}, 400),
        ("down", {"seconds": 0}, 400),
        ("down", {"seconds": 601}, 400),
        ("down", {"seconds": "nan"}, 400),
        ("drop", {"user": "nobody"}, 404),
        ("drop", {"user": ["alice"]}, 404),
    ],
)
async def test_controls_without_sense(
    site: Any, path: str, asked: dict[str, object], status: int
) -> None:
    response = await site.as_user(None).post(f"/dev/{path}", json=asked)
    assert (response.status_code, site.control.calls) == (status, [])


async def test_without_a_push_server_in_the_process_there_is_nothing_to_control(
    store: Any,
) -> None:
    app = create_app(store, bus=MemoryBus(), push_endpoint=None)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as client:
        for path in ("down", "drop", "self-test"):
            asked = {"seconds": 1, "user": "alice"}
            assert (await client.post(f"/dev/{path}", json=asked)).status_code == 409
