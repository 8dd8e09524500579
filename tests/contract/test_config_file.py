"""A config.php as the daemon takes it, and the set-up wizard that starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.bus import Bus
from support.command import complaint, dump
from support.daemon import Start, own_port
from support.databases import SqliteDatabase
from support.nextcloud import StubNextcloud

COMPLETE = {
    "DATABASE_URL": "sqlite:///nowhere/nc.db",
    "REDIS_URL": "redis://127.0.0.1:9",
    "NEXTCLOUD_URL": "http://127.0.0.1:9",
}


CONFIG = """<?php
$CONFIG = [
  'dbtype' => 'sqlite3',
  'datadirectory' => '{folder}',
  'dbname' => 'nc',
  'dbtableprefix' => 'oc_',
  'redis' => ['host' => '127.0.0.1', 'port' => {port}],
  'overwrite.cli.url' => '{url}',
];
"""


@pytest.fixture
def config(folder: Path, bus: Bus, nextcloud: StubNextcloud) -> Path:
    """A config.php that names everything."""
    SqliteDatabase(folder / "nc.db").create_nextcloud_tables()
    path = folder / "config.php"
    text = CONFIG.replace("{folder}", str(folder)).replace("{port}", str(bus.server.port))
    path.write_text(text.replace("{url}", nextcloud.url))
    return path


WITHOUT = {"DATABASE_URL": "", "REDIS_URL": "", "NEXTCLOUD_URL": ""}


def test_a_config_file_is_enough(start: Start, config: Path, user: str):
    start(str(config), env=WITHOUT).log_in(user)


def test_the_wizards_environment(start: Start, config: Path, nextcloud: StubNextcloud, user: str):
    """The wizard gives four variables, no PATH and no HOME, and reads standard output."""
    env = {"ALLOW_SELF_SIGNED": "true", "LOG": "notify_push=info", "PORT": str(own_port())}
    daemon = start(str(config), env=WITHOUT | env | {"NEXTCLOUD_URL": nextcloud.url})
    assert daemon.http("GET /test/cookie").body == "0"
    daemon.log_in(user)
    daemon.output.wait_for("INFO")
    assert daemon.errors.text == ""


def test_the_environment_wins_over_the_config_file(start: Start, config: Path):
    config.write_text(config.read_text().replace("'host' => '127.0.0.1'", "'host' => '127.9.9.9'"))
    env = {name: value for name, value in WITHOUT.items() if name != "REDIS_URL"}
    start(str(config), env=env)


def test_a_config_file_that_is_not_there():
    status, line = complaint({}, "/nowhere/config.php")
    assert status == 1
    assert "/nowhere/config.php" in line


def test_a_config_file_that_is_no_php(folder: Path):
    (folder / "config.php").write_text("<?php\n$CONFIG = [ 'a' => ;\n")
    status, line = complaint({}, str(folder / "config.php"))
    assert status == 1
    assert "config.php" in line


def test_further_files_beside_it(start: Start, config: Path):
    further = config.parent / "redis.config.php"
    further.write_text(config.read_text())
    config.write_text(config.read_text().replace("127.0.0.1", "127.9.9.9"))
    start("--glob-config", str(config), env=WITHOUT)


def test_a_config_file_without_redis(config: Path, folder: Path):
    text = config.read_text()
    begin, end = text.index("'redis'"), text.index("'overwrite")
    config.write_text(text[:begin] + text[end:])
    assert "127.0.0.1:6379" in dump({}, str(config))
