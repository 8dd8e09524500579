"""The language subset: each file of ``language/`` through the evaluator and through PHP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.php import load_here, php_reads, read_apart

FILES = sorted(Path(__file__).parent.glob("language/*.php"))
ENVIRON = {"PATH": "/usr/bin:/bin", "NC_TEST": "5", "EMPTYVAR": ""}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_php_sees_the_same(file: Path) -> None:
    (answer,) = php_reads([[file]], ENVIRON)
    text, left_out = load_here(file, glob=False, environ=ENVIRON).to_json(show_secrets=True)
    php = json.loads(answer)
    assert "error" not in php, php["error"]
    assert json.dumps(json.loads(text)) == json.dumps(php["config"])
    assert not left_out
    assert read_apart(file, ENVIRON) == (text, [])
