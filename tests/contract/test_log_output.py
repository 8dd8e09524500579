"""Where log lines go, and what never gets into them."""

from __future__ import annotations

import json

import pytest

from support.bus import Bus
from support.daemon import Start
from support.nextcloud import StubNextcloud
from support.waiting import wait_for

COMPLETE = {
    "DATABASE_URL": "sqlite:///nowhere/nc.db",
    "REDIS_URL": "redis://127.0.0.1:9",
    "NEXTCLOUD_URL": "http://127.0.0.1:9",
}


def test_log_lines_go_to_standard_output(start: Start):
    daemon = start(env={"LOG": "info"})
    daemon.output.wait_for("listening")
    assert daemon.errors.text == ""


def test_no_colours_where_there_is_no_terminal(start: Start):
    daemon = start(env={"LOG": "trace"})
    assert "\x1b" not in daemon.output.text


def test_json_lines(start: Start):
    daemon = start("--log-format", "json", env={"LOG": "debug"})
    daemon.output.wait_for("listening")
    assert all("message" in json.loads(line) for line in daemon.output.lines)


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_is_logged(
    start: Start, bus: Bus, nextcloud: StubNextcloud, user: str, style: str
):
    bus.client.config_set("requirepass", "redissecret")
    try:
        url = bus.url.replace("//", "//:redissecret@")
        env = {"REDIS_URL": url, "LOG": "trace", "LOG_FORMAT": style}
        bus.client.execute_command("AUTH", "redissecret")
        daemon = start(env=env)
        bus.publish("pre_auth", {"user": user, "token": "tokensecret"})
        bus.raw("pre_auth", '{"user":1,"token":"brokensecret"}')
        bus.client.set("test-token", "testsecret")
        for name, password in (("", "tokensecret"), (user, "pw"), (user, "wrongsecret")):
            daemon.connect().send(name, password)
        assert daemon.http("GET /test/reverse_cookie", "token: testsecret").status == 200
        daemon.http("GET /test/cookie", "token: othersecret")
        client = daemon.log_in(user)
        bus.fence(client, user)
    finally:
        bus.client.config_set("requirepass", "")
    daemon.output.wait_for("pre_auth")
    assert "secret" not in daemon.output.text
    assert "cHc=" not in daemon.output.text
    wait_for(lambda: daemon.output.matching("does not decode"))


def test_a_failing_redis_password_is_not_told(start: Start, bus: Bus):
    bus.client.config_set("requirepass", "redissecret")
    try:
        env = {"REDIS_URL": bus.url.replace("//", "//user:othersecret@"), "LOG": "trace"}
        daemon = start(env=env, wait=False)
        daemon.output.wait_for("(?i)redis.*(WRONGPASS|password|denied|invalid)")
    finally:
        bus.client.execute_command("AUTH", "redissecret")
        bus.client.config_set("requirepass", "")
    assert "secret" not in daemon.output.text


def test_off_says_nothing(start: Start):
    daemon = start(env={"LOG": "off", "REDIS_URL": "redis://127.0.0.1:9"}, wait=False)
    assert daemon.http("GET /ready").status == 503
    assert daemon.output.text == ""
