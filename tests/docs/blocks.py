"""The code blocks of README and documentation, as the tests of this folder take them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGES", "ROOT", "Block", "all_blocks", "block", "table_rows"]

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_FENCE = re.compile(
    r"(?:^<!-- config: (?P<marker>[a-z-]+) -->\n)?"
    r"^(?P<indent> *)```(?P<language>[a-z]*)(?: title=\"(?P<title>[a-z]+)\")?\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Args:
        page: The file, relative to the project.
        line: Of the opening fence, counted from 1.
        language: What the fence says.
        title: What the fence says behind it; tests tell blocks apart by it.
        marker: The name in a ``<!-- config: … -->`` line right before the fence.
    """

    page: str
    line: int
    language: str
    title: str
    marker: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def _blocks_of(path: Path) -> Iterator[Block]:
    source = path.read_text("utf-8")
    for found in _FENCE.finditer(source):
        yield Block(
            page=str(path.relative_to(ROOT)),
            line=source.count("\n", 0, found.start("language")) + 1,
            language=found["language"],
            title=found["title"] or "",
            marker=found["marker"] or "",
            text=found["text"],
        )


def all_blocks(*languages: str) -> list[Block]:
    """Every block, or those in some languages."""
    blocks = [one for path in PAGES for one in _blocks_of(path)]
    return [one for one in blocks if not languages or one.language in languages]


def block(page: str, title: str) -> str:
    """The text of the only block of a page with this title."""
    (found,) = [one.text for one in all_blocks() if (one.page, one.title) == (page, title)]
    return found


def table_rows(text: str) -> list[list[str]]:
    """The cells of all tables' rows, headings and rules left out."""
    rows = [line.strip().strip("|") for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]
    rules = [number for number, row in enumerate(cells) if set("".join(row)) <= set("-: ")]
    return [
        row for number, row in enumerate(cells) if number not in rules and number + 1 not in rules
    ]
