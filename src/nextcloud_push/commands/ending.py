"""How a command ends: what goes wrong is one line on standard error and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import click

from nextcloud_push.commands.extras import Extra, is_missing, needs
from nextcloud_push.server.errors import InvalidSetting, NotifyPushError

__all__ = ["USAGE_ERROR", "Failure", "named", "run"]

USAGE_ERROR: Final = 2
"""Exit status."""


class Failure(Exception):
    """A command did not do what it was asked to.

    Args:
        command: As it was typed, e.g. ``nextcloud-push listen``.
        reason: What is wrong.
        status: The exit status.
    """

    def __init__(self, command: str, reason: str, status: int) -> None:
        super().__init__(f"{command}: {' '.join(reason.splitlines())}")
        self.status = status


@contextmanager
def named(command: str, extra: Extra | None = None) -> Iterator[None]:
    """Turn what a command raises into a failure with the command's name.

    Args:
        command: As it was typed.
        extra: What has to be installed for it.

    Raises:
        Failure: Something went wrong that has a reason.
    """
    try:
        yield
    except Failure:
        raise
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else command
        raise Failure(where, _usage(error), USAGE_ERROR) from None
    except click.ClickException as error:
        raise Failure(command, error.format_message(), error.exit_code) from None
    except InvalidSetting as error:
        raise Failure(command, str(error), USAGE_ERROR) from None
    except NotifyPushError as error:
        raise Failure(command, str(error), 1) from None
    except ImportError as error:
        if extra is None or not is_missing(error):
            raise
        raise Failure(command, needs(extra), 1) from None


def _usage(error: click.UsageError) -> str:
    """What is wrong; where an argument is missing, also which there are."""
    message = error.format_message()
    if isinstance(error, click.MissingParameter) and error.ctx is not None:
        return f"{message} {' '.join(error.ctx.get_usage().split())}"
    return message


def run(command: click.Command, name: str, *, extra: Extra | None = None) -> NoReturn:
    """Run a command with what was typed, and leave with its exit status."""
    try:
        with named(name, extra):
            status = command.main(prog_name=name, standalone_mode=False)
    except Failure as failure:
        click.echo(str(failure), err=True)
        status = failure.status
    except click.Abort:
        click.echo("Aborted!", err=True)
        status = 1
    except Exception as error:  # no traceback on a user's screen, unless asked for
        if any(level in os.environ.get("LOG", "") for level in ("debug", "trace")):
            raise
        reason = f"unexpected error, LOG=debug shows where: {type(error).__name__}: {error}"
        click.echo(f"{name}: {reason.splitlines()[0]}", err=True)
        status = 1
    sys.exit(status)
