"""What clients are told, to the byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.bus import Bus, as_json
from support.daemon import DaemonProcess
from support.databases import SqliteDatabase
from support.websocket import Closed

LISTEN = "listen notify_file_id"


# Files, activities, notifications


def test_a_file_of_the_user_changed(
    push: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    client = push.log_in(user)
    bus.storage_update(storage, "a.txt", 5)
    assert client.receive() == "notify_file"


def test_its_id_for_a_connection_that_asked(
    push: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    with_ids, plain = push.log_in(user, LISTEN), push.log_in(user)
    bus.storage_update(storage, "a.txt", 5)
    assert with_ids.receive() == "notify_file_id [5]"
    assert plain.receive() == "notify_file"


@pytest.mark.parametrize("text", [LISTEN, f" {LISTEN}\n"])
def test_asking_for_ids_after_the_login(
    prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int, text: str
):
    mounts.add_mount(storage, "", user)
    client = prompt.log_in(user)
    bus.storage_update(storage, "a", 1)
    assert client.receive() == "notify_file"
    client.send(text)
    client.round_trip()
    bus.storage_update(storage, "a", 2)
    assert client.receive() == "notify_file_id [2]"


@pytest.mark.parametrize(
    "text", ["listen", "listen notify_file", "listen notify_file_id x", "Listen notify_file_id"]
)
def test_every_other_text_is_ignored(
    prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int, text: str
):
    mounts.add_mount(storage, "", user)
    client = prompt.log_in(user, text)
    bus.storage_update(storage, "a", 1)
    assert client.receive() == "notify_file"


@pytest.mark.parametrize("file_id", [0, 1, 2**31, 2**53 + 1, 2**63, 2**64 - 1])
def test_ids_of_any_size(
    prompt: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int, file_id: int
):
    mounts.add_mount(storage, "", user)
    client = prompt.log_in(user, LISTEN)
    bus.storage_update(storage, "a", file_id)
    assert client.receive() == f"notify_file_id [{file_id}]"


def test_ids_merge_in_the_order_in_which_they_were_seen(
    push: DaemonProcess, bus: Bus, mounts: SqliteDatabase, user: str, storage: int
):
    mounts.add_mount(storage, "", user)
    client = push.log_in(user, LISTEN)
    for file_id in (9, 2, 9, 30, 2, 1):
        bus.storage_update(storage, "a", file_id)
    assert client.receive() == "notify_file_id [9,2,30,1]"


@pytest.mark.parametrize("event", ["unknown id", "share", "group"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_unknown_id_makes_all_of_them_plain(
    push: DaemonProcess,
    bus: Bus,
    mounts: SqliteDatabase,
    user: str,
    storage: int,
    event: str,
    place: int,
):
    mounts.add_mount(storage, "", user)
    client = push.log_in(user, LISTEN)
    for number in range(3):
        if number != place:
            bus.storage_update(storage, "a", number)
        elif event == "share":
            bus.publish("user_share_created", {"user": user})
        elif event == "group":
            bus.publish("group_membership_update", {"user": user, "group": "g"})
        else:
            bus.storage_update(storage, "a", None)
    assert client.receive() == "notify_file"


@pytest.mark.parametrize(("count", "plain"), [(1000, False), (1001, True)])
def test_more_than_a_thousand_ids_are_plain(
    start_timed: Any,
    bus: Bus,
    mounts: SqliteDatabase,
    user: str,
    storage: int,
    count: int,
    plain: bool,
):
    mounts.add_mount(storage, "", user)
    timed = start_timed()
    client = timed.log_in(user, LISTEN)
    bus.storage_update(storage, "a", 0)
    assert client.receive() == "notify_file_id [0]"
    timed.stop_clock()
    for number in range(count):
        bus.storage_update(storage, "a", number)
    assert bus.fence(client, user) == []
    timed.move(2)
    ids = ",".join(map(str, range(count)))
    assert client.receive() == ("notify_file" if plain else f"notify_file_id [{ids}]")


@pytest.mark.parametrize("kind", ["activity", "notification"])
def test_activities_and_notifications(push: DaemonProcess, bus: Bus, user: str, kind: str):
    client = push.log_in(user)
    bus.publish(kind, {"user": user})
    assert client.receive() == f"notify_{kind}"


def test_every_connection_of_the_user_is_told_and_nobody_else(
    prompt: DaemonProcess, bus: Bus, user: str, other: str
):
    clients = [prompt.log_in(user) for _ in range(3)]
    stranger = prompt.log_in(other)
    bus.publish("activity", {"user": user})
    assert [bus.fence(client, user) for client in clients] == [["notify_activity"]] * 3
    assert bus.fence(stranger, other) == []


@pytest.mark.parametrize("name", ["1234", "Ünï çödé", "a@b.c", "a b", "x" * 64, "007", "null"])
def test_users_of_any_name(prompt: DaemonProcess, bus: Bus, name: str):
    client = prompt.log_in(name)
    bus.publish("activity", {"user": name})
    assert client.receive() == "notify_activity"


def test_names_differ_by_case(prompt: DaemonProcess, bus: Bus, user: str):
    client = prompt.log_in(user)
    bus.publish("activity", {"user": user.upper()})
    assert bus.fence(client, user) == []


# Custom events


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ('"body":null', "type"),
        ('"other":1', "type"),
        ('"body":[]', "type []"),
        ('"body":{}', "type {}"),
        ('"body":false', "type false"),
        ('"body":true', "type true"),
        ('"body":0', "type 0"),
        ('"body":""', 'type ""'),
        ('"body":"s"', 'type "s"'),
        ('"body":-1.5', "type -1.5"),
        ('"body":9007199254740993', "type 9007199254740993"),
        ('"body":18446744073709551615', "type 18446744073709551615"),
        ('"body": [ 1 , { "a" : null } ]', 'type [1,{"a":null}]'),
        (r'"body":"\u00e4\ud83d\ude00\/\"\\\n"', r'type "ä😀/\"\\\n"'),
        ('"body":{"b":1,"a":2,"c":{"z":1,"y":2}}', 'type {"b":1,"a":2,"c":{"z":1,"y":2}}'),
        (r'"body":{"http:\/\/x":"\u6f22"}', 'type {"http://x":"漢"}'),
    ],
)
def test_bodies(prompt: DaemonProcess, bus: Bus, user: str, payload: str, message: str):
    client = prompt.log_in(user)
    bus.raw("custom", f'{{"user":"{user}","message":"type",{payload}}}')
    assert client.receive() == message


@pytest.mark.parametrize("message", ["", "a b", "ä/漢😀", "notify_file", "x" * 70_000])
def test_types_of_any_text(prompt: DaemonProcess, bus: Bus, user: str, message: str):
    client = prompt.log_in(user)
    bus.custom(user, message)
    assert client.receive() == message


@pytest.mark.parametrize("size", [100, 120, 130, 65_500, 65_600, 500_000])
def test_messages_of_any_size(prompt: DaemonProcess, bus: Bus, user: str, size: int):
    client = prompt.log_in(user)
    bus.publish("custom", {"user": user, "message": "m", "body": "x" * size})
    assert client.receive() == f'm "{"x" * size}"'


def test_2500_in_a_burst_arrive_in_order(push: DaemonProcess, bus: Bus, user: str):
    client = push.log_in(user)
    with bus.client.pipeline(transaction=False) as pipe:
        for number in range(2500):
            event = {"user": user, "message": "n", "body": number}
            pipe.publish("notify_custom", as_json(event))
        pipe.execute()
    assert [client.receive() for _ in range(2500)] == [f"n {number}" for number in range(2500)]


def test_a_custom_event_is_not_debounced(push: DaemonProcess, bus: Bus, user: str):
    client = push.log_in(user)
    for _ in range(3):
        bus.publish("notification", {"user": user})
        bus.custom(user, "now")
        assert client.receive(timeout=5) == "now"
    assert client.receive() == "notify_notification"


def test_numbers_keep_their_digits(prompt: DaemonProcess, bus: Bus, user: str):
    client = prompt.log_in(user)
    bus.raw("custom", f'{{"user":"{user}","message":"n","body":[1.0,1e3,0.1,-0.0]}}')
    name, _, body = client.receive().partition(" ")
    assert name == "n"
    assert json.loads(body) == [1.0, 1000.0, 0.1, 0.0]


# Nobody is told before the login, or after the end


def test_not_before_the_login(prompt: DaemonProcess, bus: Bus, user: str):
    early, client = prompt.connect(), prompt.log_in(user)
    early.send(user)
    bus.custom(user, "secret")
    assert client.receive() == "secret"
    assert early.round_trip() == []


def test_not_after_the_good_bye(prompt: DaemonProcess, bus: Bus, user: str):
    leaving, client = prompt.log_in(user), prompt.log_in(user)
    leaving.close()
    with pytest.raises(Closed):
        leaving.receive()
    bus.custom(user, "late")
    assert client.receive() == "late"
    assert leaving.read_frame() is None
