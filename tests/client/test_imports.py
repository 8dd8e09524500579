"""What the client needs: three packages, nothing of the server, no Unix; and what it loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

import nextcloud_push

SOURCE = Path(nextcloud_push.__file__).parent
PACKAGE = SOURCE.name
LIBRARIES = "import asyncio, certifi, click, httpx, websockets.asyncio.client\n"

ONLY_THE_DISTRIBUTION = f"""
import sys
ALLOWED = {{*sys.stdlib_module_names, "anyio", "certifi", "click", "h11", "httpcore", "httpx",
            "idna", "sniffio", "typing_extensions", "websockets", "{PACKAGE}"}}
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Finder)
"""

NOT_ON_WINDOWS = (
    LIBRARIES
    + """
for name in ("fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios",
             "tty", "_posixsubprocess", "uvloop"):
    sys.modules[name] = None
import signal
for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGCHLD", "SIGALRM"):
    delattr(signal, name)
"""
)

USE = f"""
import {PACKAGE}.client as library
from {PACKAGE}.commands.listen import listen_command
from {PACKAGE}.commands.test_client import test_client_command
library.PushClient("https://cloud.example.com", "alice", "secret")
library.SyncPushClient("wss://cloud.example.com/ws", "alice", "secret")
"""


def run(program: str, **env: str) -> str:
    """What a program prints in an interpreter of its own."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | env)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("extra", ["", NOT_ON_WINDOWS], ids=["packages", "windows"])
def test_three_packages_are_enough(extra: str) -> None:
    run(ONLY_THE_DISTRIBUTION + extra + USE)


@pytest.mark.parametrize("command", ["listen", "test_client"])
def test_the_commands_show_their_help_with_them(command: str) -> None:
    call = f"from {PACKAGE}.commands.{command} import {command}_command as c; c(['--help'])"
    assert "Exit status:" in run(ONLY_THE_DISTRIBUTION + call)


def test_the_client_adds_no_module_but_its_own_to_those_of_its_libraries() -> None:
    program = (
        LIBRARIES
        + f"""
import sys
before = set(sys.modules)
from {PACKAGE}.client import PushClient
PushClient("https://cloud.example.com", "alice", "secret")
print(*(set(sys.modules) - before), sep="\\n")
"""
    )
    added = run(program).split()
    rooms = (f"{PACKAGE}.client", f"{PACKAGE}.words")
    assert [name for name in added if name != PACKAGE and not name.startswith(rooms)] == []
    assert len(added) <= 25


CERTIFICATES = f"""
import ssl
read = []
def counted(name):
    method = getattr(ssl.SSLContext, name)
    def call(*args, **kwargs):
        read.append(name)
        return method(*args, **kwargs)
    setattr(ssl.SSLContext, name, call)
counted("load_default_certs")
counted("load_verify_locations")
from {PACKAGE}.client import PushClient
print(len(read))
client = PushClient("https://cloud.example.com", "alice", "secret")
print(*read)
"""


def test_certificates_are_read_once_and_for_a_client() -> None:
    assert run(CERTIFICATES, SSL_CERT_FILE=certifi.where()) == "0\nload_default_certs\n"


def test_where_the_system_has_none_those_of_certifi_count(tmp_path: Path) -> None:
    made = f"from {PACKAGE}.client.tls import client_context as made\n"
    empty = {"SSL_CERT_FILE": str(tmp_path / "none"), "SSL_CERT_DIR": str(tmp_path)}
    stats = ast.literal_eval(run(made + "print(made().cert_store_stats())", **empty))
    assert stats["x509_ca"] > 50


@pytest.mark.parametrize(
    ("room", "allowed"), [("client", {"client", "words"}), ("words", {"words"})]
)
def test_rooms_that_import_little(room: str, allowed: set[str]) -> None:
    found = set()
    for path in (SOURCE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                found.add(node.module or "")
    ours = [name.split(".") for name in found if name.partition(".")[0] == PACKAGE]
    assert {parts[1] if len(parts) > 1 else "" for parts in ours} <= allowed
    libraries = {name.partition(".")[0] for name in found} - {PACKAGE, "__future__"}
    foreign = {"certifi", "httpx", "websockets"} if room == "client" else set()
    assert libraries <= foreign | sys.stdlib_module_names
