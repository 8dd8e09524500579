"""What the commands that listen share: options for TLS, exit statuses, a run to its end."""

from __future__ import annotations

import asyncio
import enum
import io
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click

from nextcloud_push.client import (
    AppNotEnabled,
    ClientError,
    InvalidUrl,
    NotNextcloud,
    WrongCredentials,
)

__all__ = ["HELP", "ExitStatus", "complain", "run_client", "tls_options"]

HELP: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How help is shown: `click.Command`'s context settings."""

_Command = TypeVar("_Command", bound=Callable[..., None])


class ExitStatus(enum.IntEnum):
    """How the commands end."""

    OK = 0
    NO_CONNECTION = 1
    USAGE = 2
    WRONG_CREDENTIALS = 3
    NO_PUSH = 4
    TIMEOUT = 124
    INTERRUPTED = 130


def tls_options(command: _Command) -> _Command:
    """Add the options that say whom to trust: parameters ``ca`` and ``allow_self_signed``."""
    command = click.option(
        "--ca",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="PEM file with certificates to trust beside the system's.",
    )(command)
    return click.option(
        "--allow-self-signed", is_flag=True, help="Accept any certificate (for tests only)."
    )(command)


def complain(sentence: str) -> None:
    """Print a sentence on standard error."""
    click.echo(sentence, err=True)


def run_client(main: Callable[[], Coroutine[Any, Any, ExitStatus]]) -> NoReturn:
    """Run a command to its end, whatever that is, and leave with its exit status.

    Args:
        main: Called outside of the event loop, which would keep Ctrl-C from a prompt.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # in a locale without such letters
    log, handler = logging.getLogger("notify_push.client"), _ToStandardError()
    log.addHandler(handler)
    try:
        status = asyncio.run(main())
    except ClientError as exc:
        complain(f"Error: {exc}")
        status = _status(exc)
    except (KeyboardInterrupt, click.Abort):
        status = ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may try to flush the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = ExitStatus.OK
    finally:
        log.removeHandler(handler)
    click.get_current_context().exit(status)


class _ToStandardError(logging.Handler):
    """Shows what the library logs: lost connections and the next attempt."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(record.getMessage())


def _status(error: ClientError) -> ExitStatus:
    match error:
        case InvalidUrl():
            return ExitStatus.USAGE
        case WrongCredentials():
            return ExitStatus.WRONG_CREDENTIALS
        case AppNotEnabled() | NotNextcloud():
            return ExitStatus.NO_PUSH
        case _:
            return ExitStatus.NO_CONNECTION
