"""``sprintf`` and its kin."""

from __future__ import annotations

import re

from nextcloud_push.config.builtins.math import round_half_up
from nextcloud_push.config.conversions import print_float, to_bytes, to_float, to_int
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import PhpArray, Thrown, Value

_DIRECTIVE = re.compile(
    rb"%(?:(?P<percent>%)|(?:(?P<number>\d+)\$)?(?P<flags>(?:[-+ 0]|'.)*)"
    rb"(?P<width>\d+)?(?:\.(?P<precision>\d+))?l?(?P<kind>[bcdeEfFgGosuxX]))?",
    re.DOTALL,
)
_MOST = 1000  # digits behind the point


def _format(it: Interpreter, template: bytes, values: list[Value]) -> bytes:
    pieces = []
    position = used = needed = 0
    for match in _DIRECTIVE.finditer(template):
        pieces.append(template[position : match.start()])
        position = match.end()
        if match["percent"]:
            pieces.append(b"%")
            continue
        if match["kind"] is None:
            letter = template[match.end() : match.end() + 1].decode("latin-1")
            fault = f'Unknown format specifier "{letter}"'
            raise Thrown.of(
                "ValueError", fault if letter else "Missing format specifier at end of string"
            )
        index = int(match["number"]) - 1 if match["number"] else used
        if not match["number"]:
            used += 1
        if index < 0:
            fault = "Argument number specifier must be greater than zero and less than 2147483647"
            raise Thrown.of("ValueError", fault)
        needed = max(needed, index + 1)
        if index >= len(values):
            continue
        pieces.append(_directive(it, match, values[index]))
    if needed > len(values):
        given = f"{needed + 1} arguments are required, {len(values) + 1} given"
        raise Thrown.of("ArgumentCountError", given)
    pieces.append(template[position:])
    return b"".join(pieces)


def _directive(it: Interpreter, match: re.Match[bytes], value: Value) -> bytes:
    flags = match["flags"]
    precision = min(int(match["precision"]), _MOST) if match["precision"] else None
    kind = match["kind"].decode()
    shown = _plain(kind, value, precision)
    if b"+" in re.sub(rb"'.", b"", flags) and kind in "deEfFgG" and not shown.startswith(b"-"):
        shown = b"+" + shown
    width = int(match["width"] or 0)
    return _pad(shown, width, flags, numeric=kind in "deEfFgG")


def _plain(kind: str, value: Value, precision: int | None) -> bytes:
    if kind == "s":
        text = to_bytes(value)
        return text if precision is None else text[:precision]
    if kind in "du":
        return b"%d" % (to_int(value) % 2**64 if kind == "u" else to_int(value))
    if kind == "c":
        return bytes([to_int(value) % 256])
    if kind in "box" or kind == "X":
        return format(to_int(value) % 2**64, kind).encode()
    number = to_float(value)
    digits = 6 if precision is None else precision
    if number != number or abs(number) == float("inf"):
        return print_float(number).replace(b"NAN", b"NaN")
    if kind in "eE":
        mantissa, _, power = f"{number:.{digits}{kind}}".partition(kind)
        return f"{mantissa}{kind}{power[0]}{int(power[1:])}".encode()
    if kind in "gG":
        return print_float(number, digits=max(digits, 1), exponent="e" if kind == "g" else "E")
    return f"{number:.{digits}f}".encode()


def _pad(shown: bytes, width: int, flags: bytes, *, numeric: bool) -> bytes:
    missing = width - len(shown)
    if missing <= 0:
        return shown
    fill, left = b" ", False
    for match in re.finditer(rb"'(.)|([-0 ])", flags, re.DOTALL):
        if match[1] is not None:
            fill = match[1]
        elif match[2] == b"-":
            left = True
        else:
            fill = match[2]
    if left:
        return shown + (b" " if numeric and fill == b"0" else fill) * missing
    if fill == b"0" and numeric and shown[:1] in b"+-":
        return shown[:1] + fill * missing + shown[1:]
    return fill * missing + shown


@builtin()
def _sprintf(it: Interpreter, format: bytes, *values: Value) -> Value:
    return _format(it, format, list(values))


@builtin()
def _vsprintf(it: Interpreter, format: bytes, values: PhpArray) -> Value:
    return _format(it, format, values.values())


@builtin()
def _printf(it: Interpreter, format: bytes, *values: Value) -> Value:
    return len(_format(it, format, list(values)))


@builtin()
def _number_format(
    it: Interpreter,
    num: float,
    decimals: int = 0,
    decimal_separator: bytes = b".",
    thousands_separator: bytes = b",",
) -> Value:
    places = max(0, min(decimals, _MOST))
    text = f"{round_half_up(num, places):.{places}f}"
    whole, _, fraction = text.lstrip("-").partition(".")
    grouped = thousands_separator.join(
        part.encode() for part in re.findall(r"\d{1,3}(?=(?:\d{3})*$)", whole)
    )
    sign = b"-" if text.startswith("-") and text.strip("-0.") else b""
    return sign + grouped + (decimal_separator + fraction.encode() if fraction else b"")
