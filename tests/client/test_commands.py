"""`nextcloud-push listen` and `test_client`, each as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from client.fakes import FakeNextcloud, FakePush


@asynccontextmanager
async def started(command: str, *args: str, **env: str) -> AsyncIterator[Process]:
    module, name = f"nextcloud_push.commands.{command}", f"{command}_command"
    code = f"from {module} import {name} as c; c(prog_name='{command}')"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *args),
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | env,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def outcome(process: Process, stdin: bytes = b"") -> tuple[int | None, str, str]:
    """Exit status, output and errors; never with a traceback in them."""
    async with asyncio.timeout(20):
        out, err = await process.communicate(stdin)
    assert b"Traceback" not in out + err
    return process.returncode, out.decode(), err.decode()


async def listened(push: FakePush, *options: str, messages: list[str]) -> str:
    """What `listen` prints for messages, having ended by their count."""
    count = ("--count", str(len(messages)))
    async with started("listen", push.url, "alice", "secret", *count, *options) as process:
        await push.connected()
        await push.tell(*messages)
        status, out, err = await outcome(process)
    assert status == 0, err
    return out


async def test_lines_for_people(push: FakePush) -> None:
    out = await listened(
        push, "--ids", messages=["notify_file_id [1,2]", 'chat {"from":"é"}', "notify_activity"]
    )
    texts = [" ".join(line.split()[2:]) for line in out.splitlines()]
    assert texts == ["file ids 1, 2", 'custom chat {"from": "é"}', "activity"]
    assert push.heard == ["listen notify_file_id"]


async def test_nothing_a_sender_writes_commands_the_terminal(push: FakePush) -> None:
    out = await listened(push, messages=['\x1b[2J\r ["\x9b\u202e"]', "x\ny"])
    assert out.count("\n") == 2
    assert all(char.isprintable() or char == "\n" for char in out)


async def test_lines_of_json(push: FakePush) -> None:
    out = await listened(push, "--json", messages=["notify_file_id [7]", 'chat ["é"]', "poke"])
    lines = [json.loads(line) for line in out.splitlines()]
    assert all(line.pop("time") for line in lines)
    assert lines == [
        {"event": "file", "ids": [7]},
        {"event": "custom", "type": "chat", "body": ["é"]},
        {"event": "custom", "type": "poke", "body": None},
    ]


SHOW = """echo "$NOTIFY_PUSH_EVENT:$NOTIFY_PUSH_IDS:$NOTIFY_PUSH_TYPE:$NOTIFY_PUSH_BODY" >> {0}"""


async def test_a_command_for_each_notification(push: FakePush, tmp_path: Path) -> None:
    found = tmp_path / "found"
    messages = ["notify_file_id [1,2]", 'chat;id "`id`"', "notify_notification"]
    await listened(push, "--exec", SHOW.format(found), messages=messages)
    assert found.read_text() == 'file:1 2::\ncustom::chat;id:"`id`"\nnotification:::\n'


async def test_a_command_reads_json_and_no_password(push: FakePush, tmp_path: Path) -> None:
    found = tmp_path / "found"
    command = f'cat >> {found}; echo "$NOTIFY_PUSH_PASSWORD" >> {found}'
    args = (push.url, "alice", "--exec", command, "--count", "1")
    async with started("listen", *args, NOTIFY_PUSH_PASSWORD="secret") as process:
        await push.connected()
        await push.tell("big " + json.dumps("x" * 200_000))
        assert (await outcome(process))[0] == 0
    line, password, _ = found.read_text().split("\n")
    assert (json.loads(line)["body"], password) == ("x" * 200_000, "")


async def test_commands_that_fail_are_told(push: FakePush) -> None:
    args = (push.url, "alice", "secret", "--count", "1", "--exec", "exit 7")
    async with started("listen", *args) as process:
        await push.connected()
        await push.tell("notify_file")
        status, _, err = await outcome(process)
    assert (status, "status 7" in err) == (0, True)


async def test_ctrl_c_ends_the_commands_that_run(push: FakePush, tmp_path: Path) -> None:
    command = f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 60"
    async with started("listen", push.url, "alice", "secret", "--exec", command) as process:
        await push.connected()
        await push.tell("notify_file")
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert (await outcome(process))[0] == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_commands_run_so_many_at_a_time(push: FakePush, tmp_path: Path) -> None:
    # Each command waits until both have begun; one at a time would wait for ever.
    command = "touch $NOTIFY_PUSH_TYPE; until [ -e a ] && [ -e b ]; do sleep 0.02; done"
    command = f"cd {tmp_path}; {command}"
    await listened(push, "--exec", command, "--exec-parallel", "2", messages=["a", "b"])


@pytest.mark.parametrize("way", ["argument", "file", "dash", "variable"])
async def test_ways_to_give_the_password(push: FakePush, tmp_path: Path, way: str) -> None:
    (tmp_path / "password").write_text("secret\n")
    file = {"file": str(tmp_path / "password"), "dash": "-"}.get(way)
    args = ["--password-file", file] if file else ["secret"] * (way == "argument")
    env = {"NOTIFY_PUSH_PASSWORD": "secret" if way == "variable" else "wrong"}
    async with started("listen", push.url, "alice", *args, "--count", "1", **env) as process:
        assert process.stdin
        process.stdin.write(b"secret\n" if way == "dash" else b"")
        process.stdin.close()
        await push.connected()
        await push.tell("notify_file")
        status, _, err = await outcome(process)
    assert status == 0, err
    assert push.logins == [("alice", "secret")]


async def test_login_by_token(push: FakePush, nextcloud: FakeNextcloud) -> None:
    args = (nextcloud.url, "alice", "secret", "--pre-auth", "--count", "1")
    async with started("listen", *args) as process:
        await push.connected()
        await push.tell("notify_file")
        assert (await outcome(process))[0] == 0
    assert push.logins[0][0] == ""


@pytest.mark.parametrize("command", ["listen", "test_client"])
@pytest.mark.parametrize(
    ("path", "password", "status", "words"),
    [
        ("/", "wrong", 3, "refused user name or password"),
        ("/elsewhere", "secret", 4, "is not a Nextcloud"),
        (":0/", "secret", 2, "URL"),
    ],
)
async def test_one_line_says_what_is_wrong(
    nextcloud: FakeNextcloud, command: str, path: str, password: str, status: int, words: str
) -> None:
    async with started(command, nextcloud.url + path, "alice", password) as process:
        got, out, err = await outcome(process)
    assert (got, out) == (status, "")
    assert words in err
    assert err.count("\n") == 1


async def test_a_server_that_is_not_there(push: FakePush) -> None:
    await push.kill()
    for command in ("listen", "test_client"):
        async with started(command, push.url, "alice", "secret") as process:
            status, _, err = await outcome(process)
        assert (status, "cannot reach" in err) == (1, True)
    await push.start()


@pytest.mark.parametrize(
    "args",
    [
        ["ws://h"],
        ["ws://h", "alice"],
        ["ws://h", "alice", "pw", "--password-file", "-"],
        ["ws://h", "alice", "--password-file", "/nowhere"],
        ["ws://h", "alice", "pw", "--pre-auth"],
        ["ws://h", "alice", "pw", "--count", "0"],
        ["ws://h", "alice", "pw", "--ca", "/nowhere"],
    ],
)
async def test_wrong_usage(args: list[str]) -> None:
    async with started("listen", *args) as process:
        assert (await outcome(process))[0] == 2


@pytest.mark.parametrize("command", ["listen", "test_client"])
async def test_ctrl_c(push: FakePush, command: str) -> None:
    async with started(command, push.url, "alice", "secret") as process:
        await push.connected()
        process.send_signal(signal.SIGINT)
        assert (await outcome(process))[0] == 130
    await push.empty()


async def test_a_lost_connection_is_told_and_survived(push: FakePush) -> None:
    async with started("listen", push.url, "alice", "secret", "--count", "1") as process:
        await push.connected()
        await push.clients[0].close(1011)
        status, out, err = await outcome(process)
    assert (status, "reconnected" in out) == (0, True)
    assert "connection lost: the server closed it (1011); next attempt in" in err


async def test_a_reader_that_has_seen_enough(push: FakePush) -> None:
    async with started("listen", push.url, "alice", "secret") as process:
        await push.connected()
        assert process.stdout
        process.stdout._transport.close()  # type: ignore[attr-defined]  # no public way
        while process.returncode is None:
            with suppress(ConnectionClosed):  # it may leave while it is told
                await push.tell("notify_file")
            await asyncio.sleep(0.02)
    assert process.returncode == 0


async def test_test_client_prints_messages_as_they_come(
    push: FakePush, nextcloud: FakeNextcloud
) -> None:
    async with started("test_client", nextcloud.url, "alice", "secret") as process:
        await push.connected()
        await push.tell("notify_file_id [1,2]", 'chat {"a":1}', "x\x1b[2J")
        await push.clients[0].close(1001)
        status, out, err = await outcome(process)
    assert (status, out) == (1, 'notify_file_id [1,2]\nchat {"a":1}\nx\\x1b[2J\n')
    assert err.splitlines()[-1] == "Error: connection lost: the server closed it (1001)"
    assert push.heard == ["listen notify_file_id"]


@pytest.mark.parametrize(("typed", "status"), [(b"secret\n", 124), (b"\x03", 130)])
async def test_the_password_is_asked_for(push: FakePush, typed: bytes, status: int) -> None:
    code = "from nextcloud_push.commands.listen import listen_command as c; c(prog_name='listen')"
    command = [sys.executable, "-c", code, push.url, "alice", "--timeout", "0.5"]
    terminal = "import pty, sys, os; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", terminal, *command), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin
    assert process.stdout
    shown = await process.stdout.readuntil(b"Password: ")
    process.stdin.write(typed)
    async with asyncio.timeout(20):
        shown += await process.stdout.read()
        assert await process.wait() == status
    assert b"secret" not in shown
