"""What the pages say of the program that can be compared with it."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from docs.blocks import PAGES, ROOT
from nextcloud_push import words
from nextcloud_push.server import events
from nextcloud_push.server.delivery import (
    connection,
    frame_reader,
    notification,
    outbox,
    peer,
    server_frames,
)
from nextcloud_push.server.errors import MissingSetting
from nextcloud_push.server.listener import opening
from nextcloud_push.server.listener import sockets as listening
from nextcloud_push.server.logs import LEVELS
from nextcloud_push.server.metrics import SERIES
from nextcloud_push.server.routing import dispatcher, preauth
from nextcloud_push.server.settings.load import load_settings, read_values

PROTOCOL = (ROOT / "docs/reference/protocol.md").read_text("utf-8")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def text_of(frame: bytes) -> str:
    """The text of a short server frame."""
    return frame[2:].decode()


def test_every_channel_is_in_the_protocol():
    assert set(re.findall(r"^\| `(notify_\w+)` \| [`{]", PROTOCOL, re.MULTILINE)) >= set(
        events.CHANNELS
    )


def test_messages_are_quoted_exactly():
    for one in (
        server_frames.AUTHENTICATED,
        server_frames.INVALID_CREDENTIALS,
        server_frames.INVALID_MESSAGE,
        server_frames.AUTHENTICATION_TIMEOUT,
        server_frames.CONNECTION_LIMIT,
        server_frames.FILE_FRAME,
        server_frames.ACTIVITY_FRAME,
        server_frames.NOTIFICATION_FRAME,
        server_frames.login_failed_frame(""),
    ):
        assert f"`{text_of(one)}`" in PROTOCOL
    assert f"`{words.LISTEN_FILE_ID}`" in PROTOCOL


def test_times_of_the_protocol():
    assert f"{connection.LOGIN_TIME:.0f} s after the handshake" in PROTOCOL
    assert f"{peer.PING_INTERVAL:.0f} s after the last thing it received" in PROTOCOL
    assert f"dropped {peer.CLOSE_TIME:.0f} s after the close frame" in PROTOCOL


def test_the_law_of_debouncing():
    law = page("docs/explanation/debouncing.md")
    window, delay = notification.MERGE_WINDOW, notification.MAX_MERGE_DELAY
    assert f"min(last_event + {window} s, first_event + {delay} s)" in law
    for connections, longest in re.findall(r"^\| (\d+)[^|]*\| (\d+) s", law, re.MULTILINE):
        assert outbox.debounce_time(int(connections), 15.0) == int(longest)


def test_log_levels():
    rows = re.findall(r"^\| `(\w+)`(?: \(default\))? \| ", page("docs/reference/logs.md"), re.M)
    assert {*rows} >= {*LEVELS} - {"warning"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DATABASE_URL": "sqlite:///a"},
        {"DATABASE_URL": "sqlite:///a", "REDIS_URL": "redis://h"},
    ],
    ids=["database", "redis", "nextcloud"],
)
def test_messages_of_missing_settings_are_in_the_guide(environ: dict[str, str]):
    with pytest.raises(MissingSetting) as caught:
        load_settings(read_values([], environ), None)
    assert f"`{caught.value.reason}`" in page("docs/how-to/troubleshoot.md")


def test_the_container_runs_what_is_installed():
    dockerfile = page("Dockerfile")
    program = re.search(r'ENTRYPOINT \["/opt/notify_push/bin/(\w+)"\]', dockerfile)
    assert program
    assert program[1] in entry_points(group="console_scripts").names
    sources = re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile, re.MULTILINE)
    copied = [name for line in sources for name in line.split()]
    assert {"pyproject.toml", "src"} <= set(copied)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_metrics_named_in_guides_exist():
    names = {series.name for series in SERIES} | {"notify_push_build_info"}
    named: dict[str, Path] = {}
    for path in PAGES:
        text = path.read_text("utf-8")
        found = re.findall(r"\b(?:notify_push_[a-z_]+_total|[a-z]+_count(?:_total)?)\b", text)
        named |= dict.fromkeys(found, path)
    assert len(named) > 5
    assert {name: path for name, path in named.items() if name not in names} == {}


def test_limits_of_the_security_page():
    limits = page("docs/explanation/security.md").partition("## Limits")[2]
    for row in (
        f"| request line and headers | {opening.MAX_HEAD // 1024} KiB,",
        f"within {opening.OPENING_TIME:.0f} s |",
        f"| message or frame of a client | {frame_reader.MAX_MESSAGE_SIZE // 1024} KiB |",
        f"| time to send credentials | {connection.LOGIN_TIME:.0f} s |",
        f"{listening.SEND_BUFFER // 1024} KiB in the kernel, "
        f"{peer.MAX_WAITING_BYTES >> 20} MiB here |",
        f"| tokens remembered | {preauth.MAX_TOKENS:,} |",
        f"| path in an event | {events.MAX_PATH:,} characters |",
        f"| {dispatcher.MAX_WAITING_EVENTS:,}, of {dispatcher.MAX_WAITING_STORAGES:,} storages, "
        f"{dispatcher.MAX_WAIT:.0f} s |",
    ):
        assert row in limits
