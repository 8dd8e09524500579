from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextcloud_push.client import Activity, Custom, FileChanged, Notification, Reconnected
from nextcloud_push.client.inbox import Inbox, Waiting

NOTIFICATIONS = st.one_of(
    st.builds(Custom, st.text(max_size=3), st.integers()),
    st.builds(FileChanged, st.none() | st.lists(st.integers(0, 5), unique=True).map(tuple)),
    st.sampled_from([Activity(), Reconnected()]),
)


def drain(waiting: Waiting) -> list[Notification]:
    taken = []
    while waiting:
        taken.append(waiting.take())
    return taken


def put_all(*notifications: Notification) -> list[Notification]:
    waiting = Waiting()
    for notification in notifications:
        waiting.add(notification)
    return drain(waiting)


def test_hints_merge_where_the_first_of_them_stood() -> None:
    one, two = Custom("t", 1), Custom("t", 2)
    merged = put_all(FileChanged((1, 2)), one, Activity(), FileChanged((2, 3)), two, Activity())
    assert merged == [FileChanged((1, 2, 3)), one, Activity(), two]


def test_one_file_unknown_makes_all_unknown() -> None:
    assert put_all(FileChanged((1,)), FileChanged(), FileChanged((2,))) == [FileChanged()]


def test_too_many_ids_become_none() -> None:
    assert put_all(*(FileChanged((n,)) for n in range(1001))) == [FileChanged()]


@settings(deadline=None)
@given(st.lists(NOTIFICATIONS))
def test_custom_events_stay_in_order_and_nothing_is_told_twice(sent: list[Notification]) -> None:
    got = put_all(*sent)
    assert [n for n in got if isinstance(n, Custom)] == [n for n in sent if isinstance(n, Custom)]
    hints = [type(n) for n in got if not isinstance(n, Custom)]
    assert sorted(map(str, hints)) == sorted({str(type(n)) for n in sent if type(n) is not Custom})


async def test_a_full_inbox_lets_the_next_event_wait() -> None:
    inbox = Inbox(limit=1)
    await inbox.put(Custom("a"))
    second = asyncio.create_task(inbox.put(Custom("b")))
    await asyncio.sleep(0)
    assert not second.done()
    assert await inbox.get() == Custom("a")
    await second
    assert await inbox.get() == Custom("b")


async def test_a_closed_inbox_gives_what_it_has_and_then_its_error() -> None:
    inbox = Inbox(limit=1)
    await inbox.put(Activity())
    inbox.close(OSError("gone"))
    inbox.close()
    assert await inbox.get() == Activity()
    with pytest.raises(OSError, match="gone"):
        await inbox.get()


async def test_a_cancelled_get_loses_nothing() -> None:
    inbox = Inbox(limit=1)
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    await inbox.put(Activity())
    waiting.cancel()
    await asyncio.wait([waiting])
    assert await inbox.get() == Activity()
