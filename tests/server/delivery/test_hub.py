import pytest

from nextcloud_push.server.delivery import hub as module
from nextcloud_push.server.delivery.hub import CHANGES_KEPT, Hub
from nextcloud_push.server.delivery.messages import Kind, News


class Client:
    def __init__(self, user: str) -> None:
        self.user = user
        self.heard: list[News | bytes] = []

    def tell(self, news: News) -> None:
        self.heard.append(news)

    def send(self, frame: bytes) -> None:
        self.heard.append(frame)

    def close(self, code: int) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


def hub_of(*users: str) -> tuple[Hub, list[Client]]:
    hub, clients = Hub(), [Client(user) for user in users]
    for client in clients:
        hub.add(client)
    return hub, clients


NEWS = News(Kind.FILE, 0, 0)


def test_all_connections_of_a_user_are_told_and_no_others() -> None:
    hub, (first, second, other) = hub_of("alice", "alice", "bob")
    hub.tell_all(["alice"], NEWS)
    assert first.heard == second.heard == [NEWS]
    assert other.heard == []
    assert hub.receivers_of("alice") == (first, second)


def test_telling_somebody_who_is_not_there_does_nothing() -> None:
    hub, (alice,) = hub_of("alice")
    hub.tell_all(["bob", "alice"], NEWS)
    assert alice.heard == [NEWS]
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
    hub = Hub()
    for number in range(CHANGES_KEPT + 1):
        hub.add(Client(str(number)))
    assert hub.changes_since(0) is None
    assert len(hub.changes_since(1) or ()) == CHANGES_KEPT


def test_many_are_told_in_slices_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    hub, clients = hub_of("a", "b", "c", "d", "e")
    calls: list[str] = []
    hub.on_backlog = lambda: calls.append("backlog")
    later = News(Kind.FILE, 1, 1)
    hub.tell_all(list("abcde"), NEWS)
    hub.tell_all(["a"], later)
    assert [client.heard for client in clients] == [[]] * 5
    assert [hub.work_off() for _ in range(4)] == [True, True, True, False]
    assert not hub.work_off()
    assert [client.heard for client in clients] == [[NEWS, later], *[[NEWS]] * 4]
    assert calls == ["backlog"]


def test_who_brings_too_much_at_once_works_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 1)
    monkeypatch.setattr(module, "MAX_BACKLOG", 2)
    hub, (first, second) = hub_of("a", "b")
    for _ in range(3):
        hub.tell_all(["a", "b"], NEWS)
    assert (first.heard, second.heard) == ([NEWS], [NEWS])
