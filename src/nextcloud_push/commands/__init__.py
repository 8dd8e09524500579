"""What is typed: one module a command, which imports its room only when it is run.

    notify_push …            the daemon alone, the drop-in        serve
    nextcloud-push COMMAND   the umbrella                         umbrella, catalog
    test_client …            the drop-in client                   test_client

`groups` shows commands and meets mistypes, `ending` turns what goes wrong into one line and an
exit status, `extras` knows what has to be installed for what.
"""

from __future__ import annotations

__all__ = ["daemon_main", "main", "test_client_main"]


def main() -> None:
    """Entry point of ``nextcloud-push``, the umbrella."""
    from nextcloud_push.commands.ending import run
    from nextcloud_push.commands.umbrella import umbrella

    run(umbrella, "nextcloud-push")


def daemon_main() -> None:
    """Entry point of ``notify_push``, the drop-in."""
    from nextcloud_push.commands.ending import run
    from nextcloud_push.commands.serve import serve_command

    run(serve_command, "notify_push", extra="server")


def test_client_main() -> None:
    """Entry point of ``test_client``."""
    from nextcloud_push.commands.catalog import COMMANDS
    from nextcloud_push.commands.ending import run

    run(COMMANDS["test_client"].load(), "test_client")
