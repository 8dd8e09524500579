"""``nextcloud-push emit``: fire an event in developer mode, or into a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from nextcloud_push.commands.groups import Group
from nextcloud_push.dev import DEFAULT_URL

if TYPE_CHECKING:
    from nextcloud_push.dev.actions import Event
    from nextcloud_push.dev.publications import Message

__all__ = ["emit_command"]

_Command = TypeVar("_Command", bound=Callable[..., None])


def _target_options(command: _Command) -> _Command:
    command = click.option(
        "--redis", "redis_url", help="Publish to this Redis instead, for a real push server."
    )(command)
    return click.option(
        "--url",
        envvar="NOTIFY_PUSH_DEV_URL",
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        help="Address of developer mode's stand-in.",
    )(command)


@click.group("emit", cls=Group)
def emit_command() -> None:
    """Fire an event: in developer mode, or with --redis into a real Redis.

    In developer mode it really happens (a file is written, a share is made); into Redis goes only
    what Nextcloud would publish.
    """


@emit_command.command("file")
@click.argument("user")
@click.argument("path")
@click.option("--content", help="What the file is to hold.")
@click.option(
    "--storage", type=click.IntRange(0, 2**32 - 1), help="Only with --redis: number of the storage."
)
@click.option(
    "--file-id", type=click.IntRange(0, 2**64 - 1), help="Only with --redis: id of the file."
)
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
    from nextcloud_push.dev.actions import File

    _emit(File(user, path, content), url, redis_url, storage=storage, file_id=file_id)


@emit_command.command("activity")
@click.argument("user")
@_target_options
def activity_command(user: str, url: str, redis_url: str | None) -> None:
    """Give USER a new activity item."""
    from nextcloud_push.dev.actions import Activity

    _emit(Activity(user), url, redis_url)


@emit_command.command("notification")
@click.argument("user")
@click.argument("message", default="Hello")
@_target_options
def notification_command(user: str, message: str, url: str, redis_url: str | None) -> None:
    """Give USER a notification."""
    from nextcloud_push.dev.actions import Notification

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
    from nextcloud_push.dev.actions import Custom

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
    from nextcloud_push.dev.actions import Share

    _emit(Share(user, path, receiver, to_group), url, redis_url)


@emit_command.command("group")
@click.argument("user")
@click.argument("group")
@click.option("--leave", is_flag=True, help="Leave it instead of joining it.")
@_target_options
def group_command(user: str, group: str, leave: bool, url: str, redis_url: str | None) -> None:
    """Let USER join GROUP."""
    from nextcloud_push.dev import actions

    _emit(actions.Group(user, group, leave), url, redis_url)


def _emit(
    event: Event,
    url: str,
    redis_url: str | None,
    *,
    storage: int | None = None,
    file_id: int | None = None,
) -> None:
    """Fire an event and print what was published."""
    from nextcloud_push.dev.emit import emit_to_dev, emit_to_redis, messages_of

    async def fire() -> list[Message]:
        if redis_url is None:
            return await emit_to_dev(url, event)
        published = messages_of(event, storage=storage, file_id=file_id)
        await emit_to_redis(redis_url, published)
        return published

    published = asyncio.run(fire())
    for message in published:
        click.echo(f"{message.channel} {message.payload}")
    if not published:
        click.echo("nothing changed, so nothing was published", err=True)
