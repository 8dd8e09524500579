"""The commands of ``nextcloud-push``, as far as they are known without importing them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nextcloud_push.commands import extras

if TYPE_CHECKING:
    import click

__all__ = ["COMMANDS", "Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One command.

    Args:
        target: Module and name of the click command.
        summary: The first sentence of its help.
        extra: What has to be installed for it.
        packages: Some that come with it and that the command cannot do without.
    """

    target: str
    summary: str
    extra: extras.Extra | None = None
    packages: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether what it needs is there."""
        return extras.are_installed(self.packages)

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


COMMANDS: Final = {
    "bench": Entry(
        "nextcloud_push.commands.bench:bench_command",
        "Measure what the push server costs on this machine, in some four minutes.",
        "bench",
        ("hiredis", "msgspec"),
    ),
    "config": Entry(
        "nextcloud_push.commands.config:config_command",
        "Look at Nextcloud's configuration.",
        "server",
        ("hiredis", "msgspec"),
    ),
    "dev": Entry(
        "nextcloud_push.commands.dev:dev_command",
        "Try it without a Nextcloud: a stand-in for one and the push server, in one process.",
        "dev",
        ("hiredis", "msgspec", "starlette", "uvicorn"),
    ),
    "emit": Entry(
        "nextcloud_push.commands.emit:emit_command",
        "Fire an event: in developer mode, or with --redis into a real Redis.",
        "dev",
        ("msgspec",),
    ),
    "listen": Entry(
        "nextcloud_push.commands.listen:listen_command", "Print what USER is told, as it happens."
    ),
    "serve": Entry(
        "nextcloud_push.commands.serve:serve_command",
        "Run the push server, with Nextcloud's CONFIG_FILE (config.php) if one is named.",
        "server",
        ("hiredis", "msgspec"),
    ),
    "test_client": Entry(
        "nextcloud_push.commands.test_client:test_client_command",
        "Connect as USER and print each message as it arrives.",
    ),
}
"""By name, in the order of the help."""
