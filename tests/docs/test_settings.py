"""Every setting is documented, and nothing that is documented does not exist."""

from __future__ import annotations

import re

import pytest

from docs.blocks import ROOT, table_rows
from nextcloud_push.commands.serve import serve_command
from nextcloud_push.server.settings.options import OPTIONS, Setting
from nextcloud_push.words.version import __version__

PAGE = (ROOT / "docs/reference/settings.md").read_text("utf-8")
ROWS = [row for row in table_rows(PAGE) if len(row) == 4]
BY_VARIABLE = {row[1].strip("`"): row for row in ROWS}
FLAG = r"(?<![\w-])--?[a-z][a-z-]*"
OTHERS = {"--dump-config", "--version", "--help", "-h"}
"""Flags that are no settings."""


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_an_option_has_its_row(option: Setting):
    flags, _, default, meaning = BY_VARIABLE[option.variable]
    assert flags == ", ".join(f"`{flag}`" for flag in option.opts)
    assert meaning
    shown = default.strip("`").replace("VERSION", __version__)
    if isinstance(option.default, str):
        assert shown == option.default
    else:
        assert default in WITHOUT_A_VALUE


WITHOUT_A_VALUE = {
    "none", "off", "from config.php", "the system's", "`overwrite.cli.url` of config.php", "`::`"
}  # fmt: skip
"""What stands for a default that no field of the settings has."""


def test_no_other_setting_is_documented():
    assert set(BY_VARIABLE) - {""} == {o.variable for o in OPTIONS} | {"DEBOUNCE_DISABLE"}


def test_flags_are_those_of_the_program():
    params = [param for param in serve_command.params if not getattr(param, "hidden", False)]
    known = {flag for param in params for flag in param.opts if flag[0] == "-"}
    known |= {"-h", "--help"}
    first_cells = " ".join(row[0] for row in table_rows(PAGE))
    assert set(re.findall(FLAG, first_cells)) == known
    assert known == OTHERS | {flag for option in OPTIONS for flag in option.opts}


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md", *ROOT.glob("docs/**/*.md")], ids=str)
def test_flags_named_elsewhere_exist(page: str):
    """Flags of `notify_push` in prose: a renamed one must not live on in a guide."""
    flags = {flag for option in OPTIONS for flag in option.opts} | OTHERS
    prose = re.sub(r"```.*?```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)
    named = set(re.findall(rf"`(?:notify_push )?({FLAG})(?:[ =][^`]*)?`", prose))
    others = {flag for flag in named if flag.startswith("--")} - flags
    assert others <= OF_OTHER_COMMANDS


OF_OTHER_COMMANDS = {
    "--allow-self-signed", "--bind", "--ca", "--connections", "--content", "--count", "--data",
    "--demo", "--exec", "--exec-parallel", "--file-id", "--group", "--ids", "--json", "--leave",
    "--log-level", "--only", "--password-file", "--port", "--pre-auth", "--push-port", "--quick",
    "--redis", "--show-secrets", "--storage", "--timeout", "--url",
}  # fmt: skip
"""Flags of `nextcloud-push listen`, `dev`, `emit`, `bench` and `config`."""
