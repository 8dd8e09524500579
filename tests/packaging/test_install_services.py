"""`scripts/install-services`, with an `apt-get` that only does what packages do to a machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from docs.blocks import ROOT

SCRIPT = ROOT / "scripts/install-services"
OWN_POLICY = "#!/bin/sh\nexit 0\n"

APT_GET = """#!/bin/sh
echo "$@" >>"$LOG"
[ "$1" = install ] || exit 0
sh "$INSTALL_SERVICES_ROOT/usr/sbin/policy-rc.d" redis-server start
echo "policy $?" >>"$LOG"
ln -s /lib/redis.service "$INSTALL_SERVICES_ROOT/etc/systemd/system/multi-user.target.wants/"
ln -s ../init.d/redis "$INSTALL_SERVICES_ROOT/etc/rc2.d/S01redis"
echo "Setting up redis-server (7.0) ..."
exit "$APT_STATUS"
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine without Redis, with a service of its own that starts with it."""
    (tmp_path / "usr/sbin").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/multi-user.target.wants").mkdir(parents=True)
    (tmp_path / "etc/rc2.d").mkdir()
    (tmp_path / "etc/systemd/system/multi-user.target.wants/own.service").symlink_to("/own")
    bin = tmp_path / "bin"
    bin.mkdir()
    for tool in ("cat", "chmod", "comm", "find", "mktemp", "mv", "rm", "sh", "sort", "ln"):
        (bin / tool).symlink_to(f"/usr/bin/{tool}")
    write(bin / "apt-get", APT_GET)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def install(machine: Path, *, user: int = 0, status: int = 0) -> subprocess.CompletedProcess[str]:
    write(machine / "bin/id", f"#!/bin/sh\necho {user}\n")
    # The script looks for servers in the folders of the system, too.
    text = SCRIPT.read_text("utf-8").replace("PATH=$PATH:/usr/sbin:/sbin\n", "")
    write(machine / "script", text)
    env = {
        "PATH": str(machine / "bin"),
        "LOG": str(machine / "log"),
        "INSTALL_SERVICES_ROOT": str(machine),
        "APT_STATUS": str(status),
        "TMPDIR": str(machine),
    }
    command = ["/bin/sh", str(machine / "script"), "redis"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)


def starts_with_the_machine(machine: Path) -> list[str]:
    wants = machine / "etc/systemd/system/multi-user.target.wants"
    return sorted([*os.listdir(wants), *os.listdir(machine / "etc/rc2.d")])


@pytest.mark.parametrize("own_policy", [False, True])
@pytest.mark.parametrize("status", [0, 100])
def test_nothing_is_started_or_enabled(machine: Path, own_policy: bool, status: int) -> None:
    policy = machine / "usr/sbin/policy-rc.d"
    if own_policy:
        write(policy, OWN_POLICY)
    done = install(machine, status=status)
    assert (done.returncode == 0) == (status == 0), done.stderr
    said = (machine / "log").read_text().splitlines()
    assert said[1:] == ["install -y -qq --no-install-recommends redis-server", "policy 101"]
    assert starts_with_the_machine(machine) == ["K01redis", "own.service"]
    assert os.listdir(machine / "usr/sbin") == (["policy-rc.d"] if own_policy else [])
    assert not own_policy or policy.read_text() == OWN_POLICY


def test_it_says_what_it_does_and_how_far_it_is(machine: Path) -> None:
    first, command, *further = install(machine).stdout.splitlines()
    assert "No service is started or enabled" in first
    assert command.strip() == "apt-get install --no-install-recommends redis-server"
    assert "  redis-server" in further


def test_a_user_who_is_not_root_is_given_the_line(machine: Path) -> None:
    done = install(machine, user=1000)
    assert done.returncode == 1
    assert "sudo apt-get install --no-install-recommends redis-server" in done.stderr
    assert not (machine / "log").exists()


def test_what_is_there_is_not_installed(machine: Path) -> None:
    write(machine / "bin/redis-server", "#!/bin/sh\n")
    done = install(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
