"""The rights that the documentation says are enough, given to real servers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
import redis

from docs.blocks import all_blocks
from nextcloud_push.server.events import CHANNELS
from support.databases import mariadb_server, postgres_server
from support.redis import RedisServer

PAGE = "docs/explanation/security.md"
GRANTS = [block.text for block in all_blocks("sql") if block.page == PAGE]


def statements(text: str) -> list[str]:
    return [line for line in text.split(";\n") if line.strip()]


def test_postgres_takes_the_grants():
    with postgres_server() as server:
        for statement in statements(GRANTS[0]):
            server.run(statement)


def test_mariadb_takes_the_grants():
    with mariadb_server() as server:
        for statement in statements(GRANTS[1]):
            server.run(statement)


def test_the_question_of_the_protocol_page_is_sql():
    (select,) = [b.text for b in all_blocks("sql") if b.page == "docs/reference/protocol.md"]
    with sqlite3.connect(":memory:") as database:
        database.executescript(
            "CREATE TABLE oc_mounts (storage_id, user_id, root_id);"
            "CREATE TABLE oc_filecache (fileid, path);"
        )
        assert database.execute(select).fetchall() == []
    database.close()


@pytest.fixture
def limited(shared_redis: RedisServer) -> Iterator[redis.Redis]:
    """A client that logged in as the documentation's ACL user."""
    (command,) = [b.text for b in all_blocks("text") if "ACL SETUSER" in b.text]
    with shared_redis.client() as admin:
        admin.execute_command(*command.split())
        host, port = "127.0.0.1", shared_redis.port
        with redis.Redis(host, port, username="push", password="PASSWORD", protocol=2,
                         driver_info=None) as client:  # fmt: skip
            yield client
        admin.execute_command("ACL", "DELUSER", "push")


def test_the_acl_user_may_do_what_the_server_does(limited: redis.Redis):
    limited.get("test-token")
    limited.delete("notify_push_app_version")
    assert limited.set("notify_push_version", "1.4.0")
    with limited.pubsub() as subscription:
        subscription.subscribe(*CHANNELS)
        assert subscription.get_message(timeout=5)


@pytest.mark.parametrize("command", ["PUBLISH notify_custom {}", "SET test-token x", "GET other"])
def test_the_acl_user_may_do_no_more(limited: redis.Redis, command: str):
    with pytest.raises(redis.exceptions.NoPermissionError):
        limited.execute_command(*command.split())
