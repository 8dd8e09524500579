"""Nothing that a file says stalls or swells the daemon, or ends in another error than its own."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nextcloud_push.config import confinement
from nextcloud_push.config.answer import answer
from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.limits import LimitExceeded
from nextcloud_push.config.loading import load
from nextcloud_push.server.errors import ConfigFileError
from nextcloud_push.server.settings.evaluator import ask
from support.php import load_here
from support.php_hostile import HOSTILE, mutated

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("CONFIG_PHP_FUZZ_SECONDS", "3"))
SEED = int(os.environ.get("CONFIG_PHP_SEED", random.randrange(10**9)))

Write = Callable[[str | bytes], Path]


def used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", HOSTILE)
def test_the_cost_of_a_file_is_bounded(name: str, config_file: Write) -> None:
    """The program ends in time: most files are refused, some give what little they hold."""
    path, before = config_file(f"<?php\n{HOSTILE[name]}\n"), used_by_children()
    try:
        ask(path, glob=False, environ={})
    except ConfigFileError as error:
        assert error.path == str(path)  # noqa: PT017 - most are refused, not all
        assert error.remedy  # noqa: PT017
    assert used_by_children() - before < 2.5  # of the processor, with Python's own start


@pytest.mark.parametrize(
    ("name", "fault"),
    {
        "an endless loop": "evaluating it takes more than ",  # 200,000 steps, or 0.5 s
        "needless sorting": "takes more than 0.5 s",
        "a slow expression": "takes more than 0.5 s",
        "a doubling string": "takes too much memory",
        "a list of 60,000": "a list has more than 50,000 parts",
        "a list of 400,000": "reading it takes too much memory",
        "no PHP at all": "reading it takes too long",
        "a repetition": "takes too much memory",
        "a function that calls itself": "nested more than 180 deep",
    }.items(),
)
def test_the_error_says_what_it_asks_too_much_of(name: str, fault: str, config_file: Write) -> None:
    path = config_file(f"<?php\n\n{HOSTILE[name]}\n")
    with pytest.raises(ConfigFileError) as caught:
        ask(path, glob=False, environ={})
    assert fault in caught.value.reason.replace("its values take", "takes")
    assert caught.value.line in (3, None)  # None: the parser had to be ended


LARGE = [
    "50,000 concatenations",
    "a doubling array",
    "many long strings",
    "broad JSON",
    "a list of 400,000",
    "40,000 nested lists",
    "much to spoil",
    "much that is unknown",
    "a static hoard",
]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """The largest process, with Python itself, stays below 200 MiB."""
    script = """if True:
        import json, resource, sys
        from pathlib import Path
        from nextcloud_push.server.errors import ConfigFileError
        from nextcloud_push.server.settings.evaluator import ask
        path = Path(sys.argv[1])
        for code in json.loads(sys.stdin.read()):
            path.write_text('<?php ' + code)
            try: ask(path, glob=False, environ={})
            except ConfigFileError: pass
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "config.php")],
        input=json.dumps([HOSTILE[name] for name in LARGE]),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 200 * 1024


def test_a_named_pipe_is_not_waited_for(config_file: Write, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = config_file(f"<?php $CONFIG['a'] = file_get_contents('{tmp_path}/pipe');")
    assert "is no regular file" in ask(path, glob=False, environ={})["unknown"][0]["reason"]


@contextmanager
def confined() -> Iterator[None]:
    """The limits of the program, in this process and only for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (confinement._data_size() + confinement.MEMORY, hard))
    before = signal.getsignal(signal.SIGPROF)
    confinement.watch()
    try:
        yield
    finally:
        confinement.release()
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def test_mutated_configurations(config_file: Write) -> None:
    """Only documented errors come out of what is almost a configuration."""
    chance = random.Random(SEED)
    files = [*HERE.glob("corpus/*/config/*.php"), *HERE.glob("language/*.php")]
    codes = [path.read_bytes() for path in sorted(files)]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        code = mutated(chance.choice(codes), codes, chance)
        path = config_file(code)
        try:
            with confined():
                answer(load(path, glob=False, environ={}))
        except (ConfigFault, LimitExceeded, MemoryError):
            pass
        except Exception:  # whatever it is, the code that did it has to be shown
            pytest.fail(f"CONFIG_PHP_SEED={SEED}: {code!r}")


def test_three_hundred_lines_are_read_at_once(config_file: Write) -> None:
    lines = "\n".join(f"$CONFIG['key{i}'] = ['a' => {i}, 'b' => 'text' . {i}];" for i in range(300))
    path = config_file(f"<?php\n{lines}\n")

    def seconds() -> float:
        start = time.thread_time()
        load_here(path, glob=False, environ={})
        return time.thread_time() - start

    assert min(seconds() for _ in range(5)) < 0.2
