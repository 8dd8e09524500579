"""Whom credentials may follow a redirect to."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from nextcloud_push.words.redirects import Origin, may_see_credentials


def origin(url: str) -> Origin:
    return Origin.of(urlsplit(url))


@pytest.mark.parametrize(
    ("start", "end", "may", "at_any_port"),
    [
        ("http://h/", "http://h/x", True, True),
        ("http://h/", "http://H:80/", True, True),
        ("http://h/", "https://h/", True, True),
        ("https://h:8443/", "https://h:8443/x", True, True),
        ("https://h/", "http://h/", False, False),
        ("http://h:8080/", "https://h/", False, True),
        ("http://h/", "https://h:8443/", False, True),
        ("https://h/", "https://h:8443/", False, False),
        ("http://h/", "http://h:8080/", False, False),
        ("http://h/", "http://h.evil/", False, False),
        ("http://h/", "https://other/", False, False),
        ("http://h/", "ws://h/", False, False),
    ],
)
def test_who_may_see_credentials(start: str, end: str, may: bool, at_any_port: bool) -> None:
    assert may_see_credentials(origin(start), origin(end)) is may
    assert may_see_credentials(origin(start), origin(end), any_port=True) is at_any_port


@pytest.mark.parametrize("url", ["ftp://h/", "mailto:x", "http://", "/x", "http://h:x/"])
def test_what_is_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        origin(url)
