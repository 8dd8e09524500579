"""``python -m notify_push.dev`` is ``notify-push dev``."""

from __future__ import annotations

import sys

import click

from notify_push.dev.commands import dev_command
from notify_push.errors import InvalidSetting, NotifyPushError


def main() -> None:
    """Run developer mode; what goes wrong is one line on standard error."""
    try:
        dev_command(prog_name="python -m notify_push.dev")
    except NotifyPushError as error:
        click.echo(f"notify-push dev: {error}", err=True)
        sys.exit(2 if isinstance(error, InvalidSetting) else 1)


if __name__ == "__main__":
    main()
