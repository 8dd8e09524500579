"""The daemon's life: how it comes up, where it listens, how it takes its leave."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.bus import Bus
from support.daemon import PROGRAM, DaemonProcess, Start, own_port
from support.in_process import InProcessDaemon
from support.nextcloud import Reply, StubNextcloud
from support.processes import running
from support.redis import redis_server
from support.waiting import wait_for
from support.websocket import Opcode, WebSocket, http, open_socket

# The service manager


class ServiceManager:
    """What systemd would hear."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1))
        self.socket.settimeout(20)

    def hears(self) -> str:
        return self.socket.recv(4096).decode()


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_is_told(start: Start, folder: Path, abstract: bool):
    address = f"@notify-push-test-{os.getpid()}" if abstract else str(folder / "notify")
    manager = ServiceManager(address)
    with manager.socket:
        daemon = start(env={"NOTIFY_SOCKET": address}, wait=False)
        assert "READY=1" in manager.hears().splitlines()
        daemon.process.terminate()
        assert "STOPPING=1" in manager.hears().splitlines()
        assert daemon.wait_for_exit() == 0


def test_ready_means_bound(start: Start, environment: dict[str, str], folder: Path):
    """Whoever waits for READY may connect at once, and stop the daemon at once."""
    manager = ServiceManager(str(folder / "notify"))
    port = own_port()
    env = environment | {"NOTIFY_SOCKET": str(folder / "notify"), "PORT": str(port)}
    with manager.socket, subprocess.Popen([PROGRAM], env=env, cwd=folder) as process:
        manager.hears()
        assert http(("127.0.0.1", port), "GET /health").status == 200
        process.terminate()
        assert process.wait(15) == 0


@pytest.mark.parametrize("address", ["/nowhere/socket", "", "nonsense"])
def test_a_service_manager_that_is_not_there(start: Start, address: str):
    start(env={"NOTIFY_SOCKET": address})


# The end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clients_are_told_of_the_end(start: Start, user: str, number: int):
    daemon = start()
    clients = [daemon.connect().log_in(f"{user}-{n % 40}") for n in range(100)]
    waiting = [daemon.connect() for _ in range(5)]
    daemon.process.send_signal(number)
    for client in clients + waiting:
        assert client.read_to_end() == ([], 1001)
    assert daemon.wait_for_exit() == 0


def test_clients_that_do_not_answer_do_not_hold_up_the_end(start: Start, user: str):
    daemon = start()
    clients = [daemon.connect().log_in(f"{user}-{n}") for n in range(20)]
    daemon.process.terminate()
    assert daemon.wait_for_exit() == 0
    for client in clients:
        found = client.read_frame()
        assert found is not None
        assert (found.opcode, found.payload) == (Opcode.CLOSE, (1001).to_bytes(2))


def test_the_end_takes_less_than_5_seconds(timed: InProcessDaemon, user: str):
    """By the daemon's clock: what a service manager and a busy machine add is not its own."""
    client = timed.log_in(user)  # answers no close frame
    timed.stop_clock()
    end = timed.stop()
    assert client.read_frame() is not None
    timed.move(1.5)
    assert not end.done()
    timed.move(3)
    for _ in range(4):  # what is closed then has its own moments
        timed.move(0.1)
    end.result(15)


def test_the_end_comes_with_the_last_answer(timed: InProcessDaemon, user: str):
    clients = [timed.connect().log_in(f"{user}-{n % 40}") for n in range(100)]
    clients += [timed.connect() for _ in range(5)]
    end = timed.stop()
    for client in clients:
        assert client.read_to_end() == ([], 1001)
    end.result(15)


def test_the_end_does_not_wait_for_logins(start: Start, nextcloud: StubNextcloud, user: str):
    async def never(request: object) -> Reply:
        await asyncio.sleep(3600)
        raise AssertionError

    nextcloud.replies["uid"] = never
    daemon = start()
    client = daemon.connect()
    client.send(user, "pw")
    wait_for(lambda: any(one.target.endswith("/uid") for one in nextcloud.seen))
    daemon.process.terminate()
    assert client.read_to_end() == ([], 1001)
    assert daemon.wait_for_exit() == 0


def test_a_second_signal_forces(start: Start, user: str):
    daemon = start(env={"LOG": "info"})
    daemon.log_in(user)  # answers no close frame: it would be waited for
    daemon.process.terminate()
    daemon.output.wait_for("shutting down")
    daemon.process.terminate()
    assert daemon.wait_for_exit() == 1  # 0 would be the end of the wait


def test_nobody_is_let_in_during_the_end(start: Start, user: str):
    daemon = start(env={"LOG": "info"}, metrics=True)
    daemon.log_in(user)
    daemon.process.terminate()
    daemon.output.wait_for("shutting down")
    wait_for(lambda: refuses(daemon))
    assert daemon.metrics_address
    assert http(daemon.metrics_address, "GET /ready").status == 503
    assert daemon.wait_for_exit() == 0


def refuses(daemon: DaemonProcess) -> bool:
    try:
        open_socket(daemon.address).close()
    except ConnectionRefusedError:
        return True
    return False


def test_the_end_without_redis_database_and_nextcloud(start: Start):
    env = {
        "REDIS_URL": "redis://127.0.0.1:9",
        "DATABASE_URL": "postgres://u:p@127.0.0.1:9/d",
        "NEXTCLOUD_URL": "http://127.0.0.1:9",
    }
    daemon = start(env=env, wait=False)
    assert daemon.http("GET /health").status == 200
    assert daemon.http("GET /ready").status == 503
    daemon.process.terminate()
    assert daemon.wait_for_exit() == 0


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.1, 0.2, 0.3])
def test_the_end_while_redis_refuses_the_password(start: Start, pause: float):
    """A cancellation may get lost in a library's handling of errors."""
    with redis_server(password="right") as own:
        url = f"redis://:wrong@127.0.0.1:{own.port}"
        daemon = start(env={"REDIS_URL": url}, wait=False)
        time.sleep(pause)  # into one of the attempts
        daemon.process.terminate()
        assert daemon.wait_for_exit() == 0


# Coming up before the others


def test_a_daemon_that_starts_before_redis(start: Start, user: str):
    port = own_port()
    daemon = start(env={"REDIS_URL": f"redis://127.0.0.1:{port}"}, wait=False)
    daemon.output.wait_for("(?i)redis")
    client = daemon.log_in(user)
    with redis_server(port=port) as own:
        daemon.wait_until()
        own.publish("notify_custom", f'{{"user":"{user}","message":"hello"}}')
        assert client.receive_until("hello") == []


def test_a_daemon_that_starts_before_nextcloud(
    start: Start, bus: Bus, user: str, nextcloud: StubNextcloud
):
    nextcloud.replies["test/version"] = Reply(503)
    daemon = start()
    daemon.output.wait_for("WARN.*version")
    bus.client.set("test-token", "t")

    async def version() -> None:
        bus.client.set("notify_push_app_version", "1.2.3")

    nextcloud.on_version = version
    del nextcloud.replies["test/version"]

    def reported() -> bytes | str | None:
        daemon.http("POST /test/version", "token: t")
        return bus.client.get("notify_push_version")

    wait_for(lambda: reported() == b"1.2.3")


# Under the reference's own unit


def test_umask_does_not_matter(environment: dict[str, str], folder: Path):
    """The reference's unit sets ``UMask=0077``."""
    path = folder / "push.sock"
    command = ["/bin/sh", "-c", f"umask 0077; exec {PROGRAM} --socket-path {path}"]
    with running(command, path.exists, env=environment, cwd=folder):
        wait_for(lambda: stat.S_IMODE(path.stat().st_mode) == 0o660)


FORBID = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_no_memory_is_both_written_and_executed(
    environment: dict[str, str], nextcloud: StubNextcloud, folder: Path
):
    """The reference's unit sets ``MemoryDenyWriteExecute``."""
    port = own_port()
    command = [sys.executable, "-c", FORBID, PROGRAM, "--port", str(port)]

    def ready() -> bool:
        try:
            return http(("127.0.0.1", port), "GET /ready").status == 200
        except OSError:
            return False

    with (
        running(command, ready, env=environment, cwd=folder),
        WebSocket.connect(("127.0.0.1", port)) as client,
    ):
        client.log_in("somebody")
