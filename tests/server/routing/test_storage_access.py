from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.server.routing import storage_access
from nextcloud_push.server.routing.load_queue import LoadQueue
from nextcloud_push.server.routing.storage_access import (
    StorageAccess,
    StorageMapping,
    ancestors,
)


class Presence:
    """Connected users with a list of changes of a given length."""

    def __init__(self, *users: str, keep: int = 100) -> None:
        self.users = set(users)
        self.version = 0
        self.changes: list[str] = []
        self.keep = keep

    def toggle(self, user: str) -> None:
        self.users ^= {user}
        self.changes.append(user)
        self.version += 1

    def changes_since(self, version: int) -> list[str] | None:
        return None if self.version - version > self.keep else self.changes[version:]

    def __contains__(self, user: object) -> bool:
        return user in self.users

    def __len__(self) -> int:
        return len(self.users)

    def __iter__(self) -> Iterator[str]:
        return iter(self.users)


def a_queue() -> LoadQueue:
    return LoadQueue(on_storage=lambda: None, on_user=lambda: None)


def access(capacity: int = 10) -> StorageAccess:
    return StorageAccess(capacity, a_queue(), draw=lambda: 240.0)


def concerned(mapping: StorageMapping | None, path: str, presence: Presence) -> set[str]:
    assert mapping is not None
    return set(mapping.concerned(path, presence))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", [""]),
        ("files", ["files", ""]),
        ("files/a/b", ["files/a/b", "files/a", "files", ""]),
        ("/x", ["/x", ""]),
        ("a/", ["a/", "a", ""]),
    ],
)
def test_ancestors(path: str, expected: list[str]) -> None:
    assert list(ancestors(path)) == expected


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ("files/ab/c", {"owner", "share"}),
        ("files/ab", {"owner", "share"}),
        ("files/abc", {"owner"}),
        ("files", {"owner"}),
        ("", {"owner"}),
    ],
)
def test_root_covers_whole_path_segments_below_it(path: str, users: set[str]) -> None:
    mapping = StorageMapping([("owner", ""), ("share", "files/ab"), ("away", "")], 0.0, 0)
    assert concerned(mapping, path, Presence("owner", "share")) == users


def test_user_with_two_roots_is_concerned_once() -> None:
    mapping = StorageMapping([("a", ""), ("a", "x"), ("b", "x")], 0.0, 0)
    assert sorted(mapping.concerned("x", Presence("a", "b"))) == ["a", "b"]


def test_unknown_storage_is_wanted_once() -> None:
    mappings = access()
    assert mappings.find(1, 0.0) is None
    assert mappings.find(1, 0.0) is None
    assert mappings.begin_loading() == [1]
    assert mappings.find(1, 0.0) is None
    assert mappings.begin_loading() == []


def test_loaded_mapping_is_fresh_for_its_time_and_then_served_while_it_is_refreshed() -> None:
    mappings = access()
    mappings.loaded(1, [("a", "")], 0.0)
    fresh = mappings.find(1, 239.9)
    assert mappings.begin_loading() == []
    assert mappings.find(1, 240.0) is fresh
    assert mappings.begin_loading() == [1]


def test_failed_storage_is_wanted_again_until_nobody_waits() -> None:
    mappings = access()
    mappings.find(1, 0.0)
    mappings.failed(mappings.begin_loading())
    assert mappings.begin_loading() == [1]
    mappings.failed([1])
    mappings.forget(1)
    assert mappings.begin_loading() == []


def test_least_recently_used_goes() -> None:
    mappings = access(capacity=2)
    for storage in (1, 2):
        mappings.loaded(storage, [], 0.0)
    mappings.find(1, 0.0)
    mappings.loaded(3, [], 0.0)
    assert len(mappings) == 2
    assert mappings.find(2, 0.0) is None
    assert mappings.find(1, 0.0) is not None


def test_refreshed_user_gets_these_roots_and_no_others() -> None:
    mappings = access()
    mappings.loaded(1, [("a", "old"), ("b", "old")], 0.0)
    mappings.loaded(2, [("a", "x")], 0.0)
    mappings.replace_user("a", [(1, "new"), (1, "newer")])
    presence = Presence("a", "b")
    assert concerned(mappings.find(1, 0.0), "new/file", presence) == {"a"}
    assert concerned(mappings.find(1, 0.0), "old/file", presence) == {"b"}
    assert concerned(mappings.find(2, 0.0), "x", presence) == set()


def test_answer_older_than_a_users_refresh_does_not_undo_it() -> None:
    mappings = access()
    mappings.find(1, 0.0)
    mappings.begin_loading()
    mappings.replace_user("a", [(1, "new")])
    mappings.loaded(1, [("a", "old")], 0.0)
    assert concerned(mappings.find(1, 0.0), "new", Presence("a")) == {"a"}
    assert concerned(mappings.find(1, 0.0), "old", Presence("a")) == set()


def test_latest_refresh_of_a_user_counts() -> None:
    mappings = access()
    mappings.loaded(1, [("a", "")], 0.0)
    for root in ("x", "y"):
        mappings.replace_user("a", [(1, root)])
    mappings.replace_user("b", [])
    assert concerned(mappings.find(1, 0.0), "x", Presence("a")) == set()
    assert concerned(mappings.find(1, 0.0), "y", Presence("a")) == {"a"}


def test_mapping_too_old_to_catch_up_is_loaded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_access, "USERS_KEPT", 2)
    mappings = access()
    mappings.loaded(1, [("a", "")], 0.0)
    for user in ("a", "b", "c"):
        mappings.replace_user(user, [])
    assert mappings.find(1, 0.0) is None
    assert mappings.begin_loading() == [1]


def test_default_times_spread() -> None:
    mappings = StorageAccess(10, a_queue())
    mappings.loaded(1, [], 0.0)
    mappings.find(1, 239.9)
    assert mappings.begin_loading() == []
    mappings.find(1, 300.1)
    assert mappings.begin_loading() == [1]


@given(
    # Two users at least: of a root that is one user's nothing is remembered.
    st.sets(st.sampled_from("abcdefgh"), min_size=2),
    st.lists(st.lists(st.sampled_from("abcd"), max_size=4), min_size=2),
    st.sampled_from([0, 2, 100]),
)
def test_connected_users_are_followed_through_every_change(
    mounted: set[str], changes: list[list[str]], keep: int
) -> None:
    presence = Presence("a", "x", keep=keep)
    mapping = StorageMapping([(user, "") for user in sorted(mounted)], 0.0, 0)
    for users in [[], *changes]:
        for user in users:
            presence.toggle(user)
        assert concerned(mapping, "f", presence) == presence.users & mounted


def test_refreshed_user_joins_those_who_have_the_same_root() -> None:
    mappings = access()
    mappings.loaded(1, [("b", "shared")], 0.0)
    mappings.replace_user("a", [(1, "shared")])
    assert concerned(mappings.find(1, 0.0), "shared", Presence("a", "b")) == {"a", "b"}


def test_only_later_changes_reach_a_mapping() -> None:
    mappings = access()
    mappings.replace_user("a", [])
    mappings.loaded(1, [("a", ""), ("b", "")], 0.0)
    mappings.replace_user("b", [])
    assert concerned(mappings.find(1, 0.0), "x", Presence("a", "b")) == {"a"}


def test_user_of_several_loses_one_root_and_gains_another() -> None:
    mappings = access()
    rows = [("a", "x"), ("b", "x"), ("c", "y"), ("b", "z"), ("c", "z")]
    mappings.loaded(1, rows, 0.0)
    mappings.replace_user("a", [(1, "y"), (1, "z")])
    mappings.replace_user("b", [])
    mappings.replace_user("c", [(1, "z")])
    presence = Presence("a", "b", "c")
    assert concerned(mappings.find(1, 0.0), "x", presence) == set()
    assert concerned(mappings.find(1, 0.0), "y", presence) == {"a"}
    assert concerned(mappings.find(1, 0.0), "z", presence) == {"a", "c"}


def test_root_that_all_have_left_is_gone() -> None:
    mappings = access()
    mappings.loaded(1, [("a", "x"), ("b", "x")], 0.0)
    mappings.replace_user("a", [])
    mappings.replace_user("b", [])
    mapping = mappings.find(1, 0.0)
    assert mapping is not None
    assert mapping.roots == {}


def test_distrusted_mapping_is_loaded_anew() -> None:
    mappings = access()
    mappings.loaded(1, [("a", "")], 0.0)
    mappings.distrust()
    assert mappings.find(1, 0.0) is None
    assert mappings.begin_loading() == [1]
    mappings.loaded(1, [("a", "")], 0.0)
    assert mappings.find(1, 0.0) is not None


def test_answer_to_a_query_that_began_before_is_distrusted_too() -> None:
    mappings = access()
    mappings.find(1, 0.0)
    mappings.begin_loading()
    mappings.distrust()
    mappings.loaded(1, [("a", "")], 0.0)
    assert mappings.find(1, 0.0) is None
    assert mappings.begin_loading() == [1]


def test_distrusted_mapping_counts_while_the_database_is_away() -> None:
    mappings = access()
    mappings.loaded(1, [("a", "")], 0.0)
    mappings.distrust()
    mappings.find(1, 0.0)
    mappings.failed(mappings.begin_loading())
    assert mappings.find(1, 0.0) is not None
    assert mappings.begin_loading() == [1]


def test_storage_forgotten_while_it_is_loaded_is_not_wanted_again() -> None:
    mappings = access()
    mappings.find(1, 0.0)
    storages = mappings.begin_loading()
    mappings.forget(1)
    mappings.failed(storages)
    assert mappings.begin_loading() == []
