"""``listen``: what a user is told, as it happens."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click
from click.core import ParameterSource

from nextcloud_push.client import Notification, PushClient
from nextcloud_push.client.hooks import CommandRunner
from nextcloud_push.client.printing import Kind, as_json, as_line, kind_of
from nextcloud_push.commands.client_run import HELP, ExitStatus, complain, run_client, tls_options
from nextcloud_push.words.text import printable

__all__ = ["listen_command"]

_PASSWORD = "NOTIFY_PUSH_PASSWORD"  # noqa: S105  # the variable's name, no password
_COLOURS: dict[Kind, str] = {
    "file": "green",
    "activity": "blue",
    "notification": "yellow",
    "custom": "magenta",
    "reconnected": "cyan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """What to do with notifications, and when to stop."""

    as_json: bool
    command: str | None
    parallel: int
    count: int | None
    timeout: float | None


@click.command(
    "listen", context_settings=HELP, short_help="Print what a user is told, as it happens."
)
@click.argument("url")
@click.argument("user")
@click.argument("password", required=False, envvar=_PASSWORD)
@click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="File whose first line is the password; - for standard input.",
)
@click.option("--ids", is_flag=True, help="Ask for the ids of changed files.")
@click.option("--json", "json_lines", is_flag=True, help="Print lines of JSON.")
@click.option("--exec", "command", help="Shell command to run for each notification.")
@click.option(
    "--exec-parallel",
    "parallel",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Commands that may run at a time.",
)
@click.option("--pre-auth", is_flag=True, help="Log in by a token that Nextcloud hands out.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many notifications.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    help="End after so many seconds, with exit status 124.",
)
@tls_options
@click.pass_context
def listen_command(
    context: click.Context,
    url: str,
    user: str,
    password: str | None,
    password_file: TextIO | None,
    ids: bool,
    json_lines: bool,
    command: str | None,
    parallel: int,
    pre_auth: bool,
    count: int | None,
    timeout: float | None,
    allow_self_signed: bool,
    ca: Path | None,
) -> None:
    """Print what USER is told, as it happens.

    URL is the address of the Nextcloud (https://…), or of the push server's WebSocket (wss://…).

    The password is taken from the third argument (which other users of the machine may see),
    --password-file, the variable NOTIFY_PUSH_PASSWORD, or asked for.

    A command given by --exec finds the details in NOTIFY_PUSH_EVENT (file, activity,
    notification, custom or reconnected), NOTIFY_PUSH_TIME, NOTIFY_PUSH_IDS, NOTIFY_PUSH_TYPE
    and NOTIFY_PUSH_BODY, and as a line of JSON on its standard input.

    Exit status: 0 done, 1 no connection, 2 wrong usage, 3 wrong credentials, 4 no Nextcloud or
    no Client Push there, 124 --timeout is over, 130 Ctrl-C.
    """
    output = _Output(
        as_json=json_lines, command=command, parallel=parallel, count=count, timeout=timeout
    )

    def listen() -> Coroutine[Any, Any, ExitStatus]:
        client = PushClient(
            url,
            user,
            _password(context, password, password_file),
            ids=ids,
            pre_auth=pre_auth,
            ca=ca,
            allow_self_signed=allow_self_signed,
        )
        return _listen(client, user, output)

    run_client(listen)


def _password(context: click.Context, given: str | None, file: TextIO | None) -> str:
    """Find the password in the documented order.

    Args:
        given: The argument or the variable.

    Raises:
        click.UsageError: It is nowhere, and nobody is there to be asked.
    """
    if file is not None:
        if context.get_parameter_source("password") is ParameterSource.COMMANDLINE:
            raise click.UsageError("the password is given twice")
        line = file.readline().rstrip("\r\n")
        if not line:
            raise click.UsageError("the first line of the password file is empty")
        return line
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise click.UsageError(f"no password: use --password-file or set {_PASSWORD}")
    answer: str = click.prompt("Password", hide_input=True, err=True)
    return answer


async def _listen(client: PushClient, user: str, output: _Output) -> ExitStatus:
    try:
        async with asyncio.timeout(output.timeout) as limit:
            await _print_all(client, user, output)
    except TimeoutError:
        if not limit.expired():
            raise
        return ExitStatus.TIMEOUT
    return ExitStatus.OK


async def _print_all(client: PushClient, user: str, output: _Output) -> None:
    async with AsyncExitStack() as stack:
        runner: CommandRunner | None = None
        if output.command is not None:
            runner = CommandRunner(
                output.command,
                parallel=output.parallel,
                complain=complain,
                secrets=frozenset({_PASSWORD}),
            )
            stack.push_async_callback(runner.stop)
        await stack.enter_async_context(client)
        complain(f"listening as {printable(user)} at {client.endpoint}")
        seen = 0
        async for notification in client:
            when = datetime.now().astimezone()
            _show(notification, when, output)
            if runner is not None:
                await runner.start(notification, when)
            seen += 1
            if seen == output.count:
                break
        if runner is not None:
            await runner.finish()


def _show(notification: Notification, when: datetime, output: _Output) -> None:
    if output.as_json:
        click.echo(as_json(notification, when))
        return
    time = click.style(f"{when:%Y-%m-%d %H:%M:%S}", dim=True)
    text = click.style(as_line(notification), fg=_COLOURS[kind_of(notification)])
    click.echo(f"{time}  {text}", color=False if os.environ.get("NO_COLOR") else None)
