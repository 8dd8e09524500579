from typing import Any

import pytest

from nextcloud_push.server import events
from nextcloud_push.server.errors import PayloadError
from nextcloud_push.server.events import decode


@pytest.mark.parametrize(
    ("channel", "payload", "event"),
    [
        ("storage_update", rb'{"storage":1,"path":"files\/\u00e4","file_id":5,"more":[]}',
         events.StorageUpdate(1, "files/ä", 5)),
        ("storage_update", b'{"storage":4294967295,"path":"","file_id":null}',
         events.StorageUpdate(4294967295, "", None)),
        ("storage_update", b'{"storage":1,"path":"a","file_id":18446744073709551615}',
         events.StorageUpdate(1, "a", 2**64 - 1)),
        ("storage_update", b'{"storage":1,"path":"a"}', events.StorageUpdate(1, "a", None)),
        ("group_membership_update", b'{"user":"a","group":"g"}', events.GroupUpdate("a", "g")),
        ("user_share_created", b'{"user":"a"}', events.ShareCreated("a")),
        ("activity", b'{"user":"0"}', events.Activity("0")),
        ("notification", b'{"user":"a"}', events.Notification("a")),
        ("pre_auth", b'{"user":"a","token":"t"}', events.PreAuth("a", "t")),
        ("custom", b'{"user":"a","message":"m"}', events.Custom("a", "m", None)),
        ("custom", b'{"user":"a","message":"m","body":{"x":[]}}',
         events.Custom("a", "m", {"x": []})),
        ("test_cookie", b"7", events.TestCookie(7)),
        ("config", b'{"log_spec":"notify_push=debug"}', events.Config("notify_push=debug")),
        ("config", b'"log_restore"', events.Config(None)),
        ("query", b'"metrics"', events.Query()),
        ("signal", b'"reset"', events.Signal()),
    ],
)  # fmt: skip
def test_every_channel(channel: str, payload: bytes, event: Any) -> None:
    assert decode(f"notify_{channel}".encode(), payload) == event


@pytest.mark.parametrize(
    ("channel", "payload"),
    [
        ("storage_update", b'{"storage":-1,"path":"a"}'),
        ("storage_update", b'{"storage":4294967296,"path":"a"}'),
        ("storage_update", b'{"storage":1,"path":"a","file_id":18446744073709551616}'),
        ("storage_update", b'{"storage":1,"path":"a","file_id":-1}'),
        ("storage_update", b'{"storage":1,"path":"a","file_id":"5"}'),
        ("storage_update", b'{"storage":1.0,"path":"a"}'),
        ("storage_update", b'{"storage":1}'),
        ("storage_update", b'{"storage":1,"path":"' + b"a" * 4097 + b'"}'),
        ("group_membership_update", b'{"user":"a"}'),
        ("activity", b'{"user":1}'),
        ("activity", b'["a"]'),
        ("activity", b""),
        ("activity", b'{"user":"\xff"}'),
        ("activity", rb'{"user":"\ud800"}'),
        ("custom", b'{"user":"a","message":"m","body":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("test_cookie", b'"7"'),
        ("config", b'"log_keep"'),
        ("query", b'"rows"'),
        ("signal", b'"stop"'),
        ("unheard_of", b"{}"),
    ],
)
def test_what_does_not_decode_is_one_error(channel: str, payload: bytes) -> None:
    with pytest.raises(PayloadError, match=f"message on notify_{channel} does not decode: "):
        decode(f"notify_{channel}".encode(), payload)


def test_token_is_never_shown() -> None:
    assert "sesame" not in repr(events.PreAuth("alice", "sesame"))


def test_long_body_is_cut_where_it_is_shown() -> None:
    assert len(repr(events.Custom("alice", "m" * 9999, ["x" * 9999] * 9999))) < 300
