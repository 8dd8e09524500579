"""Real Redis servers, a cluster and sentinels on loopback, and a way to publish to them."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
import trustme

from nextcloud_push.server.redis.subscriber import Subscriber
from nextcloud_push.server.settings import Redis, RedisNode, Tls
from support.processes import free_port, program, running, scratch


@dataclass
class RedisServer:
    """A server that runs; `settings` logs in to it."""

    settings: Redis
    command: list[str]
    folder: Path
    process: subprocess.Popen[bytes]
    certificates: Certificates | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def port(self) -> int:
        return self.settings.nodes[0].port

    @property
    def socket(self) -> str | None:
        return self.settings.nodes[0].socket

    def kill(self) -> None:
        """End it the way a power cut does."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start it again where it was."""
        self.process = self.stack.enter_context(
            running(self.command, lambda: redis_answers(self.settings))
        )

    def client(self) -> redis.Redis:
        return redis_client(self.settings)

    def publish(self, channel: str, payload: bytes | str) -> int:
        """Publish; how many heard it."""
        return publish(self.settings, channel, payload)


@dataclass(frozen=True)
class Certificates:
    """A private CA with a certificate for a server and one for its clients."""

    ca: Path
    server: Path
    client: Path

    @classmethod
    def write(cls, folder: Path, *names: str) -> Certificates:
        authority = trustme.CA()
        made = cls(folder / "ca.pem", folder / "server.pem", folder / "client.pem")
        authority.cert_pem.write_to_path(made.ca)
        server = authority.issue_cert(*names)
        server.private_key_and_cert_chain_pem.write_to_path(made.server)
        client = authority.issue_cert("client@example.test")
        client.private_key_and_cert_chain_pem.write_to_path(made.client)
        return made


def redis_client(settings: Redis, node: RedisNode | None = None) -> redis.Redis:
    """A synchronous client of the first node, or of the one given."""
    node = node or settings.nodes[0]
    options: dict[str, Any] = {"username": settings.user, "password": settings.password}
    if node.socket is not None:
        return redis.Redis(unix_socket_path=node.socket, db=settings.db, **options)
    if settings.tls is not None:
        options |= {"ssl": True, "ssl_cert_reqs": "none"}
        options |= {"ssl_certfile": settings.tls.cert, "ssl_keyfile": settings.tls.key}
    return redis.Redis(host=node.host, port=node.port, db=settings.db, **options)


def redis_answers(settings: Redis, node: RedisNode | None = None) -> bool:
    """Whether a PING is answered there."""
    try:
        with redis_client(settings, node) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def publish(where: Redis | RedisNode | int | str, channel: str, payload: bytes | str) -> int:
    """Publish at a port, a Unix socket path, a node or by settings; how many heard it."""
    if isinstance(where, int):
        where = RedisNode(port=where)
    elif isinstance(where, str):
        where = RedisNode(socket=where)
    settings = where if isinstance(where, Redis) else Redis(nodes=(where,))
    with redis_client(settings) as client:
        return int(client.publish(channel, payload))


@contextmanager
def redis_server(
    *,
    unix: bool = False,
    host: str = "127.0.0.1",
    password: str | None = None,
    user: str | None = None,
    tls: bool = False,
    client_certificate: bool = False,
    server_name: str = "localhost",
    db: int = 0,
    port: int | None = None,
) -> Iterator[RedisServer]:
    """Run one server with throw-away data.

    Args:
        unix: Listen on a Unix socket only.
        host: Address to listen on.
        password: Of the default user, or of ``user`` where one is given.
        user: An ACL user that may do everything; the default user is off then.
        tls: Listen with TLS only.
        client_certificate: Demand one of the client.
        server_name: The name in the server's certificate.
        db: The database number of the returned settings.
        port: A port to take instead of a free one.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        port = port or free_port(host)
        socket = str(folder / "redis.sock")
        command = [
            program("redis-server"),
            "--save",
            "",
            "--hz",
            "100",
            "--dir",
            str(folder),
            "--bind",
            host,
        ]
        certificates = Certificates.write(folder, server_name) if tls else None
        if certificates is not None:
            command += ["--port", "0", "--tls-port", str(port)]
            command += ["--tls-cert-file", str(certificates.server)]
            command += ["--tls-key-file", str(certificates.server)]
            command += ["--tls-ca-cert-file", str(certificates.ca)]
            command += ["--tls-auth-clients", "yes" if client_certificate else "no"]
        elif unix:
            command += ["--port", "0", "--unixsocket", socket, "--unixsocketperm", "777"]
        else:
            command += ["--port", str(port)]
        if user is not None:
            command += ["--user", user, "on", f">{password}", "~*", "&*", "+@all"]
            command += ["--user", "default", "off"]
        elif password is not None:
            command += ["--requirepass", password]
        settings = Redis(
            nodes=(RedisNode(socket=socket) if unix else RedisNode(host=host, port=port),),
            user=user,
            password=password,
            db=db,
            tls=_client_tls(certificates, client_certificate) if certificates else None,
        )
        process = stack.enter_context(running(command, lambda: redis_answers(settings)))
        yield RedisServer(settings, command, folder, process, certificates, stack)


def _client_tls(certificates: Certificates, client_certificate: bool) -> Tls:
    shown = certificates.client if client_certificate else None
    return Tls(ca=certificates.ca, cert=shown, key=shown)


@dataclass
class Cluster:
    """Three masters with a replica each."""

    settings: Redis
    processes: dict[int, subprocess.Popen[bytes]]

    def kill(self, port: int) -> None:
        self.processes[port].kill()
        self.processes[port].wait()


@contextmanager
def redis_cluster(*, password: str | None = None) -> Iterator[Cluster]:
    """Run a cluster of six nodes; its settings name the three masters as seeds."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(6)]
        processes = {}
        for port in ports:
            folder = stack.enter_context(scratch())
            # The bus port is the port + 10000 unless told, which may be above 65535.
            command = [program("redis-server"), "--port", str(port), "--save", "", "--hz", "100"]
            command += ["--dir", str(folder), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
            command += ["--cluster-port", str(free_port()), "--cluster-node-timeout", "1000"]
            command += ["--cluster-replica-validity-factor", "0"]
            if password is not None:
                command += ["--requirepass", password, "--masterauth", password]
            node = Redis(nodes=(RedisNode(port=port),), password=password)
            processes[port] = stack.enter_context(running(command, partial(redis_answers, node)))
        create = [program("redis-cli"), "--cluster-yes", "--cluster", "create"]
        create += [f"127.0.0.1:{port}" for port in ports] + ["--cluster-replicas", "1"]
        if password is not None:
            create += ["-a", password, "--no-auth-warning"]
        subprocess.run(create, check=True, capture_output=True, timeout=30)
        settings = Redis(
            nodes=tuple(RedisNode(port=port) for port in ports[:3]),
            mode="cluster",
            password=password,
        )
        _wait_for(lambda: all(_cluster_is_whole(settings, port) for port in ports))
        yield Cluster(settings, processes)


def _cluster_is_whole(settings: Redis, port: int) -> bool:
    with redis_client(settings, RedisNode(port=port)) as client:
        state = client.execute_command("CLUSTER INFO")
        links = client.execute_command("CLUSTER NODES")
    return bool(
        state["cluster_state"] == "ok"
        and sum("slave" in node["flags"] and node["connected"] for node in links.values()) == 3
    )


@dataclass
class SentinelTrio:
    """A master, a replica and three sentinels that watch over them."""

    settings: Redis
    master: subprocess.Popen[bytes]
    master_port: int
    replica_port: int


@contextmanager
def redis_sentinels(
    *, password: str | None = None, sentinel_password: str | None = None
) -> Iterator[SentinelTrio]:
    """Run a master with a replica under three sentinels; its settings name the sentinels."""
    with ExitStack() as stack:
        master_port, replica_port = free_port(), free_port()
        processes = []
        for port in (master_port, replica_port):
            folder = stack.enter_context(scratch())
            command = [program("redis-server"), "--port", str(port), "--save", "", "--hz", "100"]
            command += ["--dir", str(folder), "--bind", "127.0.0.1"]
            command += ["--repl-diskless-sync-delay", "0"]
            if port == replica_port:
                command += ["--replicaof", "127.0.0.1", str(master_port)]
            if password is not None:
                command += ["--requirepass", password, "--masterauth", password]
            node = Redis(nodes=(RedisNode(port=port),), password=password)
            processes.append(stack.enter_context(running(command, partial(redis_answers, node))))
        data = Redis(nodes=(RedisNode(port=replica_port),), password=password)
        _wait_for(lambda: _replica_is_linked(data))
        sentinels = [
            stack.enter_context(_sentinel(master_port, password, sentinel_password))
            for _ in range(3)
        ]
        watch = Redis(nodes=tuple(sentinels), password=sentinel_password)
        _wait_for(lambda: all(_sentinel_knows_all(watch, node) for node in sentinels))
        settings = Redis(
            nodes=tuple(sentinels), mode="sentinel", service="mymaster", password=password
        )
        yield SentinelTrio(settings, processes[0], master_port, replica_port)


@contextmanager
def _sentinel(
    master_port: int, password: str | None, own_password: str | None
) -> Iterator[RedisNode]:
    with scratch() as folder:
        port = free_port()
        lines = [
            f"port {port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel monitor mymaster 127.0.0.1 {master_port} 2",
            "sentinel down-after-milliseconds mymaster 500",
            "sentinel failover-timeout mymaster 3000",
        ]
        if password is not None:
            lines.append(f"sentinel auth-pass mymaster {password}")
        if own_password is not None:
            lines += [f"requirepass {own_password}", f"sentinel sentinel-pass {own_password}"]
        config = folder / "sentinel.conf"
        config.write_text("\n".join(lines) + "\n")
        node = RedisNode(port=port)
        settings = Redis(nodes=(node,), password=own_password)
        command = [program("redis-server"), str(config), "--sentinel"]
        with running(command, lambda: redis_answers(settings)):
            yield node


def _replica_is_linked(settings: Redis) -> bool:
    with redis_client(settings) as client:
        return bool(client.info("replication")["master_link_status"] == "up")


def _sentinel_knows_all(settings: Redis, node: RedisNode) -> bool:
    with redis_client(settings, node) as client:
        state = client.sentinel_masters()["mymaster"]
    return bool(state["num-slaves"] == 1 and state["num-other-sentinels"] == 2)


def _wait_for(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    """Ask until it is so: another process's state can only be asked for."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the servers did not come together in time")
        time.sleep(0.02)


class Listener:
    """What a subscriber was told, to be awaited.

    Attributes:
        messages: Channel and payload of each message.
        subscribed: Each subscription: whether something may have been missed.
    """

    def __init__(self, settings: Redis, *channels: str, **options: Any) -> None:
        self.messages: asyncio.Queue[tuple[bytes, bytes]] = asyncio.Queue()
        self.subscribed: asyncio.Queue[bool] = asyncio.Queue()
        self.subscriber = Subscriber(
            settings,
            channels or ("c",),
            on_message=lambda channel, payload: self.messages.put_nowait((channel, payload)),
            on_subscribed=self.subscribed.put_nowait,
            **options,
        )


@asynccontextmanager
async def listening(settings: Redis, *channels: str, **options: Any) -> AsyncIterator[Listener]:
    """Run a subscriber, to channel ``c`` unless told, until the block ends."""
    listener = Listener(settings, *channels, **options)
    task = asyncio.create_task(listener.subscriber.run())
    try:
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Wait for the log to say so; nothing else tells of an attempt that failed."""
    while text not in caplog.text:
        await asyncio.sleep(0.01)
