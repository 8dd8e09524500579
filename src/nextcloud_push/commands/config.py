"""``nextcloud-push config``: what a config.php says."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from nextcloud_push.commands.groups import Group

__all__ = ["config_command"]

INCOMPLETE: Final = 3
"""Exit status when a value could not be evaluated."""


@click.group("config", cls=Group)
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
    from nextcloud_push.config import load, load_via_php

    read = load_via_php if config_via_php else load
    config = read(Path(file), glob=glob_config, environ=os.environ, nc_overrides=False)
    text, left_out = config.to_json(show_secrets=show_secrets)
    click.echo(text)
    for line in left_out:
        click.echo(f"left out: {line}", err=True)
    if left_out:
        sys.exit(INCOMPLETE)
