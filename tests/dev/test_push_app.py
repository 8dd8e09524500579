from __future__ import annotations

from typing import Any

import httpx
import pytest

APP = "/index.php/apps/notify_push"


@pytest.mark.parametrize("prefix", ["/index.php/apps/notify_push", "/apps/notify_push"])
async def test_uid_is_answered_as_text(alice: httpx.AsyncClient, prefix: str) -> None:
    response = await alice.get(f"{prefix}/uid")
    assert (response.status_code, response.text) == (200, "alice")


@pytest.mark.parametrize("login", ["alice@example.com", " alice ", "Alice"])
async def test_uid_is_the_user_id_whatever_was_typed(site: Any, login: str) -> None:
    response = await site.as_user(None).get(f"{APP}/uid", auth=(login, "alice"))
    assert response.text == "alice"


@pytest.mark.parametrize("auth", [None, ("alice", "wrong"), ("nobody", ""), ("", "")])
async def test_uid_without_or_with_wrong_credentials(
    site: Any, auth: tuple[str, str] | None
) -> None:
    response = await site.as_user(None).get(f"{APP}/uid", auth=auth)
    assert response.status_code == 401
    assert (await site.as_user(None).post(f"{APP}/pre_auth", auth=auth)).status_code == 401
    assert site.published == []


@pytest.mark.parametrize("path", ["test/cookie", "test/remote"])
@pytest.mark.parametrize(
    ("key", "token"), [("right", "wrong"), ("right", None), (None, ""), ("", ""), (None, None)]
)
async def test_a_wrong_token_is_refused_without_a_word(
    site: Any, path: str, key: str | None, token: str | None
) -> None:
    if key is not None:
        await site.bus.set("test-token", key)
    headers = {} if token is None else {"token": token}
    response = await site.as_user(None).get(f"{APP}/{path}", headers=headers)
    assert (response.status_code, response.content) == (403, b"")


async def test_the_cookie_is_a_bare_integer(site: Any) -> None:
    await site.bus.set("test-token", "secret")
    site.store.test_cookie = 4_000_000_000
    response = await site.as_user(None).get(f"{APP}/test/cookie", headers={"token": "secret"})
    assert (response.status_code, response.text) == (200, "4000000000")


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("9.9.9.9, 1.2.3.4", "1.2.3.4"),
        ("1.2.3.4, 127.0.0.1", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", "127.0.0.1"),
    ],
)
async def test_the_remote_address_of_a_trusted_proxys_client(
    site: Any, forwarded: str, seen: str
) -> None:
    await site.bus.set("test-token", "secret")
    headers = {"token": "secret", "X-Forwarded-For": forwarded}
    response = await site.as_user(None).get(f"{APP}/test/remote", headers=headers)
    assert response.text == seen


async def test_a_peer_elsewhere_is_no_trusted_proxy(site: Any) -> None:
    await site.bus.set("test-token", "secret")
    transport = httpx.ASGITransport(site.app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as client:
        headers = {"token": "secret", "X-Forwarded-For": "1.2.3.4"}
        response = await client.get(f"{APP}/test/remote", headers=headers)
    assert response.text == "192.0.2.7"


async def test_the_version_is_written_without_a_token(site: Any) -> None:
    assert (await site.as_user(None).get(f"{APP}/test/version")).status_code == 200
    assert await site.bus.get("notify_push_app_version") == b"1.4.0"
