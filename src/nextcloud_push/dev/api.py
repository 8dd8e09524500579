"""`/dev/…`: what the page and `nextcloud-push emit` use, and Nextcloud does not have."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nextcloud_push.dev import actions, occ_self_test, publications
from nextcloud_push.dev.capabilities import push_base
from nextcloud_push.dev.context import PushControl, parameters, read_body, standin
from nextcloud_push.dev.emitter import Emitter
from nextcloud_push.dev.refusal import Refused

__all__ = ["ROUTES"]

MAX_DOWN = 600.0
"""Seconds that the push server may be down at most."""


async def _state(request: Request) -> Response:
    site = standin(request)
    accounts = site.store.accounts
    return JSONResponse(
        {
            "users": accounts.users,
            "groups": {group: accounts.members(group) for group in accounts.groups},
            "push": push_base(request, site),
            "up": site.control.is_up() if site.control else None,
            "published": site.bus.count,
        }
    )


async def _emit(request: Request) -> Response:
    event = actions.decode(await read_body(request))
    published = await Emitter(standin(request)).emit(event)
    return JSONResponse({"published": [[m.channel, m.payload] for m in published]})


async def _published(request: Request) -> Response:
    """What was published after a number, to be asked again and again."""
    try:
        after = int(request.query_params.get("after", "0"))
    except ValueError:
        raise Refused(400, "after is no number") from None
    return JSONResponse([asdict(item) for item in standin(request).bus.since(after)])


async def _reset(request: Request) -> Response:
    await standin(request).publish([publications.reset()])
    return JSONResponse({})


async def _drop(request: Request) -> Response:
    site, asked = standin(request), await parameters(request)
    user = asked.get("user")
    if not isinstance(user, str) or site.store.accounts.get(user) is None:
        raise Refused(404, "there is no such user")
    return JSONResponse({"dropped": await _control(request).drop(user)})


async def _down(request: Request) -> Response:
    seconds = _seconds((await parameters(request)).get("seconds"))
    await _control(request).down(seconds)
    return JSONResponse({"seconds": seconds})


async def _self_test(request: Request) -> Response:
    site = standin(request)
    base = push_base(request, site)
    if base is None:
        raise Refused(409, "no push server is set up")
    return JSONResponse([asdict(step) for step in await occ_self_test.run(site, base)])


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        raise Refused(400, "seconds is no number") from None
    if not (math.isfinite(seconds) and 0 < seconds <= MAX_DOWN):
        raise Refused(400, f"seconds is more than 0 and at most {MAX_DOWN:g}")
    return seconds


def _control(request: Request) -> PushControl:
    control = standin(request).control
    if control is None:
        raise Refused(409, "the push server runs in another process")
    return control


ROUTES = [
    Route("/dev/state", _state),
    Route("/dev/emit", _emit, methods=["POST"]),
    Route("/dev/published", _published),
    Route("/dev/reset", _reset, methods=["POST"]),
    Route("/dev/drop", _drop, methods=["POST"]),
    Route("/dev/down", _down, methods=["POST"]),
    Route("/dev/self-test", _self_test, methods=["POST"]),
]
