"""Developer mode: a stand-in Nextcloud and the daemon in one process."""

from typing import Final

__all__ = ["DEFAULT_PORT", "DEFAULT_URL"]

DEFAULT_PORT: Final = 8080
"""TCP port of the stand-in."""

DEFAULT_URL: Final = f"http://127.0.0.1:{DEFAULT_PORT}/"
"""Address of the stand-in, where it is told nothing else."""
