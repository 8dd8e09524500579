"""What commands have in common."""

from __future__ import annotations

from typing import Any, Final

import click

from nextcloud_push.words.version import COMPATIBILITY_VERSION, __version__

__all__ = ["CONTEXT", "version_option"]

CONTEXT: Final[dict[str, Any]] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 100,
}
"""How help looks."""

version_option = click.version_option(
    __version__, message=f"notify_push %(version)s (compatible with {COMPATIBILITY_VERSION})"
)
"""``--version``; its line begins with ``notify_push`` whatever was typed, as tools expect it."""
