"""Sockets to listen on: TCP for both IP versions, Unix, TLS."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import stat
from pathlib import Path
from typing import Final

from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.settings.model import ListenAddress

__all__ = ["ListeningSocket", "describe", "server_tls"]

BACKLOG: Final = 4096
"""Connections the kernel holds for us: after a restart all clients come at once."""

SEND_BUFFER: Final = 64 * 1024
"""Bytes the kernel keeps for a client that does not read; left to itself it takes 4 MB."""


def describe(listen: ListenAddress) -> str:
    """The address as log and error messages name it."""
    if listen.socket is not None:
        return str(listen.socket)
    host = listen.bind or "any address"
    return f"[{host}]:{listen.port}" if ":" in host else f"{host}:{listen.port}"


class ListeningSocket:
    """A bound socket, removed from the file system when closed if it is there.

    Args:
        listen: Where to listen.

    Raises:
        StartupError: The address is in use, is not ours, or cannot be used.
    """

    def __init__(self, listen: ListenAddress) -> None:
        self._listen = listen
        self._identity: tuple[int, int] | None = None
        try:
            self.socket = self._bind_unix(listen.socket) if listen.socket else self._bind_tcp()
        except OSError as error:
            raise StartupError(_explain(listen, error)) from error

    @property
    def port(self) -> int:
        """The TCP port, also when a free one was asked for; 0 for a Unix socket."""
        return 0 if self._listen.socket else int(self.socket.getsockname()[1])

    def close(self) -> None:
        """Close the socket and remove its file, unless somebody else has put theirs there."""
        self.socket.close()
        path = self._listen.socket
        if path is not None and self._identity is not None:
            with contextlib.suppress(OSError):
                if _identity(path) == self._identity:
                    path.unlink()
            self._identity = None

    def _bind_tcp(self) -> socket.socket:
        bind, port = self._listen.bind, self._listen.port
        if bind is None:
            try:
                return _tcp_socket(socket.AF_INET6, ("::", port))
            except OSError as error:
                if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    raise
                bind = "0.0.0.0"  # noqa: S104  # no IPv6 here; a server is meant to be reached
        found = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = found[0]
        return _tcp_socket(family, address)

    def _bind_unix(self, path: Path) -> socket.socket:
        _make_way(path)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The file must never be there with more rights than it is to have.
        umask = os.umask(0o777)
        try:
            sock.bind(str(path))
        except OSError:
            sock.close()
            raise
        finally:
            os.umask(umask)
        path.chmod(self._listen.permissions)
        self._identity = _identity(path)
        return _listen_on(sock)


def server_tls(listen: ListenAddress) -> ssl.SSLContext | None:
    """Make the context for TLS; None for plain connections, which those on Unix sockets are.

    Raises:
        StartupError: Certificate or key cannot be read or do not fit.
    """
    if listen.tls_cert is None or listen.socket is not None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(listen.tls_cert, listen.tls_key)
    except ssl.SSLError as error:
        raise StartupError(
            f"certificate {listen.tls_cert} and key {listen.tls_key} cannot be used:"
            f" {error.reason or error}"
        ) from error
    except OSError as error:
        files = (listen.tls_cert, listen.tls_key)
        unreadable = [str(file) for file in files if file and not os.access(file, os.R_OK)]
        raise StartupError(
            f"cannot read {' and '.join(unreadable) or listen.tls_cert}: {error.strerror}"
        ) from error
    return context


def _tcp_socket(family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and address[0] == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address)
        return _listen_on(sock)
    except BaseException:
        sock.close()
        raise


def _listen_on(sock: socket.socket) -> socket.socket:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    sock.setblocking(False)
    sock.listen(BACKLOG)
    return sock


def _make_way(path: Path) -> None:
    """Remove a socket file that nobody answers on; anything else at that path is not ours."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "a file that is not a socket"
        raise StartupError(f"socket path {path} is {kind}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            raise StartupError(f"socket path {path} is in use: {error.strerror}") from error
    raise StartupError(f"socket path {path} is in use: another server answers there")


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino


def _explain(listen: ListenAddress, error: OSError) -> str:
    if listen.socket is not None:
        return f"cannot listen on the socket path {listen.socket}: {error.strerror or error}"
    address = describe(listen)
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {address}: the port is already in use"
    if error.errno == errno.EACCES:
        return f"cannot listen on {address}: not allowed; ports below 1024 need a privilege"
    return f"cannot listen on {address}: {error.strerror or error}"
