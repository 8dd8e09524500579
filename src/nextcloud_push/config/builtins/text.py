"""Functions on strings, which are bytes."""

from __future__ import annotations

import re

from nextcloud_push.config.comparison import natural_order
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import PhpArray, Thrown, Value

_BLANK = b" \n\r\t\v\0"


def _characters(mask: bytes) -> bytes:
    """The characters of a mask with ranges like ``a..z``."""

    def spread(match: re.Match[bytes]) -> bytes:
        first, last = match[0][0], match[0][-1]
        return bytes(range(first, last + 1)) if first <= last else match[0]

    return re.sub(rb".\.\..", spread, mask, flags=re.DOTALL)


@builtin()
def _trim(it: Interpreter, string: bytes, characters: bytes = _BLANK) -> Value:
    return string.strip(_characters(characters))


@builtin()
def _ltrim(it: Interpreter, string: bytes, characters: bytes = _BLANK) -> Value:
    return string.lstrip(_characters(characters))


@builtin("rtrim", "chop")
def _rtrim(it: Interpreter, string: bytes, characters: bytes = _BLANK) -> Value:
    return string.rstrip(_characters(characters))


@builtin()
def _explode(it: Interpreter, separator: bytes, string: bytes, limit: int = 2**63 - 1) -> Value:
    if not separator:
        raise Thrown.of("ValueError", "explode(): Argument #1 ($separator) cannot be empty")
    if limit > 0:
        return PhpArray.of(list[Value](string.split(separator, min(limit, len(string) + 1) - 1)))
    parts: list[Value] = list(string.split(separator))
    return PhpArray.of(parts[:limit] if limit < 0 else [string])


@builtin("implode", "join")
def _implode(it: Interpreter, separator: Value, array: PhpArray | None = None) -> Value:
    glue = b""
    if isinstance(separator, PhpArray):
        array = separator
    else:
        glue = to_bytes(separator)
    if array is None:
        raise Thrown.of(
            "TypeError", "implode(): Argument #1 ($array) must be of type array, string given"
        )
    parts = [to_bytes(value) for value in array.values()]
    return glue.join(parts)


def _replace(it: Interpreter, search: Value, by: Value, subject: Value, *, fold: bool) -> Value:
    if isinstance(subject, PhpArray):
        made = PhpArray()
        for key, item in subject.pairs():
            made.set(key, _replace(it, search, by, to_bytes(item), fold=fold))
        return made
    text = to_bytes(subject)
    for old, new in _replacements(search, by):
        if old:
            text = _replace_one(it, text, old, new, fold=fold)
    return text


def _replacements(search: Value, by: Value) -> list[tuple[bytes, bytes]]:
    if not isinstance(search, PhpArray):
        return [(to_bytes(search), to_bytes(by))]
    olds = [to_bytes(value) for value in search.values()]
    if not isinstance(by, PhpArray):
        return [(old, to_bytes(by)) for old in olds]
    news = [to_bytes(value) for value in by.values()]
    return list(zip(olds, news + [b""] * (len(olds) - len(news)), strict=False))


def _replace_one(it: Interpreter, text: bytes, old: bytes, new: bytes, *, fold: bool) -> bytes:
    pattern = re.compile(re.escape(old), re.IGNORECASE) if fold else None
    return pattern.sub(lambda _: new, text) if pattern else text.replace(old, new)


@builtin()
def _str_replace(it: Interpreter, search: Value, replace: Value, subject: Value) -> Value:
    return _replace(it, search, replace, subject, fold=False)


@builtin()
def _str_ireplace(it: Interpreter, search: Value, replace: Value, subject: Value) -> Value:
    return _replace(it, search, replace, subject, fold=True)


@builtin()
def _strtr(it: Interpreter, string: bytes, from_: Value, to: bytes | None = None) -> Value:
    if to is not None:
        pairs = dict(zip(to_bytes(from_), to, strict=False))
        return bytes(pairs.get(byte, byte) for byte in string)
    if not isinstance(from_, PhpArray):
        raise Thrown.of(
            "TypeError", "strtr(): Argument #2 ($from) must be of type array, string given"
        )
    table = {to_bytes(key): to_bytes(value) for key, value in from_.pairs() if key != b""}
    if not table:
        return string
    longest_first = sorted(table, key=len, reverse=True)
    pattern = re.compile(b"|".join(map(re.escape, longest_first)))
    return pattern.sub(lambda match: table[match[0]], string)


@builtin()
def _strtolower(it: Interpreter, string: bytes) -> Value:
    return string.lower()


@builtin()
def _strtoupper(it: Interpreter, string: bytes) -> Value:
    return string.upper()


@builtin("mb_strtolower")
def _mb_lower(it: Interpreter, string: bytes, encoding: bytes | None = None) -> Value:
    return string.decode("utf-8", "replace").lower().encode()


@builtin("mb_strtoupper")
def _mb_upper(it: Interpreter, string: bytes, encoding: bytes | None = None) -> Value:
    return string.decode("utf-8", "replace").upper().encode()


@builtin()
def _ucfirst(it: Interpreter, string: bytes) -> Value:
    return string[:1].upper() + string[1:]


@builtin()
def _lcfirst(it: Interpreter, string: bytes) -> Value:
    return string[:1].lower() + string[1:]


@builtin()
def _ucwords(it: Interpreter, string: bytes, separators: bytes = b" \t\r\n\f\v") -> Value:
    made = bytearray(string)
    for index in range(len(made)):
        if index == 0 or made[index - 1] in separators:
            made[index : index + 1] = bytes(made[index : index + 1]).upper()
    return bytes(made)


@builtin()
def _strlen(it: Interpreter, string: bytes) -> Value:
    return len(string)


@builtin()
def _mb_strlen(it: Interpreter, string: bytes, encoding: bytes | None = None) -> Value:
    return len(string.decode("utf-8", "replace"))


@builtin()
def _str_contains(it: Interpreter, haystack: bytes, needle: bytes) -> Value:
    return needle in haystack


@builtin()
def _str_starts_with(it: Interpreter, haystack: bytes, needle: bytes) -> Value:
    return haystack.startswith(needle)


@builtin()
def _str_ends_with(it: Interpreter, haystack: bytes, needle: bytes) -> Value:
    return haystack.endswith(needle)


def _cut(size: int, offset: int, length: int | None) -> tuple[int, int]:
    """First and last index of what PHP's offset and length mean."""
    start = min(offset, size) if offset >= 0 else max(size + offset, 0)
    if length is None:
        return start, size
    return start, min(start + length, size) if length >= 0 else max(size + length, start)


@builtin()
def _substr(it: Interpreter, string: bytes, offset: int, length: int | None = None) -> Value:
    first, last = _cut(len(string), offset, length)
    return string[first:last]


@builtin()
def _mb_substr(
    it: Interpreter,
    string: bytes,
    start: int,
    length: int | None = None,
    encoding: bytes | None = None,
) -> Value:
    decoded = string.decode("utf-8", "replace")
    first, last = _cut(len(decoded), start, length)
    return decoded[first:last].encode()


def _find(name: str, haystack: bytes, needle: bytes, offset: int, *, last: bool = False) -> Value:
    if not -len(haystack) <= offset <= len(haystack):
        raise Thrown.of(
            "ValueError",
            f"{name}(): Argument #3 ($offset) must be contained in argument #1 ($haystack)",
        )
    if not last:
        found = haystack.find(needle, offset % len(haystack) if offset < 0 else offset)
    elif offset < 0:
        found = haystack.rfind(needle, 0, len(haystack) + offset + len(needle))
    else:
        found = haystack.rfind(needle, offset)
    return False if found < 0 else found


@builtin("strpos", "mb_strpos")
def _strpos(it: Interpreter, haystack: bytes, needle: bytes, offset: int = 0) -> Value:
    return _find("strpos", haystack, needle, offset)


@builtin()
def _stripos(it: Interpreter, haystack: bytes, needle: bytes, offset: int = 0) -> Value:
    return _find("stripos", haystack.lower(), needle.lower(), offset)


@builtin()
def _strrpos(it: Interpreter, haystack: bytes, needle: bytes, offset: int = 0) -> Value:
    return _find("strrpos", haystack, needle, offset, last=True)


def _part(haystack: bytes, position: int, *, before: bool) -> Value:
    if position < 0:
        return False
    return haystack[:position] if before else haystack[position:]


@builtin()
def _strstr(it: Interpreter, haystack: bytes, needle: bytes, before_needle: bool = False) -> Value:
    return _part(haystack, haystack.find(needle), before=before_needle)


@builtin()
def _stristr(it: Interpreter, haystack: bytes, needle: bytes, before_needle: bool = False) -> Value:
    return _part(haystack, haystack.lower().find(needle.lower()), before=before_needle)


@builtin()
def _strrchr(it: Interpreter, haystack: bytes, needle: bytes) -> Value:
    return _part(haystack, haystack.rfind(needle[:1]), before=False)


@builtin()
def _substr_count(it: Interpreter, haystack: bytes, needle: bytes) -> Value:
    if not needle:
        raise Thrown.of("ValueError", "substr_count(): Argument #2 ($needle) cannot be empty")
    return haystack.count(needle)


@builtin()
def _str_repeat(it: Interpreter, string: bytes, times: int) -> Value:
    if times < 0:
        raise Thrown.of(
            "ValueError", "str_repeat(): Argument #2 ($times) must be greater than or equal to 0"
        )
    return string * times


@builtin()
def _str_pad(
    it: Interpreter, string: bytes, length: int, pad_string: bytes = b" ", pad_type: int = 1
) -> Value:
    if not pad_string:
        raise Thrown.of(
            "ValueError", "str_pad(): Argument #3 ($pad_string) must be a non-empty string"
        )
    missing = max(length - len(string), 0)
    left = {0: missing, 2: missing // 2}.get(pad_type, 0)

    def fill(size: int) -> bytes:
        return (pad_string * (size // len(pad_string) + 1))[:size]

    return fill(left) + string + fill(missing - left)


@builtin()
def _str_split(it: Interpreter, string: bytes, length: int = 1) -> Value:
    if length < 1:
        raise Thrown.of("ValueError", "str_split(): Argument #2 ($length) must be greater than 0")
    parts: list[Value] = [string[i : i + length] for i in range(0, len(string), length)]
    return PhpArray.of(parts or [b""])


@builtin()
def _strrev(it: Interpreter, string: bytes) -> Value:
    return string[::-1]


def _order(left: bytes, right: bytes) -> int:
    """The difference of the first bytes that differ, else which text is longer."""
    for mine, theirs in zip(left, right, strict=False):
        if mine != theirs:
            return mine - theirs
    return (len(left) > len(right)) - (len(left) < len(right))


@builtin()
def _strcmp(it: Interpreter, string1: bytes, string2: bytes) -> Value:
    return _order(string1, string2)


@builtin()
def _strcasecmp(it: Interpreter, string1: bytes, string2: bytes) -> Value:
    return _order(string1.lower(), string2.lower())


@builtin()
def _strncmp(it: Interpreter, string1: bytes, string2: bytes, length: int) -> Value:
    return _order(string1[: max(length, 0)], string2[: max(length, 0)])


@builtin()
def _strncasecmp(it: Interpreter, string1: bytes, string2: bytes, length: int) -> Value:
    return _order(string1[: max(length, 0)].lower(), string2[: max(length, 0)].lower())


@builtin()
def _strnatcmp(it: Interpreter, string1: bytes, string2: bytes) -> Value:
    return natural_order(string1, string2)


@builtin()
def _strnatcasecmp(it: Interpreter, string1: bytes, string2: bytes) -> Value:
    return natural_order(string1, string2, fold_case=True)
