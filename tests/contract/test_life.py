"""The daemon's life: how it comes up, where it listens, how it takes its leave."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import trustme

from contract.conftest import Bus, Start
from support.daemon import PROGRAM, DaemonProcess, own_port, run_daemon
from support.nextcloud import Reply, StubNextcloud
from support.processes import running, scratch
from support.redis import redis_server
from support.waiting import wait_for
from support.websocket import Opcode, WebSocket, http, open_socket


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as path:
        yield path


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
    begun = time.monotonic()
    daemon.process.send_signal(number)
    for client in clients + waiting:
        assert client.read_to_end() == ([], 1001)
    assert daemon.wait_for_exit() == 0
    assert time.monotonic() - begun < 5


def test_clients_that_do_not_answer_do_not_hold_up_the_end(start: Start, user: str):
    daemon = start()
    clients = [daemon.connect().log_in(f"{user}-{n}") for n in range(20)]
    begun = time.monotonic()
    daemon.process.terminate()
    assert daemon.wait_for_exit() == 0
    assert time.monotonic() - begun < 5
    for client in clients:
        found = client.read_frame()
        assert found is not None
        assert (found.opcode, found.payload) == (Opcode.CLOSE, (1001).to_bytes(2))


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
    assert daemon.wait_for_exit(5) == 0


def test_a_second_signal_forces(start: Start, user: str):
    daemon = start(env={"LOG": "info"})
    daemon.log_in(user)  # answers no close frame: it would be waited for
    daemon.process.terminate()
    daemon.output.wait_for("shutting down")
    begun = time.monotonic()
    daemon.process.terminate()
    assert daemon.wait_for_exit() in (0, 1)
    assert time.monotonic() - begun < 1.5


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
    assert daemon.wait_for_exit(5) == 0


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.1, 0.2, 0.3])
def test_the_end_while_redis_refuses_the_password(start: Start, pause: float):
    """A cancellation may get lost in a library's handling of errors."""
    with redis_server(password="right") as own:
        url = f"redis://:wrong@127.0.0.1:{own.port}"
        daemon = start(env={"REDIS_URL": url}, wait=False)
        time.sleep(pause)  # into one of the attempts
        daemon.process.terminate()
        assert daemon.wait_for_exit(5) == 0


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

    def reported() -> bytes | None:
        daemon.http("POST /test/version", "token: t")
        return bus.client.get("notify_push_version")

    wait_for(lambda: reported() == b"1.2.3")


# Where it listens


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_ip_versions_by_default(push: DaemonProcess, user: str, host: str):
    address = (host, push.address[1])
    with WebSocket.connect(address) as client:
        client.log_in(user)


@pytest.mark.parametrize(
    ("bind", "there", "not_there"),
    [
        ("127.0.0.1", "127.0.0.1", "::1"),
        ("::1", "::1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1", "::1"),
        ("::", "::1", None),
        ("::", "127.0.0.1", None),
        ("localhost", "localhost", None),
    ],
)
def test_binding_to_an_address(start: Start, bind: str, there: str, not_there: str | None):
    daemon = start("--bind", bind, host=there, metrics=True)
    assert daemon.http("GET /health").status == 200
    assert daemon.metrics()["active_user_count"] == 0
    if not_there:
        with pytest.raises(OSError, match="refused"):
            open_socket((not_there, daemon.address[1]))


# Unix sockets


def on_socket(start: Start, path: Path, **env: str) -> DaemonProcess:
    return start("--socket-path", str(path), socket_path=path, env=env)


def test_a_unix_socket(start: Start, folder: Path, user: str):
    path = folder / "push.sock"
    daemon = on_socket(start, path)
    daemon.log_in(user)
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    daemon.hang_up()
    daemon.process.terminate()
    assert daemon.wait_for_exit() == 0
    assert not path.exists()


@pytest.mark.parametrize("mode", ["0600", "0666", "0777", "660"])
def test_permissions_of_a_unix_socket(start: Start, folder: Path, mode: str):
    path = folder / "push.sock"
    on_socket(start, path, SOCKET_PERMISSIONS=mode)
    assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)


def test_a_relative_path_of_a_unix_socket(start: Start, folder: Path):
    start("--socket-path", "push.sock", socket_path=folder / "push.sock", cwd=folder)


def test_a_left_over_socket_is_replaced(start: Start, folder: Path):
    path = folder / "push.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    assert on_socket(start, path).http("GET /health").status == 200


def test_after_a_crash_the_socket_is_replaced(start: Start, folder: Path):
    path = folder / "push.sock"
    first = on_socket(start, path)
    first.process.kill()
    first.wait_for_exit()
    assert path.exists()
    assert on_socket(start, path).http("GET /health").status == 200


def refused_path(environment: dict[str, str], path: Path) -> None:
    done = run_daemon(environment, "--socket-path", str(path))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(path) in done.stderr


def test_a_live_socket_is_left_alone(start: Start, environment: dict[str, str], folder: Path):
    path = folder / "push.sock"
    first = on_socket(start, path)
    refused_path(environment, path)
    assert first.http("GET /health").status == 200


@pytest.mark.parametrize("kind", ["file", "directory", "link", "fifo"])
def test_any_other_file_is_left_alone(environment: dict[str, str], folder: Path, kind: str):
    path = folder / "push.sock"
    if kind == "directory":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(folder / "target")
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.write_text("precious")
    refused_path(environment, path)
    assert path.is_symlink() or path.exists()
    assert kind != "file" or path.read_text() == "precious"


@pytest.mark.parametrize("name", ["missing/push.sock", "x" * 200])
def test_a_path_that_cannot_be(environment: dict[str, str], folder: Path, name: str):
    refused_path(environment, folder / name)


def test_only_our_own_socket_is_removed(start: Start, folder: Path):
    path = folder / "push.sock"
    daemon = on_socket(start, path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        daemon.process.terminate()
        assert daemon.wait_for_exit() == 0
        assert path.exists()


# TLS


@pytest.fixture
def certificate(folder: Path) -> tuple[dict[str, str], ssl.SSLContext]:
    """Settings that serve TLS, and how to connect then."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    env = {"TLS_CERT": str(folder / "cert.pem"), "TLS_KEY": str(folder / "key.pem")}
    return env, context


Certificate = tuple[dict[str, str], ssl.SSLContext]


def test_tls(start: Start, bus: Bus, certificate: Certificate, user: str):
    env, context = certificate
    daemon = start(env=env, tls=context)
    client = daemon.log_in(user)
    bus.publish("custom", {"user": user, "message": "m", "body": "x" * 200_000})
    assert len(client.receive()) == 200_004
    client.close()
    assert client.read_frame() is not None


def test_tls_on_the_metrics_too(start: Start, certificate: Certificate):
    env, context = certificate
    port = own_port()
    start("-m", str(port), env=env, tls=context)
    assert http(("127.0.0.1", port), "GET /metrics", tls=context).status == 200


def test_the_end_with_tls(start: Start, certificate: Certificate, user: str):
    env, context = certificate
    daemon = start(env=env, tls=context)
    client = daemon.log_in(user)
    daemon.process.terminate()
    assert client.read_to_end() == ([], 1001)
    client.sock.close()
    assert daemon.wait_for_exit(5) == 0


def test_plain_bytes_on_a_tls_port(start: Start, certificate: Certificate, user: str):
    env, context = certificate
    daemon = start(env=env, tls=context)
    with open_socket(daemon.address) as sock:
        sock.sendall(b"GET /ws HTTP/1.1\r\n\r\n")
        while sock.recv(4096):
            pass
    daemon.log_in(user)


def test_no_tls_on_a_unix_socket(start: Start, certificate: Certificate, folder: Path, user: str):
    env, _ = certificate
    daemon = on_socket(start, folder / "push.sock", **env)
    daemon.log_in(user)
    daemon.output.wait_for("WARN.*TLS")


# Who does not read


def test_a_client_that_never_reads_is_bounded(start: Start, bus: Bus, user: str):
    """Its memory is bounded, and the others hear as ever."""
    daemon = start(metrics=True)
    stuck, client = daemon.log_in(user), daemon.log_in(f"{user}-well")
    process = psutil.Process(daemon.process.pid)
    before = process.memory_info().rss
    for _ in range(400):
        bus.publish("custom", {"user": user, "message": "m", "body": "x" * 100_000})
    assert bus.fence(client, f"{user}-well") == []
    daemon.wait_for_metric("active_connection_count", 1)
    assert process.memory_info().rss - before < 16_000_000
    del stuck


def test_a_client_that_only_pings_and_never_reads_is_bounded(start: Start, user: str):
    daemon = start()
    stuck = daemon.log_in(user)
    process = psutil.Process(daemon.process.pid)
    before = process.memory_info().rss
    stuck.sock.settimeout(1)
    pings = b"".join(bytes((0x89, 0xFD, 0, 0, 0, 0)) + b"x" * 125 for _ in range(1000))
    try:
        for _ in range(300):
            stuck.sock.sendall(pings)
    except OSError:
        pass  # it is held back, or dropped
    assert daemon.http("GET /health").status == 200
    assert process.memory_info().rss - before < 16_000_000


def test_notifications_wait_merged_for_a_client_that_reads_late(start: Start, bus: Bus, user: str):
    daemon = start()
    client = daemon.log_in(user)
    for number in range(5):
        bus.publish("custom", {"user": user, "message": str(number), "body": "x" * 100_000})
        bus.publish("notification", {"user": user})
    received = [client.receive().split(" ")[0] for _ in range(6)]
    assert [one for one in received if one != "notify_notification"] == list("01234")
    assert received.count("notify_notification") == 1


def test_many_who_connect_at_once(push: DaemonProcess, user: str):
    socks = [open_socket(push.address) for _ in range(300)]
    try:
        push.log_in(user)
    finally:
        for sock in socks:
            sock.close()


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
