import os
import socket
from pathlib import Path
from typing import Any

import pytest
import trustme

from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.listener.sockets import ListeningSocket, server_tls
from nextcloud_push.server.settings import ListenAddress


def connect(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_default_address_takes_both_versions_of_ip() -> None:
    listening = ListeningSocket(ListenAddress(port=0))
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, listening.port)).close()
    listening.close()


def test_named_address_is_the_only_one() -> None:
    listening = ListeningSocket(ListenAddress(bind="127.0.0.1", port=0))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("::1", listening.port))
    listening.close()


def test_without_ipv6_all_of_ipv4_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket.bind

    def bind(sock: socket.socket, address: Any) -> None:
        if sock.family == socket.AF_INET6:
            raise OSError(99, "Cannot assign requested address")
        real(sock, address)

    monkeypatch.setattr(socket.socket, "bind", bind)
    listening = ListeningSocket(ListenAddress(port=0))
    assert listening.socket.getsockname()[0] == "0.0.0.0"
    listening.close()


def test_port_in_use_is_said_in_one_line() -> None:
    first = ListeningSocket(ListenAddress(bind="::", port=0))
    with pytest.raises(StartupError, match=rf"\[::\]:{first.port}: the port is already in use$"):
        ListeningSocket(ListenAddress(bind="::", port=first.port))
    first.close()


@pytest.mark.parametrize("bind", ["203.0.113.1", "no such host", "::g"])
def test_address_that_is_not_ours(bind: str) -> None:
    with pytest.raises(StartupError, match="cannot listen on "):
        ListeningSocket(ListenAddress(bind=bind, port=0))


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666, 0o777])
def test_unix_socket_has_its_permissions_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "s"
    before = os.umask(0o077)
    try:
        listening = ListeningSocket(ListenAddress(socket=path, permissions=mode))
    finally:
        assert os.umask(before) == 0o077
    assert path.stat().st_mode & 0o777 == mode
    connect(path)
    listening.close()
    assert not path.exists()


def test_left_over_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    listening = ListeningSocket(ListenAddress(socket=path))
    connect(path)
    listening.close()


def test_live_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    first = ListeningSocket(ListenAddress(socket=path))
    with pytest.raises(StartupError, match="another server answers there"):
        ListeningSocket(ListenAddress(socket=path))
    connect(path)
    first.close()


def test_other_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(StartupError, match="is a file that is not a socket"):
        ListeningSocket(ListenAddress(socket=path))
    assert path.read_text() == "precious"


def test_directory_and_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="is a directory"):
        ListeningSocket(ListenAddress(socket=tmp_path))
    with pytest.raises(StartupError, match="No such file or directory"):
        ListeningSocket(ListenAddress(socket=tmp_path / "none" / "s"))


def test_path_too_long_for_a_socket(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="path too long"):
        ListeningSocket(ListenAddress(socket=tmp_path / ("x" * 120)))


def test_socket_of_a_successor_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    first = ListeningSocket(ListenAddress(socket=path))
    path.unlink()
    second = ListeningSocket(ListenAddress(socket=path))
    first.close()
    connect(path)
    second.close()


def test_certificate_and_key(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    listen = ListenAddress(tls_cert=tmp_path / "both.pem", tls_key=tmp_path / "both.pem")
    assert server_tls(listen) is not None
    assert server_tls(ListenAddress()) is None


def test_unreadable_certificate_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    with pytest.raises(StartupError, match=rf"cannot read {missing} and {missing}: No such file"):
        server_tls(ListenAddress(tls_cert=missing, tls_key=missing))


def test_certificate_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.pem"
    path.write_text("not a certificate")
    with pytest.raises(StartupError, match="cannot be used"):
        server_tls(ListenAddress(tls_cert=path, tls_key=path))
