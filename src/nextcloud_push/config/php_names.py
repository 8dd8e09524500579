"""Names that PHP 8.2 has wherever Nextcloud runs; the data is in ``php_names.txt``.

PHP itself printed it: what the extensions ``Core``, ``ctype``, ``date``, ``fileinfo``, ``filter``,
``hash``, ``iconv``, ``json``, ``libxml``, ``openssl``, ``pcre``, ``PDO``, ``posix``, ``random``,
``Reflection``, ``session``, ``SPL``, ``standard`` and ``zlib`` define, and some of ``mbstring``.
What hosts often disable, ``exec`` and its kin, is left out: nobody can tell.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

__all__ = ["php_names"]


@cache
def php_names(kind: Literal["functions", "classes", "interfaces"]) -> frozenset[str]:
    """The names of a kind, in lower case."""
    sections = Path(__file__).with_name("php_names.txt").read_text("ascii").split("[")
    found = next(section for section in sections if section.startswith(f"{kind}]"))
    return frozenset(found.partition("]")[2].split())
