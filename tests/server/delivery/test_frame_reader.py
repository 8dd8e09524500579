from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from nextcloud_push.server.delivery.frame_reader import (
    MAX_EMPTY_FRAMES,
    MAX_MESSAGE_SIZE,
    FrameReader,
    Message,
)


def client_frame(opcode: Opcode, data: bytes = b"", fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def read(data: bytes) -> tuple[FrameReader, list[Message], list[bytes], bytes]:
    reader = FrameReader()
    received, pongs, answers = reader.feed(data)
    return reader, received, pongs, b"".join(answers)


def close_code(answer: bytes) -> int:
    assert answer[0] == 0x88
    return int.from_bytes(answer[2:4])


def test_text_and_binary_messages() -> None:
    data = client_frame(Opcode.TEXT, "ä".encode()) + client_frame(Opcode.BINARY, b"\xff")
    reader, received, _, _ = read(data)
    assert received == ["ä", b"\xff"]
    assert reader.between_frames


def test_ping_is_answered_and_pong_reported() -> None:
    _, _, pongs, answer = read(client_frame(Opcode.PING, b"hi") + client_frame(Opcode.PONG, b"ho"))
    assert pongs == [b"ho"]
    assert answer == b"\x8a\x02hi"


def test_fragments_with_a_ping_between_make_one_message() -> None:
    data = client_frame(Opcode.TEXT, b"a", fin=False) + client_frame(Opcode.PING)
    reader, received, _, _ = read(data + client_frame(Opcode.CONT, b"b", fin=False))
    assert (received, reader.between_frames) == ([], False)
    received, _, _ = reader.feed(client_frame(Opcode.CONT, b"c"))
    assert (received, reader.between_frames) == (["abc"], True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (client_frame(Opcode.TEXT, b"x" * (MAX_MESSAGE_SIZE + 1)), 1009),
        (client_frame(Opcode.TEXT, b"x" * MAX_MESSAGE_SIZE, fin=False)
         + client_frame(Opcode.CONT, b"x"), 1009),
        (client_frame(Opcode.TEXT, b"\xff"), 1007),
        (client_frame(Opcode.TEXT, b"\xc3", fin=False) + client_frame(Opcode.CONT, b"A"), 1007),
        (Frame(Opcode.TEXT, b"x").serialize(mask=False), 1002),
        (client_frame(Opcode.CONT, b"x"), 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (client_frame(Opcode.TEXT, fin=False)
         + client_frame(Opcode.CONT, fin=False) * MAX_EMPTY_FRAMES, 1008),
    ],
)  # fmt: skip
def test_what_breaks_the_protocol_or_a_limit_is_refused(data: bytes, code: int) -> None:
    reader, received, _, answer = read(data)
    assert (received, close_code(answer)) == ([], code)
    assert reader.broken


def test_largest_message_is_read() -> None:
    _, received, _, _ = read(client_frame(Opcode.TEXT, b"x" * MAX_MESSAGE_SIZE))
    assert received == ["x" * MAX_MESSAGE_SIZE]


def test_what_came_before_the_fault_is_read() -> None:
    _, received, _, _ = read(client_frame(Opcode.TEXT, b"a") + client_frame(Opcode.TEXT, b"\xff"))
    assert received == ["a"]


def test_close_is_answered_in_kind_and_ends_the_frames() -> None:
    good_bye = client_frame(Opcode.CLOSE, b"\x03\xe8")
    reader, received, _, answer = read(client_frame(Opcode.TEXT, b"a") + good_bye)
    assert (received, close_code(answer)) == (["a"], 1000)
    assert reader.closed
    assert not reader.broken


@st.composite
def chopped_frames(draw: st.DrawFn) -> tuple[bytes, list[str], Iterator[bytes]]:
    texts = draw(st.lists(st.text(max_size=200) | st.just("x" * 5000), max_size=6))
    data = b"".join(client_frame(Opcode.TEXT, text.encode()) for text in texts)
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=30)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    return data, texts, iter(piece for piece in pieces if piece)


@given(chopped_frames())
def test_reader_may_be_let_go_wherever_it_says_so(
    chopped: tuple[bytes, list[str], Iterator[bytes]],
) -> None:
    _, texts, pieces = chopped
    reader, received = FrameReader(), []
    for piece in pieces:
        received += reader.feed(piece)[0]
        if reader.between_frames:
            reader = FrameReader()
    assert received == texts
    assert reader.between_frames
