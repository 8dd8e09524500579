"""Nextcloud's OCS envelope: version 1 and 2, as XML and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nextcloud_push.dev.accounts import Account
from nextcloud_push.dev.context import Standin, parameters, standin
from nextcloud_push.dev.refusal import Refused

__all__ = ["Call", "NotFound", "OcsError", "route"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNAUTHORISED = 997


class OcsError(Refused):
    """A failure with a status code of OCS's own.

    Args:
        code: What the envelope says.
        reason: The same for people.
        status: The HTTP status of version 2.
    """

    def __init__(self, code: int, reason: str, status: int = 400) -> None:
        super().__init__(status, reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Call:
    """One OCS request.

    Args:
        request: The HTTP request.
        site: The stand-in.
        account: Who calls; None only where that is allowed.
        params: Query and body.
    """

    request: Request
    site: Standin
    account: Account | None
    params: Mapping[str, Any]

    @property
    def user(self) -> str:
        """The user id of who calls."""
        if self.account is None:
            raise Refused(401, "Current user is not logged in")
        return self.account.uid

    def text(self, name: str, default: str = "") -> str:
        """A parameter that is text.

        Raises:
            Refused: It is something else.
        """
        value = self.params.get(name, default)
        if not isinstance(value, str | int):
            raise Refused(400, f"{name} is no text")
        return str(value)

    def require_admin(self) -> None:
        """Refuse everybody but admins."""
        if self.account is None or not self.account.is_admin:
            raise Refused(403, "Logged in account must be an admin")


Handler = Callable[[Call], Awaitable[Any]]


def route(path: str, handler: Handler, method: str, *, public: bool = False) -> Route:
    """A route whose handler returns data and raises :class:`Refused`.

    Args:
        path: Below ``/ocs/v1.php`` and ``/ocs/v2.php``.
        handler: Makes the data.
        method: HTTP method.
        public: Whether it answers without credentials, too; wrong ones are refused all the same.
    """

    async def endpoint(request: Request) -> Response:
        try:
            return _render(request, 200, 200, "OK", await _call(request, handler, public))
        except OcsError as error:
            return _render(request, error.status, error.code, error.reason, [])
        except Refused as error:
            if error.status == 412:
                return JSONResponse({"message": error.reason}, 412)
            code = _UNAUTHORISED if error.status == 401 else error.status
            return _render(request, error.status, code, error.reason, [])

    return Route(path, endpoint, methods=[method])


class NotFound(HTTPEndpoint):
    """Answers the calls that OCS does not know, by whatever method."""

    async def dispatch(self) -> None:
        """Answer."""
        message = "Invalid query, please check the syntax."
        response = _render(Request(self.scope), 404, 998, message, [])
        await response(self.scope, self.receive, self.send)


async def _call(request: Request, handler: Handler, public: bool) -> Any:
    site = standin(request)
    login = site.auth.identify(request) if public else site.auth.require(request)
    if login is None or login.session is None:
        if request.headers.get("ocs-apirequest", "").lower() != "true":
            raise Refused(412, "CSRF check failed")
    else:
        site.auth.require_same_site(request, login)
    account = login.account if login else None
    return await handler(Call(request, site, account, await parameters(request)))


def _render(request: Request, status: int, code: int, message: str, data: Any) -> Response:
    first_version = request.scope.get("root_path", "").endswith("/v1.php")
    if first_version:
        # Version 1 says everything in the envelope; only a missing login shows in the status.
        code = 100 if code == 200 else code
        status = status if status == 401 else 200
    meta = {"status": "ok" if code in (100, 200) else "failure", "statuscode": code}
    meta["message"] = message
    if first_version:
        meta |= {"totalitems": "", "itemsperpage": ""}
    body = {"meta": meta, "data": data}
    headers = {"Cache-Control": "no-cache, no-store, must-revalidate"}
    if _wants_json(request):
        text = json.dumps({"ocs": body}, separators=(",", ":"))
        return Response(text, status, headers, "application/json; charset=utf-8")
    root = Element("ocs")
    _fill(root, body)
    xml = b'<?xml version="1.0"?>\n' + tostring(root, "utf-8")
    return Response(xml, status, headers, "application/xml; charset=utf-8")


def _wants_json(request: Request) -> bool:
    asked = request.query_params.get("format")
    if asked is not None:
        return asked == "json"
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted


def _fill(parent: Element, value: Any) -> None:
    """Write a JSON value into an element, as Nextcloud does."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _fill(SubElement(parent, key), item)
    elif isinstance(value, list):
        for item in value:
            _fill(SubElement(parent, "element"), item)
    elif isinstance(value, bool):
        parent.text = "1" if value else ""
    elif value is not None:
        parent.text = _NOT_XML.sub("", str(value))
