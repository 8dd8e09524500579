"""Where the daemon listens: both IP versions, Unix sockets, TLS."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from pathlib import Path

import pytest
import trustme

from support.bus import Bus
from support.daemon import DaemonProcess, Start, own_port, run_daemon
from support.websocket import WebSocket, http, open_socket


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_ip_versions_by_default(push: DaemonProcess, user: str, host: str):
    address = (host, push.port)
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
            open_socket((not_there, daemon.port))


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
    assert daemon.wait_for_exit() == 0


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
