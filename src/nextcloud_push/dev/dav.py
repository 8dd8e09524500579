"""A small WebDAV server below `/remote.php/dav/files/<user>/`, with Nextcloud's answers."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from nextcloud_push.dev import dav_xml
from nextcloud_push.dev.catalog import Node
from nextcloud_push.dev.context import base_url, read_body, standin
from nextcloud_push.dev.files import Change, Place, split_path
from nextcloud_push.dev.refusal import Refused

__all__ = ["ROUTES"]

_METHODS = ("OPTIONS", "GET", "HEAD", "PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPFIND")
_FILES = "/remote.php/dav/files/"
_LEGACY = "/remote.php/webdav"
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')
_REALM = 'Basic realm="Nextcloud", charset="UTF-8"'

Segments = tuple[str, ...]
Handler = Callable[[Request, str, Segments], Awaitable[Response]]


async def _dav(request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(headers={"DAV": "1, 3", "Allow": ", ".join(_METHODS)})
    try:
        auth = standin(request).auth
        login = auth.require(request)
        auth.require_same_site(request, login)
        user = login.account.uid
        if request.path_params.get("user", user) != user:
            raise Refused(404, "there is no such file or folder")
        segments = split_path(request.path_params.get("path", ""))
        return await _HANDLERS[request.method](request, user, segments)
    except Refused as refused:
        headers = {"WWW-Authenticate": _REALM} if refused.status == 401 else {}
        body = b"" if request.method == "HEAD" else dav_xml.error(refused.reason)
        return Response(body, refused.status, headers, "application/xml; charset=utf-8")


async def _get(request: Request, user: str, segments: Segments) -> Response:
    site = standin(request)
    place = site.files.locate(user, segments)
    node = place.existing()
    if node.is_dir:
        return PlainTextResponse("A folder: WebDAV clients ask for its contents with PROPFIND.\n")
    headers = _node_headers(node)
    if _names(request.headers.get("if-none-match"), node):
        return Response(status_code=304, headers=headers)
    kind = mimetypes.guess_type(node.name)[0] or "application/octet-stream"
    # What users uploaded must not run as a page of this origin.
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return FileResponse(site.files.disk_path(place), headers=headers, media_type=kind)


async def _put(request: Request, user: str, segments: Segments) -> Response:
    site = standin(request)
    _check_conditions(request, site.files.locate(user, segments))
    mtime = _mtime(request.headers.get("x-oc-mtime"))
    with site.files.upload(user, segments) as upload:
        try:
            async for chunk in request.stream():
                upload.write(chunk)
        except ClientDisconnect:
            raise Refused(400, "the upload was broken off") from None
        change = upload.finish(mtime)
    response = await _changed(request, change)
    if mtime is not None:
        response.headers["X-OC-MTime"] = "accepted"
    return response


async def _delete(request: Request, user: str, segments: Segments) -> Response:
    files = standin(request).files
    _check_conditions(request, files.locate(user, segments))
    return await _changed(request, files.delete(user, segments))


async def _mkcol(request: Request, user: str, segments: Segments) -> Response:
    if await read_body(request):
        raise Refused(415, "a body has no meaning here")
    return await _changed(request, standin(request).files.make_folder(user, segments))


async def _move(request: Request, user: str, segments: Segments) -> Response:
    files = standin(request).files
    _check_conditions(request, files.locate(user, segments))
    target, overwrite = _destination(request, user), _overwrite(request)
    return await _changed(request, files.move(user, segments, target, overwrite=overwrite))


async def _copy(request: Request, user: str, segments: Segments) -> Response:
    target, overwrite = _destination(request, user), _overwrite(request)
    files = standin(request).files
    return await _changed(request, files.copy(user, segments, target, overwrite=overwrite))


async def _propfind(request: Request, user: str, segments: Segments) -> Response:
    site = standin(request)
    depth = request.headers.get("depth", "infinity").strip().lower()
    if depth not in ("0", "1", "infinity"):
        raise Refused(400, "Depth is 0 or 1")
    wanted = dav_xml.requested(await read_body(request))
    href = request.url.path.rstrip("/")
    place = site.files.locate(user, segments)
    found = [dav_xml.Resource(href, segments[-1] if segments else user, place)]
    # As in Nextcloud, "infinity" (also meant by no header at all) goes one level down.
    if place.existing().is_dir and depth != "0":
        for name, child in site.files.children(user, segments):
            found.append(dav_xml.Resource(f"{href}/{name}", name, child))
    body = dav_xml.multistatus(found, wanted, site.store)
    return Response(body, 207, {"DAV": "1, 3"}, "application/xml; charset=utf-8")


_HANDLERS: dict[str, Handler] = {
    "GET": _get,
    "HEAD": _get,
    "PUT": _put,
    "DELETE": _delete,
    "MKCOL": _mkcol,
    "MOVE": _move,
    "COPY": _copy,
    "PROPFIND": _propfind,
}


async def _changed(request: Request, change: Change) -> Response:
    """Publish what a change led to, and say that it is done."""
    await standin(request).publish(change.messages)
    headers = _node_headers(change.node) if change.node is not None else {}
    return Response(status_code=201 if change.created else 204, headers=headers)


def _node_headers(node: Node) -> dict[str, str]:
    etag = f'"{node.etag}"'
    return {"ETag": etag, "OC-ETag": etag, "OC-FileId": dav_xml.file_id(node.id)}


def _names(header: str | None, node: Node | None) -> bool:
    """Whether an If-Match or If-None-Match header names what is there."""
    if header is None or node is None:
        return False
    return header.strip() == "*" or node.etag in _ETAG.findall(header)


def _check_conditions(request: Request, place: Place) -> None:
    match = request.headers.get("if-match")
    if match is not None and not _names(match, place.node):
        raise Refused(412, "it is not what If-Match names")
    if _names(request.headers.get("if-none-match"), place.node):
        raise Refused(412, "it is what If-None-Match names")


def _mtime(header: str | None) -> int | None:
    if header is None:
        return None
    seconds = header.strip().partition(".")[0]
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        raise Refused(400, "X-OC-Mtime is no time")
    return int(seconds)


def _overwrite(request: Request) -> bool:
    header = request.headers.get("overwrite", "T").strip().upper()
    if header not in ("T", "F"):
        raise Refused(400, "Overwrite is T or F")
    return header == "T"


def _destination(request: Request, user: str) -> Segments:
    """The segments that the Destination header names.

    Raises:
        Refused: It is missing, on another server, or not among the user's files.
    """
    header = request.headers.get("destination")
    if header is None:
        raise Refused(400, "the Destination header is missing")
    try:
        url = urlsplit(header)
    except ValueError:
        raise Refused(400, "the Destination header is no URL") from None
    if url.netloc and url.netloc != urlsplit(base_url(request)).netloc:
        raise Refused(502, "the destination is on another server")
    path = unquote(url.path)
    for root in (f"{_FILES}{user}", _LEGACY):
        if path == root or path.startswith(f"{root}/"):
            return split_path(path.removeprefix(root))
    raise Refused(403, "the destination is not among the user's files")


ROUTES = [
    Route(_FILES + "{user}", _dav, methods=_METHODS),
    Route(_FILES + "{user}/{path:path}", _dav, methods=_METHODS),
    Route(_LEGACY, _dav, methods=_METHODS),
    Route(_LEGACY + "/{path:path}", _dav, methods=_METHODS),
]
