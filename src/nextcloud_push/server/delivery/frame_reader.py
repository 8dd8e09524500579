"""Frames from one client: bytes in, messages out, without any I/O.

The ``websockets`` library's sans-I/O layer parses them. It costs 4 KiB, so it is made anew for the
bytes that arrive and let go as soon as they end with a frame and no message is open.
"""

from __future__ import annotations

import logging
from typing import Final

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

__all__ = ["MAX_MESSAGE_SIZE", "FrameReader", "Message", "quiet_logger"]

MAX_MESSAGE_SIZE: Final = 8192
"""Bytes of a message or frame from a client; larger ones close the connection with 1009."""

MAX_EMPTY_FRAMES: Final = 64
"""Empty fragments of one message; the others are bounded by the message's size."""

quiet_logger = logging.getLogger("notify_push.websockets")
"""The sans-I/O layer prints credentials at DEBUG: its logger never gets there."""
quiet_logger.setLevel(logging.WARNING)

Message = str | bytes
"""A text or a binary message from a client."""


class _FrameScanner:
    """Follows frame headers (RFC 6455 §5.2) to tell where frames end, however bytes are cut."""

    __slots__ = ("_header", "_payload")

    def __init__(self) -> None:
        self._header = bytearray()
        self._payload = 0  # bytes of the present frame's payload still to come

    def feed(self, data: bytes) -> bool:
        """Follow further bytes and tell whether they end with a whole frame."""
        position = 0
        while True:
            step = min(self._payload, len(data) - position)
            position += step
            self._payload -= step
            if position == len(data):
                return not self._payload and not self._header
            self._header.append(data[position])
            position += 1
            self._read_header()

    def _read_header(self) -> None:
        header = self._header
        if len(header) < 2:
            return
        size = header[1] & 0x7F
        extended = {126: 2, 127: 8}.get(size, 0)
        masked = 4 if header[1] & 0x80 else 0
        if len(header) < 2 + extended + masked:
            return
        self._payload = int.from_bytes(header[2 : 2 + extended]) if extended else size
        header.clear()


class _Refused(Exception):
    """A message that the library accepts and this daemon does not."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class FrameReader:
    """Reads the frames of one client, from a frame's first byte on.

    ``between_frames`` tells after each ``feed`` whether this reader can be let go.
    """

    __slots__ = ("_empty_frames", "_opcode", "_parts", "_protocol", "_scanner", "between_frames")

    def __init__(self) -> None:
        self._protocol = ServerProtocol(state=OPEN, max_size=MAX_MESSAGE_SIZE, logger=quiet_logger)
        self._scanner = _FrameScanner()
        self._parts: list[bytes] = []
        self._opcode: Opcode | None = None
        self._empty_frames = 0
        self.between_frames = True

    @property
    def closed(self) -> bool:
        """Whether a close frame was received, or the client broke the protocol."""
        return self._protocol.state is not OPEN

    @property
    def broken(self) -> bool:
        """Whether the client broke the protocol or a limit."""
        return self.closed and self._protocol.close_rcvd is None

    def feed(self, data: bytes) -> tuple[list[Message], list[bytes], list[bytes]]:
        """Read further bytes.

        Returns:
            Messages, payloads of pongs, and what to send in answer: pongs and close frames, of
            which an empty one means the end of the stream.
        """
        messages: list[Message] = []
        pongs: list[bytes] = []
        protocol = self._protocol
        at_end = self._scanner.feed(data)
        protocol.receive_data(data)
        for event in protocol.events_received():
            assert isinstance(event, Frame)  # there are no requests after the handshake
            if event.opcode is Opcode.PONG:
                pongs.append(bytes(event.data))
            elif event.opcode is not Opcode.PING and event.opcode is not Opcode.CLOSE:
                try:
                    self._add(event, messages)
                except _Refused as refused:
                    protocol.fail(refused.code, refused.reason)
                    break
        self.between_frames = at_end and self._opcode is None
        return messages, pongs, protocol.data_to_send()

    def _add(self, frame: Frame, messages: list[Message]) -> None:
        """Add a data frame to the open message, and the message to the others when it is whole."""
        if self._opcode is None:
            self._opcode = frame.opcode
        if not frame.data and not frame.fin:
            self._empty_frames += 1
            if self._empty_frames > MAX_EMPTY_FRAMES:
                raise _Refused(CloseCode.POLICY_VIOLATION, "too many empty fragments")
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        payload, opcode = b"".join(self._parts), self._opcode
        self._parts.clear()
        self._opcode = None
        self._empty_frames = 0
        try:
            messages.append(payload.decode() if opcode is Opcode.TEXT else payload)
        except UnicodeDecodeError:
            raise _Refused(CloseCode.INVALID_DATA, "text that is no UTF-8") from None
