"""Pages of any origin may call the stand-in, as the steps of the documentation do."""

from __future__ import annotations

from typing import Any

import pytest

ORIGIN = "http://localhost:5173"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/ocs/v2.php/cloud/capabilities", "accept,authorization,ocs-apirequest"),
        ("POST", "/index.php/apps/notify_push/pre_auth", "authorization,requesttoken"),
        ("PROPFIND", "/remote.php/dav/files/alice/", "authorization,depth"),
        ("MOVE", "/remote.php/dav/files/alice/a.txt", "authorization,destination,overwrite"),
        ("PUT", "/remote.php/dav/files/alice/a.txt", "authorization,content-type"),
        ("DELETE", "/ocs/v2.php/cloud/users/bob/groups", "authorization,ocs-apirequest"),
    ],
)
async def test_preflight(site: Any, method: str, path: str, headers: str) -> None:
    response = await site.as_user(None).options(
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-credentials"] == "true"
    assert method in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == headers


@pytest.mark.parametrize("user", ["alice", None])
@pytest.mark.parametrize("origin", [ORIGIN, "https://app.example.com", "null"])
async def test_answers_may_be_read(site: Any, user: str | None, origin: str) -> None:
    for path in ("/remote.php/dav/files/alice/x", "/ocs/v2.php/cloud/user", "/status.php", "/x"):
        response = await site.as_user(user, Origin=origin).get(path)
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in response.headers["vary"]
        assert "ETag" in response.headers["access-control-expose-headers"]
