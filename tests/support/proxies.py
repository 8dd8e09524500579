"""nginx, Apache and Caddy from Debian's packages, set up with the documentation's own text.

A documentation page marks the block that is meant with a line ``<!-- config: NAME -->`` before its
fence. Only the addresses in it are replaced: the push server's, and the names of certificates.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import textwrap
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import trustme

from support.processes import answers, free_port, program, running, scratch
from support.websocket import TIMEOUT, Reply, WebSocket, read_head, upgrade_request

__all__ = ["KINDS", "Certificate", "Proxy", "apache", "caddy", "documented", "nginx", "proxy"]

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "nginx": "docs/how-to/run-behind-nginx.md",
    "nginx-tls": "docs/how-to/run-behind-nginx.md",
    "apache": "docs/how-to/run-behind-apache.md",
    "caddy": "docs/how-to/run-behind-caddy.md",
}
KINDS = ("nginx", "apache", "caddy")
UPSTREAM = "127.0.0.1:7867"
"""The push server's address in the documentation."""


def documented(name: str, page: str | None = None) -> str:
    """The block of configuration that a page marks with this name.

    Args:
        name: What the marker says.
        page: Path of the page; the how-to guide of that proxy without one.
    """
    text = (ROOT / (page or PAGES[name])).read_text()
    found = re.search(rf"<!-- config: {name} -->\s*```\w*\n(.*?)\n *```", text, re.DOTALL)
    assert found, f"{page or PAGES[name]} has no block marked {name}"
    block = textwrap.dedent(found[1])
    assert UPSTREAM in block, f"the block {name} does not name {UPSTREAM}"
    return block


@dataclass(frozen=True)
class Certificate:
    """A certificate of a private CA for ``localhost``.

    Args:
        chain: File with key, certificate and its chain.
        authority: File with the CA's certificate.
        context: Trusts that CA.
    """

    chain: Path
    authority: Path
    context: ssl.SSLContext

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Make a CA and a certificate in this folder."""
        authority = trustme.CA()
        made = cls(folder / "cert.pem", folder / "ca.pem", ssl.create_default_context())
        issued = authority.issue_cert("localhost", "127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(made.chain)
        authority.cert_pem.write_to_path(made.authority)
        authority.configure_trust(made.context)
        return made


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs.

    Args:
        port: Where it listens on the loopback addresses.
        tls: How to connect; None when it serves plain HTTP.
    """

    port: int
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def open(self, source: str = "") -> socket.socket:
        """Connect from this address."""
        sock = socket.create_connection(("127.0.0.1", self.port), TIMEOUT, (source, 0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls.wrap_socket(sock, server_hostname="localhost") if self.tls else sock

    def connect(self, *headers: str, path: str = "/push/ws", source: str = "") -> WebSocket:
        """Open a WebSocket to the push server behind the proxy."""
        sock = self.open(source)
        sock.sendall(upgrade_request(path, headers))
        head, rest = read_head(sock)
        assert head.startswith(b"HTTP/1.1 101 "), head
        return WebSocket(sock, rest)

    def http(self, line: str, *headers: str) -> Reply:
        """Send an HTTP request."""
        head = [f"{line} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
        received = b""
        with self.open() as sock:
            sock.sendall("\r\n".join(head).encode())
            while more := sock.recv(65536):
                received += more
        return Reply.parse(received)


@contextmanager
def nginx(
    block: str, *, certificate: Certificate | None = None, further: str = ""
) -> Iterator[Proxy]:
    """Run nginx with this ``server`` block, or with one that holds this text.

    Args:
        block: The text; it serves TLS by itself or not at all.
        certificate: Takes the place of those that the text names.
        further: Put at the end of the ``server`` block.
    """
    port = free_port()
    server = block if block.startswith("server {") else f"server {{\nlisten 443;\n{block}}}\n"
    server = server.replace("[::]:443", f"[::1]:{port}")
    server = server.replace("listen 443", f"listen 127.0.0.1:{port}")
    if certificate is not None:
        server = re.sub(r"/etc/ssl/[^;]+", str(certificate.chain), server)
    server = server[: server.rindex("}")] + further + "}"
    with scratch() as folder:
        temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        config = f"""
            daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;
            events {{ worker_connections 1024; }}
            http {{
                access_log off;
                {" ".join(f"{name}_temp_path {folder}/{name};" for name in temporary)}
                {server}
            }}
        """
        command = [program("nginx"), "-e", "stderr", "-p", str(folder), "-c"]
        command.append(_written(folder / "nginx.conf", config))
        with running(command, lambda: answers(port)):
            yield Proxy(port, certificate.context if certificate else None)


@contextmanager
def apache(block: str, *, certificate: Certificate | None = None) -> Iterator[Proxy]:
    """Run Apache with this text in its ``<VirtualHost>``."""
    port = free_port()
    modules = ["mpm_event", "authz_core", "headers", "proxy", "proxy_http", "proxy_wstunnel"]
    modules += ["rewrite", "ssl"]
    load = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules]
    tls = f"SSLEngine on\nSSLCertificateFile {certificate.chain}" if certificate else ""
    with scratch() as folder:
        owner = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
        config = "\n".join([
            *load, owner, f"ServerRoot {folder}", f"DefaultRuntimeDir {folder}",
            f"PidFile {folder}/pid", "ErrorLog /dev/stderr", "ServerName localhost",
            f"Listen 127.0.0.1:{port}", f"<VirtualHost *:{port}>", tls, block, "</VirtualHost>\n",
        ])  # fmt: skip
        # One process, so that it can be killed: asked to end while a WebSocket is being closed,
        # it may take ten seconds.
        command = [program("apache2"), "-X", "-f", _written(folder / "apache.conf", config)]
        with running(command, lambda: answers(port)) as process:
            try:
                yield Proxy(port, certificate.context if certificate else None)
            finally:
                process.kill()


@contextmanager
def caddy(block: str, *, certificate: Certificate | None = None) -> Iterator[Proxy]:
    """Run Caddy with this text in its site block."""
    port = free_port()
    tls = f"tls {certificate.chain} {certificate.chain}" if certificate else ""
    with scratch() as folder:
        config = f"""
            {{
                admin off
                auto_https off
            }}
            {"https" if certificate else "http"}://:{port} {{
                bind 127.0.0.1
                {tls}
                {block}
            }}
        """
        command = [program("caddy"), "run", "--adapter", "caddyfile", "--config"]
        command.append(_written(folder / "Caddyfile", config))
        places = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        with running(command, lambda: answers(port), env=os.environ | places):
            yield Proxy(port, certificate.context if certificate else None)


def proxy(
    kind: str, upstream: str, *, certificate: Certificate | None = None, keep_prefix: bool = False
) -> AbstractContextManager[Proxy]:
    """Run a proxy as its page says.

    Args:
        kind: One of ``KINDS``.
        upstream: Address of the push server, as the block takes it.
        certificate: Serve TLS with this one.
        keep_prefix: Pass ``/push`` on, as other people's configurations do.
    """
    run = {"nginx": nginx, "apache": apache, "caddy": caddy}[kind]
    block = documented("nginx-tls" if kind == "nginx" and certificate else kind)
    if keep_prefix:
        kept = block.replace(f"{UPSTREAM}/", f"{UPSTREAM}/push/").replace("handle_path", "handle")
        assert kept != block
        block = kept
    return run(block.replace(UPSTREAM, upstream), certificate=certificate)


def _written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)
