"""Regular expressions, as far as Python's engine means the same.

How long a search takes nobody can tell before: the limits of the process end it.
"""

from __future__ import annotations

import re

from nextcloud_push.config.calls import call
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.interpreter import Callee, Interpreter
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.values import NotEvaluable, PhpArray, Ref, Unknown, Value

_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}", b"<": b">"}
_FLAGS = {b"i": re.IGNORECASE, b"m": re.MULTILINE, b"s": re.DOTALL, b"x": re.VERBOSE}
_TOKEN = re.compile(
    rb"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?[^)]|\(|\)|[*+?]|\{\d*,?\d*\}|\||.", re.DOTALL
)
_ESCAPES = frozenset(rb"dDwWsSbBAtnrfv") | frozenset(rb"\/.^$|()[]{}*+?-#:,=!<>&%@'\"~;_ ")
_GROUPS = (b"(?:", b"(?=", b"(?!", b"(?P", b"(?<", b"(?i")
_NO_EMPTY = 1


def _unsupported(what: str) -> NotEvaluable:
    return NotEvaluable(Unknown(None, f"{what} in a regular expression cannot be evaluated"))


class _Pattern:
    """A pattern that both engines mean the same by."""

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
        for token in _TOKEN.findall(body):
            _check(token)
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
        except (re.error, UnicodeDecodeError, RecursionError, OverflowError):
            raise _unsupported("something") from None

    def matches(self, subject: bytes, limit: int = 0) -> list[_Match]:
        """All matches in a subject, or so many."""
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


@builtin()
def _preg_match(
    it: Interpreter, pattern: bytes, subject: bytes, matches: Ref | None = None
) -> Value:
    found = _Pattern(pattern).matches(subject, 1)
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
    for match in _Pattern(pattern).matches(subject, max(limit, 0)):
        pieces += [subject[position : match.start], expand(match)]
        position = match.end
    return b"".join([*pieces, subject[position:]])


@builtin()
def _preg_replace_callback(
    it: Interpreter, pattern: bytes, callback: Callee, subject: bytes, limit: int = -1
) -> Value:
    pieces, position = [], 0
    for match in _Pattern(pattern).matches(subject, max(limit, 0)):
        made = to_bytes(call(it, callback, [match.as_array()]))
        pieces += [subject[position : match.start], made]
        position = match.end
    return b"".join([*pieces, subject[position:]])


@builtin()
def _preg_split(
    it: Interpreter, pattern: bytes, subject: bytes, limit: int = -1, flags: int = 0
) -> Value:
    if flags not in (0, _NO_EMPTY) or limit > 0:
        raise _unsupported("a limit or flag")
    parts: list[Value] = []
    position = 0
    for match in _Pattern(pattern).matches(subject):
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
