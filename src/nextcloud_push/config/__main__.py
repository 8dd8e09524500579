"""The program: ``python -m nextcloud_push.config FILE [--json] …``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from nextcloud_push.config.answer import answer, failure
from nextcloud_push.config.confinement import PHP_SECONDS, confine, end_after, release
from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.limits import LimitExceeded
from nextcloud_push.config.loading import load
from nextcloud_push.config.shown import as_text, left_out

__all__ = ["main", "run"]

INCOMPLETE: Final = 3
"""Exit status when a value could not be evaluated."""

_PROGRAM: Final = "python -m nextcloud_push.config"
_VIA_PHP: Final = "try --config-via-php"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(_PROGRAM, description="What a Nextcloud config.php says.")
    parser.add_argument("file")
    parser.add_argument("--json", action="store_true", help="for programs: values and origins")
    parser.add_argument("--glob-config", action="store_true", help="read *.config.php beside it")
    parser.add_argument("--show-secrets", action="store_true", help="show passwords and the like")
    parser.add_argument("--config-via-php", action="store_true", help="have php read the file")
    return parser


def read(given: argparse.Namespace) -> dict[str, Any]:
    """Read the file that was asked for, and describe it or why it cannot be read."""
    try:
        read_file = load
        if given.config_via_php:
            from nextcloud_push.config.via_php import load_via_php  # rare, and has its price

            read_file = load_via_php
        loaded = read_file(Path(given.file), glob=given.glob_config, environ=os.environ)
        found = answer(loaded, show_secrets=given.show_secrets)
        release()
        return found
    except ConfigFault as fault:
        return failure(fault)
    except LimitExceeded as exceeded:  # while it was described
        reason = str(exceeded)
    except MemoryError:
        reason = "its values take too much memory"
    except Exception as error:  # nothing that a file holds ends in a traceback
        reason = f"evaluating it failed: {type(error).__name__}"
    return failure(ConfigFault(given.file, reason, remedy=_VIA_PHP))


def run(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for in this process, and answer the exit status."""
    given = _parser().parse_args(arguments)
    found = read(given)
    if given.json:
        print(json.dumps(found))
        return 1 if "error" in found else 0
    if "error" in found:
        error = found["error"]
        place = ":".join(str(error[key]) for key in ("file", "line", "column") if error[key])
        remedy = f"; {error['remedy']}" if error["remedy"] else ""
        print(f"{place}: {error['reason']}{remedy}", file=sys.stderr)
        return 1
    print(as_text(found))
    for line in left_out(found):
        print(f"left out: {line}", file=sys.stderr)
    return INCOMPLETE if found["unknown"] else 0


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Limit this process for good, do what was asked for, and end."""
    if "--config-via-php" in (sys.argv if arguments is None else arguments):
        end_after(PHP_SECONDS)
    else:
        confine()
    try:
        status = run(arguments)
        sys.stdout.flush()
    except OSError as error:  # whoever reads the answer is gone, or the disk is full
        print(f"{_PROGRAM}: the answer cannot be written: {error.strerror}", file=sys.stderr)
        status = 1
    os._exit(status)  # taking everything apart takes longer than what was done


if __name__ == "__main__":
    main()
