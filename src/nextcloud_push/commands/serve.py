"""``notify_push`` and ``nextcloud-push serve``: the push server."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nextcloud_push.commands.catalog import COMMANDS
from nextcloud_push.commands.options import CONTEXT, version_option
from nextcloud_push.server.settings.options import OPTIONS

if TYPE_CHECKING:
    from nextcloud_push.server.settings.load import Values
    from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig

__all__ = ["serve_command"]


class _Serve(click.Command):
    """A command whose settings come from the environment too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.parent is None and args and args[0] in COMMANDS and not Path(args[0]).exists():
            ctx.fail(f"{args[0]!r} is a command of nextcloud-push: nextcloud-push {args[0]}")
        if ctx.obj is None:
            ctx.obj = cache(_environment)
        return super().parse_args(ctx, _written_out(args))


def _written_out(args: list[str]) -> list[str]:
    """Give ``--dump-config`` its value: click would take the word behind it, the CONFIG_FILE."""
    end = args.index("--") if "--" in args else len(args)
    flag = "--dump-config"
    return [f"{flag}=text" if word == flag else word for word in args[:end]] + args[end:]


def _environment() -> Mapping[str, str]:
    from nextcloud_push.server.settings.load import with_dotenv

    return with_dotenv(os.environ)


def _with_settings(command: click.Command) -> click.Command:
    """Put the option of every setting between the arguments and the other options."""
    command.params[1:1] = OPTIONS
    return command


@_with_settings
@click.command(
    "serve",
    cls=_Serve,
    context_settings=CONTEXT,
    epilog="Settings come from the command line, else from the environment, else from CONFIG_FILE."
    " DEBOUNCE_DISABLE, set to anything, sends every message at once.",
)
@click.argument("config_file", required=False, type=click.Path())
@click.option(
    "--dump-config",
    type=click.Choice(["text", "json"]),
    metavar="[=text|json]",
    help="Print the settings with the source of each, secrets masked, and exit;"
    " --dump-config=json is for programs.",
)
@version_option
@click.pass_context
def serve_command(
    context: click.Context, /, config_file: str | None, dump_config: str | None, **_: Any
) -> None:
    """Run the push server, with Nextcloud's CONFIG_FILE (config.php) if one is named."""
    import logging

    from nextcloud_push.server.logs import set_up
    from nextcloud_push.server.settings import dump
    from nextcloud_push.server.settings.load import load_settings, values_of, warnings

    environ = context.obj()
    os.environ.update(environ)  # where the standard library looks for proxies
    values = values_of(context)
    config = _read_config(config_file, values, environ) if config_file is not None else None
    settings = load_settings(values, config)
    if dump_config is not None:
        shown = dump.entries(settings, values, config)
        click.echo(dump.as_json(shown) if dump_config == "json" else dump.as_text(shown))
        return
    set_up(settings.log_format, ansi=settings.ansi)
    for warning in warnings(values, settings):
        logging.getLogger("notify_push.settings").warning(warning)
    from nextcloud_push.server import process

    sys.exit(process.run(process.serve(settings)))


def _read_config(config_file: str, values: Values, environ: Mapping[str, str]) -> NextcloudConfig:
    from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig
    from nextcloud_push.server.settings.nextcloud_file import read_config_file

    return NextcloudConfig(
        read_config_file(
            Path(config_file),
            glob=values.get("glob_config", False),
            environ=environ,
            via_php=values.get("config_via_php", False),
            meanwhile=lambda: importlib.import_module("nextcloud_push.server.process"),
        )
    )
