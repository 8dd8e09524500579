"""``test_client``: the protocol's messages as they arrive."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from nextcloud_push.client import Timing
from nextcloud_push.client.connector import Connector
from nextcloud_push.client.tls import client_context
from nextcloud_push.commands.client_run import HELP, complain, run_client, tls_options
from nextcloud_push.words.text import printable

__all__ = ["test_client_command"]


@click.command("test_client", context_settings=HELP)
@click.argument("url")
@click.argument("user")
@click.argument("password")
@tls_options
def test_client_command(
    url: str, user: str, password: str, allow_self_signed: bool, ca: Path | None
) -> None:
    """Connect as USER and print each message as it arrives.

    URL is the address of the Nextcloud (https://…), or of the push server's WebSocket (wss://…).

    Exit status: 1 no connection or its end, 2 wrong usage, 3 wrong credentials, 4 no Nextcloud
    or no Client Push there, 130 Ctrl-C.
    """

    async def print_messages() -> NoReturn:
        connector = Connector(
            url,
            user,
            password,
            ids=True,
            pre_auth=False,
            tls=client_context(ca=ca, allow_self_signed=allow_self_signed),
            timing=Timing(),
        )
        session = await connector.open()
        try:
            complain(f"authenticated at {connector.endpoint}")
            while True:
                click.echo(printable(await session.receive()))
        finally:
            await session.close()

    run_client(print_messages)
