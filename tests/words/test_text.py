"""Text of others commands no terminal and ends no line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.words.text import printable


@given(st.text(st.characters()))
def test_whatever_it_was_it_can_be_shown(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not text.isprintable() or shown == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("é\x1b\u202e", "é\\x1b\\u202e"),
        ("a\nb\rc\td", "a\\nb\\x0dc\\x09d"),
        ("\x9b\u2028\U000e0001\udc80", "\\x9b\\u2028\\U000e0001\\udc80"),
    ],
)
def test_what_is_escaped_and_how(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_length_is_that_of_the_text_not_of_its_escapes() -> None:
    assert printable("é\x1b\u202e" + "x" * 10, 5) == "é\\x1b\\u202exx…"
