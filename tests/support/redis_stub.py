"""A server that knows seven commands of Redis, records them all, and can be told to misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from hiredis import Reader

from nextcloud_push.server.settings import RedisNode

Answer = Callable[["StubRedis", list[bytes]], bytes | None]


class StubRedis:
    """The state of the stand-in.

    Args:
        answers: Replies in place of the usual ones, by the command's upper-case name; None
            answers nothing at all.
    """

    def __init__(self, answers: dict[str, Answer] | None = None) -> None:
        self.answers = answers or {}
        self.commands: list[list[bytes]] = []
        self.values: dict[bytes, bytes] = {}
        self.connections = 0
        self.writers: set[asyncio.StreamWriter] = set()
        self.node = RedisNode()
        self._heard = asyncio.Condition()

    @property
    def names(self) -> list[str]:
        """The names of the commands, in their order."""
        return [command[0].decode().upper() for command in self.commands]

    async def until(self, condition: Callable[[StubRedis], bool]) -> None:
        """Wait until what was heard makes this true."""
        async with self._heard:
            await self._heard.wait_for(lambda: condition(self))

    def send(self, data: bytes) -> None:
        """Send bytes to everyone."""
        for writer in self.writers:
            writer.write(data)

    def drop(self) -> None:
        """Close every connection."""
        for writer in self.writers:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        parser = Reader(notEnoughData=None)
        try:
            while data := await reader.read(65536):
                parser.feed(data)
                while (command := parser.gets()) is not None:
                    async with self._heard:
                        self.commands.append(command)
                        self._heard.notify_all()
                    writer.write(self._answer(command) or b"")
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def _answer(self, command: list[bytes]) -> bytes | None:
        name = command[0].decode().upper()
        if name in self.answers:
            return self.answers[name](self, command)
        match name, command[1:]:
            case "PING", _:
                return b"+PONG\r\n"
            case "AUTH" | "SELECT", _:
                return b"+OK\r\n"
            case "SUBSCRIBE", channels:
                return b"".join(array(b"subscribe", channel, 1) for channel in channels)
            case "GET", [key]:
                return bulk(self.values.get(key))
            case "SET", [key, value]:
                self.values[key] = value
                return b"+OK\r\n"
            case "DEL", keys:
                return b":%d\r\n" % sum(self.values.pop(key, None) is not None for key in keys)
        return b"-ERR unknown command '%s', with args beginning with: \r\n" % command[0]


def bulk(value: bytes | None) -> bytes:
    """A bulk string as Redis writes it."""
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def array(*items: bytes | int) -> bytes:
    """An array as Redis writes it."""
    parts = [b":%d\r\n" % item if isinstance(item, int) else bulk(item) for item in items]
    return b"*%d\r\n" % len(items) + b"".join(parts)


def message(channel: bytes, payload: bytes) -> bytes:
    """A published message as a subscriber gets it."""
    return array(b"message", channel, payload)


@asynccontextmanager
async def stub_redis(**answers: Answer) -> AsyncIterator[StubRedis]:
    """Run the stand-in on a free port; keyword arguments replace answers by command."""
    stub = StubRedis(answers)
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    stub.node = RedisNode(port=server.sockets[0].getsockname()[1])
    try:
        yield stub
    finally:
        server.close()
        stub.drop()
        while stub.writers:
            await asyncio.sleep(0)
        await server.wait_closed()


def says(data: bytes) -> Any:
    """An answer that is always the same."""
    return lambda _stub, _command: data
