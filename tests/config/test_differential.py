"""The evaluator beside the real PHP, on generated files, and on values printed as PHP."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from support.php import php_reads, read_apart
from support.php_sources import expressions, php_literal, program, values

T = TypeVar("T")

FILES = int(os.environ.get("CONFIG_PHP_FILES", "500"))
SEED = int(os.environ.get("CONFIG_PHP_SEED", random.randrange(10**9)))


TOGETHER = 50  # in one file, as each is a process of its own


def generated(strategy: st.SearchStrategy[T], count: int) -> list[list[T]]:
    """Many different examples, gathered in groups."""
    found: dict[str, T] = {}

    @seed(SEED)
    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def gather(example: T) -> None:
        found[repr(example)] = example

    gather()
    examples = [*found.values()]
    return [examples[at : at + TOGETHER] for at in range(0, len(examples), TOGETHER)]


def compared(codes: list[str], folder: Path) -> list[tuple[str, Any, Any]]:
    """Each code with what PHP makes of it and what the evaluator, as a program, does."""
    paths = [folder / f"{index}.php" for index in range(len(codes))]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code, encoding="utf-8", errors="surrogatepass")
    theirs = [json.loads(text)["config"] for text in php_reads([[path] for path in paths], {})]
    mine = []
    for path in paths:
        text, left_out = read_apart(path, {})
        mine.append(left_out or json.loads(text))
    return list(zip(codes, theirs, mine, strict=True))


def _unordered(text: str) -> str:
    """PHP's compiler swaps the sides of some operators, which its messages then show."""
    if "operand types" not in text:
        return text
    return " ".join(sorted(text.replace("TypeErrorUnsupported", "").split()))


def test_generated_programs(tmp_path: Path) -> None:
    fours = generated(st.lists(expressions, min_size=4, max_size=4), FILES)
    codes = [program([part for four in group for part in four]) for group in fours]
    differences = {}
    for code, php, own in compared(codes, tmp_path):
        for line, key in zip(code.splitlines()[1:], php, strict=True):
            mine = own[key] if isinstance(own, dict) else repr(own)
            if _unordered(mine) != _unordered(php[key]):
                differences[php[key], mine] = f"{line}\n  php: {php[key]!r}\n  own: {mine!r}"
    if differences:
        shown = "\n".join([*differences.values()][:20])
        pytest.fail(f"CONFIG_PHP_SEED={SEED}, {len(differences)} differences:\n{shown}")


def test_values_round_trip(tmp_path: Path) -> None:
    codes = [
        "<?php\n" + "".join(f"$CONFIG['{i}'] = {php_literal(v)};\n" for i, v in enumerate(group))
        for group in generated(values, FILES // 5)
    ]
    for code, php, own in compared(codes, tmp_path):
        assert json.dumps(own) == json.dumps(php), f"CONFIG_PHP_SEED={SEED}: {code}"
