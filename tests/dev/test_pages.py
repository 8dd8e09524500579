from __future__ import annotations

import base64
import json
import re
from typing import Any

import httpx
import pytest

PRE_AUTH = "/index.php/apps/notify_push/pre_auth"
DASHBOARD = "/index.php/apps/dashboard/"


async def log_in(client: httpx.AsyncClient, user: str, **more: str) -> httpx.Response:
    return await client.post("/index.php/login", data={"user": user, "password": user} | more)


def request_token(page: str) -> str:
    found = re.search(r'data-requesttoken="([^"]+)"', page)
    assert found
    return found[1]


async def test_status(site: Any) -> None:
    status = (await site.as_user(None).get("/status.php")).json()
    assert status["installed"] is True
    assert status["productname"] == "Nextcloud"


async def test_the_front_page_and_all_it_loads(site: Any) -> None:
    browser = site.as_user(None)
    page = await browser.get("/")
    assert page.headers["content-type"].startswith("text/html")
    for path in re.findall(r'(?:href|src)="(/dev/static/[^"]+)"', page.text):
        assert (await browser.get(path)).status_code == 200
    assert re.findall(r'(?:href|src)="(?!/dev/static/|data:|#)', page.text) == []


async def test_modules_are_served_as_javascript(site: Any) -> None:
    response = await site.as_user(None).get("/dev/static/app.js")
    assert response.headers["content-type"].startswith("text/javascript")


async def test_a_page_carries_what_web_libraries_read(site: Any) -> None:
    browser = site.as_user(None)
    await log_in(browser, "alice")
    page = (await browser.get(DASHBOARD)).text
    assert 'data-user="alice"' in page
    found = re.search(r'id="initial-state-core-capabilities" value="([^"]+)"', page)
    assert found
    known = json.loads(base64.b64decode(found[1]))
    assert known["notify_push"]["endpoints"]["pre_auth"] == f"http://cloud.test{PRE_AUTH}"


async def test_pre_auth_by_session_needs_the_request_token(site: Any) -> None:
    browser = site.as_user(None)
    del browser.headers["OCS-APIRequest"]
    await log_in(browser, "alice@example.com", password="alice")
    for headers in ({}, {"requesttoken": "wrong"}):
        assert (await browser.post(PRE_AUTH, headers=headers)).status_code == 412
    token = request_token((await browser.get(DASHBOARD)).text)
    response = await browser.post(PRE_AUTH, headers={"requesttoken": token})
    assert (response.status_code, len(response.text)) == (200, 32)
    assert [payload["user"] for _, payload in site.published] == ["alice"]


async def test_the_request_token_can_be_asked_for(site: Any) -> None:
    browser = site.as_user(None)
    assert (await browser.get("/csrftoken")).status_code == 401
    await log_in(browser, "alice")
    told = (await browser.get("/index.php/csrftoken")).json()["token"]
    assert told == request_token((await browser.get(DASHBOARD)).text)


async def test_without_a_session_the_page_sends_to_the_login_form(site: Any) -> None:
    response = await site.as_user(None).get(DASHBOARD)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/index.php/login?redirect_url=")


async def test_a_wrong_password_opens_no_session(site: Any) -> None:
    browser = site.as_user(None)
    response = await log_in(browser, "alice", password="wrong")
    assert (response.status_code, response.cookies) == (401, httpx.Cookies())


async def test_after_logging_out_the_cookie_is_worth_nothing(site: Any) -> None:
    browser = site.as_user(None)
    cookie = (await log_in(browser, "alice")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    await browser.get("/index.php/logout")
    response = await browser.get(DASHBOARD, headers={"Cookie": cookie.partition(";")[0]})
    assert response.status_code == 303


@pytest.mark.parametrize(
    ("asked", "sent_to"),
    [
        ("/index.php/apps/files", "/index.php/apps/files"),
        ("", DASHBOARD),
        ("https://evil.test/", DASHBOARD),
        ("//evil.test/", DASHBOARD),
        ("/\\evil.test/", DASHBOARD),
        ("/\tevil", DASHBOARD),
    ],
)
async def test_the_login_form_only_leads_back_to_this_site(
    site: Any, asked: str, sent_to: str
) -> None:
    response = await log_in(site.as_user(None), "alice", redirect_url=asked)
    assert (response.status_code, response.headers["location"]) == (303, sent_to)


async def test_what_is_given_back_is_escaped(site: Any) -> None:
    page = await site.as_user(None).get("/login", params={"redirect_url": '/"><script>'})
    assert "<script>" not in page.text
