"""Listen to a push server from Python: discover it, log in, stay connected.

Runs wherever asyncio does and needs httpx and websockets alone::

    import asyncio
    from nextcloud_push.client import FileChanged, PushClient, Reconnected

    async def main() -> None:
        async with PushClient("https://cloud.example.com", "alice", "app password") as client:
            async for notification in client:
                match notification:
                    case FileChanged() | Reconnected():
                        print("look for changed files")

    asyncio.run(main())
"""

from nextcloud_push.client.errors import (
    AppNotEnabled,
    CertificateFileError,
    ClientError,
    ConnectionLost,
    InvalidUrl,
    LoginFailed,
    NotNextcloud,
    TlsFailure,
    TokenRefused,
    TooManyConnections,
    UnexpectedAnswer,
    Unreachable,
    WrongCredentials,
)
from nextcloud_push.client.notifications import (
    Activity,
    Custom,
    FileChanged,
    Json,
    Notification,
    NotificationChanged,
    Reconnected,
    parse_message,
)
from nextcloud_push.client.push_client import PushClient
from nextcloud_push.client.reconnect import Backoff, ReconnectPolicy
from nextcloud_push.client.session import Timing
from nextcloud_push.client.sync import ClientOptions, SyncPushClient

__all__ = [
    "Activity",
    "AppNotEnabled",
    "Backoff",
    "CertificateFileError",
    "ClientError",
    "ClientOptions",
    "ConnectionLost",
    "Custom",
    "FileChanged",
    "InvalidUrl",
    "Json",
    "LoginFailed",
    "NotNextcloud",
    "Notification",
    "NotificationChanged",
    "PushClient",
    "ReconnectPolicy",
    "Reconnected",
    "SyncPushClient",
    "Timing",
    "TlsFailure",
    "TokenRefused",
    "TooManyConnections",
    "UnexpectedAnswer",
    "Unreachable",
    "WrongCredentials",
    "parse_message",
]
