"""The tests that the guide shows, run as their authors would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docs.blocks import block


def test_the_tests_of_test_your_client_pass(tmp_path: Path):
    (tmp_path / "test_guide.py").write_text(block("docs/how-to/test-your-client.md", "test"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
