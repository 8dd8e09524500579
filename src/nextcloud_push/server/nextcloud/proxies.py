"""Which proxy a request goes through, by the variables that other programs read too.

What the variables say is read by the standard library (`urllib.request.getproxies_environment`):
``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in lower case first, and under CGI
no ``HTTP_PROXY``, which is then what a client sent as its Proxy header. It also knows the domains
that go without a proxy; what it does not know are networks (``10.0.0.0/8``), ``*.example.org``
and IPv6, and it takes ``1`` for the domain that 127.0.0.1 ends in.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # not in typeshed

import httpcore

from nextcloud_push.server.errors import InvalidSetting

__all__ = ["Proxies", "proxy_kind", "read_proxy"]

Proxies = Mapping[str, str]
"""A proxy's address by ``http``, ``https`` and ``all``; by ``no`` who is asked without one."""

_PORTS: Final = {"http": 80, "https": 443}


def proxy_kind(scheme: str, host: str, port: int, proxies: Proxies) -> str | None:
    """Name the proxy of ``proxies`` that a request goes through; None for a direct connection.

    Args:
        scheme: ``http`` or ``https``.
        host: Host of the request, an IPv6 address without brackets.
        port: Port of the request.
        proxies: What the environment says.
    """
    kind = next((kind for kind in (scheme, "all") if proxies.get(kind)), None)
    return None if kind is None or _is_exempt(host, port, proxies.get("no", "")) else kind


def read_proxy(kind: str, proxies: Proxies) -> httpcore.Proxy:
    """Read a proxy's address.

    Raises:
        InvalidSetting: It is no address of an HTTP proxy.
    """
    value, variable = proxies[kind], f"{kind.upper()}_PROXY"
    url = urlsplit(value if "://" in value else f"http://{value}")
    try:
        port = url.port
    except ValueError:
        raise InvalidSetting(variable, "the port is no number up to 65535") from None
    if url.scheme not in _PORTS or not url.hostname:
        raise InvalidSetting(variable, "must be http://[user:password@]host[:port]")
    auth = None
    if url.username is not None:
        auth = unquote_to_bytes(url.username), unquote_to_bytes(url.password or "")
    address = httpcore.URL(
        scheme=url.scheme,
        host=_ascii(variable, url.hostname),
        port=port or _PORTS[url.scheme],
        target="/",
    )
    return httpcore.Proxy(address, auth=auth)


def _ascii(variable: str, host: str) -> bytes:
    try:
        return host.encode("idna")
    except UnicodeError:
        raise InvalidSetting(variable, "the host name is not valid") from None


def _is_exempt(host: str, port: int, no_proxy: str) -> bool:
    entries = [entry.strip() for entry in no_proxy.split(",")]
    if "*" in entries:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        domains = ",".join(entry.removeprefix("*") for entry in entries)
        return bool(proxy_bypass_environment(f"{host}:{port}", {"no": domains}))
    return any(_covers(entry, address, port) for entry in entries)


def _covers(entry: str, address: IPv4Address | IPv6Address, port: int) -> bool:
    """Whether an entry of NO_PROXY is the address, or a network that it is in."""
    if entry in (f"{address}:{port}", f"[{address}]:{port}", f"[{address}]"):
        return True
    try:
        return address in ip_network(entry, strict=False)
    except ValueError:
        return False
