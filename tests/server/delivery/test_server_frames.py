import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from nextcloud_push.server.delivery import server_frames


def text_of(frame: bytes) -> str:
    """The text of a whole unmasked frame, read by the header's own word for its size."""
    assert frame[0] == 0x81
    start = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[start:].decode()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
def test_frames_are_those_of_the_library(size: int) -> None:
    text = "x" * size
    expected = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    assert server_frames.text_frame(text) == expected


def test_control_frames() -> None:
    assert server_frames.ping_frame(0x01020304) == b"\x89\x04\x01\x02\x03\x04"
    assert server_frames.close_frame(1001) == b"\x88\x02\x03\xe9"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "type"),
        ([], "type []"),
        (False, "type false"),
        ("s", 'type "s"'),
        ({"b": 1, "a": [1.5, None]}, 'type {"b":1,"a":[1.5,null]}'),
        ("ä/\u2028", 'type "ä/\u2028"'),
        (0, "type 0"),
    ],
)
def test_custom_message_has_its_body_as_compact_json(body: Any, text: str) -> None:
    assert text_of(server_frames.custom_frame("type", body)) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_custom_body_survives(body: Any) -> None:
    frame = text_of(server_frames.custom_frame("t", [body]))
    assert json.loads(frame.partition(" ")[2]) == [body]


def test_failed_login_has_its_reason() -> None:
    frame = server_frames.login_failed_frame("Client error: 403 Forbidden")
    expected = "err: Error while sending authentication request to nextcloud: Client error: "
    assert text_of(frame) == f"{expected}403 Forbidden"
