from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.dev.files import split_path
from nextcloud_push.dev.refusal import Refused

HOME = "/remote.php/dav/files/alice"
SHARES = "/ocs/v2.php/apps/files_sharing/api/v1/shares"
SPACES = {"d": "DAV:", "oc": "http://owncloud.org/ns"}


async def dav(client: httpx.AsyncClient, method: str, path: str, **headers: str) -> httpx.Response:
    return await client.request(method, path, headers=headers)


def hrefs(response: httpx.Response) -> list[str]:
    root = ElementTree.fromstring(response.content)
    return [element.text or "" for element in root.iterfind("d:response/d:href", SPACES)]


@pytest.fixture
async def tree(alice: httpx.AsyncClient) -> httpx.AsyncClient:
    """Alice, who has a.txt and Docs/b.txt."""
    await alice.put(f"{HOME}/a.txt", content=b"one")
    await dav(alice, "MKCOL", f"{HOME}/Docs")
    await alice.put(f"{HOME}/Docs/b.txt", content=b"two")
    return alice


async def test_a_file_comes_back_as_it_was_put(tree: httpx.AsyncClient) -> None:
    got = await tree.get(f"{HOME}/Docs/b.txt")
    assert (got.status_code, got.content) == (200, b"two")
    assert got.headers["etag"]
    head = await tree.head(f"{HOME}/Docs/b.txt")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "3")


async def test_put_answers_201_then_204_with_a_new_etag(alice: httpx.AsyncClient) -> None:
    first = await alice.put(f"{HOME}/a.txt", content=b"one")
    second = await alice.put(f"{HOME}/a.txt", content=b"two")
    assert (first.status_code, second.status_code) == (201, 204)
    assert first.headers["etag"] != second.headers["etag"]
    assert first.headers["oc-fileid"] == second.headers["oc-fileid"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/missing", {}, 404),
        ("GET", "", {}, 200),
        ("GET", "/a.txt", {"Range": "bytes=1-"}, 206),
        ("DELETE", "/missing", {}, 404),
        ("DELETE", "", {}, 403),
        ("DELETE", "/a.txt", {}, 204),
        ("DELETE", "/a.txt", {"If-Match": '"other"'}, 412),
        ("PUT", "/Docs", {}, 409),
        ("PUT", "", {}, 409),
        ("PUT", "/missing/a.txt", {}, 409),
        ("PUT", "/a.txt/below", {}, 409),
        ("PUT", "/a.txt", {"If-None-Match": "*"}, 412),
        ("PUT", "/new", {"If-Match": "*"}, 412),
        ("PUT", "/new", {"X-OC-Mtime": "yesterday"}, 400),
        ("MKCOL", "/Docs", {}, 405),
        ("MKCOL", "", {}, 405),
        ("MKCOL", "/missing/sub", {}, 409),
        ("MKCOL", "/New", {}, 201),
        ("MOVE", "/a.txt", {"Destination": f"{HOME}/c.txt"}, 201),
        ("MOVE", "/a.txt", {"Destination": f"http://cloud.test{HOME}/c.txt"}, 201),
        ("MOVE", "/a.txt", {"Destination": f"{HOME}/Docs/b.txt"}, 204),
        ("MOVE", "/a.txt", {"Destination": f"{HOME}/Docs/b.txt", "Overwrite": "F"}, 412),
        ("MOVE", "/a.txt", {"Destination": f"{HOME}/a.txt"}, 403),
        ("MOVE", "/a.txt", {"Destination": f"{HOME}/missing/a.txt"}, 409),
        ("MOVE", "/a.txt", {"Destination": "/elsewhere"}, 403),
        ("MOVE", "/a.txt", {"Destination": "http://other.test/x"}, 502),
        ("MOVE", "/a.txt", {"Destination": "/remote.php/dav/files/bob/a.txt"}, 403),
        ("MOVE", "/a.txt", {}, 400),
        ("MOVE", "/missing", {"Destination": f"{HOME}/c.txt"}, 404),
        ("MOVE", "/Docs", {"Destination": f"{HOME}/Docs/sub"}, 409),
        ("MOVE", "/Docs/b.txt", {"Destination": f"{HOME}/Docs"}, 409),
        ("COPY", "/Docs", {"Destination": f"{HOME}/Docs2"}, 201),
        ("COPY", "/a.txt", {"Destination": f"{HOME}/Docs/b.txt"}, 204),
        ("PROPFIND", "/missing", {"Depth": "0"}, 404),
        ("PROPFIND", "", {"Depth": "2"}, 400),
        ("MOVE", "/a.txt", {"Destination": f"{HOME}/c.txt", "Overwrite": "x"}, 400),
        ("MOVE", "/a.txt", {"Destination": "http://[/c.txt"}, 400),
        ("MOVE", "", {"Destination": f"{HOME}/c.txt"}, 403),
        ("PROPPATCH", "/a.txt", {}, 405),
        ("LOCK", "/a.txt", {}, 405),
    ],
)
async def test_status(
    tree: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = await dav(tree, method, HOME + path, **headers)
    assert response.status_code == status, response.text


async def test_options_name_what_works(site: Any) -> None:
    response = await site.as_user(None).options(HOME)
    assert response.headers["dav"] == "1, 3"
    assert "PROPFIND" in response.headers["allow"]


async def test_the_files_of_others_are_not_found(site: Any, tree: httpx.AsyncClient) -> None:
    for method in ("GET", "PUT", "PROPFIND", "DELETE"):
        response = await dav(site.as_user("bob"), method, f"{HOME}/a.txt")
        assert response.status_code == 404


async def test_without_credentials_401_asks_for_them(site: Any) -> None:
    for client in (site.as_user(None), site.as_user("alice:wrong")):
        response = await client.get(f"{HOME}/a.txt")
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Basic")


async def test_propfind_of_a_folder_lists_one_level(tree: httpx.AsyncClient) -> None:
    response = await dav(tree, "PROPFIND", f"{HOME}/", Depth="1")
    assert response.status_code == 207
    assert hrefs(response) == [f"{HOME}/", f"{HOME}/Docs/", f"{HOME}/a.txt"]
    only = await dav(tree, "PROPFIND", f"{HOME}/", Depth="0")
    assert hrefs(only) == [f"{HOME}/"]


async def test_propfind_answers_what_is_asked_and_names_what_is_not_there(
    tree: httpx.AsyncClient,
) -> None:
    body = (
        '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:x="urn:x">'
        "<d:prop><oc:fileid/><d:getetag/><x:unknown/></d:prop></d:propfind>"
    )
    response = await tree.request("PROPFIND", f"{HOME}/a.txt", content=body)
    root = ElementTree.fromstring(response.content)
    number = root.findtext("d:response/d:propstat/d:prop/oc:fileid", None, SPACES)
    etag = root.findtext("d:response/d:propstat/d:prop/d:getetag", None, SPACES)
    head = await tree.head(f"{HOME}/a.txt")
    assert head.headers["oc-fileid"].startswith(f"{int(number or 0):08d}")
    assert etag == head.headers["etag"]
    assert root.find("d:response/d:propstat/d:prop/{urn:x}unknown", SPACES) is not None


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><d:propfind xmlns:d="DAV:">&a;</d:propfind>',
        b"<not xml",
        b"<other/>",
        b"\xff\xfe",
    ],
)
async def test_propfind_refuses_other_bodies(alice: httpx.AsyncClient, body: bytes) -> None:
    response = await alice.request("PROPFIND", HOME, content=body)
    assert response.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/../bob/files/b.txt",
        "/%2e%2e/bob/files/b.txt",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/Docs/../../../secret",
        "/a%00.txt",
        "/a%0a.txt",
        "/..%5c..%5csecret",
        "/" + "a" * 251,
    ],
)
async def test_no_path_leads_out_of_the_users_folder(
    site: Any, alice: httpx.AsyncClient, path: str
) -> None:
    url = httpx.URL("http://cloud.test", raw_path=(HOME + path).encode())
    response = await alice.put(url, content=b"x")
    assert response.status_code in (400, 404)
    everything = [p for p in site.store.data.rglob("*") if p.is_file()]
    assert everything == []


async def test_destinations_do_not_lead_out_either(tree: httpx.AsyncClient) -> None:
    for target in ("/../bob/x", "/%2e%2e/bob/x", "/Docs/%2e%2e/%2e%2e/x"):
        response = await dav(tree, "MOVE", f"{HOME}/a.txt", Destination=HOME + target)
        assert response.status_code == 400


async def test_symbolic_links_are_not_followed(
    site: Any, tree: httpx.AsyncClient, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "b.txt").write_text("secret")
    docs = site.store.data / "alice" / "files" / "Docs"
    (docs / "b.txt").unlink()
    (docs / "b.txt").symlink_to(secret / "b.txt")
    assert (await tree.get(f"{HOME}/Docs/b.txt")).status_code == 404
    (docs / "b.txt").unlink()
    docs.rmdir()
    docs.symlink_to(secret)
    assert (await tree.get(f"{HOME}/Docs/b.txt")).status_code == 403
    assert (await tree.put(f"{HOME}/Docs/c.txt", content=b"x")).status_code == 403


@given(st.text(alphabet=st.characters() | st.sampled_from("./\\\0"), max_size=40))
def test_split_paths_hold_only_names(path: str) -> None:
    try:
        segments = split_path(path)
    except Refused:
        return
    assert all(s not in ("", ".", "..") and not set(s) & set("/\\\0") for s in segments)


async def test_while_one_writes_others_are_locked_out(site: Any, alice: httpx.AsyncClient) -> None:
    files = site.app.state.standin.files
    await dav(alice, "MKCOL", f"{HOME}/Docs")
    with files.upload("alice", ("Docs", "a.txt")):
        assert (await alice.put(f"{HOME}/Docs/a.txt", content=b"x")).status_code == 423
        assert (await alice.delete(f"{HOME}/Docs")).status_code == 423
        assert (await alice.put(f"{HOME}/Docs/b.txt", content=b"x")).status_code == 201
    assert (await alice.put(f"{HOME}/Docs/a.txt", content=b"x")).status_code == 201
    assert list((site.store.data / ".uploads").iterdir()) == []


async def test_what_is_too_long_is_refused(
    site: Any, alice: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nextcloud_push.dev.files.MAX_UPLOAD", 3)
    assert (await alice.put(f"{HOME}/a.txt", content=b"four")).status_code == 413
    assert (await alice.get(f"{HOME}/a.txt")).status_code == 404


async def test_a_new_folder_takes_no_body(alice: httpx.AsyncClient) -> None:
    response = await alice.request("MKCOL", f"{HOME}/New", content=b"x")
    assert response.status_code == 415


async def test_a_shared_file_is_seen_with_what_one_may_do(
    tree: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await tree.post(SHARES, data={"path": "a.txt", "shareType": 0, "shareWith": "bob"})
    response = await dav(bob, "PROPFIND", "/remote.php/dav/files/bob/a.txt")
    path = "d:response/d:propstat/d:prop/oc:permissions"
    assert ElementTree.fromstring(response.content).findtext(path, "", SPACES) == "SMRGDNVW"


async def test_a_broken_upload_changes_nothing(site: Any, alice: httpx.AsyncClient) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the cable")

    async def body() -> Any:
        for chunk in broken():
            yield chunk

    with pytest.raises(OSError, match="cable"):
        await alice.put(f"{HOME}/a.txt", content=body())
    assert (await alice.get(f"{HOME}/a.txt")).status_code == 404
    assert list((site.store.data / ".uploads").iterdir()) == []
    assert site.published == []


async def test_a_move_keeps_the_file_id_and_a_copy_does_not(tree: httpx.AsyncClient) -> None:
    before = (await tree.head(f"{HOME}/Docs/b.txt")).headers["oc-fileid"]
    await dav(tree, "MOVE", f"{HOME}/Docs", Destination=f"{HOME}/Papers")
    assert (await tree.head(f"{HOME}/Papers/b.txt")).headers["oc-fileid"] == before
    await dav(tree, "COPY", f"{HOME}/Papers", Destination=f"{HOME}/Copies")
    assert (await tree.get(f"{HOME}/Copies/b.txt")).content == b"two"
    assert (await tree.head(f"{HOME}/Copies/b.txt")).headers["oc-fileid"] != before


async def test_a_change_below_gives_the_folders_above_new_etags(tree: httpx.AsyncClient) -> None:
    async def etags() -> list[str]:
        found = [await dav(tree, "PROPFIND", p, Depth="0") for p in (HOME, f"{HOME}/Docs")]
        path = "d:response/d:propstat/d:prop/d:getetag"
        texts = [ElementTree.fromstring(r.content).findtext(path, "", SPACES) for r in found]
        return [text or "" for text in texts]

    before = await etags()
    await tree.put(f"{HOME}/Docs/b.txt", content=b"three")
    assert not set(before) & set(await etags())


async def test_folders_are_as_large_as_what_is_in_them(site: Any, tree: httpx.AsyncClient) -> None:
    def sizes() -> list[int]:
        home = site.store.home("alice")
        paths = ("files", "files/Docs", "files/New")
        nodes = [site.store.catalog.find(home, path) for path in paths]
        return [node.size if node else -1 for node in nodes]

    assert sizes() == [6, 3, -1]
    await tree.put(f"{HOME}/Docs/b.txt", content=b"three")
    await dav(tree, "COPY", f"{HOME}/Docs", Destination=f"{HOME}/New")
    assert sizes() == [13, 5, 5]
    await dav(tree, "MOVE", f"{HOME}/a.txt", Destination=f"{HOME}/New/a.txt")
    await dav(tree, "DELETE", f"{HOME}/Docs")
    assert sizes() == [8, -1, 8]


async def test_conditional_get(tree: httpx.AsyncClient) -> None:
    etag = (await tree.head(f"{HOME}/a.txt")).headers["etag"]
    response = await tree.get(f"{HOME}/a.txt", headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


async def test_mtime_is_kept(tree: httpx.AsyncClient) -> None:
    response = await tree.put(f"{HOME}/a.txt", content=b"x", headers={"X-OC-Mtime": "86400"})
    assert response.headers["x-oc-mtime"] == "accepted"
    found = await dav(tree, "PROPFIND", f"{HOME}/a.txt")
    assert "Fri, 02 Jan 1970 00:00:00 GMT" in found.text


async def test_the_legacy_path_shows_the_same_files(tree: httpx.AsyncClient) -> None:
    assert (await tree.get("/remote.php/webdav/a.txt")).content == b"one"


async def test_a_received_folder_lies_in_the_root_and_can_be_written(
    site: Any, tree: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await tree.post(SHARES, data={"path": "/Docs", "shareType": 0, "shareWith": "bob"})
    root = "/remote.php/dav/files/bob"
    assert hrefs(await dav(bob, "PROPFIND", root, Depth="1")) == [f"{root}/", f"{root}/Docs/"]
    assert (await bob.put(f"{root}/Docs/b.txt", content=b"bob's")).status_code == 204
    assert (await tree.get(f"{HOME}/Docs/b.txt")).content == b"bob's"


async def test_a_share_for_reading_only_is_not_written(
    tree: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    data = {"path": "Docs", "shareType": 0, "shareWith": "bob", "permissions": 1}
    await tree.post(SHARES, data=data)
    root = "/remote.php/dav/files/bob/Docs"
    assert (await bob.get(f"{root}/b.txt")).status_code == 200
    for method, path in (("PUT", "b.txt"), ("PUT", "c.txt"), ("DELETE", "b.txt"), ("MKCOL", "d")):
        assert (await dav(bob, method, f"{root}/{path}")).status_code == 403


async def test_a_receiver_deletes_and_renames_a_share_for_themselves_only(
    tree: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await tree.post(SHARES, data={"path": "Docs", "shareType": 0, "shareWith": "bob"})
    root = "/remote.php/dav/files/bob"
    await dav(bob, "MKCOL", f"{root}/Mine")
    for target in (f"{root}/Mine", f"{root}/Mine/Docs"):
        assert (await dav(bob, "MOVE", f"{root}/Docs", Destination=target)).status_code == 403
    assert (await dav(bob, "MOVE", f"{root}/Mine", Destination=f"{root}/Docs")).status_code == 403
    moved = await dav(bob, "MOVE", f"{root}/Docs", Destination=f"{root}/Hers")
    assert moved.status_code == 201
    assert (await bob.get(f"{root}/Hers/b.txt")).content == b"two"
    assert (await bob.delete(f"{root}/Hers")).status_code == 204
    assert (await bob.get(f"{root}/Hers/b.txt")).status_code == 404
    assert (await tree.get(f"{HOME}/Docs/b.txt")).content == b"two"
