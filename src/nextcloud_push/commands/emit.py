"""``nextcloud-push emit``: fire an event in developer mode, or into a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

import click
import msgspec

from nextcloud_push.dev import messages
from nextcloud_push.dev.events import Activity, Custom, Event, File, Group, Notification, Share
from nextcloud_push.dev.messages import Message
from nextcloud_push.server.errors import InvalidSetting, NotifyPushError

__all__ = [
    "DEFAULT_URL",
    "EmitFailed",
    "emit_command",
    "emit_to_dev",
    "emit_to_redis",
    "messages_of",
]

DEFAULT_URL = "http://127.0.0.1:8080/"
_TIMEOUT = 10.0  # seconds for developer mode to answer
_Command = TypeVar("_Command", bound=Callable[..., None])


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
            return [messages.storage_update(storage, f"files/{path.strip('/')}", file_id)]
        case Activity(user):
            return [messages.activity(user)]
        case Notification(user):
            return [messages.notification(user)]
        case Custom(user, message, body):
            return [messages.custom(user, message, body)]
        case Share(_, _, receiver, to_group):
            if to_group:
                raise EmitFailed("only Nextcloud knows who is in a group: name the members")
            return messages.share_created(receiver)
        case Group(user, group):
            return messages.group_changed(user, group)


def _target_options(command: _Command) -> _Command:
    command = click.option(
        "--redis", "redis_url", help="Publish to this Redis instead, for a real push server."
    )(command)
    return click.option(
        "--url",
        envvar="NOTIFY_PUSH_DEV_URL",
        default=DEFAULT_URL,
        show_default=True,
        help="Address of developer mode's stand-in (variable NOTIFY_PUSH_DEV_URL).",
    )(command)


@click.group("emit")
def emit_command() -> None:
    """Fire an event: in developer mode, or with --redis into a real Redis.

    In developer mode it really happens (a file is written, a share is made); into Redis goes only
    what Nextcloud would publish.
    """


@emit_command.command("file")
@click.argument("user")
@click.argument("path")
@click.option("--content", help="What the file is to hold.")
@click.option("--storage", type=click.IntRange(0, 2**32 - 1), help="Only with --redis: storage.")
@click.option("--file-id", type=click.IntRange(0, 2**64 - 1), help="Only with --redis: file id.")
@_target_options
def file_command(
    user: str,
    path: str,
    content: str | None,
    storage: int | None,
    file_id: int | None,
    url: str,
    redis_url: str | None,
) -> None:
    """Write PATH among USER's files."""
    _emit(File(user, path, content), url, redis_url, storage=storage, file_id=file_id)


@emit_command.command("activity")
@click.argument("user")
@_target_options
def activity_command(user: str, url: str, redis_url: str | None) -> None:
    """Give USER a new activity item."""
    _emit(Activity(user), url, redis_url)


@emit_command.command("notification")
@click.argument("user")
@click.argument("message", default="Hello")
@_target_options
def notification_command(user: str, message: str, url: str, redis_url: str | None) -> None:
    """Give USER a notification."""
    _emit(Notification(user, message), url, redis_url)


@emit_command.command("custom")
@click.argument("user")
@click.argument("message")
@click.argument("body", required=False)
@_target_options
def custom_command(
    user: str, message: str, body: str | None, url: str, redis_url: str | None
) -> None:
    """Send USER an app's own event: its name MESSAGE, and BODY, which is JSON."""
    try:
        decoded = None if body is None else json.loads(body)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="BODY") from None
    _emit(Custom(user, message, decoded), url, redis_url)


@emit_command.command("share")
@click.argument("user")
@click.argument("path")
@click.argument("receiver")
@click.option("--group", "to_group", is_flag=True, help="RECEIVER is a group.")
@_target_options
def share_command(
    user: str, path: str, receiver: str, to_group: bool, url: str, redis_url: str | None
) -> None:
    """Let USER share PATH with RECEIVER."""
    _emit(Share(user, path, receiver, to_group), url, redis_url)


@emit_command.command("group")
@click.argument("user")
@click.argument("group")
@click.option("--leave", is_flag=True, help="Leave it instead of joining it.")
@_target_options
def group_command(user: str, group: str, leave: bool, url: str, redis_url: str | None) -> None:
    """Let USER join GROUP."""
    _emit(Group(user, group, leave), url, redis_url)


def _emit(
    event: Event,
    url: str,
    redis_url: str | None,
    *,
    storage: int | None = None,
    file_id: int | None = None,
) -> None:
    """Fire an event and print what was published."""

    async def fire() -> list[Message]:
        if redis_url is None:
            return await emit_to_dev(url, event)
        published = messages_of(event, storage=storage, file_id=file_id)
        await emit_to_redis(redis_url, published)
        return published

    try:
        published = asyncio.run(fire())
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from None
    except NotifyPushError as error:
        raise click.ClickException(str(error)) from None
    for message in published:
        click.echo(f"{message.channel} {message.payload}")
    if not published:
        click.echo("nothing changed, so nothing was published", err=True)
