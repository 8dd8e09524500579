"""The hot paths do not grow unnoticed: instructions within a tenth of those recorded."""

import json

import pytest

from bench.hot_paths import HOT_PATHS, RECORD, VERSION

TOLERANCE = 0.1
RECORDED = json.loads(RECORD.read_text()).get(VERSION, {}).get("instructions", {})


@pytest.mark.skipif(not RECORDED, reason=f"no figures recorded with Python {VERSION}")
@pytest.mark.parametrize("name", HOT_PATHS)
def test_takes_as_many_instructions_as_recorded(name: str) -> None:
    assert HOT_PATHS[name]() == pytest.approx(RECORDED[name], rel=TOLERANCE), (
        "if it has to be, record the new figure with the reason: see tests/bench/hot_paths.py"
    )
