"""Pages: developer mode's own, a login form, and one for Nextcloud's web libraries.

Libraries such as @nextcloud/auth and @nextcloud/initial-state read a page's user and request token
from its `<head>` and the capabilities from a hidden input, which any Nextcloud page carries.
"""

from __future__ import annotations

import base64
import html
import json
import mimetypes
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from nextcloud_push.dev.auth import COOKIE
from nextcloud_push.dev.capabilities import STATUS, capabilities
from nextcloud_push.dev.context import parameters, standin
from nextcloud_push.dev.refusal import Refused

__all__ = ["ROUTES", "STATIC"]

STATIC = Path(__file__).parent / "static"

# Windows' registry may say otherwise, and browsers run modules of this type only.
mimetypes.add_type("text/javascript", ".js")

_DASHBOARD = "/index.php/apps/dashboard/"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head {head}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dev/static/app.css">
</head>
<body>
{body}
</body>
</html>
"""
_LOGIN = """<main class="narrow">
<h1>Log in</h1>
<p>Users are admin, alice, bob and carol; each password is the user name.</p>
{message}
<form method="post" action="/index.php/login" class="stack">
<input type="hidden" name="redirect_url" value="{redirect}">
<label>User <input name="user" autocomplete="username" required autofocus></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required></label>
<button class="primary">Log in</button>
</form>
</main>"""
_HOME = """<input type="hidden" id="initial-state-core-capabilities" value="{capabilities}">
<script>window._oc_webroot = ''</script>
<main class="narrow">
<h1>Hello, {name}</h1>
<p>This page carries what Nextcloud's web libraries read: your user name and a request token on its
<code>&lt;head&gt;</code>, and the capabilities as initial state.</p>
<p><a href="/">Developer mode</a> · <a href="/index.php/logout">Log out</a></p>
</main>"""


async def _front(request: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


async def _status(request: Request) -> Response:
    return JSONResponse(STATUS)


async def _dashboard(request: Request) -> Response:
    site = standin(request)
    session = site.auth.session(request)
    if session is None:
        return RedirectResponse(f"/index.php/login?redirect_url={quote(request.url.path)}", 303)
    known = json.dumps(capabilities(request, site, logged_in=True))
    account = session.account
    head = (
        f'data-requesttoken="{html.escape(session.request_token)}"'
        f' data-user="{html.escape(account.uid)}"'
        f' data-user-displayname="{html.escape(account.display_name)}"'
    )
    body = _HOME.format(
        capabilities=base64.b64encode(known.encode()).decode(),
        name=html.escape(account.display_name),
    )
    return _html(_PAGE.format(head=head, title="Dashboard", body=body))


async def _login_form(request: Request) -> Response:
    return _form(request.query_params.get("redirect_url", ""))


async def _login(request: Request) -> Response:
    try:
        given = await parameters(request)
    except Refused as refused:
        return Response(refused.reason, refused.status)
    target = _local(str(given.get("redirect_url", "")))
    user, password = str(given.get("user", "")), str(given.get("password", ""))
    session = standin(request).auth.open_session(user, password)
    if session is None:
        return _form(target, "Wrong login or password.", 401)
    response = RedirectResponse(target, 303)
    response.set_cookie(COOKIE, session.id, httponly=True, samesite="lax")
    return response


async def _logout(request: Request) -> Response:
    auth = standin(request).auth
    session = auth.session(request)
    if session is not None:
        auth.close_session(session)
    response = RedirectResponse("/index.php/login", 303)
    response.delete_cookie(COOKIE)
    return response


async def _request_token(request: Request) -> Response:
    session = standin(request).auth.session(request)
    if session is None:
        return JSONResponse({"message": "Current user is not logged in"}, 401)
    return JSONResponse({"token": session.request_token}, headers={"Cache-Control": "no-store"})


def _form(redirect: str, message: str = "", status: int = 200) -> Response:
    shown = f'<p role="alert" class="error">{html.escape(message)}</p>' if message else ""
    body = _LOGIN.format(message=shown, redirect=html.escape(_local(redirect)))
    return _html(_PAGE.format(head="", title="Log in", body=body), status)


def _local(target: str) -> str:
    """A path of this site, and nothing that a browser would take for another one."""
    safe = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if safe and target.isprintable() else _DASHBOARD


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, {"Cache-Control": "no-store"})


ROUTES = [
    Route("/", _front),
    Route("/status.php", _status),
    Route("/login", _login_form),
    Route("/index.php/login", _login_form, methods=["GET"]),
    Route("/index.php/login", _login, methods=["POST"]),
    Route("/index.php/logout", _logout),
    Route("/index.php/csrftoken", _request_token),
    Route("/csrftoken", _request_token),
    Route(_DASHBOARD, _dashboard),
    Route("/apps/dashboard/", _dashboard),
]
