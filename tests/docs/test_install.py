"""What the installation guide and the unit start, started with a config.php of this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.blocks import ROOT, all_blocks
from support.daemon import DaemonProcess, started
from support.databases import sqlite_database
from support.redis import RedisServer

CONFIG = """<?php
$CONFIG = array (
  'dbtype' => 'sqlite3',
  'datadirectory' => '{folder}',
  'redis' => array ('host' => '127.0.0.1', 'port' => {port}),
  'overwrite.cli.url' => 'http://127.0.0.1:9',
);
"""
DOCUMENTED = "/var/www/nextcloud/config/config.php"


@pytest.fixture
def config(shared_redis: RedisServer, tmp_path: Path) -> Iterator[str]:
    """A config.php whose Redis and database are there."""
    with sqlite_database() as database:
        folder = database.path.parent
        (tmp_path / "config.php").write_text(CONFIG.format(folder=folder, port=shared_redis.port))
        yield str(tmp_path / "config.php")


def command_in(text: str) -> list[str]:
    """The arguments behind the program's name."""
    (line,) = re.findall(rf"/opt/notify_push/bin/notify_push (.*{DOCUMENTED})", text)
    return shlex.split(line)


def start(arguments: list[str], config: str) -> DaemonProcess:
    with started({}, *(config if one == DOCUMENTED else one for one in arguments)) as daemon:
        assert daemon.http("GET /ready").status == 200
    return daemon


def test_the_unit_starts_what_gets_ready(config: str):
    unit = (ROOT / "examples/systemd/notify_push.service").read_text("utf-8")
    start(command_in(unit), config)


def test_the_guide_shows_what_is_logged(config: str):
    blocks = [b for b in all_blocks() if b.page == "docs/how-to/install.md"]
    (first_try,) = [b.text for b in blocks if "--log-level info" in b.text]
    (shown,) = [b.text for b in blocks if b.language == "text"]
    daemon = start(command_in(first_try), config)
    for line in shown.splitlines():
        said = line[30:].rpartition(" ")[0]  # neither the time nor the address
        assert daemon.output.matching(re.escape(said)), line


def test_the_readme_starts_what_gets_ready(config: str):
    start(command_in((ROOT / "README.md").read_text("utf-8")), config)
