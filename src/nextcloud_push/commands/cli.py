"""The commands: parsing what was typed, and calling what does the work."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nextcloud_push._version import COMPATIBILITY_VERSION, __version__
from nextcloud_push.server.errors import InvalidSetting, NotifyPushError

if TYPE_CHECKING:
    from nextcloud_push.server.settings.load import Values
    from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig

__all__ = ["daemon_main", "main", "test_client_main"]

USAGE_ERROR: Final = 2


def _version_line() -> str:
    return f"notify_push {__version__} (compatible with {COMPATIBILITY_VERSION})"


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(_version_line())
        context.exit()


def _with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add a flag for every setting."""
    from nextcloud_push.server.settings.options import OPTIONS

    for option in reversed(OPTIONS):
        kind: dict[str, Any] = {"is_flag": True} if option.switch else {"metavar": option.metavar}
        command = click.option(
            *option.flags,
            option.name,
            default=None,
            multiple=option.repeated,
            help=f"{option.help} (variable {option.variable})",
            **kind,
        )(command)
    return command


@click.command(
    "serve",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from the command line, else from the environment, else from CONFIG_FILE."
    " DEBOUNCE_DISABLE, set to anything, sends every message at once.",
)
@click.argument("config_file", required=False, type=click.Path())
@_with_settings
@click.option(
    "--dump-config",
    flag_value="text",
    default=None,
    help="Print the settings with the source of each, secrets masked, and exit;"
    " --dump-config=json for programs.",
)
@click.option("--dump-config-json", "dump_config", flag_value="json", hidden=True)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version)
def serve_command(config_file: str | None, dump_config: str | None, **flags: Any) -> None:
    """Run the push server, with Nextcloud's CONFIG_FILE (config.php) if one is named."""
    from nextcloud_push.server import process as service
    from nextcloud_push.server.logs import set_up
    from nextcloud_push.server.settings import dump
    from nextcloud_push.server.settings.load import (
        load_settings,
        read_values,
        warnings,
        with_dotenv,
    )

    environ = with_dotenv(os.environ)
    values = read_values(flags, environ)
    config = _read_config(config_file, values, environ) if config_file is not None else None
    settings = load_settings(values, config)
    if dump_config is not None:
        shown = dump.entries(settings, values, config)
        click.echo(dump.as_json(shown) if dump_config == "json" else dump.as_text(shown))
        return
    set_up(settings.log_format, ansi=settings.ansi)
    for warning in warnings(values, settings):
        logging.getLogger("notify_push.settings").warning(warning)
    sys.exit(service.run(service.serve(settings, environ)))


def _read_config(config_file: str, values: Values, environ: Mapping[str, str]) -> NextcloudConfig:
    from nextcloud_push.config import load_apart, load_via_php
    from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig

    read = load_via_php if values.get("config_via_php", False) else load_apart
    glob = values.get("glob_config", False)
    return NextcloudConfig(read(Path(config_file), glob=glob, environ=environ))


_COMMANDS: Final = {
    "bench": ("nextcloud_push.bench", "bench_command"),
    "config": ("nextcloud_push.commands.config", "config_command"),
    "dev": ("nextcloud_push.commands.dev", "dev_command"),
    "emit": ("nextcloud_push.commands.emit", "emit_command"),
    "listen": ("nextcloud_push.commands.listen", "listen_command"),
    "serve": ("nextcloud_push.commands.cli", "serve_command"),
}


class _LazyGroup(click.Group):
    """Imports a command when it is used: `listen` needs none of what `serve` does."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version)
def cli() -> None:
    """Push server for Nextcloud, and tools around it."""


def _run(command: click.Command, name: str, arguments: Sequence[str] | None = None) -> None:
    """Run a command; what goes wrong is one line on standard error."""
    try:
        command.main(args=arguments, prog_name=name, standalone_mode=True)
    except InvalidSetting as error:
        _fail(name, str(error), USAGE_ERROR)
    except NotifyPushError as error:
        _fail(name, str(error), 1)
    except Exception as error:  # no traceback on a user's screen, unless asked for
        if any(level in os.environ.get("LOG", "") for level in ("debug", "trace")):
            raise
        reason = f"unexpected error, LOG=debug shows where: {type(error).__name__}: {error}"
        _fail(name, reason.splitlines()[0], 1)


def _fail(name: str, reason: str, status: int) -> None:
    click.echo(f"{name}: {reason}", err=True)
    sys.exit(status)


def daemon_main() -> None:
    """Entry point of ``notify_push``, the drop-in."""
    _run(serve_command, "notify_push", _arguments())


def main() -> None:
    """Entry point of ``nextcloud-push``, the umbrella."""
    _run(cli, "nextcloud-push", _arguments())


def _arguments() -> list[str]:
    """What was typed; click knows no flag whose value may be left out before an argument."""
    dump_json, dump_text = "--dump-config=json", "--dump-config=text"
    spelled = {dump_json: "--dump-config-json", dump_text: "--dump-config"}
    return [spelled.get(argument, argument) for argument in sys.argv[1:]]


def test_client_main() -> None:
    """Entry point of ``test_client``."""
    from nextcloud_push.commands.listen import test_client_command

    _run(test_client_command, "test_client")
