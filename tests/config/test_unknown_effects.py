"""What the evaluator cannot do may have written something: that is unknown then."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "code",
    [
        '$CONFIG["x"] = "a"; goto end; $CONFIG["x"] = "b"; end:',
        'function g() { yield 1; } $CONFIG["x"] = "a"; foreach (g() as $v) { $CONFIG["x"] = $v; }',
        '$CONFIG["x"] = "a"; eval("\\$CONFIG[\\"x\\"] = 5;");',
        'call_user_func_array("exec", ["hostname", &$out]); $CONFIG["x"] = $out[0] ?? "a";',
        'similar_text("World", "Word", $p); $CONFIG["x"] = $p;',
        '$e = "a"; $s = @fsockopen("127.0.0.1", 1, $e); $CONFIG["x"] = $e;',
        'system("true", $status); $CONFIG["x"] = $status ?? "a";',
        'try { $CONFIG["x"] = str_replace("a", "b", "a", $n); }'
        ' catch (Throwable $e) { $CONFIG["x"] = "a"; }',
        'function f(&$x) { if (function_exists("g2")) { return; } $x = "b"; }'
        ' $CONFIG["x"] = "a"; f($CONFIG["x"]);',
    ],
)
def test_what_may_have_been_written_is_unknown(code: str, tmp_path: Path) -> None:
    file = tmp_path / "config.php"
    file.write_text(f"<?php\n{code}\n")
    program = [sys.executable, "-m", "nextcloud_push.config", str(file), "--json"]
    answer = json.loads(subprocess.run(program, check=True, capture_output=True).stdout)
    assert "x" not in answer["values"]
    assert [found["path"] for found in answer["unknown"]] in ([["x"]], [[]])
