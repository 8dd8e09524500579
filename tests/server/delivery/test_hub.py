from collections import deque
from collections.abc import Callable

import pytest

from nextcloud_push.server.delivery import hub as module
from nextcloud_push.server.delivery.hub import CHANGES_KEPT, Hub
from nextcloud_push.server.delivery.notification import FILE, Notification


class Client:
    def __init__(self, user: str) -> None:
        self.user = user
        self.heard: list[Notification | bytes] = []

    def notify(self, notification: Notification) -> None:
        self.heard.append(notification)

    def send(self, frame: bytes) -> None:
        self.heard.append(frame)

    def close(self, code: int) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


class Turns(deque[Callable[[], None]]):
    """What was deferred, to be run turn by turn."""

    def run(self) -> int:
        turns = 0
        while self:
            self.popleft()()
            turns += 1
        return turns


def hub_of(*users: str, turns: Turns | None = None) -> tuple[Hub, list[Client]]:
    hub = Hub((turns if turns is not None else Turns()).append)
    clients = [Client(user) for user in users]
    for client in clients:
        hub.add(client)
    return hub, clients


CHANGED = Notification(FILE, 0, 0)


def test_all_connections_of_a_user_are_told_and_no_others() -> None:
    hub, (first, second, other) = hub_of("alice", "alice", "bob")
    hub.notify_all(["alice"], CHANGED)
    assert first.heard == second.heard == [CHANGED]
    assert other.heard == []
    assert hub.receivers_of("alice") == (first, second)


def test_telling_somebody_who_is_not_there_does_nothing() -> None:
    hub, (alice,) = hub_of("alice")
    hub.notify_all(["bob", "alice"], CHANGED)
    assert alice.heard == [CHANGED]
    assert hub.receivers_of("bob") is None


def test_counts_users_and_connections() -> None:
    hub, clients = hub_of("alice", "alice", "bob")
    assert (len(hub), hub.connections, hub.count("alice"), set(hub)) == (2, 3, 2, {"alice", "bob"})
    assert hub.receivers() == clients
    hub.remove(clients[0])
    hub.remove(clients[0])
    assert (len(hub), hub.connections, "alice" in hub) == (2, 2, True)
    hub.remove(clients[1])
    assert (len(hub), "alice" in hub) == (1, False)


def test_version_follows_users_and_not_connections() -> None:
    hub, (first, second) = hub_of("alice", "alice")
    version = hub.version
    hub.remove(first)
    assert hub.changes_since(version) == []
    hub.remove(second)
    hub.add(Client("bob"))
    assert set(hub.changes_since(version) or ()) == {"alice", "bob"}


def test_changes_too_long_ago_are_not_known() -> None:
    hub, _ = hub_of()
    for number in range(CHANGES_KEPT + 1):
        hub.add(Client(str(number)))
    assert hub.changes_since(0) is None
    assert len(hub.changes_since(1) or ()) == CHANGES_KEPT


def test_many_are_notified_in_slices_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    turns = Turns()
    hub, clients = hub_of("a", "b", "c", "d", "e", turns=turns)
    later = Notification(FILE, 1, 1)
    hub.notify_all(list("abcde"), CHANGED)
    hub.notify_all(["a"], later)
    assert [client.heard for client in clients] == [[]] * 5
    assert len(turns) == 1
    assert turns.run() == 4
    assert [client.heard for client in clients] == [[CHANGED, later], *[[CHANGED]] * 4]


def test_who_brings_too_much_at_once_works_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 1)
    monkeypatch.setattr(module, "MAX_BACKLOG", 2)
    hub, (first, second) = hub_of("a", "b")
    for _ in range(3):
        hub.notify_all(["a", "b"], CHANGED)
    assert (first.heard, second.heard) == ([CHANGED], [CHANGED])


def test_a_turn_after_everything_was_worked_off_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SLICE", 1)
    monkeypatch.setattr(module, "MAX_BACKLOG", 0)
    turns = Turns()
    hub, (first, second) = hub_of("a", "b", turns=turns)
    hub.notify_all(["a", "b"], CHANGED)
    assert turns.run() == 1
    assert (first.heard, second.heard) == ([CHANGED], [CHANGED])


def test_a_connection_that_fails_costs_itself_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    turns = Turns()
    hub, clients = hub_of("a", "b", "c", "d", turns=turns)

    def fail(notification: Notification) -> None:
        raise RuntimeError

    monkeypatch.setattr(clients[0], "notify", fail)
    hub.notify_all(list("abcd"), CHANGED)
    turns.run()
    assert [client.heard for client in clients] == [[], [CHANGED], [CHANGED], [CHANGED]]
    assert [record.getMessage() for record in caplog.records] == ["a notification failed"]
