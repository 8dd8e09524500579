"""A stand-in for Nextcloud's side of the app: it answers what the push server asks, and remembers.

It runs in the test's own event loop. What it answers can be replaced path by path.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

APP = "index.php/apps/notify_push/"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case, repeated ones joined by a bar."""

    method: str
    target: str
    headers: dict[str, str]

    def credentials(self) -> tuple[str, str] | None:
        """User and password of Basic authentication."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return None
        user, _, password = base64.b64decode(value).decode().partition(":")
        return user, password


@dataclass(frozen=True)
class Reply:
    """An answer; ``raw`` is sent instead of one, and then the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None

    def encode(self) -> bytes:
        """The bytes to send."""
        if self.raw is not None:
            return self.raw
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Other"
        lines = [f"HTTP/1.1 {self.status} {phrase}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


Answer = Callable[[Seen], Awaitable[Reply]]


@dataclass
class StubNextcloud:
    """The server: what it knows, and what it was asked.

    Args:
        prefix: Where Nextcloud lives on its host, with a slash at both ends.
        users: Password and user id by login name.
        token: The self-test's token.
        cookie: The self-test's cookie.
        trusted_domain: False refuses as for a host name that is not configured.
        replies: Answers by path below the prefix and the app, instead of the built-in ones.
        on_version: Awaited when the version is asked for, to write it to Redis.
    """

    prefix: str = "/"
    users: dict[str, tuple[str, str]] = field(default_factory=lambda: {"alice": ("pw", "alice")})
    token: str = "t" * 32
    cookie: int = 0
    trusted_domain: bool = True
    replies: dict[str, Reply | Answer] = field(default_factory=dict)
    on_version: Callable[[], Awaitable[None]] | None = None
    port: int = 0
    tls: bool = False
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The base URL to configure."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}{self.prefix}"

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection in a task that ends with the stand-in."""
        task = asyncio.create_task(self.serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        self.writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                reply = await self.reply(_parse(head))
                writer.write(reply.encode())
                await writer.drain()
                if reply.raw is not None:
                    return
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client has gone
        finally:
            self.writers.discard(writer)
            writer.close()

    async def reply(self, request: Seen) -> Reply:
        """Find the answer to a request."""
        self.seen.append(request)
        path = request.target.removeprefix(self.prefix).removeprefix(APP)
        answer = self.replies.get(path)
        if isinstance(answer, Reply):
            return answer
        if answer is not None:
            return await answer(request)
        if not self.trusted_domain:
            return Reply(400, b'<a href="doc/admin-trusted-domains">trusted domain</a>')
        if not request.target.startswith(f"{self.prefix}{APP}"):
            return Reply(404)
        return await self.app(path, request)

    async def app(self, path: str, request: Seen) -> Reply:
        """What Nextcloud's app answers."""
        if path == "uid":
            user, password = request.credentials() or ("", "")
            known, uid = self.users.get(user, ("", ""))
            return Reply(body=uid.encode()) if uid and password == known else Reply(401, b"{}")
        if path == "test/version":
            if self.on_version is not None:
                await self.on_version()
            return Reply()
        if request.headers.get("token") != self.token:
            return Reply(403)
        if path == "test/cookie":
            return Reply(body=str(self.cookie).encode())
        if path == "test/remote":
            return Reply(body=request.headers.get("x-forwarded-for", "127.0.0.1").encode())
        return Reply(404)


def _parse(head: bytes) -> Seen:
    first, *lines = head.decode().rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.lower()
        headers[key] = f"{headers[key]} | {value.strip()}" if key in headers else value.strip()
    return Seen(method, target, headers)


@asynccontextmanager
async def stub_nextcloud(
    *, prefix: str = "/", tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[StubNextcloud]:
    """Run the stand-in on a loopback port until the block ends."""
    stub = StubNextcloud(prefix=prefix, tls=tls is not None)
    server = await asyncio.start_server(stub.accept, "127.0.0.1", port, ssl=tls)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
        for writer in stub.writers:
            writer.transport.abort()
        for task in stub.tasks:
            task.cancel()
        await asyncio.gather(*stub.tasks, return_exceptions=True)
        await server.wait_closed()
