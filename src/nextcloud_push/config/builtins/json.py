"""``json_decode`` and ``json_encode``."""

from __future__ import annotations

import json
from typing import Any

from nextcloud_push.config.conversions import array_key
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.json_output import Encoder, EncodingFault
from nextcloud_push.config.operators import fit
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import NotEvaluable, PhpArray, PhpObject, Thrown, Unknown, Value

_DEEPEST = 200  # brackets in each other: what the stack holds
_AS_ARRAY, _BIGINT_AS_STRING, _THROW = 1, 2, 4194304
_MESSAGES = {
    0: b"No error",
    1: b"Maximum stack depth exceeded",
    3: b"Control character error, possibly incorrectly encoded",
    4: b"Syntax error",
    5: b"Malformed UTF-8 characters, possibly incorrectly encoded",
    7: b"Inf and NaN cannot be JSON encoded",
    8: b"Type is not supported",
    10: b"Single unpaired high surrogate in Unicode escape",
}


def _failed(it: Interpreter, code: int, flags: int, answer: Value) -> Value:
    if flags & _THROW:
        thrown = Thrown.of("JsonException", _MESSAGES[code].decode())
        thrown.error.properties.set(b"code", code)
        raise thrown
    it.json_error = code
    return answer


class _TooDeep(Exception):
    pass


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object; tells an empty one from an empty array."""


@builtin()
def _json_decode(
    it: Interpreter,
    json_: bytes,
    associative: bool | None = None,
    depth: int = 512,
    flags: int = 0,
) -> Value:
    as_array = associative if associative is not None else bool(flags & _AS_ARRAY)
    try:
        text = json_.decode("utf-8")
        # A bound that Python's parser keeps without its stack: brackets before any parsing.
        nested = _depth(json_)
        if nested > depth:
            raise _TooDeep
        if nested > _DEEPEST:
            raise NotEvaluable(Unknown(None, "JSON nested so deep cannot be evaluated"))
        loaded = json.loads(
            text,
            parse_int=lambda digits: _integer(digits, flags),
            parse_constant=_refuse,
            object_pairs_hook=_Pairs,
        )
    except UnicodeDecodeError:
        return _failed(it, 5, flags, None)
    except _TooDeep:
        return _failed(it, 1, flags, None)
    except ValueError:
        code = 3 if any(byte < 32 and byte not in b"\t\n\r" for byte in json_) else 4
        return _failed(it, code, flags, None)
    try:
        value = _to_php(it, loaded, as_array=as_array)
    except UnicodeEncodeError:  # half of a pair of \\uXXXX
        return _failed(it, 10, flags, None)
    if not flags & _THROW:
        it.json_error = 0
    return value


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _depth(data: bytes) -> int:
    """How deep brackets are nested, those in strings counted too far at worst."""
    level = deepest = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def _integer(digits: str, flags: int) -> Value:
    number = fit(int(digits)) if len(digits) < 400 else float(digits)
    return digits.encode() if isinstance(number, float) and flags & _BIGINT_AS_STRING else number


def _to_php(it: Interpreter, loaded: Any, *, as_array: bool) -> Value:
    """What Python's parser made, as PHP values."""
    if isinstance(loaded, str):
        return loaded.encode()
    if not isinstance(loaded, list):
        return loaded  # type: ignore[no-any-return]  # a scalar: see above
    it.budget.step()
    if isinstance(loaded, _Pairs):
        made = PhpArray()
        for name, value in loaded:
            key = name.encode()
            made.set(array_key(key) if as_array else key, _to_php(it, value, as_array=as_array))
        return made if as_array else PhpObject("stdClass", made)
    return PhpArray.of([_to_php(it, value, as_array=as_array) for value in loaded])


@builtin()
def _json_last_error(it: Interpreter) -> Value:
    return it.json_error


@builtin()
def _json_last_error_msg(it: Interpreter) -> Value:
    return _MESSAGES.get(it.json_error, b"Unknown error")


@builtin()
def _json_encode(it: Interpreter, value: Value, flags: int = 0, depth: int = 512) -> Value:
    try:
        text = Encoder(flags, min(depth, 512)).encode(value)
    except EncodingFault as fault:
        return _failed(it, fault.code, flags, False)
    if not flags & _THROW:
        it.json_error = 0
    return text.encode("utf-8", "surrogatepass")
