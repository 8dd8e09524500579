"""What both ends of the wire must spell alike: messages, paths, close codes, bounds.

The one room that client and server share; it needs the standard library only. Rules that both
need stand beside it: `backoff`, `redirects`, `text`, and the package's `version`.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "APP_PATH",
    "AUTHENTICATED",
    "AUTHENTICATION_TIMEOUT",
    "CAPABILITIES_PATH",
    "CONNECTION_LIMIT",
    "ERROR_PREFIX",
    "INVALID_CREDENTIALS",
    "INVALID_MESSAGE",
    "LISTEN_FILE_ID",
    "LOGIN_FAILED",
    "MAX_FILE_IDS",
    "NOTIFY_ACTIVITY",
    "NOTIFY_FILE",
    "NOTIFY_FILE_ID",
    "NOTIFY_NOTIFICATION",
    "RESTART_CODES",
    "WEBSOCKET_PATH",
]

AUTHENTICATED: Final = "authenticated"
"""The answer to good credentials."""

ERROR_PREFIX: Final = "err: "
"""How every answer to credentials begins that is none to good ones."""

INVALID_CREDENTIALS: Final = ERROR_PREFIX + "Invalid credentials"
INVALID_MESSAGE: Final = ERROR_PREFIX + "Invalid authentication message"
LOGIN_FAILED: Final = ERROR_PREFIX + "Error while sending authentication request to nextcloud: "
"""The answer when Nextcloud could not be asked; the reason follows."""

AUTHENTICATION_TIMEOUT: Final = "Authentication timeout"
CONNECTION_LIMIT: Final = "Error while handling authentication: Connection limit exceeded for user"

LISTEN_FILE_ID: Final = "listen notify_file_id"
"""What a client sends to be told the ids of changed files."""

NOTIFY_FILE: Final = "notify_file"
NOTIFY_FILE_ID: Final = "notify_file_id"
"""In place of ``notify_file`` for those who asked; a blank and a JSON list of ids follow."""

NOTIFY_ACTIVITY: Final = "notify_activity"
NOTIFY_NOTIFICATION: Final = "notify_notification"

MAX_FILE_IDS: Final = 1000
"""A merged notification names at most so many files; with more it says only that files changed."""

RESTART_CODES: Final = frozenset({1000, 1001, 1012})
"""Close codes a server sends to all of its clients at once: reset, going away, restart."""

WEBSOCKET_PATH: Final = "/ws"
"""How the path of a push server's WebSocket ends."""

CAPABILITIES_PATH: Final = "ocs/v2.php/cloud/capabilities"
"""Below the address of a Nextcloud: where it names its push server."""

APP_PATH: Final = "index.php/apps/notify_push/"
"""Below the address of a Nextcloud: what its app answers."""
