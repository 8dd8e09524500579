"""Functions that encode and classify strings."""

from __future__ import annotations

import base64
import binascii
import re

from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import Value


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
