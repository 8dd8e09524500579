from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.php import Evaluate, Evaluated, load_here


@pytest.fixture
def config_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a config.php."""

    def write(code: str | bytes) -> Path:
        path = tmp_path / "config" / "config.php"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(code if isinstance(code, bytes) else code.encode())
        return path

    return write


@pytest.fixture
def evaluate(config_file: Callable[[str | bytes], Path]) -> Evaluate:
    """Evaluates PHP code, without its opening tag, as a config.php."""

    def run(code: str, *, environ: Mapping[str, str] | None = None) -> Evaluated:
        path = config_file(f"<?php\n{code}\n")
        return load_here(path, glob=False, environ=environ or {})

    return run
