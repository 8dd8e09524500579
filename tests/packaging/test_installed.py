"""Each extra, installed into a fresh environment, does what README and guides show of it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from docs.blocks import ROOT, block
from support.databases import sqlite_database
from support.processes import free_port, running, stop
from support.redis import RedisServer
from support.standin import Place, developer_mode

pytestmark = pytest.mark.timeout(300)  # packages are downloaded

MOST_PACKAGES, MOST_MEGABYTES = 12, 13
CONFIG = """<?php
$CONFIG = ['dbtype' => 'sqlite3', 'datadirectory' => '{folder}',
  'redis' => ['host' => '127.0.0.1', 'port' => {port}],
  'overwrite.cli.url' => 'http://127.0.0.1:9'];
"""
SOME_CONFIG = str(ROOT / "tests/config/corpus/snap/config/config.php")
LISTEN = """
import asyncio, sys
from nextcloud_push.client import PushClient

async def main():
    async with PushClient(sys.argv[1], "alice", "alice") as client:
        print("listening", flush=True)
        print(await anext(client))

asyncio.run(main())
"""


@dataclass(frozen=True)
class Installed:
    """A virtual environment with an extra, and nothing of ours or pip's beside it."""

    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    @property
    def packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [self.program(name), *words]
        return subprocess.run(
            command, env={}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )

    @contextmanager
    def started(
        self, name: str, *words: str, cwd: Path | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [self.program(name), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env={"PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
        )
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (made,) = folder.glob("nextcloud_push-*.whl")
    return made


@pytest.fixture(scope="module")
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """The environment of the extra that the test names; "" is the client alone."""
    extra = request.param
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    what = f"{wheel}[{extra}]" if extra else str(wheel)
    # The client alone is weighed as it is installed; bytecode of the others would only cost time.
    options = ["--only-binary=:all:", *(["--no-compile"] if extra else [])]
    pip("--python", str(folder / "bin/python"), "install", *options, what)
    return Installed(folder)


def pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def of(extra: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("environment", [extra], indirect=True, ids=[extra or "base"])


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    while text not in seen:
        line = process.stdout.readline()
        assert line, f"it ended without “{text}”: {seen}"
        seen += line
    return seen


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with developer_mode() as place:
        yield place


def cause(place: Place) -> None:
    body = {"kind": "activity", "user": "alice"}
    httpx.post(f"{place.url}/dev/emit", json=body, trust_env=False).raise_for_status()


@of("")
def test_the_client_alone_weighs_little(environment: Installed) -> None:
    site = environment.packages
    names = sorted(path.name for path in site.glob("*.dist-info"))
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 1e6
    print(f"{len(names)} packages, {size:.1f} MB")
    assert len(names) <= MOST_PACKAGES, names
    assert any(site.rglob("*.pyc")), "it is weighed with bytecode"
    assert size <= MOST_MEGABYTES


@of("")
def test_the_client_alone_listens_from_a_shell(environment: Installed, place: Place) -> None:
    assert "--ids" in environment.run("nextcloud-push", "listen", "--help").stdout
    words = ("listen", "--count", "1", place.url, "alice", "alice")
    with environment.started("nextcloud-push", *words) as listener:
        read_until(listener, "listening as alice")
        cause(place)
        read_until(listener, "activity")
        assert listener.wait(20) == 0


@of("")
def test_the_client_alone_listens_from_python(environment: Installed, place: Place) -> None:
    with environment.started("python", "-c", LISTEN, place.url) as listener:
        read_until(listener, "listening")
        cause(place)
        read_until(listener, "Activity()")


@of("")
@pytest.mark.parametrize(
    ("program", "words", "extra"),
    [
        ("notify_push", ["config.php"], "server"),
        ("nextcloud-push", ["serve", "config.php"], "server"),
        ("nextcloud-push", ["config", "eval", SOME_CONFIG], "server"),
        ("nextcloud-push", ["dev"], "dev"),
        ("nextcloud-push", ["bench"], "bench"),
    ],
)
def test_the_client_alone_says_what_else_needs(
    environment: Installed, program: str, words: list[str], extra: str
) -> None:
    done = environment.run(program, *words)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"needs the extra [{extra}]" in line


@of("")
def test_the_client_alone_offers_what_it_can(environment: Installed) -> None:
    done = environment.run("nextcloud-push", "--help")
    assert done.returncode == 0
    assert "listen" in done.stdout


@of("server")
def test_the_server_gets_ready_with_a_config_php(
    environment: Installed, shared_redis: RedisServer, tmp_path: Path
) -> None:
    with sqlite_database() as database:
        config = tmp_path / "config.php"
        config.write_text(CONFIG.format(folder=database.path.parent, port=shared_redis.port))
        port = free_port()

        def ready() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).is_success
            except httpx.TransportError:
                return False

        command = [environment.program("notify_push"), "--bind", "127.0.0.1", str(config)]
        with running(command, ready, env={"PORT": str(port)}) as process:
            stop(process)
            assert process.returncode == 0


@of("dev")
def test_developer_mode_shows_a_notification_and_a_line_to_paste(environment: Installed) -> None:
    home = environment.folder.parent
    words = ("dev", "--demo", "--port", "0", "--push-port", "0")
    with environment.started("nextcloud-push", *words, cwd=home) as dev:
        seen = read_until(dev, "alice hears")
        (line,) = re.findall(r"^ +(\S*nextcloud-push listen .*)$", seen, re.MULTILINE)
        program, *words_to_paste = shlex.split(line)
        assert program == ".venv/bin/nextcloud-push"
        listener = subprocess.Popen(
            f"exec {shlex.join([program, words_to_paste[0], '--count', '1', *words_to_paste[1:]])}",
            shell=True,
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            read_until(listener, "listening as alice")
            url = words_to_paste[1]
            emit = environment.run("nextcloud-push", "emit", "notification", "alice", "--url", url)
            assert emit.returncode == 0, emit.stderr
            read_until(listener, "notification")
        finally:
            stop(listener)  # type: ignore[arg-type]
            listener.communicate()


@of("dev")
def test_the_program_of_the_guide(environment: Installed) -> None:
    program = block("docs/how-to/developer-mode.md", "program")
    done = environment.run("python", "-c", program)
    assert (done.returncode, done.stderr) == (0, "")


@of("bench")
def test_the_benchmark_measures(environment: Installed, tmp_path: Path) -> None:
    done = environment.run("nextcloud-push", "bench", "--help")
    assert done.returncode == 0, done.stderr
    assert "--quick" in done.stdout
    plot = f"from matplotlib.figure import Figure; Figure().savefig({str(tmp_path / 'a.png')!r})"
    assert environment.run("python", "-c", plot).returncode == 0
    assert os.path.getsize(tmp_path / "a.png")
