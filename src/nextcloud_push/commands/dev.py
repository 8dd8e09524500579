"""``nextcloud-push dev``: developer mode."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nextcloud_push.dev import DEFAULT_PORT, DEFAULT_URL
from nextcloud_push.server.settings.model import DEFAULT_LOG_LEVEL, ListenAddress
from nextcloud_push.server.settings.types import LOG_LEVEL

if TYPE_CHECKING:
    from nextcloud_push.dev.run import DevOptions, DevServer

__all__ = ["dev_command", "program_to_paste"]

_WELCOME = """\
{title}
  Nextcloud (stand-in)  {url}  users admin, alice, bob, carol; each password is the name
  push server           {push_url}
  files                 {data}

Open {url} in a browser, or try in another terminal:
  {program} listen {url} alice alice
  curl -u alice:alice -X PUT -d hello {url}remote.php/dav/files/alice/hello.txt
  {program} emit notification alice{option}

Ctrl-C ends it."""


@click.command("dev")
@click.option("--bind", default="127.0.0.1", show_default=True, help="Address of both servers.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the stand-in Nextcloud; 0 picks a free one.",
)
@click.option(
    "--push-port",
    type=click.IntRange(0, 65535),
    default=ListenAddress().port,
    show_default=True,
    help="Port of the push server; 0 picks a free one.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps the files; without it a temporary one.",
)
@click.option("--redis", "redis_url", help="Use this Redis instead of the process's own memory.")
@click.option(
    "--log-level",
    type=LOG_LEVEL,
    default=DEFAULT_LOG_LEVEL,
    show_default=True,
    help="The push server's log level.",
)
@click.option("--demo", is_flag=True, help="Listen as alice too, and upload a first file.")
def dev_command(
    bind: str,
    port: int,
    push_port: int,
    data: Path | None,
    redis_url: str | None,
    log_level: str,
    demo: bool,
) -> None:
    """Try it without a Nextcloud: a stand-in for one and the push server, in one process.

    It is made for trying and for tests: everybody who reaches its ports may do everything.
    """
    from nextcloud_push.dev.run import DevOptions
    from nextcloud_push.server.logs import set_up
    from nextcloud_push.server.settings.redis_url import parse_redis_urls

    redis = parse_redis_urls([redis_url], name="--redis", tls=None) if redis_url else None
    set_up()
    # Whatever this process calls over HTTP is on this machine.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"
    options = DevOptions(
        bind=bind, port=port, push_port=push_port, data=data, redis=redis, log_level=log_level
    )
    _run(_serve(options, demo=demo))


def _run(main: Coroutine[Any, Any, None]) -> None:
    from nextcloud_push.server.process import new_event_loop

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        try:
            runner.run(main)
        except KeyboardInterrupt:
            sys.exit(130)


async def _serve(options: DevOptions, *, demo: bool) -> None:
    from nextcloud_push.dev.run import open_dev

    ended = asyncio.Event()
    _on_signals(ended.set)
    async with open_dev(options) as dev:
        _welcome(dev, temporary=options.data is None)
        if demo:
            from nextcloud_push.dev.demo import demonstrate

            async with demonstrate(dev):
                await ended.wait()
        else:
            await ended.wait()
    click.echo("\nStopped.")


def _on_signals(end: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' loops know no signal handlers; there Ctrl-C cancels the main task instead.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, end)


def _welcome(dev: DevServer, *, temporary: bool) -> None:
    folder = f"{dev.store.data}{' (removed at the end)' if temporary else ''}"
    click.echo(
        _WELCOME.format(
            title=click.style("notify_push, developer mode", bold=True),
            program=program_to_paste(sys.argv[0]),
            url=dev.url,
            push_url=dev.push_url,
            data=folder,
            option="" if dev.url == DEFAULT_URL else f" --url {dev.url}",
        )
    )


def program_to_paste(started_as: str) -> str:
    """How another shell in this folder starts what this process is, to be pasted.

    Args:
        started_as: The first word of this process's command line.
    """
    started = Path(started_as).absolute()
    if started.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m {__package__.partition('.')[0]}"
    found = shutil.which(started.name)
    if found is not None and Path(found).absolute() == started:
        return started.name
    here = Path.cwd()
    return shlex.quote(str(started.relative_to(here) if started.is_relative_to(here) else started))
