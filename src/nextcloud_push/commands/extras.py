"""The extras: what has to be installed beside the client for a command to run.

Nothing here names an index: until the distribution is published, it comes from a checkout.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Final, Literal

__all__ = ["Extra", "are_installed", "is_missing", "needs"]

Extra = Literal["server", "dev", "bench"]

_OURS: Final = __name__.partition(".")[0]


def needs(extra: Extra) -> str:
    """What to tell somebody whose installation is without an extra."""
    return f"needs the extra [{extra}]: in a checkout, pip install '.[{extra}]'"


def is_missing(error: ImportError) -> bool:
    """Whether an import failed because a package is not installed, and not by a fault of ours."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return False
    package = error.name.partition(".")[0]
    return package != _OURS and package not in sys.stdlib_module_names


def are_installed(packages: tuple[str, ...]) -> bool:
    """Whether packages are there, without importing them."""
    return all(map(_is_installed, packages))


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # somebody has put something else in its place
        return package in sys.modules
