"""How each figure is taken."""

from __future__ import annotations

import json
import random
import signal
import time
from statistics import median, quantiles
from typing import Final

from nextcloud_push.bench.children import BenchError
from nextcloud_push.bench.client_frames import text
from nextcloud_push.bench.database import EVERYBODY, FEW, MANY, PATH, apart, covering, user
from nextcloud_push.bench.figures import Result
from nextcloud_push.bench.publisher import Written, written
from nextcloud_push.bench.stand import Growth, Stand

__all__ = [
    "base",
    "connecting",
    "custom",
    "fanout",
    "first",
    "latency",
    "mounts",
    "pause",
    "rest",
    "unheard",
]

MERGE_WINDOW: Final = 0.1
"""Seconds by which the daemon holds a notification back, on purpose."""

PACE: Final = 1.7
"""Seconds between two fan-outs: past the longest pause between two notifications of a client."""

MICRO: Final = 1e6
KIB_IN_MIB: Final = 1024


def _event(channel: str, **payload: object) -> tuple[str, str]:
    return channel, json.dumps(payload, separators=(",", ":"))


def base(stand: Stand, rounds: int) -> list[Result]:
    """Start the daemon several times; the last one stays."""
    sizes, private, times = [], [], []
    for _ in range(rounds):
        stand.start_daemon()
        size = stand.memory()
        sizes.append(size.pss / KIB_IN_MIB)
        private.append(size.private / KIB_IN_MIB)
        times.append(stand.daemon.start_time)
    return [
        Result.of("base", 0, sizes, private_mib=median(private)),
        Result.of("start", 0, times),
    ]


def connecting(growths: list[Growth], empty: int) -> list[Result]:
    """Sum up what connections cost.

    Args:
        growths: Each step.
        empty: KiB of PSS without any.
    """
    last = growths[-1]
    sizes = [empty, *(growth.memory.pss for growth in growths)]
    counts = [0, *(growth.connections for growth in growths)]
    slopes = [
        (sizes[step] - sizes[step - 1]) / (counts[step] - counts[step - 1])
        for step in range(1, len(sizes))
    ]
    cpu = [growth.cpu * MICRO for growth in growths]
    floor = median(growth.floor_cpu * MICRO for growth in growths)
    connect = Result.of("connect", last.connections, cpu, floor_accept_us=floor)
    growth = (last.memory.pss - empty) / last.connections
    return [connect, Result.of("growth", last.connections, slopes, growth)]


def rest(stand: Stand, seconds: float, rounds: int) -> Result:
    """Let the daemon alone; a whole interval between pings, so that each client has had one."""
    costs, pings = [], 0
    begin = stand.cpu()
    for _ in range(rounds):
        cpu, wall = stand.cpu(), time.monotonic()
        pings += stand.clients.watch(lambda: time.sleep(seconds / rounds)).pings
        costs.append((stand.cpu() - cpu) / (time.monotonic() - wall) * 100)
    used = stand.cpu() - begin
    stand.ping_cost = used / pings if pings else 0.0
    # Pings come in the order of the logins, some rounds have most of them: the mean is what counts.
    mean = sum(costs) / rounds
    return Result.of("rest", sum(stand.clients.open), costs, mean, seconds=seconds, pings=pings)


def fanout(stand: Stand, rounds: int) -> list[Result]:
    """Tell every client of one storage update."""
    connections = sum(stand.clients.open)
    event = _event("notify_storage_update", storage=EVERYBODY, path=PATH, file_id=1)
    update, frame = written([event]), text("notify_file")
    cpu, wall, floor_cpu, floor_wall = [], [], [], []
    stand.tell(lambda: stand.publisher.publish(update))  # asks the database, makes what is kept
    for _ in range(rounds):
        began = time.monotonic()
        floor = stand.tell_floor(frame)
        floor_cpu.append(floor.cpu / connections * MICRO)
        floor_wall.append(floor.wall * 1e3)
        time.sleep(max(PACE - (time.monotonic() - began), 0))
        told = stand.tell(lambda: stand.publisher.publish(update))
        cpu.append(told.cpu / connections * MICRO)
        wall.append((told.wall - MERGE_WINDOW) * 1e3)
    return [
        Result.ratio("fanout", connections, cpu, floor_cpu, "µs"),
        Result.ratio("fanout_wall", connections, wall, floor_wall, "ms"),
    ]


def custom(stand: Stand, rounds: int) -> Result:
    """Send each client an event of its own."""
    connections = sum(stand.clients.open)
    body = {"file": 12345678}
    events = written(
        _event("notify_custom", user=user(number), message="bench_event", body=body)
        for number in range(connections)
    )
    frame = text(f"bench_event {json.dumps(body, separators=(',', ':'))}")
    cpu, floor_cpu = [], []
    for _ in range(rounds):
        floor_cpu.append(stand.tell_floor(frame).cpu / connections * MICRO)
        told = stand.tell(lambda: stand.publisher.publish(events))
        cpu.append(told.cpu / connections * MICRO)
    return Result.ratio("custom", connections, cpu, floor_cpu, "µs")


def _cost_of_events(stand: Stand, events: Written, rounds: int) -> list[float]:
    """CPU µs of each event that nobody hears; one to the first client tells when all are done."""
    count = sum(portion[1] for portion in events)
    mark = written([_event("notify_custom", user=user(0), message="bench_done")])
    costs = []
    for _ in range(rounds):
        told = stand.tell(lambda: stand.publisher.publish([*events, *mark]), (1, 0))
        costs.append(told.cpu / count * MICRO)
    return costs


def unheard(stand: Stand, events: int, rounds: int) -> Result:
    """Publish what concerns users who are not connected."""
    nobody = written(
        _event("notify_activity", user=f"absent{number % 1000:06}") for number in range(events)
    )
    costs = _cost_of_events(stand, nobody, rounds)
    return Result.of("unheard", sum(stand.clients.open), costs, events=events)


def mounts(stand: Stand, events: int, rounds: int) -> list[Result]:
    """Publish storage updates on storages that many have mounted, none of whom is to be told."""
    results = []
    for name, storage in (
        ("apart_10k", apart(FEW)),
        ("apart_100k", apart(MANY)),
        ("covering_10k", covering(FEW)),
        ("covering_100k", covering(MANY)),
    ):
        event = _event("notify_storage_update", storage=storage, path=PATH, file_id=2)
        _load_mapping(stand, written([event]))
        costs = _cost_of_events(stand, written([event] * events), rounds)
        results.append(Result.of(name, sum(stand.clients.open), costs, events=events))
    return results


def _load_mapping(stand: Stand, update: Written) -> None:
    """Publish a first event, and wait until the database was asked for its storage."""
    before = stand.daemon.metric("mapping_query_count")
    stand.publisher.publish(update)
    deadline = time.monotonic() + 20
    while stand.daemon.metric("mapping_query_count") == before:
        if time.monotonic() > deadline:
            raise BenchError("the daemon does not ask the database for a storage")
        time.sleep(0.05)
    time.sleep(0.3)


def latency(stand: Stand, events: int, rounds: int) -> list[Result]:
    """Publish single events while nothing else happens."""
    connections = sum(stand.clients.open)
    middle, tail = [], []
    for _ in range(rounds):
        sent: list[int] = []
        chosen = random.sample(range(connections), min(events, connections))
        messages = [
            written([_event("notify_custom", user=user(number), message="bench", body=turn)])
            for turn, number in enumerate(chosen)
        ]

        def publish(messages: list[Written] = messages, sent: list[int] = sent) -> None:
            for message in messages:
                time.sleep(random.uniform(0.004, 0.012))  # noqa: S311 - guards nothing
                sent.append(time.monotonic_ns())
                stand.publisher.publish(message)

        expected = stand.clients.by_process(chosen)
        heard = stand.clients.hear(publish, expected, record=True)
        waits = [(at - sent[int(said.split()[1])]) / 1e6 for _, said, at in heard.records]
        hundredths = quantiles(waits, n=100, method="inclusive")
        middle.append(hundredths[49])
        tail.append(hundredths[98])
    return [
        Result.of("latency_p50", connections, middle),
        Result.of("latency_p99", connections, tail),
    ]


def first(stand: Stand, events: int, rounds: int) -> Result:
    """Publish single notifications to clients that have not had one before."""
    connections = sum(stand.clients.open)
    middle, longest, shortest = [], [], []
    quiet = random.sample(range(connections), connections)
    for turn in range(rounds):
        sent: dict[int, int] = {}
        chosen = quiet[turn * events : (turn + 1) * events]

        def publish(chosen: list[int] = chosen, sent: dict[int, int] = sent) -> None:
            for number in chosen:
                time.sleep(random.uniform(0.004, 0.012))  # noqa: S311 - guards nothing
                event = written([_event("notify_notification", user=user(number))])
                sent[number] = time.monotonic_ns()
                stand.publisher.publish(event)

        heard = stand.clients.hear(publish, stand.clients.by_process(chosen), record=True)
        waits = [(at - sent[number]) / 1e6 for number, _, at in heard.records]
        middle.append(median(waits))
        longest.append(max(waits))
        shortest.append(min(waits))
    return Result.of(
        "first", connections, middle, shortest_ms=min(shortest), longest_ms=max(longest)
    )


def pause(stand: Stand, connections: int, seconds: float) -> list[Result]:
    """Hold as many connections as there may be in a process, and let events flow."""
    stand.start_daemon(ticking=True)
    stand.clients.log_in(stand.daemon.port, connections, stand.publisher)
    time.sleep(1.0)
    process = stand.daemon.process
    process.send_signal(signal.SIGUSR1)
    heard = stand.clients.watch(lambda: _let_events_flow(stand, connections, seconds))
    process.send_signal(signal.SIGUSR1)
    deadline = time.monotonic() + 20
    while not stand.pauses.exists():
        if time.monotonic() > deadline:
            raise BenchError("the daemon with a ticker does not say what it saw")
        time.sleep(0.05)
    seen = json.loads(stand.pauses.read_text())
    walls = [wall * 1e3 for wall, _ in seen["longest"]] or [0.0]
    busy = [cpu * 1e3 for _, cpu in seen["longest"]] or [0.0]
    flow = {"ticks": seen["ticks"], "seconds": seconds, "messages": heard.count}
    return [
        Result.of("pause", connections, walls, walls[0], cpu_of_each_ms=busy, **flow),
        Result.of("pause_cpu", connections, busy, seen["longest_on_cpu"] * 1e3),
    ]


def _let_events_flow(stand: Stand, connections: int, seconds: float) -> None:
    """Some 400 events a second of every kind, and a storage update to every client now and then."""
    everybody = written([_event("notify_storage_update", storage=EVERYBODY, path=PATH, file_id=3)])
    end = time.monotonic() + seconds
    next_fanout = time.monotonic() + seconds / 24
    while time.monotonic() < end:
        names = [user(random.randrange(2 * connections)) for _ in range(3)]  # noqa: S311 - as above
        events = [
            _event("notify_custom", user=names[0], message="bench_event", body=[1, 2, 3]),
            _event("notify_activity", user=names[1]),
            _event("notify_notification", user=names[2]),
            _event("notify_storage_update", storage=apart(FEW), path=PATH, file_id=4),
        ]
        stand.publisher.publish(written(events))
        if time.monotonic() >= next_fanout:
            stand.publisher.publish(everybody)
            next_fanout += seconds / 12
        time.sleep(0.01)
