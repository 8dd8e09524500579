"""How many bytecode instructions the pure hot paths take: a figure that no other load disturbs.

Instructions depend on the minor version of Python and on nothing else of the machine, hence the
figures in hot_paths.json are kept by version. Re-record them, with the reason, by

    python tests/bench/hot_paths.py --reason "why they changed"

Only this package's own code is counted: what the libraries do varies with their versions.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import nextcloud_push
from nextcloud_push.bench.client_frames import login, pong
from nextcloud_push.server.delivery.connection import Connection
from nextcloud_push.server.delivery.frame_reader import FrameReader
from nextcloud_push.server.delivery.gateway import Gateway, Limits
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.delivery.notification import FILE, Notification
from nextcloud_push.server.delivery.outbox import Outbox
from nextcloud_push.server.delivery.timer_wheel import TimerWheel
from nextcloud_push.server.events import decode
from nextcloud_push.server.metrics import Counters
from nextcloud_push.server.routing.dispatcher import Dispatcher
from nextcloud_push.server.routing.driver import RoutingDriver
from nextcloud_push.server.routing.load_queue import LoadQueue
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import StorageAccess

RECORD = Path(__file__).with_name("hot_paths.json")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PACKAGE = str(Path(nextcloud_push.__file__).parent)
CLIENTS = 50


class Clock:
    """As much of an event loop as the hot paths use, with a clock that is moved."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._calls: list[tuple[float, int, SimpleNamespace]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, call: Callable[..., None], *arguments: Any) -> Any:
        handle = SimpleNamespace(run=lambda: call(*arguments), wanted=True)
        handle.cancel = lambda: setattr(handle, "wanted", False)
        heapq.heappush(self._calls, (when, next(self._order), handle))
        return handle

    def call_later(self, delay: float, call: Callable[..., None], *arguments: Any) -> Any:
        return self.call_at(self._now + delay, call, *arguments)

    def call_soon(self, call: Callable[..., None], *arguments: Any) -> Any:
        return self.call_at(self._now, call, *arguments)

    def pass_time(self, seconds: float) -> None:
        end = self._now + seconds
        while self._calls and self._calls[0][0] <= end:
            when, _, handle = heapq.heappop(self._calls)
            self._now = max(self._now, when)
            if handle.wanted:
                handle.run()
        self._now = end


class Daemon:
    """The parts that an event passes on its way, with clients that are lists."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.written: list[list[bytes]] = []
        self.connections: list[Connection] = []
        self._tokens = Tokens()
        self._hub = Hub(self.clock.call_soon)
        queue = LoadQueue(on_storage=lambda: None, on_user=lambda: None)
        access = StorageAccess(1000, queue)
        dispatcher = Dispatcher(hub=self._hub, access=access, tokens=self._tokens, queue=queue)
        self._gateway = Gateway(
            hub=self._hub,
            limits=Limits(
                connections_per_user=64, connection_time=0.0, debounce_time=1.0, debounce=True
            ),
            counters=Counters(),
            log=SimpleNamespace(sent=False),
            authenticate=None,  # type: ignore[arg-type]  # every login here is by token
            take_token=self._tokens.take,
            on_user_came=dispatcher.user_came,
            loop=self.clock,  # type: ignore[arg-type]  # as much of a loop as is used
        )
        self._routing = RoutingDriver(self.clock, dispatcher, {})  # type: ignore[arg-type]  # likewise
        for number in range(CLIENTS):
            self._log_in(f"user{number}")
        for storage, user in ((1, "user"), (2, "absent")):
            access.find(storage, self.clock.time())
            access.begin_loading()
            rows = [(f"{user}{number}", "files") for number in range(CLIENTS)]
            access.loaded(storage, rows, self.clock.time())

    def _log_in(self, user: str) -> None:
        self._tokens.add(f"token-{user}", user, self.clock.time())
        written: list[bytes] = []
        transport = SimpleNamespace(write=written.append, get_write_buffer_size=lambda: 0)
        connection = Connection(self._gateway, transport, None)  # type: ignore[arg-type]  # likewise
        connection.data_received(login(f"token-{user}"))
        assert written == [b"\x81\x0dauthenticated"]
        written.clear()
        self.written.append(written)
        self.connections.append(connection)

    def publish(self, channel: bytes, payload: bytes) -> None:
        self._routing.handle(decode(channel, payload))

    def take_written(self) -> int:
        count = sum(map(len, self.written))
        for written in self.written:
            written.clear()
        return count


def instructions(work: Callable[[], object]) -> int:
    """Bytecode instructions of this package that are executed by some work."""
    count = 0

    def within(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "opcode"
        return within

    def entering(frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return within

    before = sys.gettrace()
    if before is None:  # Python 3.12 tells of opcodes once a frame wanted them before
        sys._getframe().f_trace_opcodes = True
    sys.settrace(entering)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def fan_out() -> float:
    """A storage update, for each client that is told: a second one, as the first makes outboxes."""
    daemon = Daemon()
    update = b'{"storage":1,"path":"files/documents/a.txt","file_id":7}'

    def tell() -> None:
        daemon.publish(b"notify_storage_update", update)
        daemon.clock.pass_time(0.2)

    tell()
    daemon.clock.pass_time(2.0)
    daemon.take_written()
    count = instructions(tell)
    assert daemon.take_written() == CLIENTS
    return count / CLIENTS


def custom_event() -> float:
    """A custom event to a client."""
    daemon = Daemon()
    payload = b'{"user":"user1","message":"hello","body":{"a":1}}'
    count = instructions(lambda: daemon.publish(b"notify_custom", payload))
    assert daemon.take_written() == 1
    return count


def unheard_event() -> float:
    """An event for a user who is not connected."""
    daemon = Daemon()
    return instructions(lambda: daemon.publish(b"notify_activity", b'{"user":"nobody"}'))


def update_of_absent_users() -> float:
    """A storage update that concerns many, none of them connected."""
    daemon = Daemon()
    update = b'{"storage":2,"path":"files/documents/a.txt","file_id":7}'
    daemon.publish(b"notify_storage_update", update)  # counts who is connected
    count = instructions(lambda: daemon.publish(b"notify_storage_update", update))
    assert daemon.take_written() == 0
    return count


def ping_and_pong() -> float:
    """A ping to a quiet client, and its pong."""
    daemon = Daemon()

    def keep_alive() -> None:
        daemon.clock.pass_time(31.0)
        for connection, written in zip(daemon.connections, daemon.written, strict=True):
            connection.data_received(pong(written[0][2:]))

    count = instructions(keep_alive)
    assert daemon.take_written() == CLIENTS
    return count / CLIENTS


def read_frame() -> float:
    """A text message from a client."""
    frame = login("token")[6:]
    return instructions(lambda: FrameReader().feed(frame))


def outbox() -> float:
    """One notification put into an outbox and taken out when it is due."""
    box = Outbox(1.0)
    notification = Notification(FILE, 1.0, 1.0, (7,))

    def use() -> None:
        box.put(notification, 1.0)
        assert box.take(2.0) == [notification]

    return instructions(use)


def timer_wheel() -> float:
    """One of many items of a tick: scheduled, and taken out again."""
    wheel: TimerWheel[int] = TimerWheel(0.01)

    def use() -> None:
        for item in range(CLIENTS):
            wheel.schedule(5.0, item)
        assert len(wheel.pop_due(6.0) or ()) == CLIENTS

    return instructions(use) / CLIENTS


HOT_PATHS = {
    path.__name__: path
    for path in (
        fan_out,
        custom_event,
        unheard_event,
        update_of_absent_users,
        ping_and_pong,
        read_frame,
        outbox,
        timer_wheel,
    )
}


def main() -> None:
    """Record the present figures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--reason", required=True, help="why the figures changed")
    reason = parser.parse_args().reason
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    counts = {name: round(path(), 1) for name, path in HOT_PATHS.items()}
    record[VERSION] = {"reason": reason, "instructions": counts}
    RECORD.write_text(json.dumps(record, indent=2) + "\n")
    sys.stdout.write(json.dumps(record[VERSION], indent=2) + "\n")


if __name__ == "__main__":
    main()
