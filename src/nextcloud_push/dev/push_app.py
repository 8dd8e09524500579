"""The push app's own part of Nextcloud: who is this, one-time tokens, the self-test's questions."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from nextcloud_push.dev import publications
from nextcloud_push.dev.capabilities import APP_VERSION
from nextcloud_push.dev.context import Standin, is_loopback, standin

__all__ = ["ROUTES"]

Endpoint = Callable[[Request], Awaitable[Response]]


async def _uid(request: Request) -> Response:
    return PlainTextResponse(standin(request).auth.require(request).account.uid)


async def _pre_auth(request: Request) -> Response:
    site = standin(request)
    login = site.auth.require(request)
    site.auth.require_same_site(request, login)
    token = secrets.token_hex(16)
    await site.publish([publications.pre_auth(login.account.uid, token)])
    return PlainTextResponse(token, headers={"Cache-Control": "no-store"})


async def _cookie(request: Request) -> Response:
    site = standin(request)
    if not await _has_token(request, site):
        return Response(status_code=403)
    return JSONResponse(site.store.test_cookie)


async def _remote(request: Request) -> Response:
    if not await _has_token(request, standin(request)):
        return Response(status_code=403)
    return PlainTextResponse(_client_address(request))


async def _version(request: Request) -> Response:
    await standin(request).bus.set("notify_push_app_version", APP_VERSION)
    return Response()


async def _has_token(request: Request, site: Standin) -> bool:
    expected = await site.bus.get("test-token")
    given = request.headers.get("token", "").encode()
    return bool(expected) and hmac.compare_digest(given, expected or b"")


def _client_address(request: Request) -> str:
    """The caller's address; a peer on this machine is a trusted proxy that names another."""
    peer = request.client.host if request.client else "127.0.0.1"
    if not is_loopback(request):
        return peer
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    for entry in reversed(forwarded.split(",")):
        try:
            address = ipaddress.ip_address(entry.strip())
        except ValueError:
            continue
        if not address.is_loopback:
            return str(address)
    return peer


def _both(path: str, endpoint: Endpoint, method: str) -> list[Route]:
    """The same with and without ``index.php``, as pretty URLs have it."""
    prefixes = ("/index.php/apps/notify_push", "/apps/notify_push")
    return [Route(f"{prefix}/{path}", endpoint, methods=[method]) for prefix in prefixes]


ROUTES: list[Route] = [
    *_both("uid", _uid, "GET"),
    *_both("pre_auth", _pre_auth, "POST"),
    *_both("test/cookie", _cookie, "GET"),
    *_both("test/remote", _remote, "GET"),
    *_both("test/version", _version, "GET"),
]
