from collections.abc import Iterable

import pytest

from nextcloud_push.server import events
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.delivery.notification import ACTIVITY, FILE, NOTIFICATION, Notification
from nextcloud_push.server.routing import dispatcher as module
from nextcloud_push.server.routing import storage_access
from nextcloud_push.server.routing.dispatcher import Dispatcher
from nextcloud_push.server.routing.load_queue import LoadQueue
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import StorageAccess


class Client:
    def __init__(self, user: str) -> None:
        self.user = user
        self.heard: list[tuple[int, tuple[int, ...]] | bytes] = []

    def notify(self, notification: Notification) -> None:
        self.heard.append((notification.kind, tuple(notification.ids)))

    def send(self, frame: bytes) -> None:
        self.heard.append(frame)

    def close(self, code: int) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


class World:
    """A dispatcher with alice connected, and the queue that it feeds."""

    def __init__(self) -> None:
        self.hub = Hub(lambda call: None)
        self.alice = Client("alice")
        self.hub.add(self.alice)
        self.queue = LoadQueue(on_storage=lambda: None, on_user=lambda: None)
        self.access = StorageAccess(100, self.queue, draw=lambda: 240.0)
        self.tokens = Tokens()
        self.dispatcher = Dispatcher(
            hub=self.hub, access=self.access, tokens=self.tokens, queue=self.queue
        )

    def handle(self, event: events.Event, now: float) -> None:
        self.dispatcher.handlers[type(event)](event, now)

    def users_wanted(self) -> list[tuple[str, list[int]]]:
        return list(iter(lambda: self.queue.take_user(lambda user: False), None))

    def file(self, storage: int, file_id: int | None, now: float = 0.0) -> None:
        self.handle(events.StorageUpdate(storage, "files/a", file_id), now)

    def load(self, *storages: int, now: float = 0.0) -> None:
        self.access.begin_loading()
        for storage in storages:
            self.access.loaded(storage, [("alice", "")], now)
            self.dispatcher.mappings_loaded([storage], now)

    def fail(self, now: float = 0.0) -> None:
        self.queue.database_answers = False
        self.access.failed(self.access.begin_loading())
        self.dispatcher.mappings_loaded([], now)

    def heard_ids(self) -> list[int]:
        return [one for item in self.alice.heard if isinstance(item, tuple) for one in item[1]]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (events.Activity("alice"), (ACTIVITY, ())),
        (events.Notification("alice"), (NOTIFICATION, ())),
        (events.Custom("alice", "m"), b"\x81\x01m"),
        (events.ShareCreated("alice"), (FILE, ())),
        (events.GroupUpdate("alice", "g"), (FILE, ())),
    ],
)
def test_what_concerns_one_user(world: World, event: events.Event, heard: object) -> None:
    world.handle(event, 0.0)
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
    world.handle(event, 0.0)
    assert (world.alice.heard, world.users_wanted()) == ([], [])


def test_token_is_remembered(world: World) -> None:
    world.handle(events.PreAuth("alice", "secret"), 0.0)
    assert world.tokens.take("secret", 1.0) == "alice"


def test_file_event_with_a_known_mapping_is_delivered_at_once(world: World) -> None:
    world.load(1)
    world.file(1, 7)
    world.file(1, None)
    assert world.alice.heard == [(FILE, (7,)), (FILE, ())]


def test_file_events_wait_for_their_mapping_and_keep_their_order(world: World) -> None:
    world.load(2)
    for storage, file_id in ((1, 1), (2, 2), (1, 3)):
        world.file(storage, file_id)
    assert world.dispatcher.waiting == 3
    world.load(1)
    assert world.heard_ids() == [1, 2, 3]


def test_share_event_keeps_its_place_among_file_events(world: World) -> None:
    world.file(1, 1)
    world.handle(events.ShareCreated("alice"), 0.0)
    assert world.alice.heard == []
    world.load(1)
    world.dispatcher.refreshed([1], 0.0)
    assert world.alice.heard == [(FILE, (1,)), (FILE, ())]


def test_share_event_of_somebody_who_left_meanwhile_is_forgotten(world: World) -> None:
    world.file(1, 1)
    world.handle(events.ShareCreated("alice"), 0.0)
    world.hub.remove(world.alice)
    world.load(1)
    assert world.alice.heard == []


def test_activity_never_waits_behind_a_file_event(world: World) -> None:
    world.file(1, 1)
    world.handle(events.Activity("alice"), 0.0)
    assert world.alice.heard == [(ACTIVITY, ())]


def test_unknown_mapping_holds_up_others_for_a_second_at_most(world: World) -> None:
    world.load(2)
    world.file(1, 1, now=10.0)
    world.file(2, 2, now=10.5)
    assert world.dispatcher.wake == 11.0
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
    assert (world.dispatcher.dropped, world.dispatcher.waiting) == (1, 2)
    world.dispatcher.tick(61.0)
    assert world.dispatcher.dropped == 2
    world.load(1, 2, now=62.0)
    assert world.heard_ids() == [3]


def test_only_so_many_storages_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_STORAGES", 2)
    world.fail()
    for storage in (1, 2, 3, 1):
        world.file(storage, storage)
    assert (world.dispatcher.dropped, world.dispatcher.waiting) == (1, 3)
    assert world.access.begin_loading() == [1, 2]


def test_only_so_many_events_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_EVENTS", 3)
    for file_id in range(5):
        world.file(1, file_id)
    assert (world.dispatcher.dropped, world.dispatcher.waiting) == (2, 3)


def test_storage_update_waits_for_a_refresh_that_began_before_it(world: World) -> None:
    world.access.loaded(1, [], 0.0)
    world.handle(events.ShareCreated("alice"), 0.0)
    assert world.users_wanted() == [("alice", [1])]
    world.file(1, 7)
    assert world.heard_ids() == []
    world.access.replace_user("alice", [(1, "files")])
    world.dispatcher.refreshed([1], 0.1)
    assert world.heard_ids() == [7]


def test_storage_update_does_not_wait_for_a_later_refresh(world: World) -> None:
    world.load(1)
    world.handle(events.ShareCreated("alice"), 0.0)
    world.file(1, 7)
    world.handle(events.ShareCreated("alice"), 0.0)
    world.dispatcher.refreshed([1], 0.1)
    assert world.heard_ids() == [7]


def test_storage_update_waits_for_a_refresh_a_second_at_most(world: World) -> None:
    world.load(1)
    world.handle(events.ShareCreated("alice"), 10.0)
    world.file(1, 7, now=10.2)
    assert world.dispatcher.wake == pytest.approx(11.2)
    world.dispatcher.tick(11.3)
    assert world.heard_ids() == [7]


def test_smallest_cache_delivers_every_event(world: World) -> None:
    world.access.capacity = 1
    for storage, file_id in ((1, 1), (2, 2), (1, 3)):
        world.file(storage, file_id)
    rounds: Iterable[list[int]] = iter(world.access.begin_loading, [])
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
        world.handle(events.ShareCreated(user), 0.0)
    for user in ("bob", "carol", "carol", "dave"):
        world.dispatcher.user_came(user)
    assert world.users_wanted() == [("carol", [1]), ("dave", [2])]


def test_events_set_aside_wait_on_when_the_mapping_is_too_old(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_access, "USERS_KEPT", 1)
    world.file(1, 7)
    world.fail()
    world.access.begin_loading()
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
    assert world.dispatcher.wake == 0.5
    for _ in range(2):
        world.dispatcher.tick(0.5)
    assert world.heard_ids() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("arrived", [0.1, 0.3, 1.1, 4.7, 1e6 + 0.1, 123456.789])
def test_time_it_asks_to_be_woken_at_is_time_enough(world: World, arrived: float) -> None:
    world.file(1, 7, now=arrived)
    woken = world.dispatcher.wake
    world.dispatcher.tick(woken)
    assert world.dispatcher.waiting == 1
    assert world.dispatcher.wake == woken + module.PATIENCE  # not at once again


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (True, "1 file events dropped so far: more wait for the database than are kept"),
        (False, "1 file events dropped so far: the database does not answer"),
    ],
)
def test_dropped_events_are_said_with_their_reason(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answers: bool,
    reason: str,
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_EVENTS", 0)
    world.queue.database_answers = answers
    for now in (0.0, 1.0):
        world.file(1, 7, now=now)
    assert [record.getMessage() for record in caplog.records] == [reason]
