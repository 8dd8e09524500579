"""Commands that hold commands: each is shown by a whole sentence, and a mistype is met."""

from __future__ import annotations

import difflib
import inspect
import re

import click

from nextcloud_push.commands.ending import USAGE_ERROR

__all__ = ["Group", "first_sentence"]


class Group(click.Group):
    """A group whose list of commands is never cut short, and that knows what was meant."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with the first sentence of its help."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.summary(ctx, name)) for name in self.list_commands(ctx)]
            )

    def summary(self, ctx: click.Context, name: str) -> str:
        """The sentence that stands beside a command."""
        command = self.get_command(ctx, name)
        return first_sentence(command.help or "") if command else ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what was typed; nothing at all is answered by the help, on standard error."""
        if not args and not ctx.resilient_parsing:  # click's versions differ in stream and status
            click.echo(ctx.get_help(), err=True)
            ctx.exit(USAGE_ERROR)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed.

        Raises:
            click.UsageError: There is none.
        """
        name = args[0]
        if name not in self.list_commands(ctx) and not ctx.resilient_parsing:
            ctx.fail(self.mistyped(ctx, name))
        return super().resolve_command(ctx, args)

    def mistyped(self, ctx: click.Context, name: str) -> str:
        """What to say of a command that does not exist."""
        commands = self.list_commands(ctx)
        close = difflib.get_close_matches(name.lower().replace("-", "_"), commands, n=1)
        if close:
            return f"there is no command {name!r}; did you mean {ctx.command_path} {close[0]}?"
        return f"there is no command {name!r}; there are {', '.join(commands)}"


def first_sentence(text: str) -> str:
    """The first sentence of a help text, on one line."""
    paragraph = " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())
    found = re.match(r".*?\.(?= |$)", paragraph)
    return found[0] if found else paragraph
