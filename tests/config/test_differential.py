"""The evaluator beside the real PHP, on generated files, and on values printed as PHP."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from nextcloud_push.config import load
from support.php import php_reads
from support.php_sources import php_literal, programs, values

FILES = int(os.environ.get("CONFIG_PHP_FILES", "500"))
SEED = int(os.environ.get("CONFIG_PHP_SEED", random.randrange(10**9)))


def generated(strategy: st.SearchStrategy[str], count: int) -> list[str]:
    """Many different examples: gathered first, so that one PHP can run them all."""
    found: dict[str, None] = {}

    @seed(SEED)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=HealthCheck)
    @given(strategy)
    def gather(code: str) -> None:
        found[code] = None

    gather()
    return list(found)


def compared(codes: list[str], folder: Path) -> list[tuple[str, Any, Any]]:
    """Each code with what PHP makes of it and what the evaluator does."""
    paths = [folder / f"{index}.php" for index in range(len(codes))]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code, encoding="utf-8", errors="surrogatepass")
    theirs = [json.loads(text)["config"] for text in php_reads([[path] for path in paths], {})]
    mine = []
    for path in paths:
        text, left_out = load(path, glob=False, environ={}).to_json(show_secrets=True)
        mine.append(left_out or json.loads(text))
    return list(zip(codes, theirs, mine, strict=True))


def _unordered(text: str) -> str:
    """PHP's compiler swaps the sides of some operators, which its messages then show."""
    if "operand types" not in text:
        return text
    return " ".join(sorted(text.replace("TypeErrorUnsupported", "").split()))


def test_generated_programs(tmp_path: Path) -> None:
    differences = {}
    for code, php, own in compared(generated(programs, FILES), tmp_path):
        for line, key in zip(code.splitlines()[1:], php, strict=True):
            mine = own[key] if isinstance(own, dict) else repr(own)
            if _unordered(mine) != _unordered(php[key]):
                differences[php[key], mine] = f"{line}\n  php: {php[key]!r}\n  own: {mine!r}"
    if differences:
        shown = "\n".join([*differences.values()][:20])
        pytest.fail(f"CONFIG_PHP_SEED={SEED}, {len(differences)} differences:\n{shown}")


def test_values_round_trip(tmp_path: Path) -> None:
    configs = values.map(lambda config: f"<?php $CONFIG = {php_literal(config)};")
    for code, php, own in compared(generated(configs, FILES // 5), tmp_path):
        assert json.dumps(own) == json.dumps(php), f"CONFIG_PHP_SEED={SEED}: {code}"
