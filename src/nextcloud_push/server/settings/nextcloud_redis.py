"""What Nextcloud's configuration says about Redis."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import Final

from nextcloud_push.server.settings.model import Redis, RedisNode, Tls
from nextcloud_push.server.settings.nextcloud_keys import Keys

__all__ = ["read_redis"]

_PORT: Final = 6379
_SCHEME: Final = re.compile(r"(?:([a-z+]+)://)?(.*)", re.IGNORECASE | re.DOTALL)
_TLS_SCHEMES: Final = frozenset({"tls", "rediss", "ssl"})
_ADDRESS: Final = re.compile(r"(?:\[([^\]]+)\]|([^:/]+))(?::(\d{0,5}))?/?")


def read_redis(keys: Keys) -> Redis:
    """Find the Redis that the app publishes to.

    ``notify_push_redis`` wins over ``redis.cluster``, which wins over ``redis``.

    Raises:
        ConfigFileError: A value is of the wrong type, or could not be evaluated.
    """
    own = keys.array("notify_push_redis")
    if own is not None and any(True for _ in own):
        cluster = own.array("cluster")
        return _cluster(cluster, own) if cluster is not None else _single(own)
    if keys.is_array("redis.cluster"):
        cluster = keys.array("redis.cluster")
        assert cluster is not None
        return _cluster(cluster, None)
    single = keys.array("redis")
    return Redis(nodes=(RedisNode(),)) if single is None else _single(single)


def _single(keys: Keys) -> Redis:
    host = keys.text("host") or "127.0.0.1"
    port = keys.integer("port", most=65535) or None
    encrypted, node = _node(keys, "host", host, port)
    user, password = _login(keys)
    redis = Redis(
        nodes=(node,),
        user=user,
        password=password,
        db=keys.integer("dbindex", most=2**31 - 1) or 0,
        tls=_tls(keys, encrypted=encrypted),
    )
    return _with_timeout(keys, redis)


def _cluster(keys: Keys, outer: Keys | None) -> Redis:
    seeds = keys.array("seeds")
    nodes, encrypted = [], False
    for index in seeds or ():
        assert seeds is not None
        seed = seeds.text(index)
        if seed is None:
            continue
        seed_encrypted, node = _node(seeds, index, seed, None)
        encrypted = encrypted or seed_encrypted
        nodes.append(node)
    if not nodes:
        raise keys.error("seeds", "names no server, expected an array of “host:port”")
    user, password = _login(keys)
    if user is None and password is None and outer is not None:
        user, password = _login(outer)
    redis = Redis(
        nodes=tuple(nodes),
        mode="cluster",
        user=user,
        password=password,
        tls=_tls(keys, encrypted=encrypted),
    )
    return _with_timeout(keys, redis)


def _with_timeout(keys: Keys, redis: Redis) -> Redis:
    timeout = keys.seconds("timeout")  # 0 is for ever in PHP; the default is long enough
    return redis if timeout is None else replace(redis, timeout=timeout)


def _node(keys: Keys, key: str, text: str, port: int | None) -> tuple[bool, RedisNode]:
    """Whether an address asks for TLS, and the address."""
    match = _SCHEME.fullmatch(text)
    assert match is not None  # everything in it is optional
    scheme, address = (match[1] or "").lower(), match[2]
    if scheme == "unix" or address.startswith("/"):
        return False, RedisNode(socket=address)
    encrypted = scheme in _TLS_SCHEMES
    if _is_ipv6(address):
        return encrypted, RedisNode(address, port or _PORT)
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found[3] or 0) > 65535:
        raise keys.error(key, "is no address, expected “host”, “host:port” or a path")
    return encrypted, RedisNode(found[1] or found[2], port or int(found[3] or 0) or _PORT)


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _login(keys: Keys) -> tuple[str | None, str | None]:
    """User and password; PHP's extension also takes both as an array."""
    if keys.is_array("password"):
        both = keys.array("password")
        assert both is not None
        parts = [both.secret(key) for key in both]
        if len(parts) == 2:
            return parts[0], parts[1]
        return None, parts[0] if parts else None
    return keys.secret("user"), keys.secret("password")


def _tls(keys: Keys, *, encrypted: bool) -> Tls | None:
    context = keys.array("ssl_context")
    if context is None:
        return Tls() if encrypted else None
    return Tls(
        ca=context.file("cafile"),
        cert=context.file("local_cert"),
        key=context.file("local_pk"),
        verify=context.flag("verify_peer") is not False,
        check_hostname=context.flag("verify_peer_name") is not False,
    )
