"""Digests: ``hash`` and its kin.

What hashlib and the package ``xxhash`` offer, and the checksums that are a few lines; the other
algorithms of PHP are known by name, and their results are unknown.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import zlib
from collections.abc import Callable

from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import NotEvaluable, PhpArray, Thrown, Unknown, Value

_CRYPTOGRAPHIC = [
    *("md2", "md4", "md5", "sha1", "sha224", "sha256", "sha384", "sha512/224", "sha512/256"),
    *("sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512", "ripemd128", "ripemd160"),
    *("ripemd256", "ripemd320", "whirlpool", "tiger128,3", "tiger160,3", "tiger192,3"),
    *("tiger128,4", "tiger160,4", "tiger192,4", "snefru", "snefru256", "gost", "gost-crypto"),
]
_CHECKSUMS = [
    *("adler32", "crc32", "crc32b", "crc32c", "fnv132", "fnv1a32", "fnv164", "fnv1a64", "joaat"),
    *("murmur3a", "murmur3c", "murmur3f", "xxh32", "xxh64", "xxh3", "xxh128"),
]
_HAVAL = [f"haval{bits},{passes}" for passes in (3, 4, 5) for bits in (128, 160, 192, 224, 256)]
_XXHASH = {"xxh32": "xxh32", "xxh64": "xxh64", "xxh3": "xxh3_64", "xxh128": "xxh3_128"}


def _crc(data: bytes, table: tuple[int, ...]) -> int:
    """A cyclic redundancy check whose bits run from the lowest."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


@functools.cache
def _castagnoli() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _crc32(data: bytes) -> bytes:
    """As bzip2 has it: the bits run from the highest. PHP writes the lowest byte first."""
    crc = zlib.crc32(data.translate(_MIRROR))
    return crc.to_bytes(4, "big").translate(_MIRROR)


def _fnv(data: bytes, bits: int, *, xor_first: bool) -> bytes:
    prime, value = (0x01000193, 0x811C9DC5) if bits == 32 else (0x100000001B3, 0xCBF29CE484222325)
    mask = (1 << bits) - 1
    for byte in data:
        if xor_first:  # noqa: SIM108 - one line would hide the order
            value = (value ^ byte) * prime & mask
        else:
            value = (value * prime & mask) ^ byte
    return value.to_bytes(bits // 8, "big")


def _joaat(data: bytes) -> bytes:
    """Bob Jenkins's one at a time."""
    value = 0
    for byte in data:
        value = (value + byte) * 1025 & 0xFFFFFFFF
        value ^= value >> 6
    value = value * 9 & 0xFFFFFFFF
    value ^= value >> 11
    return (value * 32769 & 0xFFFFFFFF).to_bytes(4, "big")


_OWN: dict[str, Callable[[bytes], bytes]] = {
    "adler32": lambda data: zlib.adler32(data).to_bytes(4, "big"),
    "crc32": _crc32,
    "crc32b": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": lambda data: _crc(data, _castagnoli()).to_bytes(4, "big"),
    "fnv132": lambda data: _fnv(data, 32, xor_first=False),
    "fnv1a32": lambda data: _fnv(data, 32, xor_first=True),
    "fnv164": lambda data: _fnv(data, 64, xor_first=False),
    "fnv1a64": lambda data: _fnv(data, 64, xor_first=True),
    "joaat": _joaat,
}


def _unknown(name: str) -> NotEvaluable:
    return NotEvaluable(Unknown(None, f"the algorithm “{name}” of hash() cannot be evaluated"))


def _hashlib_name(name: str) -> str:
    """What hashlib calls an algorithm.

    Raises:
        NotEvaluable: It has none such.
    """
    own = name.replace("/", "_").replace("-", "_")
    try:
        hashlib.new(own, usedforsecurity=False)
    except ValueError:
        raise _unknown(name) from None
    return own


def _digest(name: str, data: bytes) -> bytes:
    if name in _OWN:
        return _OWN[name](data)
    if name in _XXHASH:
        try:
            import xxhash  # only for those who ask for it
        except ImportError:
            raise _unknown(name) from None
        made: bytes = getattr(xxhash, _XXHASH[name])(data).digest()
        return made
    return hashlib.new(_hashlib_name(name), data, usedforsecurity=False).digest()


def _name(algo: bytes, known: list[str], function: str, kind: str) -> str:
    name = algo.decode("ascii", "replace").lower()
    if name not in known:
        fault = f"{function}(): Argument #1 ($algo) must be a valid {kind} algorithm"
        raise Thrown.of("ValueError", fault)
    return name


def _shown(raw: bytes, *, binary: bool) -> bytes:
    return raw if binary else raw.hex().encode()


@builtin()
def _hash(
    it: Interpreter,
    algo: bytes,
    data: bytes,
    binary: bool = False,
    options: PhpArray | None = None,
) -> Value:
    name = _name(algo, [*_CRYPTOGRAPHIC, *_CHECKSUMS, *_HAVAL], "hash", "hashing")
    if options is not None and len(options):
        raise NotEvaluable(Unknown(None, "options of hash() cannot be evaluated"))
    return _shown(_digest(name, data), binary=binary)


@builtin()
def _hash_hmac(
    it: Interpreter, algo: bytes, data: bytes, key: bytes, binary: bool = False
) -> Value:
    name = _name(algo, [*_CRYPTOGRAPHIC, *_HAVAL], "hash_hmac", "cryptographic hashing")
    return _shown(hmac.new(key, data, _hashlib_name(name)).digest(), binary=binary)


@builtin()
def _hash_algos(it: Interpreter) -> Value:
    return _list([*_CRYPTOGRAPHIC, *_CHECKSUMS, *_HAVAL])


@builtin()
def _hash_hmac_algos(it: Interpreter) -> Value:
    return _list([*_CRYPTOGRAPHIC, *_HAVAL])


def _list(names: list[str]) -> PhpArray:
    return PhpArray.of([name.encode() for name in names])


@builtin()
def _hash_equals(it: Interpreter, known_string: bytes, user_string: bytes) -> Value:
    return known_string == user_string


@builtin()
def _md5(it: Interpreter, string: bytes, binary: bool = False) -> Value:
    return _shown(hashlib.md5(string, usedforsecurity=False).digest(), binary=binary)


@builtin()
def _sha1(it: Interpreter, string: bytes, binary: bool = False) -> Value:
    return _shown(hashlib.sha1(string, usedforsecurity=False).digest(), binary=binary)


@builtin("crc32")
def _crc32_number(it: Interpreter, string: bytes) -> Value:
    return zlib.crc32(string)
