"""The program: what it answers, and that the one who starts it gets one clear error at worst."""

from __future__ import annotations

import itertools
import json
import os
import resource
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nextcloud_push.config import __main__ as program
from nextcloud_push.config import confinement
from nextcloud_push.config.limits import LimitExceeded
from nextcloud_push.server.errors import ConfigFileError
from nextcloud_push.server.settings import evaluator
from nextcloud_push.server.settings.evaluator import ask
from nextcloud_push.server.settings.nextcloud_file import read_config_file
from support.php import Evaluate, load_apart

Write = Callable[[str | bytes], Path]
SCRIPTS = Path(sys.executable).parent


def answered(path: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> dict[str, Any]:
    program.run([str(path), "--json", *flags])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_answer(config_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = config_file(
        "<?php\n$CONFIG = ['s' => \"a\\xffé\", 'i' => 1, 'f' => 1.0, 'l' => [1, [2]],\n"
        " 'm' => ['x' => 1, 5 => 2], 'e' => [], 'gap' => [1 => 'b'], 'o' => new stdClass,\n"
        " 'u' => [1, nope(), 3], 'inf' => INF];"
    )
    found = answered(path, capsys)
    assert (found["format"], found["file"], found["unread"]) == (1, str(path), 0)
    values = found["values"]
    assert list(values) == ["s", "i", "f", "l", "m", "e", "gap", "o", "u"]
    assert values["s"].encode("utf-8", "surrogateescape") == b"a\xff\xc3\xa9"
    assert (values["l"], values["e"], values["gap"]) == ([1, [2]], [], {"1": "b"})
    assert isinstance(values["f"], float)
    assert (values["o"], found["objects"]) == ({}, [{"path": ["o"], "class": "stdClass"}])
    assert values["u"] == {"0": 1, "2": 3}
    assert found["origins"]["l"] == {"file": str(path), "line": 2, "column": 52}
    assert {
        "path": ["u", "1"],
        "reason": "the function “nope()” cannot be evaluated",
        "file": str(path),
        "line": 4,
        "column": 13,
    } in found["unknown"]
    assert [note["path"] for note in found["unknown"] if note["file"] is None] == [["inf"]]


def test_an_array_that_may_have_other_keys(
    config_file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_file("<?php $CONFIG['a'] = nope(); $CONFIG['a']['b'] = 1;")
    found = answered(path, capsys)
    assert found["values"] == {"a": {"b": 1}}
    assert [(note["path"], note["others"]) for note in found["unknown"]] == [(["a"], True)]


def test_secrets_are_shown_only_when_asked_for(
    config_file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_file("<?php $CONFIG = ['dbpassword' => 'hunter2', 'url' => 'http://u:p@h/'];")
    assert answered(path, capsys)["values"] == {"dbpassword": "***", "url": "http://***@h/"}
    shown = answered(path, capsys, "--show-secrets")["values"]
    assert shown == {"dbpassword": "hunter2", "url": "http://u:p@h/"}


def test_files_beside_it(config_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = config_file("<?php $CONFIG = ['a' => 1];")
    (path.parent / "x.config.php").write_text("<?php $CONFIG = ['b' => 2];")
    assert answered(path, capsys)["unread"] == 1
    assert answered(path, capsys, "--glob-config")["values"] == {"a": 1, "b": 2}


def test_an_error_is_an_answer(config_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = config_file("<?php\n$CONFIG = [;")
    error = answered(path, capsys)["error"]
    assert (error["file"], error["line"], error["remedy"]) == (str(path), 2, None)


def test_for_people(config_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run([str(config_file("<?php $CONFIG = ['a' => 1];"))]) == 0
    assert json.loads(capsys.readouterr().out) == {"a": 1}
    assert program.run([str(config_file("<?php $CONFIG = ['a' => nope()];"))]) == 3
    assert capsys.readouterr() == ("[]\n", "left out: a: " + _fault(config_file) + "\n")
    assert program.run([str(config_file("<?php\n["))]) == 1
    assert "config.php:2:" in capsys.readouterr().err
    assert program.run([str(config_file("<?php while (1);"))]) == 1
    assert capsys.readouterr().err.endswith("; try --config-via-php\n")


def _fault(config_file: Write) -> str:
    path = config_file("")
    return f"{path}:1:25: the function “nope()” cannot be evaluated"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LimitExceeded("too much"), "too much"),
        (MemoryError(), "its values take too much memory"),
        (ZeroDivisionError(), "evaluating it failed: ZeroDivisionError"),
    ],
)
def test_whatever_happens_is_an_answer(
    error: Exception,
    reason: str,
    config_file: Write,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(program, "answer", fail)
    assert answered(config_file("<?php"), capsys)["error"]["reason"] == reason


def test_memory_that_ends_while_a_statement_runs(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nextcloud_push.config import includes, loading
    from nextcloud_push.config.errors import ConfigFault

    with pytest.raises(ConfigFault, match="its values take too much memory"):
        evaluate("$CONFIG['a'] = str_repeat('x', 1 << 60);")

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(loading, "run_file", fail)
    with pytest.raises(ConfigFault, match="reading it takes too much memory"):
        evaluate("")
    del includes


class Limits:
    """What a process would have limited itself to, and how it would have ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.set: dict[int, tuple[int, int]] = {}
        self.ended: list[int] = []
        self.alarms: list[int] = []
        monkeypatch.setattr(resource, "setrlimit", self.set.__setitem__)
        monkeypatch.setattr(resource, "getrlimit", lambda kind: (kind, most))
        monkeypatch.setattr(os, "_exit", self.ended.append)
        monkeypatch.setattr(signal, "alarm", self.alarms.append)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Limits]:
    before = {which: signal.getsignal(which) for which in (signal.SIGPROF, signal.SIGALRM)}
    yield Limits(monkeypatch, getattr(request, "param", resource.RLIM_INFINITY))
    confinement.release()
    for which, handler in before.items():
        signal.signal(which, handler)


def test_the_process_limits_itself_and_ends(
    limits: Limits, config_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["x", str(config_file("<?php")), "--json"])
    monkeypatch.setattr(confinement, "_answers_into_a_file", lambda: False)
    runpy.run_path(program.__file__, run_name="__main__")
    assert (limits.ended, limits.alarms) == ([0], [10])
    assert limits.set[resource.RLIMIT_CORE] == (0, 0)
    assert limits.set[resource.RLIMIT_FSIZE] == (0, 0)
    assert limits.set[resource.RLIMIT_DATA][1] > 128 * 1024 * 1024


@pytest.mark.parametrize("limits", [10], indirect=True)
def test_limits_that_are_lower_stay(
    limits: Limits, config_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "_LINUX", False)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat(__file__))
    program.main([str(config_file("<?php")), "--json"])
    assert limits.set[resource.RLIMIT_NOFILE] == (10, 10)
    assert not {resource.RLIMIT_DATA, resource.RLIMIT_FSIZE} & set(limits.set)


def test_php_has_its_own_limits(limits: Limits, config_file: Write) -> None:
    program.main([str(config_file("<?php")), "--json", "--config-via-php"])
    assert (limits.ended, limits.alarms, limits.set) == ([0], [20], {})


def test_the_time_of_the_processor_is_watched() -> None:
    before = signal.getsignal(signal.SIGPROF)
    try:
        confinement.watch()
        with pytest.raises(LimitExceeded, match=r"more than 0\.5 s"):
            max(number - number for number in itertools.count())
    finally:
        confinement.release()
        signal.signal(signal.SIGPROF, before)


@pytest.fixture
def without_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_php", None)


@pytest.mark.usefixtures("without_parser")
def test_a_parser_that_is_not_installed(
    config_file: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    error = answered(config_file("<?php"), capsys)["error"]
    assert "needs the extra [server]" in error["reason"]
    assert "--config-via-php" in error["remedy"]


def test_a_parser_that_does_not_fit(
    config_file: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import tree_sitter

    def refuse(_: object) -> None:
        raise ValueError("Incompatible Language version 15. Must be between 13 and 14")

    monkeypatch.setattr(tree_sitter, "Language", refuse)
    assert "do not fit together" in answered(config_file("<?php"), capsys)["error"]["reason"]


def test_php_needs_no_parser(config_file: Write) -> None:
    """The room starts without what only the evaluator needs."""
    path = config_file("<?php $CONFIG = ['a' => 'é'];")
    code = (
        "import sys; sys.modules['tree_sitter'] = None;"
        "from nextcloud_push.config.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), "--json", "--config-via-php"], capture_output=True
    )
    assert json.loads(done.stdout)["values"] == {"a": "é"}


def test_an_answer_that_is_lossless(config_file: Write) -> None:
    data = bytes(range(1, 256)).replace(b"'", b"").replace(b"\\", b"")
    path = config_file(b"<?php $CONFIG['a'] = '" + data + b"';")
    config = load_apart(path, glob=False, environ={})
    value = config.get("a")
    assert isinstance(value, str)
    assert value.encode("utf-8", "surrogateescape") == data


def test_an_empty_environment(config_file: Write, tmp_path: Path) -> None:
    """As a unit may give it: no PATH, no HOME, and a working folder with traps."""
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    path = config_file(
        "<?php $CONFIG = ['dbtype' => 'sqlite', 'overwrite.cli.url' => getenv('NEXTCLOUD_URL'),"
        " 'datadirectory' => getenv('HOME') === false ? '/none' : '/some'];"
    )
    done = subprocess.run(
        [SCRIPTS / "notify_push", "--dump-config", path],
        env={"PORT": "7867", "NEXTCLOUD_URL": "http://n", "LOG": "warn"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "/none/owncloud.db" in done.stdout


def test_variables_that_mislead_python(config_file: Write, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    environ = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/none", "PYTHONINSPECT": "1"}
    path = config_file("<?php $CONFIG = ['a' => getenv('PYTHONHOME')];")
    assert ask(path, glob=False, environ=environ)["values"] == {"a": "/none"}


def test_a_python_that_does_not_know_its_own_place(
    config_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config_file("<?php $CONFIG = ['a' => 1];")
    for name in ("executable", "_base_executable"):
        monkeypatch.setattr(sys, name, "")
        assert ask(path, glob=False, environ={})["values"] == {"a": 1}

    def refuse(_: object) -> str:
        raise PermissionError

    monkeypatch.setattr(os, "readlink", refuse)
    assert ask(path, glob=False, environ={})["values"] == {"a": 1}
    monkeypatch.setattr(evaluator, "_interpreters", lambda: iter(["", "/nonexistent"]))
    with pytest.raises(ConfigFileError, match="no Python interpreter is found"):
        ask(path, glob=False, environ={})


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has the program replaced by some Python code."""

    def replace(code: str) -> None:
        monkeypatch.setattr(evaluator, "_command", lambda _: [sys.executable, "-c", code])

    return replace


FAULTS = {
    "import os; os.abort()": "the parser crashed (SIGABRT)",
    "import os; os.kill(os.getpid(), 11)": "takes too much memory, or the parser crashed (SIGSEGV)",
    "import os; os.kill(os.getpid(), 40)": "crashed (signal 40)",
    "import os; os.kill(os.getpid(), 24)": "reading it takes too long",
    "raise SystemExit(5)": "ended with status 5 and without an answer",
    "print('no JSON')": "ended with status 0 and without an answer",
    "print('{\"format\": 2}')": "without an answer",
    "print('[]')": "without an answer",
    "while True: print('x' * 1000000)": "more than 12 s or 16 MiB",
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_program_that_fails(code: str, runs: Callable[[str], None], tmp_path: Path) -> None:
    runs(code)
    with pytest.raises(ConfigFileError) as caught:
        ask(tmp_path / "config.php", glob=False, environ={})
    assert FAULTS[code] in caught.value.reason
    assert caught.value.path == str(tmp_path / "config.php")


def test_a_program_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator, "_command", lambda _: ["/nonexistent"])
    with pytest.raises(ConfigFileError, match="cannot be started: No such file"):
        ask(tmp_path, glob=False, environ={})
    with pytest.raises(ConfigFileError, match="cannot be started: embedded null"):
        ask(tmp_path, glob=False, environ={"A": "\0"})


def test_a_program_that_hangs_is_gone_with_what_it_started(
    runs: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator, "_SECONDS", 2.0)
    numbers = tmp_path / "numbers"
    runs(
        "import os, subprocess, sys, time;"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"open({str(numbers)!r}, 'w').write(f'{{os.getpid()}} {{inner.pid}}'); time.sleep(600)"
    )
    with pytest.raises(ConfigFileError, match="more than 2 s"):
        ask(tmp_path, glob=False, environ={})
    started = [int(number) for number in numbers.read_text().split()]
    deadline = time.monotonic() + 10
    while any(map(_runs, started)) and time.monotonic() < deadline:
        time.sleep(0.01)  # until init has taken what lost its parent
    assert not any(map(_runs, started))


def _runs(number: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return False


def test_an_interrupted_start_leaves_nothing_behind(
    runs: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    runs("import time; time.sleep(600)")
    made: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        made.append(popen(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(evaluator, "_content", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ask(tmp_path, glob=False, environ={})
    assert made[0].returncode == -signal.SIGKILL


def test_its_own_words_are_heard_on_request(
    runs: Callable[[str], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runs("import sys; sys.exit('the cause')")
    for level, heard in (("warn", ""), ("debug", "the cause\n")):
        with pytest.raises(ConfigFileError):
            ask(tmp_path, glob=False, environ={"LOG": level})
        assert capfd.readouterr().err == heard


def test_what_is_done_meanwhile(config_file: Write) -> None:
    done: list[str] = []
    path = config_file("<?php $CONFIG = ['a' => 1];")
    found = ask(path, glob=False, environ={}, meanwhile=lambda: done.append("imports"))
    assert (found["values"], done) == ({"a": 1}, ["imports"])


def test_the_settings_as_the_daemon_reads_them(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = ['dbhost' => 'a', 'dbuser' => nope()];")
    config = read_config_file(path, glob=False, environ={"NC_dbname": "n"})
    assert (config.get("dbhost"), config.get("dbname"), config.get("x")) == ("a", "n", None)
    with pytest.raises(ConfigFileError, match=r"php:1:\d+: “dbuser” is not .*; set X or try"):
        config.get("dbuser", "X")
