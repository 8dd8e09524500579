"""Functions that encode, digest and classify strings."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import zlib

from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import Thrown, Value


@builtin()
def _addslashes(it: Interpreter, string: bytes) -> Value:
    return re.sub(rb"(['\"\\])", rb"\\\1", string).replace(b"\0", b"\\0")


@builtin()
def _stripslashes(it: Interpreter, string: bytes) -> Value:
    return re.sub(rb"\\(.?)", lambda m: b"\0" if m[1] == b"0" else m[1], string, flags=re.DOTALL)


@builtin()
def _chr(it: Interpreter, codepoint: int) -> Value:
    return bytes([codepoint % 256])


@builtin()
def _ord(it: Interpreter, character: bytes) -> Value:
    return character[0] if character else 0


@builtin()
def _bin2hex(it: Interpreter, string: bytes) -> Value:
    return string.hex().encode()


@builtin()
def _hex2bin(it: Interpreter, string: bytes) -> Value:
    try:
        return binascii.unhexlify(string)
    except binascii.Error:
        return False


@builtin()
def _base64_encode(it: Interpreter, string: bytes) -> Value:
    return base64.b64encode(string)


@builtin()
def _base64_decode(it: Interpreter, string: bytes, strict: bool = False) -> Value:
    alphabet = rb"A-Za-z0-9+/"
    if strict and not re.fullmatch(rb"[%s\s]*={0,2}\s*" % alphabet, string):
        return False
    digits = re.sub(rb"[^%s]" % alphabet, b"", string)
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return base64.b64decode(digits + b"=" * (-len(digits) % 4))


_HASHES = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


def _hash_name(it: Interpreter, algo: bytes) -> str:
    name = algo.decode("ascii", "replace").lower()
    if name not in _HASHES:
        raise Thrown.of(
            "ValueError", "hash(): Argument #1 ($algo) must be a valid hashing algorithm"
        )
    return name


def _digest(raw: bytes, *, binary: bool) -> bytes:
    return raw if binary else raw.hex().encode()


@builtin()
def _hash(it: Interpreter, algo: bytes, data: bytes, binary: bool = False) -> Value:
    if algo.lower() == b"crc32b":
        return _digest(zlib.crc32(data).to_bytes(4, "big"), binary=binary)
    digest = hashlib.new(_hash_name(it, algo), data, usedforsecurity=False).digest()
    return _digest(digest, binary=binary)


@builtin()
def _hash_hmac(
    it: Interpreter, algo: bytes, data: bytes, key: bytes, binary: bool = False
) -> Value:
    return _digest(hmac.new(key, data, _hash_name(it, algo)).digest(), binary=binary)


@builtin()
def _hash_equals(it: Interpreter, known_string: bytes, user_string: bytes) -> Value:
    return known_string == user_string


@builtin()
def _md5(it: Interpreter, string: bytes, binary: bool = False) -> Value:
    return _digest(hashlib.md5(string, usedforsecurity=False).digest(), binary=binary)


@builtin()
def _sha1(it: Interpreter, string: bytes, binary: bool = False) -> Value:
    return _digest(hashlib.sha1(string, usedforsecurity=False).digest(), binary=binary)


@builtin()
def _crc32(it: Interpreter, string: bytes) -> Value:
    return zlib.crc32(string)


def _register_character_classes() -> None:
    punctuation = rb"[!-/:-@\[-`{-~]+"
    for name, pattern in (
        ("alnum", rb"[A-Za-z0-9]+"),
        ("alpha", rb"[A-Za-z]+"),
        ("digit", rb"[0-9]+"),
        ("lower", rb"[a-z]+"),
        ("upper", rb"[A-Z]+"),
        ("punct", punctuation),
        ("space", rb"[ \t\n\r\v\f]+"),
        ("xdigit", rb"[0-9A-Fa-f]+"),
    ):

        def check(it: Interpreter, text: Value, *, pattern: bytes = pattern) -> Value:
            return isinstance(text, bytes) and re.fullmatch(pattern, text) is not None

        builtin(f"ctype_{name}")(check)


_register_character_classes()
