"""What a setting's text may be, where click has no type for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import click

from nextcloud_push.server.settings.model import TABLE_PREFIX

__all__ = [
    "FILE",
    "FILE_MODE",
    "HEADER",
    "LOG_LEVEL",
    "PORT",
    "PREFIX",
    "SECONDS",
    "SWITCH",
    "TRUE_ALONE",
    "URLS",
    "WholeNumber",
]

MAX_SECONDS: Final = 10 * 365 * 86400.0


class WholeNumber(click.IntRange):
    """An integer of a range, named so that an admin understands the error."""

    name = "whole number"


class _Seconds(click.FloatRange):
    name = "number of seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = super().convert(value, param, ctx)
        if not seconds <= MAX_SECONDS:  # so written, NaN is refused as well
            self.fail(f"{value!r} is not a time in seconds.", param, ctx)
        return float(seconds)


class _FileMode(click.types.IntParamType):
    name = "mode"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).strip().removeprefix("0o")
        if not re.fullmatch(r"0?[0-7]{1,3}", text):
            self.fail(f"{value!r} is not an octal file mode between 0000 and 0777.", param, ctx)
        return int(text, 8)


class _File(click.Path):
    def __init__(self) -> None:
        # Whether it can be read is found out where it is: then the error says what for.
        super().__init__(path_type=Path, readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "\0" in str(value):  # a .env file can hold one
            self.fail("A path cannot hold a NUL character.", param, ctx)
        return super().convert(value, param, ctx)


class _LogLevel(click.types.StringParamType):
    """Levels as `notify_config` takes them; but what an admin types may be a mistype of a level."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from nextcloud_push.server.logs import LEVELS, parse_spec

        try:
            parse_spec(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        for word in filter(None, (part.strip() for part in value.split(","))):
            is_module = re.match(r"notify_push\b", word) or "::" in word
            if "=" not in word and word.lower() not in LEVELS and not is_module:
                self.fail(f"{word[:40]!r} is neither a level nor a module.", param, ctx)
        return str(value)


class _Matching(click.types.StringParamType):
    """Text that a pattern matches as a whole."""

    name = "text"

    def __init__(self, pattern: re.Pattern[str], problem: str) -> None:
        self._pattern = pattern
        self._problem = problem

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not self._pattern.fullmatch(value):
            self.fail(self._problem, param, ctx)
        return str(value)


class _TrueAlone(click.types.BoolParamType):
    """A switch that of all the words for it only ``true`` switches on, as the contract wants."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        on = super().convert(value, param, ctx)
        return on and (value is True or value.strip().lower() == "true")


class _Urls(click.types.StringParamType):
    """URLs with commas between them, taken apart where it is known what else holds commas."""

    name = "url"

    def split_envvar_value(self, rv: str) -> list[str]:
        return [rv]  # and not at spaces


FILE: Final = _File()
FILE_MODE: Final = _FileMode()
HEADER: Final = _Matching(
    re.compile(r"[\x20-\x7e]+"), "Only printable ASCII characters are allowed."
)
LOG_LEVEL: Final = _LogLevel()
PORT: Final = WholeNumber(0, 65535)
PREFIX: Final = _Matching(TABLE_PREFIX, "Only letters, digits, _ and $ are allowed, at most 64.")
SECONDS: Final = _Seconds(min=0)
SWITCH: Final = click.BOOL
TRUE_ALONE: Final = _TrueAlone()
URLS: Final = _Urls()
