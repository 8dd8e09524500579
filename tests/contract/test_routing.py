"""Who is told of a changed file."""

from __future__ import annotations

import pytest

from support.bus import Bus
from support.daemon import DaemonProcess
from support.databases import SqliteDatabase
from support.in_process import InProcessDaemon, Run, StartTimed
from support.waiting import wait_for
from support.websocket import WebSocket

LISTEN = "listen notify_file_id"


class Files:
    """A listener of a daemon that sends at once, and a storage of which it surely hears."""

    def __init__(self, client: WebSocket, bus: Bus, user: str, certain: int) -> None:
        self.client = client
        self.bus = bus
        self.user = user
        self.certain = certain

    def heard(self) -> list[str]:
        """What came until now: file events keep their order, so that one more ends them."""
        self.bus.storage_update(self.certain, "x", 999)
        return self.client.receive_until("notify_file_id [999]")


def listen(
    daemon: DaemonProcess | InProcessDaemon,
    bus: Bus,
    mounts: SqliteDatabase,
    user: str,
    certain: int,
) -> Files:
    mounts.add_mount(certain, "", user)
    return Files(daemon.log_in(user, LISTEN), bus, user, certain)


@pytest.fixture
def files(
    prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
) -> Files:
    return listen(prompt, bus, mounts, user, storage + 999)


@pytest.fixture
def files_anywhere(run: Run, bus: Bus, mounts: SqliteDatabase, user: str, storage: int) -> Files:
    """The same on each loop and as a process."""
    return listen(run({"DEBOUNCE_DISABLE": "1"}), bus, mounts, user, storage + 999)


@pytest.mark.parametrize(
    ("root", "path", "told"),
    [
        ("", "", True),
        ("", "a", True),
        ("", "files/a/b/c", True),
        ("files", "files", True),
        ("files", "files/a", True),
        ("files", "files_trashbin/a", False),
        ("files", "", False),
        ("files/a", "files/a", True),
        ("files/a", "files/a/b/c/d", True),
        ("files/a", "files", False),
        ("files/a", "files/ab", False),
        ("files/a", "files/ab/c", False),
        ("files/a", "files/A", False),
        ("files/a", "a", False),
        ("files/a/b", "files/a", False),
        ("files/ä 漢/😀", "files/ä 漢/😀/x", True),
        ("files/100%_x", "files/100%_x/y", True),
        ("files/100%_x", "files/100z_x/y", False),
        ("files/'; DROP", "files/'; DROP/y", True),
    ],
)
def test_a_root_matches_whole_segments(
    files: Files,
    bus: Bus,
    mounts: SqliteDatabase,
    user: str,
    storage: int,
    root: str,
    path: str,
    told: bool,
):
    mounts.add_mount(storage, root, user)
    bus.storage_update(storage, path, 1)
    assert files.heard() == (["notify_file_id [1]"] if told else [])


def test_every_user_with_a_mount_and_nobody_else(
    prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, storage: int
):
    roots = {"a": "", "b": "files", "c": "files/x", "d": "files/y", "e": None}
    heard = {}
    for name, root in roots.items():
        user = f"{name}{storage}"
        heard[name] = listen(prompt, bus, mounts, user, storage + ord(name))
        if root is not None:
            mounts.add_mount(storage, root, user)
    bus.storage_update(storage, "files/x/1", 1)
    told = {name for name, one in heard.items() if one.heard() == ["notify_file_id [1]"]}
    assert told == {"a", "b", "c"}


def test_several_roots_of_a_user_are_one_message(
    files_anywhere: Files, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mounts((storage, root, user) for root in ("", "files", "files/a"))
    bus.storage_update(storage, "files/a/b", 1)
    assert files_anywhere.heard() == ["notify_file_id [1]"]


@pytest.mark.parametrize("fields", ["", ',"file_id":null'])
def test_an_unknown_file(
    files: Files, bus: Bus, mounts: SqliteDatabase, user: str, storage: int, fields: str
):
    mounts.add_mount(storage, "", user)
    bus.raw("storage_update", f'{{"storage":{storage},"path":"a"{fields}}}')
    assert files.heard() == ["notify_file"]


def test_the_largest_storage_number(files: Files, bus: Bus, mounts: SqliteDatabase, user: str):
    mounts.add_mount(2**32 - 1, "", user)
    bus.storage_update(2**32 - 1, "a", 1)
    assert files.heard() == ["notify_file_id [1]"]


def test_php_escapes_slashes_and_letters(
    files_anywhere: Files, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "files/ä", user)
    payload = rf'{{"storage":{storage},"path":"files\/\u00e4\/x","file_id":1}}'
    bus.raw("storage_update", payload)
    assert files_anywhere.heard() == ["notify_file_id [1]"]


def test_who_connects_after_the_mapping_was_loaded(
    files: Files,
    prompt: DaemonProcess,
    bus: Bus,
    mounts: SqliteDatabase,
    other: str,
    storage: int,
):
    mounts.add_mount(storage + 1, "", other)
    mounts.add_mount(storage + 1, "", files.user)
    bus.storage_update(storage + 1, "a", 1)
    assert files.heard() == ["notify_file_id [1]"]
    late = prompt.log_in(other, LISTEN)
    bus.storage_update(storage + 1, "a", 2)
    assert late.receive() == "notify_file_id [2]"


# One query


def queries(daemon: DaemonProcess) -> float:
    return daemon.metrics()["mapping_query_count"]


def test_one_query_for_a_storage(
    files: Files, prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    files.heard()
    before = queries(prompt)
    for number in range(100):
        bus.storage_update(storage, "a", number)
    assert len(files.heard()) == 100
    assert queries(prompt) == before + 1


def test_many_storages_at_once_are_few_queries(
    files: Files, prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    storages = [storage + number for number in range(200)]
    mounts.add_mounts((one, "", user) for one in storages)
    files.heard()
    before = queries(prompt)
    with bus.client.pipeline(transaction=False) as pipe:
        for one in storages:
            pipe.publish("notify_storage_update", f'{{"storage":{one},"path":"a","file_id":{one}}}')
        pipe.execute()
    assert files.heard() == [f"notify_file_id [{one}]" for one in storages]
    assert 1 <= queries(prompt) - before <= 20


# The cache


class Cached:
    """A storage whose mapping is loaded, and a user of it who hears of it at once."""

    def __init__(
        self,
        daemon: DaemonProcess | InProcessDaemon,
        bus: Bus,
        mounts: SqliteDatabase,
        user: str,
        storage: int,
        certain: int,
    ) -> None:
        self.daemon = daemon
        self.bus = bus
        self.mounts = mounts
        self.user = user
        self.storage = storage
        self.files = listen(daemon, bus, mounts, user, certain)
        mounts.add_mount(storage, "files", "somebody else")
        assert not self.tells()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        assert isinstance(self.daemon, InProcessDaemon)
        self.daemon.move(seconds)

    def tells(self) -> bool:
        """Whether an event of now reaches the user."""
        self.bus.storage_update(self.storage, "files/a", 1)
        return self.files.heard() == ["notify_file_id [1]"]

    def mount(self) -> None:
        """Give the user the storage, without a word."""
        self.mounts.add_mount(self.storage, "files", self.user)

    def announce(self, channel: str = "user_share_created") -> None:
        """Publish that the user was given something; what comes of it by itself."""
        self.bus.publish(channel, {"user": self.user, "group": "g"})
        assert self.files.client.receive() == "notify_file"


@pytest.fixture
def cached(
    start_timed: StartTimed, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
) -> Cached:
    return Cached(start_timed(debounce=False), bus, mounts, user, storage, storage + 999)


def test_a_mapping_is_kept_for_4_minutes(cached: Cached):
    cached.mount()
    cached.move(235)
    assert not cached.tells()


def test_a_mapping_is_asked_for_again_after_5_minutes(cached: Cached):
    cached.mount()
    cached.move(301)
    cached.tells()  # served as it was, while it is refreshed
    wait_for(cached.tells)


def test_times_of_mappings_differ(
    start_timed: StartTimed, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    """Else all storages that were asked for together would be asked for together again."""
    timed = start_timed(debounce=False)
    all_of_them = [
        Cached(timed, bus, mounts, f"{user}-{n}", storage + n, storage + 100 + n) for n in range(12)
    ]
    for one in all_of_them:
        one.mount()
    timed.move(270)
    for _ in range(3):
        told = {one for one in all_of_them if one.tells()}
    assert 0 < len(told) < 12


@pytest.fixture
def cached_anywhere(run: Run, bus: Bus, mounts: SqliteDatabase, user: str, storage: int) -> Cached:
    """The same, where no clock is moved."""
    daemon = run({"DEBOUNCE_DISABLE": "1"})
    return Cached(daemon, bus, mounts, user, storage, storage + 999)


@pytest.mark.parametrize("channel", ["user_share_created", "group_membership_update"])
def test_a_new_mount_is_seen_at_once(cached_anywhere: Cached, channel: str):
    cached = cached_anywhere
    cached.mount()
    cached.announce(channel)
    assert cached.tells()


def test_a_mount_that_is_gone_is_seen_at_once(cached_anywhere: Cached):
    cached = cached_anywhere
    cached.mount()
    cached.announce()
    assert cached.tells()
    cached.mounts.remove_mounts(cached.user)
    cached.mounts.add_mount(cached.files.certain, "", cached.user)
    cached.announce("group_membership_update")
    assert not cached.tells()


@pytest.mark.parametrize(("before", "after"), [(0.0, 2.0), (2.0, 10.0), (10.0, 60.0)])
def test_a_mount_that_is_written_late(cached: Cached, before: float, after: float):
    cached.announce()
    assert not cached.tells()
    if before:
        cached.move(before + 0.5)
        assert not cached.tells()
    cached.mount()
    assert not cached.tells()
    cached.move(after - before)
    wait_for(cached.tells)


def test_other_users_keep_their_mounts(
    run: Run, bus: Bus, mounts: SqliteDatabase, user: str, other: str, storage: int
):
    timed = run({"DEBOUNCE_DISABLE": "1"})
    theirs = Cached(timed, bus, mounts, other, storage, storage + 1)
    theirs.mount()
    theirs.announce()
    mine = listen(timed, bus, mounts, user, storage + 2)
    bus.publish("user_share_created", {"user": user})
    assert mine.heard() == ["notify_file"]
    assert theirs.tells()


def test_nobody_is_asked_about_who_is_not_connected(
    files: Files, prompt: DaemonProcess, bus: Bus, other: str
):
    files.heard()
    before = queries(prompt)
    for channel in ("user_share_created", "group_membership_update"):
        bus.publish(channel, {"user": other, "group": "g"})
    files.heard()
    assert queries(prompt) == before


def test_a_cache_of_one_storage(
    run: Run, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    daemon = run({"DEBOUNCE_DISABLE": "1", "MAPPING_CACHE_SIZE": "1"})
    files = listen(daemon, bus, mounts, user, storage + 999)
    mounts.add_mounts((storage + number, "", user) for number in range(10))
    for number in (0, 1, 0, 2, 2, 3, 0, 9, 8, 7, 7, 0):
        bus.storage_update(storage + number, "a", number)
        assert files.heard() == [f"notify_file_id [{number}]"]


def test_all_at_once_through_a_cache_of_one_storage(
    run: Run, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    daemon = run({"DEBOUNCE_DISABLE": "1", "MAPPING_CACHE_SIZE": "1"})
    files = listen(daemon, bus, mounts, user, storage + 999)
    mounts.add_mounts((storage + number, "", user) for number in range(50))
    for number in range(50):
        bus.storage_update(storage + number, "a", number)
    assert files.heard() == [f"notify_file_id [{number}]" for number in range(50)]
