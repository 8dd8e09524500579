"""Small servers that keep to the protocol, with faults to order."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from nextcloud_push.client import Backoff, PushClient, Timing
from nextcloud_push.client.tls import client_context
from support.processes import free_port

SILENCE, HANG_UP = "(silence)", "(hang up)"
"""For `FakePush.answers`: say nothing at all; close without a word."""

APP = "/index.php/apps/notify_push/"
CAPABILITIES = "/ocs/v2.php/cloud/capabilities"
AT_ONCE = Backoff(first=0.01, cap=0.02, restart_spread=0.01)
"""A policy for tests: what is measured elsewhere need not be waited for."""
TRUST = client_context()
"""Made once: reading some hundred certificates takes longer than most tests."""


class CountingConnection(ServerConnection):
    """Counts the pings that come."""

    pings = 0

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings += 1
        super().process_event(event)


class FakePush:
    """A push server; `answers` orders other answers to the logins to come."""

    def __init__(self, **users: str) -> None:
        self.users = users or {"alice": "secret"}
        self.tokens: dict[str, str] = {}
        self.answers: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self.clients: list[ServerConnection] = []
        self.heard: list[str] = []
        self.port = free_port()  # one that it has again after a restart
        self._server: Server | None = None
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def remember(self, token: str, user: str) -> None:
        self.tokens[token] = user

    async def start(self, tls: ssl.SSLContext | None = None) -> Self:
        self._server = await serve(
            self._serve,
            *("127.0.0.1", self.port),
            ssl=tls,
            ping_interval=None,
            compression=None,
            create_connection=CountingConnection,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def stop(self, code: int = 1001) -> None:
        assert self._server is not None
        self._server.close(code=code)
        await self._server.wait_closed()

    async def kill(self) -> None:
        """End as a process that is killed does: without a close frame."""
        for client in self.clients:
            client.transport.abort()
        await self.stop()

    async def connected(self, count: int = 1) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.clients) >= count)

    async def empty(self) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: not self.clients)

    async def tell(self, *messages: str | bytes) -> None:
        for message in messages:
            for client in self.clients:
                await client.send(message)

    async def _serve(self, client: ServerConnection) -> None:
        try:
            user, secret = str(await client.recv()).strip(), str(await client.recv()).strip()
            self.logins.append((user, secret))
            answer = self.answers.pop(0) if self.answers else self._check(user, secret)
            if answer == SILENCE:
                return await client.wait_closed()
            if answer == HANG_UP:
                return await client.close(1013)
            await client.send(answer)
            if answer != "authenticated":
                return await client.close(1008)
            await self._stay(client)
        except ConnectionClosed:
            pass

    def _check(self, user: str, secret: str) -> str:
        known = self.tokens.pop(secret, None) or self.users.get(user) == secret
        return "authenticated" if known else "err: Invalid credentials"

    async def _stay(self, client: ServerConnection) -> None:
        await self._change(self.clients.append, client)
        try:
            while True:
                self.heard.append(str(await client.recv()))
        finally:
            await self._change(self.clients.remove, client)

    async def _change(self, change: Any, client: ServerConnection) -> None:
        async with self._changed:
            change(client)
            self._changed.notify_all()


@dataclass
class Reply:
    """An HTTP answer to give."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


class Push(Protocol):
    """What a Nextcloud knows of its push server."""

    users: dict[str, str]

    @property
    def url(self) -> str: ...

    def remember(self, token: str, user: str) -> None: ...


class FakeNextcloud:
    """Answers capabilities, uid and pre_auth; ``replies[path]`` orders something else."""

    def __init__(self, push: Push) -> None:
        self.push = push
        self.replies: dict[str, Reply] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.websocket = push.url
        self.port = 0
        self.scheme = "http"
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def endpoints(self) -> dict[str, str]:
        return {"websocket": self.websocket, "pre_auth": f"{self.url}{APP}pre_auth"}

    def capabilities(self, **capabilities: Any) -> Reply:
        return Reply(body={"ocs": {"data": {"capabilities": capabilities}}})

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.scheme = "https" if tls else "http"
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
            self.requests.append((method, path, headers))
            writer.write(_http(self.replies.get(path) or self._reply(method, path, headers)))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a client that gave up, or refused our certificate
        finally:
            writer.close()
            self._writers.discard(writer)

    def _reply(self, method: str, path: str, headers: dict[str, str]) -> Reply:
        user = self._user(headers)
        if user is None:
            return Reply(401)
        if (method, path) == ("GET", CAPABILITIES) and headers.get("ocs-apirequest") == "true":
            return self.capabilities(notify_push={"endpoints": self.endpoints()})
        if (method, path) == ("GET", APP + "uid"):
            return Reply(body=user.encode())
        if (method, path) == ("POST", APP + "pre_auth"):
            token = f"token-{len(self.requests)}"
            self.push.remember(token, user)
            return Reply(body=token.encode())
        return Reply(404)

    def _user(self, headers: dict[str, str]) -> str | None:
        coded = headers.get("authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(coded).decode().partition(":")
        return user if self.push.users.get(user) == password else None


def _http(reply: Reply) -> bytes:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    headers = {"Content-Length": str(len(body)), "Connection": "close"} | reply.headers
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class StallingProxy:
    """Passes TCP on, until it is told to hold everything back."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stall(self) -> None:
        """Hold back what the connections there are say; new ones flow."""
        self._flowing.clear()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._target)
        flowing = self._flowing
        for source, sink in ((reader, forth), (back, writer)):
            task = asyncio.create_task(_pass_on(source, sink, flowing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pass_on(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, flowing: asyncio.Event
) -> None:
    try:
        while data := await source.read(65536):
            await flowing.wait()
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


def client_of(push: Push, password: str = "secret", **options: Any) -> PushClient:
    """A client for alice that wastes no time."""
    options.setdefault("policy", AT_ONCE)
    if not {"ca", "allow_self_signed"} & options.keys():
        options["tls"] = TRUST
    options.setdefault("timing", Timing(connect=5, request=5, login=5, close=0.5, stable=0))
    return PushClient(options.pop("url", push.url), "alice", password, **options)
