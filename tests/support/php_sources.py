"""Made-up PHP: expressions and small programs that any PHP 8.2 runs."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

__all__ = ["expressions", "php_literal", "program", "values"]

Made = st.SearchStrategy[str]

_STRINGS = (
    "", "0", "1", "-1", "1.5", "1e3", " 1", "1 ", "abc", "ABC", "abc1", "10", "9", "1x", ".5",
    "0x1A", "true", "false", "null", "a,b,,c", " padded ", "éß", "a/b", "{\\\"a\\\":[1,2.0]}",
    "img12", "img9", "9223372036854775808", "1e1000", "-0", "00", "99999999999999999999",
)  # fmt: skip
_NUMBERS = (
    "0", "1", "-1", "2", "3", "10", "255", "-7", "1000000", "PHP_INT_MAX", "PHP_INT_MIN", "0x1F",
    "0.0", "-0.0", "1.0", "1.5", "-2.5", "0.1", "1e3", "1e15", "1e22", "1.0E-7", "123456789.125",
)  # fmt: skip
_BINARY = (
    "+", "-", "*", "/", "%", ".", "==", "!=", "===", "!==", "<", ">", "<=", ">=", "<=>", "<>", "&&",
    "||", "xor", "and", "or", "??", "&", "|", "^",
)  # fmt: skip
# S: string, N: number, A: array, V: anything, I: a small integer
_FUNCTIONS: dict[str, str] = {
    "trim": "S", "rtrim": "SS", "explode": "SS", "implode": "SA", "strtolower": "S",
    "strtoupper": "S", "ucfirst": "S", "str_contains": "SS", "str_starts_with": "SS",
    "substr": "SII", "strlen": "S", "strrev": "S", "strpos": "SS",
    "strnatcmp": "SS", "strnatcasecmp": "SS", "str_replace": "SSS", "str_pad": "SI",
    "intval": "V", "floatval": "V", "boolval": "V", "is_string": "V", "is_array": "V",
    "is_numeric": "V", "is_null": "V", "is_int": "V", "is_float": "V", "is_bool": "V",
    "count": "A", "array_keys": "A", "array_values": "A", "array_merge": "AA",
    "array_replace": "AA", "array_replace_recursive": "AA", "array_merge_recursive": "AA",
    "array_filter": "A", "array_reverse": "A", "array_slice": "AII", "in_array": "VA",
    "array_search": "VA", "array_key_exists": "SA", "array_unique": "A", "array_flip": "A",
    "array_sum": "A", "array_is_list": "A", "array_key_first": "A", "array_key_last": "A",
    "max": "VV", "min": "VV", "abs": "N", "round": "NI", "floor": "N", "ceil": "N",
    "json_encode": "V", "json_decode": "S", "gettype": "V", "get_debug_type": "V",
    "dirname": "S", "basename": "S", "parse_url": "S", "hexdec": "S", "hash": "'sha256', S",
    "base64_encode": "S", "base64_decode": "S", "bin2hex": "S", "urlencode": "S",
    "array_pad": "AIV", "array_combine": "AA", "array_diff": "AA", "array_intersect_key": "AA",
    "number_format": "N", "hex2bin": "S", "ctype_digit": "S", "var_export": "V, true",
    "sprintf": "'%s|%d|%05.1f|%x', VVVN", "array_fill_keys": "AV", "array_chunk": "AI",
    "array_column": "AS", "str_repeat": "SI", "range": "II", "ucwords": "S", "strstr": "SS",
    "filter_var": "S, FILTER_VALIDATE_BOOLEAN", "array_product": "A", "array_map": "'trim', A",
}  # fmt: skip

strings: Made = st.sampled_from(_STRINGS).map(lambda text: f'"{text}"')
numbers: Made = st.sampled_from(_NUMBERS)
small: Made = st.integers(-3, 5).map(str)
scalars: Made = strings | numbers | st.sampled_from(("true", "false", "null"))


def _array(parts: Sequence[tuple[str | None, str]]) -> str:
    return "[" + ", ".join(v if k is None else f"{k} => {v}" for k, v in parts) + "]"


def _arrays(inner: Made) -> Made:
    keys = st.none() | scalars.filter(lambda key: "e" not in key and "." not in key)
    return st.lists(st.tuples(keys, inner), max_size=4).map(_array)


arrays: Made = _arrays(scalars | _arrays(scalars))


def _calls(anything: Made) -> Made:
    kinds = {"S": strings, "N": numbers, "A": arrays, "V": anything, "I": small}

    def call(name: str) -> Made:
        pieces = [kinds.get(letter, st.just(letter)) for letter in _letters(_FUNCTIONS[name])]
        return st.tuples(*pieces).map(lambda given: f"{name}({', '.join(given)})")

    return st.sampled_from(sorted(_FUNCTIONS)).flatmap(call)


def _letters(pattern: str) -> list[str]:
    words: list[str] = []
    for word in pattern.split(", "):
        words.extend([word] if "'" in word or "_" in word or word == "true" else list(word))
    return words


def _compound(inner: Made) -> Made:
    binary = st.tuples(inner, st.sampled_from(_BINARY), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    )
    unary = st.tuples(
        st.sampled_from(("-", "+", "!", "~", "(int)", "(float)", "(string)", "(bool)", "(array)")),
        inner,
    ).map(lambda parts: f"({parts[0]} {parts[1]})")
    ternary = st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})")
    short = st.tuples(inner, inner).map(lambda p: f"({p[0]} ?: {p[1]})")
    index = st.tuples(arrays, scalars).map(lambda p: f"({p[0]}[{p[1]}] ?? 'none')")
    power = st.tuples(numbers, small).map(lambda p: f"({p[0]} ** {p[1]})")
    shift = st.tuples(small, st.sampled_from(("<<", ">>")), small).map(
        lambda p: f"({p[0]} {p[1]} {p[2]})"
    )
    text = st.tuples(strings, inner).map(lambda p: f"{p[0]} . ({p[1]})")
    return binary | unary | ternary | short | index | power | shift | text | _calls(inner)


expressions: Made = st.recursive(scalars | arrays, _compound, max_leaves=5)


def program(parts: Sequence[str]) -> str:
    """Each expression's value as text that also tells its type, or what it throws."""
    lines = [
        f"try {{ $CONFIG['v{index}'] = var_export({part}, true); }}"
        f" catch (\\Throwable $e) {{ $CONFIG['v{index}'] = get_class($e) . $e->getMessage(); }}"
        for index, part in enumerate(parts)
    ]
    return "<?php\n" + "\n".join(lines) + "\n"


def _text(longest: int) -> st.SearchStrategy[str]:
    """Text that may stand in a source file: the parser takes a NUL for the end of the file."""
    return st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=longest)


_keys = st.integers(-5, 10) | _text(6)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text(12)
)
values = st.dictionaries(
    _text(8).map(lambda key: "k" + key),
    st.recursive(_scalars, lambda inner: st.dictionaries(_keys, inner, max_size=4), max_leaves=8),
    max_size=6,
)
"""Python values that PHP's arrays can hold."""


def php_literal(value: object) -> str:
    """A Python value as PHP source."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    assert isinstance(value, dict)
    inner = ", ".join(f"{php_literal(k)} => {php_literal(v)}" for k, v in value.items())
    return f"array ({inner})"
