"""OCS: capabilities, users, groups, notifications."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.routing import Route

from nextcloud_push.dev import publications
from nextcloud_push.dev.accounts import UserNotification
from nextcloud_push.dev.capabilities import VERSION, capabilities
from nextcloud_push.dev.ocs import Call, OcsError, route
from nextcloud_push.dev.refusal import Refused

__all__ = ["ROUTES"]

_NOTIFICATIONS = "/apps/notifications/api/v2/notifications"


async def _capabilities(call: Call) -> Any:
    logged_in = call.account is not None
    known = capabilities(call.request, call.site, logged_in=logged_in)
    return {"version": VERSION, "capabilities": known}


async def _user(call: Call) -> Any:
    return _describe(call, call.user)


async def _users(call: Call) -> Any:
    call.require_admin()
    return {"users": call.site.store.accounts.users}


async def _other_user(call: Call) -> Any:
    user = _known_user(call)
    if user != call.user:
        call.require_admin()
    return _describe(call, user)


async def _groups(call: Call) -> Any:
    call.require_admin()
    return {"groups": call.site.store.accounts.groups}


async def _add_group(call: Call) -> Any:
    call.require_admin()
    group = call.text("groupid").strip()
    if not group or len(group) > 64:
        raise OcsError(101, "Invalid group name")
    if not call.site.store.accounts.add_group(group):
        raise OcsError(102, "group exists")
    return []


async def _user_groups(call: Call) -> Any:
    user = _known_user(call)
    if user != call.user:
        call.require_admin()
    return {"groups": call.site.store.accounts.groups_of(user)}


async def _join(call: Call) -> Any:
    return await _change_group(call, leave=False)


async def _leave(call: Call) -> Any:
    return await _change_group(call, leave=True)


async def _change_group(call: Call, *, leave: bool) -> Any:
    call.require_admin()
    group = call.text("groupid")
    if not group:
        raise OcsError(101, "no group was named")
    if group not in call.site.store.accounts.groups:
        raise OcsError(102, "Group does not exist")
    user = _known_user(call, OcsError(103, "User does not exist"))
    await call.site.publish(call.site.store.change_group(user, group, leave=leave))
    return []


async def _notify(call: Call) -> Any:
    call.require_admin()
    user = _known_user(call)
    short, long = call.text("shortMessage"), call.text("longMessage")
    if not short or len(short) > 255 or len(long) > 4000:
        raise Refused(400, "shortMessage takes 1 to 255 characters, longMessage at most 4000")
    call.site.store.accounts.notify(user, short, long)
    await call.site.publish([publications.notification(user)])
    return []


async def _notifications(call: Call) -> Any:
    return [_notification(item) for item in call.site.store.accounts.notifications(call.user)]


async def _one_notification(call: Call) -> Any:
    number = call.request.path_params["number"]
    for item in call.site.store.accounts.notifications(call.user):
        if item.id == number:
            return _notification(item)
    raise Refused(404, "")


async def _dismiss(call: Call) -> Any:
    if not call.site.store.accounts.dismiss(call.user, call.request.path_params["number"]):
        raise Refused(404, "")
    await call.site.publish([publications.notification(call.user)])
    return []


async def _dismiss_all(call: Call) -> Any:
    accounts = call.site.store.accounts
    for item in accounts.notifications(call.user):
        accounts.dismiss(call.user, item.id)
        await call.site.publish([publications.notification(call.user)])
    return []


def _known_user(call: Call, unknown: Refused | None = None) -> str:
    user: str = call.request.path_params["user"]
    if call.site.store.accounts.get(user) is None:
        raise unknown or Refused(404, "User does not exist")
    return user


def _describe(call: Call, user: str) -> Any:
    account = call.site.store.accounts.get(user)
    if account is None:
        raise Refused(404, "User does not exist")
    return {
        "enabled": True,
        "id": account.uid,
        "email": account.mail,
        "display-name": account.display_name,
        "displayname": account.display_name,
        "groups": call.site.store.accounts.groups_of(user),
    }


def _notification(item: UserNotification) -> Any:
    return {
        "notification_id": item.id,
        "app": "admin_notifications",
        "user": item.user,
        "datetime": datetime.fromtimestamp(item.created, UTC).isoformat(timespec="seconds"),
        "object_type": "admin_notifications",
        "object_id": f"{item.id:x}",
        "subject": item.subject,
        "message": item.message,
        "link": "",
        "actions": [],
    }


ROUTES: list[Route] = [
    route("/cloud/capabilities", _capabilities, "GET", public=True),
    route("/cloud/user", _user, "GET"),
    route("/cloud/users", _users, "GET"),
    route("/cloud/groups", _groups, "GET"),
    route("/cloud/groups", _add_group, "POST"),
    route("/cloud/users/{user}", _other_user, "GET"),
    route("/cloud/users/{user}/groups", _user_groups, "GET"),
    route("/cloud/users/{user}/groups", _join, "POST"),
    route("/cloud/users/{user}/groups", _leave, "DELETE"),
    route("/apps/notifications/api/v2/admin_notifications/{user}", _notify, "POST"),
    route(_NOTIFICATIONS, _notifications, "GET"),
    route(_NOTIFICATIONS, _dismiss_all, "DELETE"),
    route(_NOTIFICATIONS + "/{number:int}", _one_notification, "GET"),
    route(_NOTIFICATIONS + "/{number:int}", _dismiss, "DELETE"),
]
