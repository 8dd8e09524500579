"""Comments on files, as far as they notify people: `POST /remote.php/dav/comments/files/<id>`."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nextcloud_push.dev import publications
from nextcloud_push.dev.context import parameters, standin
from nextcloud_push.dev.dav_xml import error
from nextcloud_push.dev.refusal import Refused

__all__ = ["ROUTES"]

_MENTION = re.compile(r'(?<![\w@])@(?:"([^"]+)"|([\w.\-]+))')


async def _comment(request: Request) -> Response:
    try:
        return await _add(request)
    except Refused as refused:
        return Response(
            error(refused.reason), refused.status, media_type="application/xml; charset=utf-8"
        )


async def _add(request: Request) -> Response:
    site = standin(request)
    login = site.auth.require(request)
    site.auth.require_same_site(request, login)
    author = login.account.uid
    node = site.store.catalog.by_id(request.path_params["file_id"])
    if node is None or author not in _readers(request, node.storage, node.path):
        raise Refused(404, "there is no such file or folder")
    text = (await parameters(request)).get("message")
    if not isinstance(text, str) or not 0 < len(text) <= 1000:
        raise Refused(400, "message takes 1 to 1000 characters")
    named = dict.fromkeys(quoted or plain for quoted, plain in _MENTION.findall(text))
    for user in named:
        if user != author and site.store.accounts.get(user) is not None:
            site.store.accounts.notify(user, f"{author} mentioned you in a comment", text)
            await site.publish([publications.notification(user)])
    await site.publish([publications.activity(author)])
    return Response(status_code=201)


def _readers(request: Request, storage: int, path: str) -> set[str]:
    """Who sees a node: its owner, and everybody who received it or a folder above it."""
    store = standin(request).store
    readers = {store.owner(storage)}
    for user in store.accounts.users:
        for entry in store.received(user).values():
            if entry.node.storage == storage and f"{path}/".startswith(f"{entry.node.path}/"):
                readers.add(user)
    return readers


ROUTES = [
    Route("/remote.php/dav/comments/files/{file_id:int}", _comment, methods=["POST"]),
]
