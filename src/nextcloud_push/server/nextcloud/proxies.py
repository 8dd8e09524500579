"""Which proxy a request goes through, by the variables that other programs read too.

``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in lower case first.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_to_bytes, urlsplit

import httpcore

from nextcloud_push.server.errors import InvalidSetting

__all__ = ["proxy_for", "proxy_variable"]


def proxy_variable(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> str | None:
    """Name the variable whose proxy a request goes through; None for a direct connection.

    Args:
        scheme: ``http`` or ``https``.
        host: Host of the request, an IPv6 address without brackets.
        port: Port of the request.
        environ: The environment.
    """
    if _is_exempt(host.lower(), port, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    names = [f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"]
    if "REQUEST_METHOD" in environ:
        # Under CGI, HTTP_PROXY is what a client sent as its Proxy header (httpoxy).
        names.remove("HTTP_PROXY") if scheme == "http" else None
    return next((name for name in names if environ.get(name)), None)


def proxy_for(variable: str, environ: Mapping[str, str]) -> httpcore.Proxy:
    """Read a proxy's address from a variable.

    Raises:
        InvalidSetting: The value is no address of an HTTP proxy.
    """
    value = environ[variable]
    url = urlsplit(value if "://" in value else f"http://{value}")
    try:
        port = url.port
    except ValueError:
        raise InvalidSetting(variable, "the port is no number up to 65535") from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidSetting(variable, "must be http://[user:password@]host[:port]")
    auth = None
    if url.username is not None:
        auth = unquote_to_bytes(url.username), unquote_to_bytes(url.password or "")
    address = httpcore.URL(
        scheme=url.scheme,
        host=_ascii(variable, url.hostname),
        port=port or {"http": 80, "https": 443}[url.scheme],
        target="/",
    )
    return httpcore.Proxy(address, auth=auth)


def _ascii(variable: str, host: str) -> bytes:
    try:
        return host.encode("idna")
    except UnicodeError:
        raise InvalidSetting(variable, "the host name is not valid") from None


def _is_exempt(host: str, port: int, no_proxy: str) -> bool:
    return any(_covers(entry.strip().lower(), host, port) for entry in no_proxy.split(","))


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY names the host: ``*``, a domain, an address, a network."""
    if entry == "*":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        name, _, wanted = entry.partition(":")
        name = name.removeprefix("*").removeprefix(".")
        belongs = bool(name) and (host == name or host.endswith(f".{name}"))
        return belongs and wanted in ("", str(port))
    if entry in (f"{address}:{port}", f"[{address}]:{port}", f"[{address}]"):
        return True
    try:
        return address in ip_network(entry, strict=False)
    except ValueError:
        return False
