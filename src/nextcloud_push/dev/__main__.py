"""``python -m nextcloud_push.dev`` is ``nextcloud-push dev``."""

from __future__ import annotations

import sys

import click

from nextcloud_push.commands.dev import dev_command
from nextcloud_push.server.errors import InvalidSetting, NotifyPushError


def main() -> None:
    """Run developer mode; what goes wrong is one line on standard error."""
    try:
        dev_command(prog_name="python -m nextcloud_push.dev")
    except NotifyPushError as error:
        click.echo(f"nextcloud-push dev: {error}", err=True)
        sys.exit(2 if isinstance(error, InvalidSetting) else 1)


if __name__ == "__main__":
    main()
