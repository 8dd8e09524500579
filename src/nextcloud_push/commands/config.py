"""``nextcloud-push config``: what a config.php says."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Final

import click

from nextcloud_push.commands.groups import Group

__all__ = ["config_command"]

INCOMPLETE: Final = 3
"""Exit status when a value could not be evaluated."""


class _Config(Group):
    """Knows that a file was meant to be looked at."""

    def mistyped(self, ctx: click.Context, name: str) -> str:
        if name.endswith(".php") or Path(name).is_file():
            told = f"{ctx.command_path} eval {shlex.quote(name)}"
            return f"{name!r} is a file; what it says is shown by: {told}"
        return super().mistyped(ctx, name)


@click.group("config", cls=_Config)
def config_command() -> None:
    """Look at Nextcloud's configuration."""


@config_command.command("eval")
@click.argument("file", type=click.Path())
@click.option("--glob-config", is_flag=True, help="Read *.config.php beside the file too.")
@click.option("--show-secrets", is_flag=True, help="Show passwords and the like as they are.")
@click.option("--config-via-php", is_flag=True, help="Have php read the file.")
def eval_command(file: str, glob_config: bool, show_secrets: bool, config_via_php: bool) -> None:
    """Print the whole configuration in FILE as JSON, as Nextcloud would see it.

    Values that cannot be evaluated are left out and named on standard error; the exit status is
    then 3.
    """
    from nextcloud_push.config.shown import as_text, left_out
    from nextcloud_push.server.settings.evaluator import ask

    answer = ask(
        Path(file),
        glob=glob_config,
        environ=os.environ,
        show_secrets=show_secrets,
        via_php=config_via_php,
    )
    click.echo(as_text(answer))
    for line in left_out(answer):
        click.echo(f"left out: {line}", err=True)
    if answer["unknown"]:
        sys.exit(INCOMPLETE)
