"""What the stand-in says it can do, `/status.php` included."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from nextcloud_push.dev.context import Standin, base_url

__all__ = ["APP_VERSION", "STATUS", "VERSION", "capabilities", "push_base"]

APP_VERSION = "1.4.0"
"""Of the push app that the stand-in claims to have."""

VERSION = {"major": 34, "minor": 0, "micro": 0, "string": "34.0.0", "edition": ""}

STATUS = {
    "installed": True,
    "maintenance": False,
    "needsDbUpgrade": False,
    "version": "34.0.0.0",
    "versionstring": "34.0.0",
    "edition": "",
    "productname": "Nextcloud",
    "extendedSupport": False,
}


def push_base(request: Request, site: Standin) -> str | None:
    """The base endpoint of the push server for this caller."""
    if site.push_endpoint is None:
        return None
    authority = base_url(request).split("/")[2]
    host = authority.rpartition(":")[0] if authority[-1] != "]" and ":" in authority else authority
    return site.push_endpoint.replace("{host}", host).rstrip("/")


def capabilities(request: Request, site: Standin, *, logged_in: bool) -> dict[str, Any]:
    """The capabilities; only who logged in is told of the push server and the files."""
    found: dict[str, Any] = {
        "core": {"pollinterval": 60, "webdav-root": "remote.php/webdav"},
        "theming": {"name": "Nextcloud", "slogan": "developer mode", "url": base_url(request)},
    }
    if logged_in:
        found |= {
            "dav": {"chunking": "", "bulkupload": ""},
            "files": {"bigfilechunking": False, "undelete": False, "versioning": False},
            "files_sharing": {"api_enabled": True, "public": {"enabled": True}},
            "notifications": {"ocs-endpoints": ["list", "get", "delete", "delete-all"]},
        }
        base = push_base(request, site)
        if base is not None:
            found["notify_push"] = {
                "type": ["files", "activities", "notifications"],
                "endpoints": {
                    "websocket": "ws" + base.removeprefix("http") + "/ws",
                    "pre_auth": base_url(request) + "index.php/apps/notify_push/pre_auth",
                },
            }
    return found
