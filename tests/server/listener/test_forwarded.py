"""Which addresses reach Nextcloud in X-Forwarded-For."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.server.listener.forwarded import MAX_ADDRESSES, forwarded_for

XFF = "X-Forwarded-For"
HEADER_NAMES = st.sampled_from([XFF, "x-real-ip", "Forwarded", "Other"])
NOISE = st.text(st.sampled_from('0123456789abcdefABCDEF.:[]%",;= forFOR\\_-\r\n\x00é'), max_size=60)
ADDRESSES = st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str)
FORMS = ADDRESSES.flatmap(
    lambda ip: st.sampled_from(
        (ip, f"[{ip}]", f"[{ip}]:80", f"{ip}:80", f'"{ip}"', f"{ip}%eth0", f"for={ip};proto=http")
    )
)
HEADER_VALUES = st.lists(FORMS | NOISE, max_size=4).map(", ".join)


def test_the_peer_follows_the_chain():
    assert forwarded_for([(XFF, "1.1.1.1, 2.2.2.2")], "3.3.3.3") == "1.1.1.1, 2.2.2.2, 3.3.3.3"


def test_without_headers_the_peer_is_alone():
    assert forwarded_for([], "3.3.3.3") == "3.3.3.3"


def test_nothing_known_gives_no_header():
    assert forwarded_for([], None) is None


def test_over_a_unix_socket_no_peer_is_appended():
    assert forwarded_for([(XFF, "1.1.1.1")], None) == "1.1.1.1"


def test_repeated_lines_are_joined_in_order():
    assert forwarded_for([(XFF, "1.1.1.1"), (XFF.lower(), "2.2.2.2")], None) == "1.1.1.1, 2.2.2.2"


def test_x_forwarded_for_goes_before_x_real_ip():
    assert forwarded_for([("X-Real-IP", "2.2.2.2"), (XFF, "1.1.1.1")], None) == "1.1.1.1"


def test_x_real_ip_goes_before_forwarded():
    lines = [("Forwarded", "for=2.2.2.2"), ("X-Real-IP", "1.1.1.1")]
    assert forwarded_for(lines, None) == "1.1.1.1"


@pytest.mark.parametrize("value", ["", "unknown", " , ,"])
def test_a_header_without_an_address_gives_way_to_the_next(value: str):
    assert forwarded_for([(XFF, value), ("X-Real-IP", "1.1.1.1")], None) == "1.1.1.1"


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
        ("fe80::1%eth0", "fe80::1"),
        ("  1.2.3.4\t", "1.2.3.4"),
    ],
)
def test_the_address_of_an_entry_is_taken(entry: str, address: str):
    assert forwarded_for([(XFF, entry)], None) == address


@pytest.mark.parametrize(
    "entry",
    [
        "unknown", "_hidden", "host.example", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4:",
        "1.2.3.4:port", "1.2.3.4:123456", "[2001:db8::1", "[2001:db8::1]x", "[1.2.3.4]", "[]",
        ":", "1.2.3.4\r\nX-Evil: 1", '"1.2.3.4', "\u0661.2.3.4", "::1::1", "%eth0",
    ],
)  # fmt: skip
def test_an_entry_that_is_no_address_is_dropped(entry: str):
    assert forwarded_for([(XFF, f"9.9.9.9, {entry}, 8.8.8.8")], None) == "9.9.9.9, 8.8.8.8"


@pytest.mark.parametrize(
    ("value", "chain"),
    [
        ("for=1.2.3.4", "1.2.3.4"),
        ('For="[2001:db8::1]:4711"', "2001:db8::1"),
        ('for="1.2.3.4:80";proto=http;by=9.9.9.9, FOR=2.2.2.2', "1.2.3.4, 2.2.2.2"),
        ("for=_hidden, for=unknown, for=1.1.1.1", "1.1.1.1"),
        ('for="1.2.3.4:_port"', "1.2.3.4"),
        ("proto=https;by=9.9.9.9", None),
        ('host="for=6.6.6.6, for=7.7.7.7";for=1.2.3.4', "1.2.3.4"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_says(value: str, chain: str | None):
    assert forwarded_for([("Forwarded", value)], None) == chain


@pytest.mark.parametrize("opened", ['for="', 'x="', 'for="\\', 'for="_a;b'])
def test_a_quote_left_open_does_not_hide_what_a_proxy_appends(opened: str):
    value = f'{opened}, for="[2001:db8::1]:9";proto=https'
    assert forwarded_for([("Forwarded", value)], None) == "2001:db8::1"


def test_a_zone_of_the_peer_is_left_out():
    assert forwarded_for([], "fe80::1%eth0") == "fe80::1"


def test_a_mapped_peer_is_written_as_ipv4():
    assert forwarded_for([], "::ffff:192.0.2.1") == "192.0.2.1"


def test_of_a_long_chain_the_end_is_kept():
    chain = [f"10.0.{n // 256}.{n % 256}" for n in range(1000)]
    result = forwarded_for([(XFF, ",".join(chain))], "3.3.3.3")
    assert result is not None
    assert result.split(", ") == [*chain[-MAX_ADDRESSES:], "3.3.3.3"]


@given(
    st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=5),
    st.ip_addresses(v=4).map(str),
    st.none() | st.ip_addresses(v=6).map(str) | NOISE,
)
def test_only_addresses_come_out(headers: list[tuple[str, str]], last: str, peer: str | None):
    result = forwarded_for([*headers, (XFF, last)], peer)
    assert result is not None
    addresses = result.split(", ")
    assert last in addresses[-2:]  # the peer may be behind it
    for address in addresses:
        assert str(ip_address(address)) == address
        assert "%" not in address
