"""Starting the evaluator of config.php: a program of its own, given little time and no trust.

What it answers is described in `nextcloud_push.config.answer`; nothing of it is imported here. It
limits itself before it reads a file, and whatever becomes of it, hanging, swelling or crashing,
ends in one error here, with no process left behind.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from nextcloud_push.server.errors import ConfigFileError

__all__ = ["PROGRAM", "ask"]

PROGRAM: Final = "nextcloud_push.config"
"""The module that is run."""

_FORMAT: Final = 1
_SECONDS: Final = 12.0  # on the clock; the program ends itself after 10
_PHP_SECONDS: Final = 22.0  # the same after 20
_MOST: Final = 16 * 1024 * 1024
"""Bytes of an answer: far beyond any configuration."""
_REMEDY: Final = "try --config-via-php, or give the settings by hand"
_LIMITS: Final = frozenset({signal.SIGXCPU, signal.SIGALRM, signal.SIGPROF})
"""What ends the program when its time is up."""


def ask(
    path: Path,
    *,
    glob: bool,
    environ: Mapping[str, str],
    show_secrets: bool = False,
    via_php: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Have the program evaluate a config.php.

    Args:
        path: The main file.
        glob: Also read ``*.config.php`` beside it.
        environ: The environment variables that the configuration sees.
        show_secrets: Answer passwords as they are.
        via_php: Have the program ``php`` read the file, which runs what is in it.
        meanwhile: What this process can do until the answer is there.

    Returns:
        The answer, as `nextcloud_push.config.answer` describes it.

    Raises:
        ConfigFileError: A file cannot be read, parsed or evaluated, or the program failed.
    """
    try:
        main = os.path.abspath(path)
    except OSError:
        reason = "the working folder is gone"
        raise ConfigFileError(str(path), reason, remedy="give the whole path") from None
    flags = {"--glob-config": glob, "--show-secrets": show_secrets, "--config-via-php": via_php}
    command = [*_command(main), "--json", *(flag for flag, given in flags.items() if given), main]
    seconds = _PHP_SECONDS if via_php else _SECONDS
    answer, status = _run(command, main, environ, seconds, meanwhile)
    return _understood(answer, status, main)


def _command(main: str) -> list[str]:
    """The interpreter that runs this process, told to run the program.

    It sees neither the working folder nor variables like ``PYTHONPATH``, and skips what ``site``
    does at each start: where packages are it is told.
    """
    interpreter = next(filter(_is_program, _interpreters()), None)
    if interpreter is None:
        raise ConfigFileError(main, "no Python interpreter is found to evaluate it", remedy=_REMEDY)
    code = (
        f"import sys; sys.path += {_packages()!a}; sys.argv[0] = {PROGRAM!r};"
        f"from {PROGRAM}.__main__ import main; main()"
    )
    return [interpreter, "-I", "-S", "-c", code]


def _interpreters() -> Iterator[str]:
    """Where the interpreter of this process may be, the best guess first.

    With an empty environment Python may not know its own place.
    """
    yield sys.executable or ""
    yield getattr(sys, "_base_executable", None) or ""
    with suppress(OSError):
        yield os.readlink("/proc/self/exe")
    for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix):
        yield os.path.join(prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
        yield os.path.join(prefix, "bin", "python3")


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _packages() -> list[str]:
    """The folders with this package and with those that are installed."""
    ours = os.path.abspath(os.path.join(__file__, *[os.pardir] * (__name__.count(".") + 1)))
    installed = [
        os.path.abspath(path)
        for path in sys.path
        if os.path.basename(path) in ("site-packages", "dist-packages")
    ]
    return list(dict.fromkeys([ours, *installed]))


def _run(
    command: list[str],
    main: str,
    environ: Mapping[str, str],
    seconds: float,
    meanwhile: Callable[[], object] | None,
) -> tuple[bytes, int]:
    """What the program writes, and its exit status; it is gone afterwards, with all it started."""
    # Its errors would say what nobody but its authors understands.
    wanted = any(level in environ.get("LOG", "") for level in ("debug", "trace"))
    errors = None if wanted else subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - the interpreter that runs this
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            process_group=0,
        )
    except (OSError, ValueError) as error:
        reason = f"the evaluator cannot be started: {getattr(error, 'strerror', None) or error}"
        raise ConfigFileError(main, reason, remedy=_REMEDY) from None
    try:
        assert process.stdout is not None
        deadline = time.monotonic() + seconds
        if meanwhile is not None:
            meanwhile()
        answer = _content(process.stdout.fileno(), deadline)
    finally:
        # Its pipe is closed, so it has ended already, or it has to.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]  # see above
    if answer is None:
        reason = f"evaluating it takes more than {seconds:g} s or {_MOST // 1024 // 1024} MiB"
        raise ConfigFileError(main, reason, remedy=_REMEDY)
    return answer, process.returncode


def _content(descriptor: int, deadline: float) -> bytes | None:
    """All that comes out of a pipe until it is closed; None when that is too late or too much."""
    pieces: list[bytes] = []
    size = 0
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    while size <= _MOST:
        left = deadline - time.monotonic()
        # What is there already is read also when others took the time.
        if not ready.poll(max(left, 0) * 1000):
            return None
        piece = os.read(descriptor, 1024 * 1024)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
    return None


def _understood(answer: bytes, status: int, main: str) -> dict[str, Any]:
    try:
        found = json.loads(answer)
        if status < 0 or found["format"] != _FORMAT:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigFileError(main, _fault(status), remedy=_REMEDY) from None
    error = found.get("error")
    if error is not None:
        raise ConfigFileError(
            error["file"],
            error["reason"],
            line=error["line"],
            column=error["column"],
            remedy=error["remedy"],
        )
    return found  # type: ignore[no-any-return]  # an object: it has a format


def _fault(status: int) -> str:
    """What became of a program that gave no answer."""
    if -status in _LIMITS:
        return "reading it takes too long"
    if status >= 0:
        return f"the evaluator ended with status {status} and without an answer"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"reading it takes too much memory, or the parser crashed ({name})"
