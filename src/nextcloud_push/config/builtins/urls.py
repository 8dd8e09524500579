"""Functions on URLs, and ``filter_var``."""

from __future__ import annotations

import html
import ipaddress
import re
from urllib.parse import quote, quote_plus, unquote_plus, unquote_to_bytes

from nextcloud_push.config.conversions import array_key, numeric_string, to_bytes, to_float
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import (
    INT_MAX,
    INT_MIN,
    NotEvaluable,
    PhpArray,
    Ref,
    Unknown,
    Value,
)

_URL = re.compile(
    rb"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?=//|[^0-9]|\d+[^\d/?#]|\d{6}))?"
    rb"(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_HOST_PORT = re.compile(
    rb"(?P<host>[^:/?#]+):(?P<port>\d{1,5})(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?\Z"
)
_PARTS = (b"scheme", b"host", b"port", b"user", b"pass", b"path", b"query", b"fragment")


def _split_url(url: bytes) -> dict[bytes, Value] | None:
    """The parts of a URL by name; None when it is seriously malformed."""
    found: dict[bytes, Value] = {}
    bare = _HOST_PORT.match(url)
    if bare and b"//" not in url.partition(b"?")[0]:
        groups = {name.encode(): text for name, text in bare.groupdict().items() if text}
        return _with_port(groups)
    match = _URL.fullmatch(url)
    assert match is not None  # every part is optional, and the last takes the rest
    groups = {name.encode(): text for name, text in match.groupdict().items() if text is not None}
    authority = groups.pop(b"authority", None)
    if authority is not None:
        parts = _split_authority(authority)
        if parts is None and groups.get(b"scheme") != b"file":
            return None
        groups.update(parts or {})
    if not groups.get(b"path"):
        groups.pop(b"path", None)
        if not groups and url == b"":
            groups[b"path"] = b""
    found = _with_port(groups) or {}
    return None if b"port" in groups and b"port" not in found else found


def _split_authority(authority: bytes) -> dict[bytes, bytes] | None:
    parts: dict[bytes, bytes] = {}
    login, at, place = authority.rpartition(b"@")
    if at:
        user, colon, password = login.partition(b":")
        parts[b"user"] = user
        if colon:
            parts[b"pass"] = password
    match = re.fullmatch(rb"(\[[^\]]*\]|[^:]*|.*?)(?::(\d*))?", place, re.DOTALL)
    if match is None or not match[1] or (b":" in match[1] and not match[1].startswith(b"[")):
        return None
    parts[b"host"] = match[1]
    if match[2]:
        parts[b"port"] = match[2]
    return parts


def _with_port(groups: dict[bytes, bytes]) -> dict[bytes, Value] | None:
    made: dict[bytes, Value] = {}
    for name in _PARTS:
        text = groups.get(name)
        if text is None:
            continue
        if name != b"port":
            made[name] = re.sub(rb"[\x00-\x1f\x7f]", b"_", text)
        elif len(text) > 5 or int(text) > 65535:
            return None
        else:
            made[name] = int(text)
    return made


@builtin()
def _parse_url(it: Interpreter, url: bytes, component: int = -1) -> Value:
    parts = _split_url(url)
    if parts is None:
        return False
    if component >= 0:
        return parts.get(_PARTS[component]) if component < len(_PARTS) else False
    made = PhpArray()
    for name, value in parts.items():
        made.set(name, value)
    return made


@builtin()
def _rawurlencode(it: Interpreter, string: bytes) -> Value:
    return quote(string, safe="~").encode()


@builtin()
def _urlencode(it: Interpreter, string: bytes) -> Value:
    return quote_plus(string, safe="").replace("~", "%7E").encode()


@builtin()
def _rawurldecode(it: Interpreter, string: bytes) -> Value:
    return unquote_to_bytes(string)


@builtin()
def _urldecode(it: Interpreter, string: bytes) -> Value:
    return unquote_to_bytes(string.replace(b"+", b" "))


@builtin("htmlspecialchars", "htmlentities")
def _htmlspecialchars(it: Interpreter, string: bytes, flags: int = 11) -> Value:
    text = html.escape(string.decode("utf-8", "replace"))
    return text.replace("&#x27;", "&#039;").encode()


@builtin()
def _http_build_query(
    it: Interpreter, data: PhpArray, numeric_prefix: bytes = b"", arg_separator: bytes | None = None
) -> Value:
    pieces: list[bytes] = []
    for key, value in data.pairs():
        name = to_bytes(key) if isinstance(key, bytes) else numeric_prefix + to_bytes(key)
        pieces.extend(_query_pieces(quote_plus(name).encode(), value))
    return (arg_separator or b"&").join(pieces)


def _query_pieces(name: bytes, value: Value) -> list[bytes]:
    if value is None:
        return []
    if isinstance(value, PhpArray):
        return [
            piece
            for key, item in value.pairs()
            for piece in _query_pieces(
                name + b"%5B" + quote_plus(to_bytes(key)).encode() + b"%5D", item
            )
        ]
    text = b"0" if value is False else to_bytes(value)
    return [name + b"=" + quote_plus(text).encode()]


@builtin()
def _parse_str(it: Interpreter, string: bytes, result: Ref) -> Value:
    made = PhpArray()
    for piece in string.split(b"&"):
        name, _, text = piece.partition(b"=")
        name = unquote_to_bytes(name.replace(b"+", b" "))
        if b"[" in name:
            raise NotEvaluable(Unknown(None, "parse_str() with arrays cannot be evaluated"))
        if name:
            key = array_key(name.replace(b".", b"_").replace(b" ", b"_"))
            made.set(key, unquote_plus(text.decode("latin-1"), "latin-1").encode("latin-1"))
    result.value = made
    return None


_TRUE = frozenset({b"1", b"true", b"on", b"yes"})
_FALSE = frozenset({b"0", b"false", b"off", b"no", b""})
_NULL_ON_FAILURE = 134217728


def _filter_bool(text: bytes) -> Value:
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _filter_int(text: bytes) -> Value:
    word = text.strip(b" \t\n\r\v\0")
    if not re.fullmatch(rb"[+-]?(0|[1-9][0-9]{0,18})", word):
        return None
    return int(word) if INT_MIN <= int(word) <= INT_MAX else None


def _filter_float(text: bytes) -> Value:
    number = numeric_string(text)
    return None if number is None else to_float(number)


def _filter_ip(text: bytes, flags: int) -> Value:
    try:
        address = ipaddress.ip_address(text.decode("ascii"))
    except ValueError:
        return None
    wanted = {4: 1048576, 6: 2097152}
    if flags & sum(wanted.values()) and not flags & wanted[address.version]:
        return None
    return None if b"%" in text else text


def _filter_url(text: bytes) -> Value:
    parts = _split_url(text)
    complete = parts is not None and parts.get(b"scheme") and parts.get(b"host")
    host = (parts or {}).get(b"host")
    if not complete or not isinstance(host, bytes) or not re.fullmatch(rb"[\x21-\x7e]+", text):
        return None
    name = re.fullmatch(rb"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?", host)
    return text if name else None


@builtin()
def _filter_var(it: Interpreter, value: Value, filter: int = 516, options: Value = 0) -> Value:
    flags, fallback = 0, None
    if isinstance(options, int):
        flags = options
    elif isinstance(options, PhpArray):
        given, inner = options.get(b"flags"), options.get(b"options")
        flags = given if isinstance(given, int) else 0
        if isinstance(inner, PhpArray):
            if set(dict(inner.pairs())) - {b"default"}:
                raise NotEvaluable(Unknown(None, "these options of filter_var() are not supported"))
            fallback = inner.get(b"default")
    if isinstance(value, PhpArray):
        result: Value = None
    else:
        result = _filtered(filter, to_bytes(value), flags)
    if result is None:
        if fallback is not None:
            return fallback
        return None if flags & _NULL_ON_FAILURE else False
    return result


def _filtered(kind: int, text: bytes, flags: int) -> Value:
    if kind == 257:
        return _filter_int(text)
    if kind == 258:
        return _filter_bool(text)
    if kind == 259:
        return _filter_float(text)
    if kind == 273:
        return _filter_url(text)
    if kind == 275:
        return _filter_ip(text, flags)
    if kind == 516:
        return text
    raise NotEvaluable(Unknown(None, f"filter {kind} of filter_var() cannot be evaluated"))
