"""The plugin as its users have it: tests of their own, run by pytest in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from nextcloud_push.client import Custom, FileChanged, PushClient, SyncPushClient
from nextcloud_push.dev.pytest_plugin import NextcloudPush
from nextcloud_push.dev.refusal import Refused

TEST = """
from websockets.sync.client import connect

def test_of_a_client(nextcloud_push):
    with connect(nextcloud_push.websocket_url) as websocket:
        websocket.send("alice")
        websocket.send("alice")
        assert websocket.recv(timeout=10) == "authenticated"
        nextcloud_push.emit.file("alice", "Documents/a.txt")
        assert websocket.recv(timeout=10) == "notify_file"
"""


@contextmanager
def login(push: NextcloudPush, user: str) -> Iterator[ClientConnection]:
    with connect(push.websocket_url) as websocket:
        websocket.send(user)
        websocket.send(user)
        assert websocket.recv(timeout=10) == "authenticated"
        yield websocket


def test_fixture_is_there_for_those_who_have_installed_the_package(tmp_path: Path) -> None:
    (tmp_path / "test_client.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=50)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("kind", "arguments", "heard"),
    [
        ("activity", ["alice"], "notify_activity"),
        ("notification", ["alice"], "notify_notification"),
        ("custom", ["alice", "app_event", {"a": 1}], 'app_event {"a":1}'),
        ("group", ["alice", "friends"], "notify_file"),
    ],
)
def test_each_kind_of_event_arrives(
    nextcloud_push: NextcloudPush, kind: str, arguments: list[object], heard: str
) -> None:
    with login(nextcloud_push, "alice") as websocket:
        getattr(nextcloud_push.emit, kind)(*arguments)
        received = [websocket.recv(timeout=10)]
        while received[-1] != heard:
            received.append(websocket.recv(timeout=10))


def test_share_reaches_its_receiver(nextcloud_push: NextcloudPush) -> None:
    with login(nextcloud_push, "bob") as websocket:
        nextcloud_push.emit.share("alice", "a.txt", "bob")
        assert {websocket.recv(timeout=10) for _ in range(2)} == {
            "notify_file",
            "notify_notification",
        }


def test_event_that_cannot_happen_raises(nextcloud_push: NextcloudPush) -> None:
    with pytest.raises(Refused):
        nextcloud_push.emit.activity("nobody")


def test_synchronous_client_listens(nextcloud_push: NextcloudPush) -> None:
    with SyncPushClient(nextcloud_push.url, "alice", "alice") as client:
        nextcloud_push.emit.custom("alice", "hello")
        assert client.receive(timeout=10) == Custom("hello", None)


async def test_asynchronous_client_listens(nextcloud_push: NextcloudPush) -> None:
    async with PushClient(nextcloud_push.url, "alice", "alice", ids=True) as client:
        nextcloud_push.emit.file("alice", "a.txt")
        notification = await anext(client)
        assert isinstance(notification, FileChanged)
        assert notification.ids


def test_connection_is_dropped(nextcloud_push: NextcloudPush) -> None:
    with login(nextcloud_push, "alice") as websocket:
        assert nextcloud_push.drop("alice") == 1
        assert nextcloud_push.drop("bob") == 0
        with pytest.raises(Exception, match="no close frame"):
            websocket.recv(timeout=10)


def test_server_is_down_for_a_while(nextcloud_push: NextcloudPush) -> None:
    nextcloud_push.down(60)
    with pytest.raises(OSError, match="refused"):
        connect(nextcloud_push.websocket_url).__enter__()
