"""When a notification is sent: measured with a clock that the test moves, and once with a watch.

Deadlines are kept to a hundredth of a second.
"""

from __future__ import annotations

import time

import pytest

from support.bus import Bus
from support.daemon import DaemonProcess, Start
from support.in_process import InProcessDaemon, StartTimed
from support.websocket import WebSocket

TICK = 0.01
KINDS = {
    "file": ("user_share_created", "notify_file"),
    "activity": ("activity", "notify_activity"),
    "notification": ("notification", "notify_notification"),
}


class Bench:
    """A client of a daemon whose clock stands."""

    def __init__(self, daemon: InProcessDaemon, bus: Bus, user: str) -> None:
        self.daemon = daemon
        self.bus = bus
        self.user = user
        self.client: WebSocket = daemon.log_in(user)
        daemon.stop_clock()

    def event(self, kind: str = "notification") -> None:
        """Let something happen now; by itself it makes nothing be sent."""
        self.bus.publish(KINDS[kind][0], {"user": self.user})
        assert self.sent() == []

    def sent(self) -> list[str]:
        """What was sent until now."""
        return self.bus.fence(self.client, self.user)

    def after(self, seconds: float) -> list[str]:
        """Let time pass; what was sent by its end."""
        self.daemon.move(seconds)
        return self.sent()

    def until_sent(self, limit: float = 20.0) -> float:
        """The time that passes until something is sent, in steps of a tick."""
        for step in range(1, round(limit / TICK)):
            if self.after(TICK):
                return step * TICK
        raise AssertionError("nothing was sent")


@pytest.fixture
def bench(timed: InProcessDaemon, bus: Bus, user: str) -> Bench:
    return Bench(timed, bus, user)


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def test_sent_when_the_last_event_is_100_ms_old(bench: Bench, kind: str):
    bench.event(kind)
    assert bench.after(0.095) == []
    assert bench.after(0.02) == [KINDS[kind][1]]


def test_a_burst_is_one_message(bench: Bench, kind: str):
    for _ in range(50):
        bench.event(kind)
    assert bench.after(0.12) == [KINDS[kind][1]]
    assert bench.after(20) == []


def test_a_further_event_prolongs_the_window(bench: Bench, kind: str):
    bench.event(kind)
    assert bench.after(0.06) == []
    bench.event(kind)
    assert bench.after(0.09) == []
    assert bench.after(0.025) == [KINDS[kind][1]]


def test_no_longer_than_500_ms_after_the_first(bench: Bench, kind: str):
    for _ in range(9):
        bench.event(kind)
        assert bench.after(0.055) == []
    bench.event(kind)
    assert bench.after(0.02) == [KINDS[kind][1]]


def test_notifications_are_a_second_apart(bench: Bench):
    bench.event()
    bench.after(0.12)
    for _ in range(3):
        bench.event()
        assert bench.after(0.97) == []
        assert bench.after(0.04) == ["notify_notification"]


@pytest.mark.parametrize("kind", ["file", "activity"])
def test_files_and_activities_are_a_drawn_time_apart(bench: Bench, kind: str):
    bench.event(kind)
    bench.after(0.12)
    gaps = []
    for _ in range(3):
        bench.event(kind)
        gaps.append(bench.until_sent())
    assert 0.5 - 2 * TICK <= min(gaps) <= max(gaps) <= 1.5 + 2 * TICK
    assert max(gaps) - min(gaps) <= 2.5 * TICK, "the factor is drawn once a connection"


def test_an_event_after_the_pause_waits_for_the_window_only(bench: Bench, kind: str):
    bench.event(kind)
    bench.after(0.12)
    bench.after(16)
    bench.event(kind)
    assert bench.after(0.095) == []
    assert bench.after(0.02) == [KINDS[kind][1]]


def test_kinds_do_not_hold_each_other_up(bench: Bench):
    bench.event("file")
    bench.after(0.12)
    bench.event("file")
    bench.event("activity")
    bench.event("notification")
    assert bench.after(0.12) == ["notify_activity", "notify_notification"]


def test_at_equal_times_file_goes_first_then_activity(bench: Bench):
    for kind in ("notification", "activity", "file"):
        bench.event(kind)
    assert bench.after(0.12) == ["notify_file", "notify_activity", "notify_notification"]


def test_what_fell_due_first_goes_first(bench: Bench):
    bench.event("notification")
    bench.daemon.move(0.03)
    bench.event("activity")
    bench.daemon.move(0.03)
    bench.event("file")
    assert bench.after(0.2) == ["notify_notification", "notify_activity", "notify_file"]


def test_a_steady_stream_does_not_starve(bench: Bench, kind: str):
    sent = []
    for _ in range(200):  # one every 50 ms for 10 s
        bench.event(kind)
        sent += bench.after(0.05)
    assert 6 <= len(sent) <= 20


# How long the pause is


def crowd(daemon: InProcessDaemon, count: int) -> list[WebSocket]:
    return [daemon.connect().log_in(f"crowd{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("others", "longest", "base"),
    [(18, 15, 1), (19, 15, 2), (49, 15, 5), (49, 3, 3), (49, 0, 1), (49, 2.5, 2.5), (169, 15, 15)],
)
@pytest.mark.parametrize("kind", ["file", "activity"])
def test_the_pause_grows_with_the_active_connections(
    start_timed: StartTimed,
    bus: Bus,
    user: str,
    kind: str,
    others: int,
    longest: float,
    base: float,
):
    bench = Bench(daemon := start_timed(max_debounce_time=longest), bus, user)
    crowd(daemon, others)
    bench.event(kind)
    assert bench.after(0.12) == [KINDS[kind][1]]
    bench.event(kind)
    assert bench.after(0.5 * base - 0.02) == []
    assert bench.after(base + 0.04) == [KINDS[kind][1]]


def test_the_pause_is_that_of_the_moment(timed: InProcessDaemon, bus: Bus, user: str):
    bench = Bench(timed, bus, user)
    others = crowd(timed, 99)
    bench.event("file")
    bench.after(0.12)
    for client in others:
        client.close()
        client.read_to_end()
    bench.event("file")
    assert bench.after(0.45) == []
    assert bench.after(1.15) == ["notify_file"]


def test_connections_draw_different_factors(timed: InProcessDaemon, bus: Bus, user: str):
    clients = [timed.log_in(user) for _ in range(12)]
    timed.stop_clock()
    times: dict[int, int] = {}
    bus.publish("activity", {"user": user})
    bus.fence(clients[0], user)
    timed.move(0.12)
    for client in clients:
        assert bus.fence(client, user).count("notify_activity") == 1
    bus.publish("activity", {"user": user})
    for step in range(16):
        timed.move(0.1)
        bus.custom(user, "step")
        for number, client in enumerate(clients):
            if client.receive_until("step")[-1:] == ["notify_activity"]:
                times[number] = step
    assert len(times) == 12
    assert len(set(times.values())) >= 3


def test_notifications_do_not_care_how_many_there_are(timed: InProcessDaemon, bus: Bus, user: str):
    bench = Bench(timed, bus, user)
    crowd(timed, 99)
    bench.event()
    bench.after(0.12)
    bench.event()
    assert bench.after(0.97) == []
    assert bench.after(0.04) == ["notify_notification"]


# Without a made-up clock


def test_debouncing_can_be_turned_off(prompt: DaemonProcess, bus: Bus, user: str, kind: str):
    client = prompt.log_in(user)
    for _ in range(5):
        bus.publish(KINDS[kind][0], {"user": user})
    assert bus.fence(client, user) == [KINDS[kind][1]] * 5


@pytest.mark.parametrize("value", ["0", "x"])
def test_the_switch_is_being_set_at_all(start: Start, bus: Bus, user: str, value: str):
    daemon = start(env={"DEBOUNCE_DISABLE": value})
    client = daemon.log_in(user)
    for _ in range(3):
        bus.publish("activity", {"user": user})
    assert bus.fence(client, user) == ["notify_activity"] * 3


def test_the_first_notification_of_a_quiet_client(push: DaemonProcess, bus: Bus, user: str):
    client = push.log_in(user)
    waits = []
    for kind in KINDS:
        published = time.monotonic()
        bus.publish(KINDS[kind][0], {"user": user})
        assert client.receive() == KINDS[kind][1]
        waits.append(time.monotonic() - published)
    assert min(waits) >= 0.099  # that it is not much more is shown with a clock that is moved


def test_a_steady_stream_by_the_watch(push: DaemonProcess, bus: Bus, user: str):
    client = push.log_in(user)
    begun = time.monotonic()
    heard: list[str] = []
    while len(heard) < 3:  # it does not starve
        bus.publish("notification", {"user": user})
        heard += client.receive_for(0.05)
    assert heard == ["notify_notification"] * 3
    assert time.monotonic() - begun >= 2.09  # the window, and two pauses
