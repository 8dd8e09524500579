"""Regular expressions, as far as Python's engine means the same and ends in time.

Python's engine cannot be stopped, so a pattern is looked at first: what may take more than a few
million steps on its subject is not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nextcloud_push.config.callables import Callee
from nextcloud_push.config.calls import call
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import NotEvaluable, PhpArray, Ref, Unknown, Value

if TYPE_CHECKING:
    from nextcloud_push.config.interpreter import Interpreter

_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}", b"<": b">"}
_FLAGS = {b"i": re.IGNORECASE, b"m": re.MULTILINE, b"s": re.DOTALL, b"x": re.VERBOSE}
_TOKEN = re.compile(
    rb"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?[^)]|\(|\)|[*+?]|\{\d*,?\d*\}|\||.", re.DOTALL
)
_QUANTIFIER = re.compile(rb"[*+?]|\{(?P<low>\d*)(?:,(?P<high>\d*))?\}")
_ESCAPES = frozenset(rb"dDwWsSbBAtnrfv") | frozenset(rb"\/.^$|()[]{}*+?-#:,=!<>&%@'\"~;_ ")
_GROUPS = (b"(?:", b"(?=", b"(?!", b"(?P", b"(?<", b"(?i")
_MOST_STEPS = 5_000_000
_MOST_REPEATS = 64
_LONGEST = 2000
_NO_EMPTY = 1


def _unsupported(what: str) -> NotEvaluable:
    return NotEvaluable(Unknown(None, f"{what} in a regular expression cannot be evaluated"))


class _Pattern:
    """A pattern that may be run: its expression, and how its cost grows with the subject."""

    def __init__(self, source: bytes) -> None:
        body, modifiers = _delimited(source.lstrip())
        flags = re.RegexFlag(0)
        for modifier in modifiers:
            letter = bytes([modifier])
            if letter == b"D" or letter == b"u":
                continue
            if letter not in _FLAGS:
                raise _unsupported("a modifier")
            flags |= _FLAGS[letter]
        self._text = b"u" in modifiers
        self._cost = _cost(body)
        if b"D" in modifiers and b"$" in body:
            raise _unsupported("the modifier D with $")
        body = re.sub(rb"\(\?<(?=[A-Za-z_])", b"(?P<", body)
        try:
            if self._text:
                self._compiled: re.Pattern[str] | re.Pattern[bytes] = re.compile(
                    body.decode("utf-8"), flags
                )
            else:
                self._compiled = re.compile(body, flags)
        except (re.error, UnicodeDecodeError):
            raise _unsupported("something") from None

    def matches(self, subject: bytes, limit: int = 0) -> list[_Match]:
        """All matches in a subject, or so many.

        Raises:
            NotEvaluable: Looking for them might take too long.
        """
        steps = (len(subject) + 1) ** (self._cost.power + 1) * self._cost.factor
        if steps > _MOST_STEPS:
            raise _unsupported("a long subject or many repetitions")
        text = subject.decode("utf-8") if self._text else subject
        found = []
        for match in self._compiled.finditer(text):  # type: ignore[arg-type]  # of the same kind
            found.append(_Match(match))
            if len(found) == limit:
                break
        return found


class _Match:
    """A match in bytes, whatever it was found in."""

    def __init__(self, match: re.Match[str] | re.Match[bytes]) -> None:
        text = match.string
        self.start = len(_bytes(text[: match.start()]))
        self.end = len(_bytes(text[: match.end()]))
        self.groups = [_bytes(match[0]), *(_bytes(group or b"") for group in match.groups())]
        names = {index: name.encode() for name, index in match.re.groupindex.items()}
        self.names = [names.get(index) for index in range(len(self.groups))]
        self.last = match.lastindex or 0

    def as_array(self) -> PhpArray:
        """The groups as ``preg_match`` gives them: those behind the last that matched left out."""
        made = PhpArray()
        for index, group in enumerate(self.groups[: self.last + 1]):
            name = self.names[index]
            if name is not None:
                made.set(name, group)
            made.set(index, group)
        return made


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _delimited(source: bytes) -> tuple[bytes, bytes]:
    """What stands between the delimiters, and the modifiers behind."""
    opening = source[:1]
    closing = _CLOSING.get(opening, opening)
    end = source.rfind(closing, 1)
    if end < 1 or opening.isalnum() or opening in (b"\\", b""):
        raise _unsupported("a missing delimiter")
    return source[1:end], source[end + 1 :].strip()


@dataclass(slots=True)
class _Cost:
    """How the steps of a match grow: with a power of the subject's length, and by a factor."""

    power: int = 0
    factor: int = 1


def _cost(body: bytes) -> _Cost:
    """Estimate the steps of a match.

    Raises:
        NotEvaluable: The two engines may differ, or the steps may grow exponentially.
    """
    cost, outer = _Cost(), list[_Cost]()
    closed: _Cost | None = None  # the group that ended just before
    for token in _TOKEN.findall(body):
        _check(token)
        if bounds := _QUANTIFIER.fullmatch(token):
            _repeat(cost, closed or _Cost(), *_bounds(bounds))
        closed = None
        if token.startswith(b"("):
            outer.append(cost)
            cost = _Cost()
        elif token == b")" and outer:
            closed, cost = cost, outer.pop()
            cost.power += closed.power
            cost.factor = min(cost.factor * closed.factor, _MOST_STEPS)
        elif token == b"|":
            cost.factor *= 2
    return cost


def _check(token: bytes) -> None:
    """Refuse what Python's engine may not mean the same by."""
    if token.startswith(b"\\") and token[1] not in _ESCAPES:
        raise _unsupported("an escape")
    if token.startswith(b"(?") and token[:3] not in _GROUPS:
        raise _unsupported("a group of this kind")
    if token.startswith(b"[") and b"[:" in token:
        raise _unsupported("a named class")
    if token.startswith(b"{,"):
        raise _unsupported("a repetition without a beginning")  # text, or not, by PCRE's version


def _bounds(quantifier: re.Match[bytes]) -> tuple[int, int | None]:
    """How often a quantifier repeats at least, and at most."""
    if quantifier[0] == b"?":
        return 0, 1
    if quantifier[0] in b"*+":
        return 0, None
    low, high = quantifier["low"], quantifier["high"]
    if high is None:  # {3}
        return int(low or 0), int(low or 0)
    return int(low or 0), int(high) if high else None


def _repeat(cost: _Cost, inner: _Cost, low: int, high: int | None) -> None:
    """Account for a repetition of what just ended."""
    if high is None:
        if inner != _Cost():
            raise _unsupported("a nested repetition")
        cost.power += 1
        return
    if (inner.power and high > 1) or high > _MOST_REPEATS:
        raise _unsupported("a nested repetition")
    choices = max(high - low + 1, 1) * inner.factor ** max(high - 1, 0)
    cost.factor = min(cost.factor * choices, _MOST_STEPS)


def _guarded(it: Interpreter, pattern: bytes) -> _Pattern:
    it.budget.step(len(pattern))
    if len(pattern) > _LONGEST:
        raise _unsupported("great length")
    return _Pattern(pattern)


@builtin()
def _preg_match(
    it: Interpreter, pattern: bytes, subject: bytes, matches: Ref | None = None
) -> Value:
    found = _guarded(it, pattern).matches(subject, 1)
    if matches is not None:
        matches.value = found[0].as_array() if found else PhpArray()
    return len(found)


@builtin()
def _preg_replace(
    it: Interpreter, pattern: bytes, replacement: bytes, subject: bytes, limit: int = -1
) -> Value:
    def expand(match: _Match) -> bytes:
        def group(reference: re.Match[bytes]) -> bytes:
            index = int(reference[1] or reference[2])
            return match.groups[index] if index < len(match.groups) else b""

        return re.sub(rb"(?:\$\{?|\\)(?:(\d{1,2})(?<=\d)(?:\}|(?!\}))|(\d))", group, replacement)

    pieces, position = [], 0
    for match in _guarded(it, pattern).matches(subject, max(limit, 0)):
        pieces += [subject[position : match.start], expand(match)]
        position = match.end
        it.budget.text(len(pieces[-1]))
    return b"".join([*pieces, subject[position:]])


@builtin()
def _preg_replace_callback(
    it: Interpreter, pattern: bytes, callback: Callee, subject: bytes, limit: int = -1
) -> Value:
    pieces, position = [], 0
    for match in _guarded(it, pattern).matches(subject, max(limit, 0)):
        made = to_bytes(call(it, callback, [match.as_array()]))
        pieces += [subject[position : match.start], made]
        position = match.end
        it.budget.text(len(made))
    return b"".join([*pieces, subject[position:]])


@builtin()
def _preg_split(
    it: Interpreter, pattern: bytes, subject: bytes, limit: int = -1, flags: int = 0
) -> Value:
    if flags not in (0, _NO_EMPTY) or limit > 0:
        raise _unsupported("a limit or flag")
    parts: list[Value] = []
    position = 0
    for match in _guarded(it, pattern).matches(subject):
        if match.start == match.end:
            raise _unsupported("a split at nothing")
        parts.append(subject[position : match.start])
        position = match.end
    parts.append(subject[position:])
    return PhpArray.of([part for part in parts if part or not flags])


@builtin()
def _preg_quote(it: Interpreter, str_: bytes, delimiter: bytes | None = None) -> Value:
    special = rb".\\+*?\[^\]$(){}=!<>|:\-#/" if delimiter == b"/" else rb".\\+*?\[^\]$(){}=!<>|:\-#"
    return re.sub(rb"([%s])" % special, rb"\\\1", str_)
