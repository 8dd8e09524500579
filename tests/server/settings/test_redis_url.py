"""Every form of a Redis URL, and what is wrong with others."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from nextcloud_push.server.errors import InvalidSetting
from nextcloud_push.server.settings import Redis, RedisNode, Tls
from nextcloud_push.server.settings.redis_url import parse_redis_urls


def parse(*urls: str, tls: Tls | None = None) -> Redis:
    return parse_redis_urls(urls, name="--redis-url", tls=tls)


def single(host: str = "h", port: int = 6379, **more: Any) -> Redis:
    return Redis(nodes=(RedisNode(host, port),), **more)


def at_socket(path: str, **more: Any) -> Redis:
    return Redis(nodes=(RedisNode(socket=path),), **more)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h", single()),
        ("REDIS://h", single()),
        (" redis://h/ ", single()),
        ("redis://127.0.0.1:6380", single("127.0.0.1", 6380)),
        ("redis://h:/", single()),
        ("redis://[::1]:6380/2", single("::1", 6380, db=2)),
        ("redis://[fe80::1%25eth0]", single("fe80::1%eth0")),
        ("redis://h/3", single(db=3)),
        ("redis://h?db=3", single(db=3)),
        ("redis://h/?db=3&protocol=resp2", single(db=3)),
        ("redis://h#fragment", single()),
        ("redis://:secret@h", single(password="secret")),
        ("redis://user:secret@h:1/4", single("h", 1, user="user", password="secret", db=4)),
        ("redis://user@h", single(user="user")),
        ("redis://user:@h", single(user="user", password="")),
        ("redis://:@h", single()),
        ("redis://@h", single()),
        ("valkey://h", single()),
        ("rediss://h", single(tls=Tls())),
        ("valkeys://h", single(tls=Tls())),
        ("rediss://h/#insecure", single(tls=Tls(verify=False))),
        ("unix:///run/redis.sock", at_socket("/run/redis.sock")),
        ("redis+unix:///run/redis.sock", at_socket("/run/redis.sock")),
        ("valkey+unix:///run/redis.sock", at_socket("/run/redis.sock")),
        ("unix:///run/a%20b@c,d.sock", at_socket("/run/a b@c,d.sock")),
        ("unix:///s?db=2&user=u&pass=a%2Bb", at_socket("/s", db=2, user="u", password="a+b")),
        ("unix:///s?username=u&password=a+b", at_socket("/s", user="u", password="a+b")),
        ("unix://u:p@ss@/s", at_socket("/s", user="u", password="p@ss")),
    ],
)
def test_every_form_of_one_server(url: str, expected: Redis) -> None:
    assert parse(url) == expected


@pytest.mark.parametrize("password", ["p@ss", "a:b", "a/b", "a?b", "a#b", "100%", "a%zz", "a,b"])
def test_a_plain_password_is_taken_as_it_stands(password: str) -> None:
    assert parse(f"redis://user:{password}@h:1/4").password == password


def test_what_is_not_percent_encoded_utf8_is_taken_as_it_stands() -> None:
    assert parse("redis://:a%ffb@h").password == "a%ffb"


@given(st.text(min_size=1), st.text())
def test_anything_percent_encoded_comes_through(password: str, user: str) -> None:
    settings = parse(f"redis://{quote(user, safe='')}:{quote(password, safe='')}@h")
    assert (settings.user, settings.password) == (user or None, password)


@given(st.text(st.characters(exclude_characters="%,", codec="utf-8"), min_size=1))
def test_any_plain_password_comes_through(password: str) -> None:
    assert parse(f"redis://:{password}@h").password == password


@pytest.mark.parametrize(
    "urls",
    [
        ["redis://u:p@h1:1/5", "redis://h2:2", "redis://h3"],
        ["redis://u:p@h1:1,redis://x:y@h2:2/7, redis://h3"],
        ["redis://u:p@h1:1,h2:2, h3,"],
        ["redis://u:p@h1:1/5,h2:2/5,h3/5"],
        ["valkey://u:p@h1:1", "redis://h2:2,h3"],
    ],
)
def test_several_nodes_are_a_cluster_with_the_credentials_of_the_first(urls: list[str]) -> None:
    nodes = (RedisNode("h1", 1), RedisNode("h2", 2), RedisNode("h3"))
    assert parse(*urls) == Redis(nodes=nodes, mode="cluster", user="u", password="p")


@pytest.mark.parametrize(
    "urls",
    [
        ["sentinel://u:p@h1,h2:5/mymaster/2"],
        ["sentinel://u:p@h1,h2:5/mymaster?db=2"],
        ["sentinel://u:p@h1/mymaster/2", "sentinel://h2:5/mymaster"],
    ],
)
def test_sentinels(urls: list[str]) -> None:
    nodes = (RedisNode("h1", 26379), RedisNode("h2", 5))
    expected = Redis(nodes=nodes, mode="sentinel", service="mymaster", db=2)
    assert parse(*urls) == replace(expected, user="u", password="p")


def test_tls_options_apply_where_tls_is_spoken() -> None:
    tls = Tls(ca=Path("/ca.pem"), check_hostname=False)
    assert parse("rediss://h", tls=tls).tls == tls
    assert parse("rediss://h1", "valkeys://h2", tls=tls).tls == tls
    assert parse("sentinels://h/m", tls=tls).tls == tls
    assert parse("redis://h", tls=tls).tls is None
    assert parse("unix:///s", tls=tls).tls is None


@pytest.mark.parametrize(
    ("urls", "reason"),
    [
        ([], "no URL given"),
        ([""], "a URL must begin with"),
        (["h:6379"], "a URL must begin with"),
        (["http://h"], "a URL must begin with"),
        (["redis://"], "the host is missing"),
        (["redis://:s3cret@"], "the host is missing"),
        (["redis://:6379"], "a node is given as"),
        (["redis://::1"], "a node is given as"),
        (["redis://[::1"], "a node is given as"),
        (["redis://a b"], "a node is given as"),
        (["redis://a%20b"], "a host name holds characters"),
        (["redis://a%00b"], "a host name holds characters"),
        (["redis://h:s3cret"], "a node is given as"),
        (["redis://h:0"], "a port is a number"),
        (["redis://h:65536"], "a port is a number"),
        (["redis://h:" + "9" * 5000], "a node is given as"),
        (["redis://h/s3cret"], "the database is a number"),
        (["redis://h/-1"], "the database is a number"),
        (["redis://h/\u0661"], "the database is a number"),
        (["redis://h/" + "9" * 5000], "the database is a number"),
        (["redis://h?db=x"], "the database is a number"),
        (["unix://run/redis.sock"], "absolute path"),
        (["unix:///run/%00"], "absolute path"),
        (["unix:///a", "unix:///b"], "cannot be Unix sockets"),
        (["redis://h", "unix:///a"], "the same form"),
        (["redis://h", "rediss://h"], "the same form"),
        (["sentinel://h1,h2"], "the name of the master is missing"),
    ],
)
def test_what_makes_no_sense_is_named_without_the_url(urls: list[str], reason: str) -> None:
    with pytest.raises(InvalidSetting, match=reason) as raised:
        parse(*urls)
    assert str(raised.value).startswith("--redis-url: ")
    assert "s3cret" not in str(raised.value)


PIECES = st.sampled_from(
    [
        "redis://",
        "rediss://",
        "unix://",
        "unix:///run/r",
        "sentinel://",
        "h",
        "[::1]",
        ":1",
        ",h2",
        "user:pw@",
        ":p%40w@",
        "@",
        "/",
        "/2",
        "/m/3",
        "?db=4",
        "?x",
        "#insecure",
        "&pass=p",
        "%zz",
    ]
)
ALMOST_URLS = st.lists(PIECES | st.text(max_size=4), max_size=6).map("".join)


@given(st.lists(ALMOST_URLS, max_size=2) | ALMOST_URLS.map(lambda rest: [f"redis://h{rest}"]))
def test_an_almost_valid_url_is_taken_whole_or_refused_by_name(urls: list[str]) -> None:
    try:
        settings = parse(*urls)
    except InvalidSetting as error:
        assert str(error).startswith("--redis-url: ")  # noqa: PT017 - some are valid
        return
    assert settings.nodes
    for node in settings.nodes:
        assert node.socket or (node.host and 0 < node.port < 65536)
    assert (settings.service is not None) is (settings.mode == "sentinel")
    assert (settings.mode == "cluster") <= (len(settings.nodes) > 1)
    assert settings.db >= 0


def test_pieces_give_both_urls_that_make_sense_and_others() -> None:
    """Else the test above would try one thing only."""

    def makes_sense(url: str) -> bool:
        with suppress(InvalidSetting):
            return bool(parse(url).nodes)
        return False

    assert find(ALMOST_URLS, makes_sense)
    assert find(ALMOST_URLS, lambda url: "://" in url and not makes_sense(url))


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(parse("redis://:s3cret@h"))
