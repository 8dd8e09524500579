"""The stand-in Nextcloud as one ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from nextcloud_push.dev import api, comments, dav, ocs, ocs_core, ocs_shares, pages, push_app
from nextcloud_push.dev.auth import Authenticator
from nextcloud_push.dev.bus import Bus, TappedBus
from nextcloud_push.dev.context import PushControl, Standin
from nextcloud_push.dev.emitter import Emitter
from nextcloud_push.dev.files import Files
from nextcloud_push.dev.refusal import Refused
from nextcloud_push.dev.store import Store

__all__ = ["create_app", "emitter_of"]

_METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
    "PROPFIND", "PROPPATCH", "MKCOL", "MOVE", "COPY", "REPORT", "SEARCH",
)  # fmt: skip
_EXPOSED = ("DAV", "ETag", "OC-ETag", "OC-FileId", "X-OC-MTime", "Content-Disposition")


def create_app(
    store: Store,
    *,
    bus: Bus,
    push_endpoint: str | None,
    control: PushControl | None = None,
) -> Starlette:
    """Build the stand-in.

    Args:
        store: Its state; whoever made it closes it.
        bus: Where it publishes, and keeps what Nextcloud keeps in Redis.
        push_endpoint: Base address of the push server, e.g. ``http://127.0.0.1:7867``;
            ``{host}`` in it stands for the host name by which the stand-in itself is asked. None
            leaves the capability away, as before the app's set-up.
        control: What the page may do to the push server.
    """
    app = Starlette(
        routes=_routes(),
        # Every origin is let in, with credentials: pages of app developers come from anywhere.
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origin_regex=".*",
                allow_methods=_METHODS,
                allow_headers=["*"],
                allow_credentials=True,
                expose_headers=_EXPOSED,
            )
        ],
        exception_handlers={Refused: _refused},
    )
    app.state.standin = Standin(
        store=store,
        files=Files(store),
        auth=Authenticator(store.accounts),
        bus=TappedBus(bus),
        push_endpoint=push_endpoint,
        control=control,
    )
    return app


def emitter_of(app: Starlette) -> Emitter:
    """What fires events in a stand-in from within the process."""
    return Emitter(app.state.standin)


def _routes() -> list[Route | Mount]:
    calls = [*ocs_core.ROUTES, *ocs_shares.ROUTES, Route("/{rest:path}", ocs.NotFound)]
    return [
        *pages.ROUTES,
        *push_app.ROUTES,
        *dav.ROUTES,
        *comments.ROUTES,
        *api.ROUTES,
        Mount("/ocs/v1.php", routes=calls),
        Mount("/ocs/v2.php", routes=calls),
        Mount("/dev/static", StaticFiles(directory=pages.STATIC)),
    ]


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return JSONResponse({"message": error.reason}, error.status)
