"""OCS: shares with users and groups, and public links."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from nextcloud_push.dev import shares
from nextcloud_push.dev.context import Standin, base_url
from nextcloud_push.dev.files import split_path
from nextcloud_push.dev.ocs import Call, route
from nextcloud_push.dev.publications import FILES, Message
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.shares import Share, ShareType

__all__ = ["ROUTES", "create_share"]

_SHARES = "/apps/files_sharing/api/v1/shares"
_FILE_PERMISSIONS = shares.ALL & ~shares.CREATE & ~shares.DELETE


def create_share(
    site: Standin,
    user: str,
    path: str,
    kind: ShareType,
    receiver: str,
    permissions: int = shares.ALL,
) -> tuple[Share, list[Message]]:
    """Share a file or folder of a user's view.

    Returns:
        The share, and what the app publishes for it.

    Raises:
        Refused: There is no such file or receiver, or it may not be shared so.
    """
    place = site.files.locate(user, split_path(path))
    if place.node is None or place.node.path == FILES:
        raise Refused(404, "Wrong path, file/folder does not exist")
    place.require(shares.RESHARE)
    owner = site.store.owner(place.storage)
    _check_receiver(site, kind, receiver, owner=owner, initiator=user)
    if kind is not ShareType.LINK and site.store.shares.exists(kind, place.node.id, receiver):
        raise Refused(403, "Path already shared with this account or group")
    permissions &= shares.ALL if place.node.is_dir else _FILE_PERMISSIONS
    if place.share is not None:
        permissions &= place.share.permissions
    share = site.store.shares.add(
        kind,
        owner=owner,
        initiator=user,
        file_id=place.node.id,
        receiver="" if kind is ShareType.LINK else receiver,
        permissions=permissions | shares.READ,
    )
    return share, site.store.share(share)


def _check_receiver(
    site: Standin, kind: ShareType, receiver: str, *, owner: str, initiator: str
) -> None:
    accounts = site.store.accounts
    if kind is ShareType.USER:
        if accounts.get(receiver) is None:
            raise Refused(404, "Please specify a valid account to share with")
        if receiver in (owner, initiator):
            raise Refused(403, "You cannot share with yourself or with the owner")
    elif kind is ShareType.GROUP and receiver not in accounts.groups:
        raise Refused(404, "Please specify a valid group")


async def _create(call: Call) -> Any:
    try:
        kind = ShareType(int(call.text("shareType", "-1")))
        permissions = int(call.text("permissions", str(shares.ALL)))
    except ValueError:
        raise Refused(400, "Unknown share type") from None
    path, receiver = call.text("path"), call.text("shareWith")
    if not path:
        raise Refused(404, "Please specify a file or folder path")
    share, published = create_share(call.site, call.user, path, kind, receiver, permissions)
    await call.site.publish(published)
    return _describe(call, share)


async def _list(call: Call) -> Any:
    store = call.site.store
    if call.text("shared_with_me").lower() in ("true", "1"):
        return [_describe(call, entry.share) for entry in store.received(call.user).values()]
    found = [share for share in store.shares if call.user in (share.owner, share.initiator)]
    path = call.text("path")
    if path:
        node = call.site.files.locate(call.user, split_path(path)).node
        if node is None:
            raise Refused(404, "Wrong path, file/folder does not exist")
        found = [share for share in found if share.file_id == node.id]
    return [_describe(call, share) for share in found]


async def _get(call: Call) -> Any:
    return [_describe(call, _own(call))]


async def _delete(call: Call) -> Any:
    share = _own(call)
    if call.user in (share.owner, share.initiator):
        call.site.store.unshare(share)
    else:
        call.site.store.decline(share, call.user)
    return []


def _own(call: Call) -> Share:
    """The share that a request names, if it concerns the caller."""
    share = call.site.store.shares.get(call.request.path_params["number"])
    received = call.site.store.received(call.user).values()
    if share is not None and (
        call.user in (share.owner, share.initiator) or share in [entry.share for entry in received]
    ):
        return share
    raise Refused(404, "Wrong share ID, share does not exist")


def _describe(call: Call, share: Share) -> dict[str, Any]:
    catalog = call.site.store.catalog
    node = catalog.by_id(share.file_id)
    if node is None:
        raise Refused(404, "Wrong share ID, share does not exist")
    seen = share.targets.get(call.user, node.path.removeprefix(FILES).lstrip("/"))
    described = {
        "id": str(share.id),
        "share_type": int(share.type),
        "uid_owner": share.initiator,
        "displayname_owner": share.initiator.capitalize(),
        "uid_file_owner": share.owner,
        "displayname_file_owner": share.owner.capitalize(),
        "permissions": share.permissions,
        "stime": share.created,
        "expiration": None,
        "token": share.token if share.type is ShareType.LINK else None,
        "path": f"/{seen}",
        "item_type": "folder" if node.is_dir else "file",
        "item_source": node.id,
        "file_source": node.id,
        "file_parent": catalog.parents(node)[0].id,
        "file_target": f"/{node.name}",
        "storage": node.storage,
        "share_with": share.receiver or None,
        "share_with_displayname": share.receiver.capitalize() or None,
        "mail_send": 0,
        "hide_download": 0,
        "label": "",
        "note": "",
        "item_mtime": node.mtime,
        "item_size": node.size,
    }
    if share.type is ShareType.LINK:
        described["url"] = f"{base_url(call.request)}index.php/s/{share.token}"
    return described


ROUTES: list[Route] = [
    route(_SHARES, _create, "POST"),
    route(_SHARES, _list, "GET"),
    route(_SHARES + "/{number:int}", _get, "GET"),
    route(_SHARES + "/{number:int}", _delete, "DELETE"),
]
