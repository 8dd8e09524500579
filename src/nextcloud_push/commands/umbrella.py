"""``nextcloud-push``: the umbrella over the commands."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from nextcloud_push.commands.catalog import COMMANDS
from nextcloud_push.commands.ending import named
from nextcloud_push.commands.groups import Group
from nextcloud_push.commands.options import CONTEXT, version_option

__all__ = ["umbrella"]


class _Umbrella(Group):
    """Imports a command when it is used: `listen` needs none of what `serve` does."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return COMMANDS[cmd_name].load() if cmd_name in COMMANDS else None

    def summary(self, ctx: click.Context, name: str) -> str:
        entry = COMMANDS[name]
        if entry.is_installed:
            return entry.summary
        return f"{entry.summary} (Needs the extra [{entry.extra}], which is not installed.)"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        commands = [
            CompletionItem(name, help=entry.summary)
            for name, entry in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def mistyped(self, ctx: click.Context, name: str) -> str:
        if name.endswith(".php") or Path(name).is_file():
            told = f"{ctx.command_path} serve {shlex.quote(name)}"
            return f"{name!r} is a file; the push server is started by: {told}"
        return super().mistyped(ctx, name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception:  # whatever it is, it is said under the name of what was typed
            typed = ctx.invoked_subcommand
            if typed is None:
                raise
            with named(f"{ctx.command_path} {typed}", COMMANDS[typed].extra):
                raise


@click.group(
    cls=_Umbrella,
    context_settings=CONTEXT,
    epilog="nextcloud-push COMMAND --help shows more.",
)
@version_option
def umbrella() -> None:
    """Push server for Nextcloud, and tools around it."""
