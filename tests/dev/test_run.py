"""Developer mode as a whole: real sockets, the real daemon."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

import nextcloud_push
from nextcloud_push.client import (
    Activity,
    Backoff,
    Custom,
    FileChanged,
    NotificationChanged,
    PushClient,
    Reconnected,
)
from nextcloud_push.commands.dev import program_to_paste
from nextcloud_push.dev.demo import demonstrate
from nextcloud_push.dev.run import DevOptions, DevServer, open_dev
from nextcloud_push.server.errors import StartupError
from support.processes import free_port
from support.redis import RedisServer, redis_server

FREE = DevOptions(port=0, push_port=free_port(), debounce=False)
OCS = {"OCS-APIRequest": "true"}


@pytest.fixture
async def dev() -> AsyncIterator[DevServer]:
    async with open_dev(FREE) as running:
        yield running


@pytest.fixture
async def browser(dev: DevServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=dev.url, headers=OCS) as client:
        yield client


@pytest.fixture
async def alice(dev: DevServer) -> AsyncIterator[PushClient]:
    soon = Backoff(first=0.05, cap=0.05, restart_spread=0.05)
    async with PushClient(dev.url, "alice", "alice", ids=True, policy=soon) as client:
        yield client


async def test_an_upload_reaches_its_owner(
    dev: DevServer, browser: httpx.AsyncClient, alice: PushClient
) -> None:
    url = "remote.php/dav/files/alice/a.txt"
    response = await browser.put(url, content=b"x", auth=("alice", "alice"))
    number = int(response.headers["oc-fileid"][:8])
    heard = await anext(alice)
    assert isinstance(heard, FileChanged)
    assert number in (heard.ids or ())


async def test_a_change_in_a_shared_folder_reaches_its_receiver(
    dev: DevServer, alice: PushClient
) -> None:
    await dev.emit.file("bob", "Docs/b.txt")
    await dev.emit.share("bob", "Docs", "alice")
    heard = {type(await anext(alice)), type(await anext(alice))}
    assert heard == {FileChanged, NotificationChanged}
    await dev.emit.file("bob", "Docs/b.txt")
    assert isinstance(await anext(alice), FileChanged)


async def test_every_other_kind_of_event(dev: DevServer, alice: PushClient) -> None:
    await dev.emit.activity("alice")
    assert await anext(alice) == Activity()
    await dev.emit.notification("alice")
    assert await anext(alice) == NotificationChanged()
    await dev.emit.custom("alice", "x", {"a": [1]})
    assert await anext(alice) == Custom("x", {"a": [1]})


async def test_a_client_logs_in_by_token_too(dev: DevServer) -> None:
    async with PushClient(dev.url, "alice@example.com", "alice", pre_auth=True) as client:
        await dev.emit.activity("alice")
        assert await anext(client) == Activity()


async def test_the_apps_self_test_passes(browser: httpx.AsyncClient) -> None:
    steps = (await browser.post("dev/self-test")).json()
    assert [step["detail"] for step in steps] == [""] * 5


async def test_dropped_clients_come_back(browser: httpx.AsyncClient, alice: PushClient) -> None:
    dropped = (await browser.post("dev/drop", json={"user": "alice"})).json()
    assert dropped == {"dropped": 1}
    assert await anext(alice) == Reconnected()


async def test_down_and_up_again_at_the_same_address(
    dev: DevServer, browser: httpx.AsyncClient, alice: PushClient
) -> None:
    await browser.post("dev/down", json={"seconds": 0.2})
    assert (await browser.get("dev/state")).json()["up"] is False
    assert await anext(alice) == Reconnected()
    await dev.emit.activity("alice")
    assert await anext(alice) == Activity()


async def test_taking_it_down_again_starts_the_time_anew(dev: DevServer) -> None:
    await asyncio.gather(dev.push.down(600), dev.push.down(600), dev.push.down(0.05))
    await _up(dev)


async def test_a_port_that_was_taken_meanwhile_is_logged(
    dev: DevServer, caplog: pytest.LogCaptureFixture
) -> None:
    await dev.push.down(0.05)
    with socket.create_server(("127.0.0.1", dev.push.port)):
        async with asyncio.timeout(10):
            while "cannot come up" not in caplog.text:
                await asyncio.sleep(0.01)  # a log can only be looked at
    assert not dev.push.is_up()


async def test_the_self_test_says_what_is_wrong(dev: DevServer, browser: httpx.AsyncClient) -> None:
    await dev.push.down(600)
    (step,) = (await browser.post("dev/self-test")).json()
    assert (step["ok"], step["detail"]) == (False, "can't connect: ConnectError")


async def test_the_demo_tells_what_it_does(
    dev: DevServer, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = ""
    async with demonstrate(dev), asyncio.timeout(10):
        while "alice hears" not in printed:
            await asyncio.sleep(0.01)  # output can only be looked at
            printed += capsys.readouterr().out
    assert "Welcome.txt" in printed


async def test_ending_while_it_is_down() -> None:
    async with open_dev(FREE) as dev:
        await dev.push.down(600)
        assert not dev.push.is_up()


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


async def test_with_a_real_redis(redis: RedisServer) -> None:
    options = DevOptions(port=0, push_port=0, debounce=False, redis=redis.settings)
    async with (
        open_dev(options) as dev,
        httpx.AsyncClient(base_url=dev.url) as browser,
        PushClient(dev.url, "alice", "alice") as alice,
    ):
        await _subscribed(dev)
        await dev.emit.activity("alice")
        assert await anext(alice) == Activity()
        steps = (await browser.post("dev/self-test")).json()
        assert all(step["ok"] for step in steps)
        redis.publish("notify_notification", '{"user":"alice"}')
        assert await anext(alice) == NotificationChanged()


async def _up(dev: DevServer) -> None:
    async with asyncio.timeout(10):
        while not dev.push.is_up():
            await asyncio.sleep(0.01)  # it comes up by itself, and tells nobody


async def _subscribed(dev: DevServer) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(10):
        url = dev.push_url.replace("ws://", "http://").removesuffix("ws") + "ready"
        while (await client.get(url)).status_code != 200:
            await asyncio.sleep(0.01)  # another server's subscription can only be asked for


async def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option, options in (
            ("--port", DevOptions(port=port)),
            ("--push-port", DevOptions(port=0, push_port=port)),
        ):
            with pytest.raises(StartupError, match=f"{port}: .* in use; {option} takes another"):
                async with open_dev(options):
                    raise AssertionError("it must not start")


async def test_a_data_folder_that_is_a_file_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StartupError, match="data folder"):
        async with open_dev(DevOptions(port=0, push_port=0, data=file)):
            raise AssertionError("it must not start")


async def test_the_demo_shows_a_notification_and_ends_by_ctrl_c() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nextcloud_push", "dev", "--port=0", "--push-port=0", "--demo"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    printed = b""
    async with asyncio.timeout(30):
        while b"alice hears" not in printed:
            line = await process.stdout.readline()
            assert line, printed
            printed += line
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    assert b"curl -u alice:alice" in printed


async def test_the_line_that_it_prints_listens_when_it_is_pasted(dev: DevServer) -> None:
    program = program_to_paste(str(Path(nextcloud_push.__file__).with_name("__main__.py")))
    shell = await asyncio.create_subprocess_shell(
        f"{program} listen --count 1 {dev.url} alice alice",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert shell.stderr is not None
    assert b"listening as alice" in await shell.stderr.readline()
    await dev.emit.activity("alice")
    heard, _ = await shell.communicate()
    assert b"activity" in heard


@pytest.mark.parametrize("on_path", [False, True])
def test_a_program_is_named_as_a_shell_finds_it(
    on_path: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".venv/bin"
    folder.mkdir(parents=True)
    (folder / "nextcloud-push").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(folder) if on_path else "/usr/bin:/bin")
    named = program_to_paste(str(folder / "nextcloud-push"))
    assert named == ("nextcloud-push" if on_path else ".venv/bin/nextcloud-push")
    elsewhere = program_to_paste("/opt/with space/nextcloud-push")
    assert elsewhere == "'/opt/with space/nextcloud-push'"
