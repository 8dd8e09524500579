from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from click.testing import CliRunner, Result

from nextcloud_push.commands.ending import Failure
from nextcloud_push.commands.umbrella import umbrella
from nextcloud_push.dev.actions import File
from nextcloud_push.dev.emit import emit_to_dev
from nextcloud_push.dev.run import DevOptions, DevServer, open_dev
from support.command import one_line, typed
from support.redis import RedisServer, redis_server


@pytest.fixture
async def dev() -> AsyncIterator[DevServer]:
    async with open_dev(DevOptions(port=0, push_port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def run(*arguments: str) -> Result:
    return CliRunner().invoke(umbrella, ["emit", *arguments])


def complaint(result: Result) -> str:
    assert isinstance(result.exception, Failure), result.output
    return str(result.exception)


def printed(result: Result) -> list[tuple[str, object]]:
    assert result.exit_code == 0, result.output
    lines = [line.partition(" ") for line in result.stdout.splitlines()]
    return [(channel, json.loads(payload)) for channel, _, payload in lines]


async def test_events_happen_in_developer_mode(dev: DevServer) -> None:
    async def fire(*arguments: str) -> list[str]:
        result = await asyncio.to_thread(run, *arguments, "--url", dev.url)
        return [channel for channel, _ in printed(result)]

    assert await fire("file", "alice", "a.txt") == ["notify_storage_update"] * 4
    assert await fire("activity", "alice") == ["notify_activity"]
    assert await fire("notification", "alice", "Hi") == ["notify_notification"]
    assert await fire("custom", "alice", "x", '{"a": 1}') == ["notify_custom"]
    assert await fire("share", "alice", "a.txt", "bob") == [
        "notify_notification",
        "notify_user_share_created",
    ]
    assert await fire("group", "alice", "staff", "--leave") == [
        "notify_activity",
        "notify_group_membership_update",
    ]
    assert dev.store.accounts.notifications("alice")[0].subject == "Hi"


async def test_a_file_gets_its_content(dev: DevServer) -> None:
    await emit_to_dev(dev.url, File("alice", "Docs/a.txt", "hello"))
    assert (dev.store.data / "alice/files/Docs/a.txt").read_text() == "hello"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("activity", "alice"), [("notify_activity", {"user": "alice"})]),
        (("notification", "alice"), [("notify_notification", {"user": "alice"})]),
        (
            ("custom", "alice", "x", "[1]"),
            [("notify_custom", {"user": "alice", "message": "x", "body": [1]})],
        ),
        (
            ("file", "alice", "/a.txt", "--storage", "3", "--file-id", "7"),
            [("notify_storage_update", {"storage": 3, "path": "files/a.txt", "file_id": 7})],
        ),
        (
            ("share", "alice", "a.txt", "bob"),
            [
                ("notify_notification", {"user": "bob"}),
                ("notify_user_share_created", {"user": "bob"}),
            ],
        ),
        (
            ("group", "alice", "staff"),
            [
                ("notify_activity", {"user": "alice"}),
                ("notify_group_membership_update", {"user": "alice", "group": "staff"}),
            ],
        ),
    ],
)
def test_events_are_published_to_redis(
    redis: RedisServer, arguments: tuple[str, ...], expected: list[tuple[str, object]]
) -> None:
    with redis.client() as client, client.pubsub() as heard:
        heard.psubscribe("notify_*")
        heard.get_message(timeout=5)
        url = f"redis://127.0.0.1:{redis.port}"
        assert printed(run(*arguments, "--redis", url)) == expected
        received = [heard.get_message(timeout=5) or {} for _ in expected]
    assert [(m["channel"].decode(), json.loads(m["data"])) for m in received] == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("file", "alice", "a.txt", "--redis", "redis://127.0.0.1:1"), "--storage"),
        (("share", "a", "b", "c", "--group", "--redis", "redis://127.0.0.1:1"), "members"),
        (("activity", "alice", "--redis", "http://x"), "--redis"),
        (("activity", "alice", "--redis", "redis://:secret@127.0.0.1:1"), "127.0.0.1"),
        (("activity", "alice", "--url", "http://127.0.0.1:1"), "does not answer"),
        (("activity", "alice", "--url", "no url"), "does not answer"),
        (("custom", "alice", "x", "{"), "no JSON"),
    ],
)
def test_what_goes_wrong_is_said_without_secrets(arguments: tuple[str, ...], said: str) -> None:
    line = complaint(run(*arguments))
    assert line.startswith("umbrella emit")
    assert said in line
    assert "secret" not in line


async def test_what_developer_mode_refuses_is_passed_on(dev: DevServer) -> None:
    result = await asyncio.to_thread(run, "activity", "nobody", "--url", dev.url)
    assert "nobody" in complaint(result)


async def test_what_changes_nothing_is_said(dev: DevServer) -> None:
    result = await asyncio.to_thread(run, "group", "alice", "staff", "--url", dev.url)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing changed" in result.stderr


async def test_what_answers_there_may_be_something_else(dev: DevServer) -> None:
    url = f"{dev.url}index.php"
    result = await asyncio.to_thread(run, "activity", "alice", "--url", url)
    assert "not developer mode" in complaint(result)


@pytest.mark.parametrize(
    "arguments", [("--redis", "http://x"), ("--log-level", "notify_push=loud")]
)
def test_options_of_dev_that_make_no_sense(arguments: tuple[str, ...]) -> None:
    status, line = one_line(typed("nextcloud-push", "dev", *arguments))
    assert status == 2
    assert arguments[0] in line
