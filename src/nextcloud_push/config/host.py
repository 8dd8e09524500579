"""The machine as a configuration sees it: environment, files, names, clock.

The only module of the evaluator that touches the machine; it reads and never writes.
"""

from __future__ import annotations

import glob
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path

from nextcloud_push.config.limits import MAX_FILE

__all__ = ["Host", "Refused"]


class Refused(Exception):
    """A file that exists but is not read, with the reason."""


class Host:
    """What the evaluator may ask of the machine.

    Args:
        environ: The environment variables that the configuration sees.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = {os.fsencode(name): os.fsencode(text) for name, text in environ.items()}

    def read(self, path: bytes) -> bytes | None:
        """The content of a regular file; None when there is no such file.

        Raises:
            Refused: It may not be read, is no regular file, or is too large.
        """
        try:
            # A named pipe without a writer would block the open.
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise Refused(getattr(error, "strerror", None) or "no valid path") from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refused("it is no regular file")
            return self._content(descriptor)
        except OSError as error:
            raise Refused(error.strerror or "it cannot be read") from None
        finally:
            os.close(descriptor)

    @staticmethod
    def _content(descriptor: int) -> bytes:
        pieces, left = [], MAX_FILE + 1
        while left and (piece := os.read(descriptor, left)):
            pieces.append(piece)
            left -= len(piece)
        if not left:
            raise Refused(f"it is larger than {MAX_FILE // 1024 // 1024} MiB")
        return b"".join(pieces)

    def exists(self, path: bytes) -> bool:
        """Whether there is anything."""
        return bool(path) and b"\0" not in path and os.path.exists(path)

    def is_file(self, path: bytes) -> bool:
        """Whether there is a regular file."""
        return bool(path) and b"\0" not in path and os.path.isfile(path)

    def is_dir(self, path: bytes) -> bool:
        """Whether there is a folder."""
        return bool(path) and b"\0" not in path and os.path.isdir(path)

    def is_readable(self, path: bytes) -> bool:
        """Whether this process may read what is there."""
        return bool(path) and b"\0" not in path and os.access(path, os.R_OK)

    def real_path(self, path: bytes) -> bytes | None:
        """The path without links and dots; None when it leads nowhere."""
        try:
            return os.path.realpath(path or b".", strict=True)
        except (OSError, ValueError):
            return None

    def beside(self, path: Path) -> list[bytes]:
        """The files ``*.<name>`` in the folder of a file, hidden ones left out, unsorted.

        Raises:
            OSError: The folder cannot be listed.
        """
        ending = b"." + os.fsencode(path.name)
        folder = os.fsencode(path.parent)
        names = [name for name in os.listdir(folder) if name.endswith(ending)]
        return [os.path.join(folder, name) for name in names if not name.startswith(b".")]

    def glob(self, pattern: bytes) -> list[bytes]:
        """The paths that a pattern matches, in order; hidden ones only when it says so."""
        return sorted(glob.glob(pattern)) if b"\0" not in pattern else []

    def names(self, path: bytes) -> list[bytes] | None:
        """The names in a folder, those of itself and its parent among them; None without one."""
        try:
            return [b".", b"..", *os.listdir(path)]
        except (OSError, ValueError):
            return None

    def working_directory(self) -> bytes:
        """Where relative paths begin."""
        return os.getcwdb()

    def system(self) -> tuple[str, str, str, str, str]:
        """Name of the system, host name, release, version and machine."""
        known = os.uname()
        return known.sysname, known.nodename, known.release, known.version, known.machine

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def process_id(self) -> int:
        """This process's number."""
        return os.getpid()
