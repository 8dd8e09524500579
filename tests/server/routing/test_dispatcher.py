from collections.abc import Iterable

import pytest

from nextcloud_push.server import events
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.delivery.messages import Kind, News
from nextcloud_push.server.routing import dispatcher as module
from nextcloud_push.server.routing import storage_access
from nextcloud_push.server.routing.dispatcher import Dispatcher
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import StorageAccess


class Client:
    def __init__(self, user: str) -> None:
        self.user = user
        self.heard: list[tuple[Kind, tuple[int, ...]] | bytes] = []

    def tell(self, news: News) -> None:
        self.heard.append((news.kind, tuple(news.ids)))

    def send(self, frame: bytes) -> None:
        self.heard.append(frame)

    def close(self, code: int) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


class World:
    """A dispatcher with alice connected, and everything it asks for written down."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.alice = Client("alice")
        self.hub.add(self.alice)
        self.access = StorageAccess(100, lambda: None, draw=lambda: 240.0)
        self.tokens = Tokens()
        self.asked: list[tuple[object, ...]] = []
        self.dropped = 0
        self.wakes: list[float] = []
        self.dispatcher = Dispatcher(
            hub=self.hub, access=self.access, tokens=self.tokens, control=self
        )

    def remember_cookie(self, cookie: int) -> None:
        self.asked.append(("cookie", cookie))

    def change_log_level(self, specification: str | None) -> None:
        self.asked.append(("log", specification))

    def publish_metrics(self) -> None:
        self.asked.append(("metrics",))

    def reset_connections(self) -> None:
        self.asked.append(("reset",))

    def refresh_user(self, user: str, refresh: int) -> None:
        self.asked.append(("refresh", user, refresh))

    def wake_at(self, when: float) -> None:
        self.wakes.append(when)

    def count_dropped(self, count: int) -> None:
        self.dropped += count

    def file(self, storage: int, file_id: int | None, now: float = 0.0) -> None:
        self.dispatcher.handle(events.StorageUpdate(storage, "files/a", file_id), now)

    def load(self, *storages: int, now: float = 0.0) -> None:
        self.access.take_wanted()
        for storage in storages:
            self.access.loaded(storage, [("alice", "")], now)
            self.dispatcher.mappings_loaded([storage], now)

    def fail(self, now: float = 0.0) -> None:
        self.dispatcher.database_up = False
        self.access.failed(self.access.take_wanted())
        self.dispatcher.advance(now)

    def heard_ids(self) -> list[int]:
        return [one for item in self.alice.heard if isinstance(item, tuple) for one in item[1]]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("event", "asked"),
    [
        (events.TestCookie(5), ("cookie", 5)),
        (events.Config("debug"), ("log", "debug")),
        (events.Config(None), ("log", None)),
        (events.Query(), ("metrics",)),
        (events.Signal(), ("reset",)),
    ],
)
def test_what_concerns_the_daemon_itself(
    world: World, event: events.Event, asked: tuple[object, ...]
) -> None:
    world.dispatcher.handle(event, 0.0)
    assert world.asked == [asked]


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (events.Activity("alice"), (Kind.ACTIVITY, ())),
        (events.Notification("alice"), (Kind.NOTIFICATION, ())),
        (events.Custom("alice", "m"), b"\x81\x01m"),
        (events.ShareCreated("alice"), (Kind.FILE, ())),
        (events.GroupUpdate("alice", "g"), (Kind.FILE, ())),
    ],
)
def test_what_concerns_one_user(world: World, event: events.Event, heard: object) -> None:
    world.dispatcher.handle(event, 0.0)
    assert world.alice.heard == [heard]


@pytest.mark.parametrize(
    "event",
    [
        events.Activity("bob"),
        events.Notification("bob"),
        events.Custom("bob", "m"),
        events.ShareCreated("bob"),
    ],
)
def test_what_concerns_nobody_here_asks_for_nothing(world: World, event: events.Event) -> None:
    world.dispatcher.handle(event, 0.0)
    assert (world.alice.heard, world.asked) == ([], [])


def test_token_is_remembered(world: World) -> None:
    world.dispatcher.handle(events.PreAuth("alice", "secret"), 0.0)
    assert world.tokens.take("secret", 1.0) == "alice"


def test_file_event_with_a_known_mapping_is_delivered_at_once(world: World) -> None:
    world.load(1)
    world.file(1, 7)
    world.file(1, None)
    assert world.alice.heard == [(Kind.FILE, (7,)), (Kind.FILE, ())]


def test_file_events_wait_for_their_mapping_and_keep_their_order(world: World) -> None:
    world.load(2)
    for storage, file_id in ((1, 1), (2, 2), (1, 3)):
        world.file(storage, file_id)
    assert world.dispatcher.waiting == 3
    world.load(1)
    assert world.heard_ids() == [1, 2, 3]


def test_share_event_keeps_its_place_among_file_events(world: World) -> None:
    world.file(1, 1)
    world.dispatcher.handle(events.ShareCreated("alice"), 0.0)
    assert world.alice.heard == []
    world.load(1)
    world.dispatcher.refreshed([1], 0.0)
    assert world.alice.heard == [(Kind.FILE, (1,)), (Kind.FILE, ())]


def test_share_event_of_somebody_who_left_meanwhile_is_forgotten(world: World) -> None:
    world.file(1, 1)
    world.dispatcher.handle(events.ShareCreated("alice"), 0.0)
    world.hub.remove(world.alice)
    world.load(1)
    assert world.alice.heard == []


def test_activity_never_waits_behind_a_file_event(world: World) -> None:
    world.file(1, 1)
    world.dispatcher.handle(events.Activity("alice"), 0.0)
    assert world.alice.heard == [(Kind.ACTIVITY, ())]


def test_unknown_mapping_holds_up_others_for_a_second_at_most(world: World) -> None:
    world.load(2)
    world.file(1, 1, now=10.0)
    world.file(2, 2, now=10.5)
    assert world.wakes[-1] == 11.0
    world.dispatcher.tick(11.0)
    assert world.heard_ids() == [2]
    world.load(1, now=12.0)
    assert world.heard_ids() == [2, 1]


def test_during_an_outage_known_mappings_go_ahead_at_once(world: World) -> None:
    world.load(2)
    world.file(1, 1)
    world.fail()
    world.file(2, 2)
    assert world.heard_ids() == [2]


def test_events_of_an_outage_are_delivered_after_it_in_order(world: World) -> None:
    world.file(1, 1, now=0.0)
    world.fail()
    world.file(1, 2, now=5.0)
    assert world.dispatcher.waiting == 2
    world.load(1, now=30.0)
    assert (world.heard_ids(), world.dispatcher.waiting) == ([1, 2], 0)


def test_events_wait_a_minute_at_most(world: World) -> None:
    world.file(1, 1, now=0.0)
    world.file(2, 2, now=1.0)
    world.fail()
    world.file(1, 3, now=30.0)
    world.dispatcher.tick(60.0)
    assert (world.dropped, world.dispatcher.waiting) == (1, 2)
    world.dispatcher.tick(61.0)
    assert world.dropped == 2
    world.load(1, 2, now=62.0)
    assert world.heard_ids() == [3]


def test_only_so_many_storages_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_STORAGES", 2)
    world.fail()
    for storage in (1, 2, 3, 1):
        world.file(storage, storage)
    assert (world.dropped, world.dispatcher.waiting) == (1, 3)
    assert world.access.take_wanted() == [1, 2]


def test_only_so_many_events_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_EVENTS", 3)
    for file_id in range(5):
        world.file(1, file_id)
    assert (world.dropped, world.dispatcher.waiting) == (2, 3)


def test_storage_update_waits_for_a_refresh_that_began_before_it(world: World) -> None:
    world.access.loaded(1, [], 0.0)
    world.dispatcher.handle(events.ShareCreated("alice"), 0.0)
    assert world.asked == [("refresh", "alice", 1)]
    world.file(1, 7)
    assert world.heard_ids() == []
    world.access.replace_user("alice", [(1, "files")])
    world.dispatcher.refreshed([1], 0.1)
    assert world.heard_ids() == [7]


def test_storage_update_does_not_wait_for_a_later_refresh(world: World) -> None:
    world.load(1)
    world.dispatcher.handle(events.ShareCreated("alice"), 0.0)
    world.file(1, 7)
    world.dispatcher.handle(events.ShareCreated("alice"), 0.0)
    world.dispatcher.refreshed([1], 0.1)
    assert world.heard_ids() == [7]


def test_storage_update_waits_for_a_refresh_a_second_at_most(world: World) -> None:
    world.load(1)
    world.dispatcher.handle(events.ShareCreated("alice"), 10.0)
    world.file(1, 7, now=10.2)
    assert world.wakes[-1] == pytest.approx(11.2)
    world.dispatcher.tick(11.3)
    assert world.heard_ids() == [7]


def test_smallest_cache_delivers_every_event(world: World) -> None:
    world.access.capacity = 1
    for storage, file_id in ((1, 1), (2, 2), (1, 3)):
        world.file(storage, file_id)
    rounds: Iterable[list[int]] = iter(world.access.take_wanted, [])
    for wanted in rounds:
        for storage in wanted:
            world.access.loaded(storage, [("alice", "")], 0.0)
            world.dispatcher.mappings_loaded([storage], 0.0)
    assert world.heard_ids() == [1, 2, 3]


def test_user_whose_mounts_changed_while_away_is_refreshed_on_return(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_AWAY", 2)
    for user in ("bob", "carol", "dave"):
        world.dispatcher.handle(events.ShareCreated(user), 0.0)
    for user in ("bob", "carol", "carol", "dave"):
        world.dispatcher.user_came(user)
    assert world.asked == [("refresh", "carol", 1), ("refresh", "dave", 2)]


def test_events_set_aside_wait_on_when_the_mapping_is_too_old(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_access, "USERS_KEPT", 1)
    world.file(1, 7)
    world.fail()
    world.access.take_wanted()
    for user in ("x", "y", "z"):
        world.access.replace_user(user, [])
    world.access.loaded(1, [("alice", "")], 0.0)
    world.dispatcher.mappings_loaded([1], 0.0)
    assert (world.heard_ids(), world.dispatcher.waiting) == ([], 1)
    world.load(1)
    assert (world.heard_ids(), world.dispatcher.waiting) == ([7], 0)


def test_many_that_waited_are_delivered_in_slices(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ADVANCE_SLICE", 2)
    for file_id in range(5):
        world.file(1, file_id)
    world.load(1, now=0.5)
    assert world.wakes[-1] == 0.5
    for _ in range(2):
        world.dispatcher.tick(0.5)
    assert world.heard_ids() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("arrived", [0.1, 0.3, 1.1, 4.7, 1e6 + 0.1, 123456.789])
def test_time_it_asks_to_be_woken_at_is_time_enough(world: World, arrived: float) -> None:
    world.file(1, 7, now=arrived)
    world.dispatcher.tick(world.wakes[-1])
    assert world.dispatcher.waiting == 1
    assert world.wakes[-1] >= world.wakes[0] + module.PATIENCE / 2  # not at once again
