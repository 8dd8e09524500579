"""The PHP of the guide, run with stand-ins for Nextcloud's classes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from docs.blocks import block
from nextcloud_push.server.events import Custom, decode
from support.processes import program

PAGE = "docs/how-to/send-custom-events.md"
NEXTCLOUD = """<?php
namespace OCA\\NotifyPush\\Queue {
    interface IQueue { public function push(string $channel, $message); }
    class Recorder implements IQueue {
        public function push(string $channel, $message) { echo "$channel ", json_encode($message); }
    }
}
namespace OCP {
    class Server { public static function get(string $name) {
        return new \\OCA\\NotifyPush\\Queue\\Recorder();
    } }
}
"""
RUN = """<?php
{nextcloud}
require 'Push.php';
$push = new \\OCA\\MyApp\\Service\\Push();
require 'use.php';
"""


def run(folder: Path, *, with_app: bool) -> bytes:
    (folder / "Push.php").write_text(block(PAGE, "send"))
    (folder / "use.php").write_text(block(PAGE, "use"))
    (folder / "nextcloud.php").write_text(NEXTCLOUD)
    nextcloud = "require 'nextcloud.php';" if with_app else ""
    (folder / "run.php").write_text(RUN.format(nextcloud=nextcloud))
    command = [program("php"), "-d", "display_errors=stderr", "run.php"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout


def test_what_it_publishes_is_a_custom_event(tmp_path: Path):
    channel, _, payload = run(tmp_path, with_app=True).partition(b" ")
    assert decode(channel, payload) == Custom("alice", "my_app_reload", {"board": 42})


def test_without_the_app_nothing_happens(tmp_path: Path):
    assert run(tmp_path, with_app=False) == b""
