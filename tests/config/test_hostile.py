"""Nothing that a file says stalls or swells the daemon, or ends in another error than its own."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nextcloud_push.config import ConfigFile, load
from nextcloud_push.server.errors import ConfigFileError
from support.php_hostile import HOSTILE, mutated

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("CONFIG_PHP_FUZZ_SECONDS", "3"))
SEED = int(os.environ.get("CONFIG_PHP_SEED", random.randrange(10**9)))

BOUND = 3.0
"""Seconds of the processor's time: thrice what the slowest takes on a quiet machine, since a
processor that others share is slower; what is not bounded takes minutes."""

Write = Callable[[str | bytes], Path]


def attempt(path: Path) -> tuple[ConfigFile | None, float]:
    """Read and show a file; what it gives, and the processor's time it took."""
    start = time.thread_time()
    config = None
    try:
        config = load(path, glob=False, environ={})
        config.to_json()
    except ConfigFileError as error:
        assert error.path  # noqa: PT017 - most are refused, some give what little they hold
    return config, time.thread_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_bounded(name: str, config_file: Write) -> None:
    _, seconds = attempt(config_file(f"<?php\n{HOSTILE[name]}\n"))
    assert seconds < BOUND


LARGE = [
    "50,000 concatenations",
    "a doubling array",
    "many long strings",
    "broad JSON",
    "a list of 400,000",
    "40,000 nested lists",
    "much to spoil",
    "much that is unknown",
    "needless sorting",
]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """The largest process, with Python itself, stays below 200 MiB."""
    script = (
        "import json, resource, sys; from pathlib import Path;"
        "from nextcloud_push.config import load\n"
        "from nextcloud_push.server.errors import ConfigFileError\n"
        "import os\n"
        "for name, code in json.loads(sys.stdin.read()).items():\n"
        "    path = Path(sys.argv[1]); path.write_text('<?php ' + code)\n"
        "    if os.fork(): os.wait(); continue\n"
        "    try: load(path, glob=False, environ={}).to_json()\n"
        "    except ConfigFileError: pass\n"
        "    os._exit(0)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "config.php")]
    done = subprocess.run(
        command,
        input=json.dumps({name: HOSTILE[name] for name in LARGE}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 200 * 1024


def test_a_named_pipe_is_not_waited_for(config_file: Write, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = config_file(f"<?php $CONFIG['a'] = file_get_contents('{tmp_path}/pipe');")
    _, left_out = load(path, glob=False, environ={}).to_json()
    assert "is no regular file" in left_out[0]


def test_mutated_configurations(config_file: Write) -> None:
    """Only documented errors come out of what is almost a configuration."""
    chance = random.Random(SEED)
    files = [*HERE.glob("corpus/*/config/*.php"), *HERE.glob("language/*.php")]
    codes = [path.read_bytes() for path in sorted(files)]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        code = mutated(chance.choice(codes), codes, chance)
        try:
            _, seconds = attempt(config_file(code))
        except Exception:  # whatever it is, the code that did it has to be shown
            pytest.fail(f"CONFIG_PHP_SEED={SEED}: {code!r}")
        assert seconds < BOUND, f"CONFIG_PHP_SEED={SEED}: {code!r}"


def test_little_is_left_behind(config_file: Write) -> None:
    """Reading a long configuration again and again does not add up."""
    lines = "\n".join(f"$CONFIG['key{i}'] = ['a' => {i}, 'b' => 'text' . {i}];" for i in range(300))
    path = config_file(f"<?php\n{lines}\n")
    for _ in range(5):
        load(path, glob=False, environ={})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(20):
        load(path, glob=False, environ={})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4 * 1024


def test_three_hundred_lines_are_read_at_once(config_file: Write) -> None:
    lines = "\n".join(f"$CONFIG['key{i}'] = ['a' => {i}, 'b' => 'text' . {i}];" for i in range(300))
    path = config_file(f"<?php\n{lines}\n")
    assert min(attempt(path)[1] for _ in range(3)) < 0.1
