"""Fire an event: in a running developer mode, or into a real Redis."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from nextcloud_push.dev import publications
from nextcloud_push.dev.actions import Activity, Custom, Event, File, Group, Notification, Share
from nextcloud_push.dev.publications import Message
from nextcloud_push.server.errors import NotifyPushError

__all__ = [
    "EmitFailed",
    "emit_to_dev",
    "emit_to_redis",
    "messages_of",
]

_TIMEOUT = 10.0  # seconds for developer mode to answer


class EmitFailed(NotifyPushError):
    """An event could not be fired; the text says why."""


async def emit_to_dev(url: str, event: Event) -> list[Message]:
    """Let an event happen in a running developer mode.

    Args:
        url: Address of the stand-in.
        event: What is to happen.

    Returns:
        What was published for it.

    Raises:
        EmitFailed: Developer mode is not there, or the event cannot happen.
    """
    import httpx

    try:
        # As it is made for this machine, no proxy is asked.
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            answer = await client.post(
                f"{url.rstrip('/')}/dev/emit",
                content=msgspec.json.encode(event),
                headers={"Content-Type": "application/json"},
            )
        answered = answer.json()
        if answer.status_code != 200:
            raise EmitFailed(str(answered["message"]))
        return [Message(channel, payload) for channel, payload in answered["published"]]
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise EmitFailed(f"developer mode does not answer: {reason}") from None
    except (ValueError, KeyError, TypeError):
        raise EmitFailed("what answers there is not developer mode") from None


async def emit_to_redis(url: str, published: Sequence[Message]) -> None:
    """Publish to a real Redis.

    Raises:
        InvalidSetting: It is no Redis URL.
        RedisError: Redis is out of reach.
    """
    from nextcloud_push.server.redis.commands import RedisCommands
    from nextcloud_push.server.settings.redis_url import parse_redis_urls

    redis = RedisCommands(parse_redis_urls([url], name="--redis", tls=None))
    try:
        for message in published:
            await redis.publish(message.channel, message.payload)
    finally:
        await redis.close()


def messages_of(
    event: Event, *, storage: int | None = None, file_id: int | None = None
) -> list[Message]:
    """What Nextcloud's app would publish for an event, as far as that is known from outside.

    Args:
        event: What happened.
        storage: Number of the user's home storage, needed for a file.
        file_id: The file's id, if it is known.

    Raises:
        EmitFailed: Only Nextcloud itself could know.
    """
    match event:
        case File(_, path):
            if storage is None:
                raise EmitFailed("a file needs --storage: numeric_id of home::USER in oc_storages")
            return [publications.storage_update(storage, f"files/{path.strip('/')}", file_id)]
        case Activity(user):
            return [publications.activity(user)]
        case Notification(user):
            return [publications.notification(user)]
        case Custom(user, message, body):
            return [publications.custom(user, message, body)]
        case Share(_, _, receiver, to_group):
            if to_group:
                raise EmitFailed("only Nextcloud knows who is in a group: name the members")
            return publications.share_created(receiver)
        case Group(user, group):
            return publications.group_changed(user, group)
