"""What an admin, and a client, is told of a request that failed."""

from __future__ import annotations

import errno
import ssl

import httpcore
import pytest

from nextcloud_push.server.nextcloud.failures import reason


def caused(failure: Exception, *causes: Exception) -> Exception:
    failure.__cause__ = ExceptionGroup("attempts", list(causes))
    return failure


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (httpcore.ConnectTimeout("secret"), "timed out"),
        (TimeoutError(errno.ETIMEDOUT, "secret"), "timed out"),
        (ssl.SSLError(1, "secret"), "TLS handshake failed: does that port speak https?"),
        (OSError(errno.ENETUNREACH, "secret"), "network is unreachable"),
        (httpcore.ReadError("secret"), "connection closed without a usable HTTP answer"),
        (httpcore.ProxyError("407 secret"), "the proxy answered 407 Proxy Authentication Required"),
        (httpcore.ProxyError("599 secret"), "the proxy answered 599"),
        (httpcore.ProxyError("secret"), "the proxy refused the connection"),
        (httpcore.ConnectError("secret"), "the connection failed"),
        (ssl.SSLCertVerificationError("secret"), "certificate not trusted"),
    ],
)
def test_the_words_are_our_own(failure: Exception, words: str):
    assert reason(failure).startswith(words)
    assert "secret" not in reason(failure)


def test_the_cause_of_several_attempts_is_found():
    failure = caused(OSError("All failed"), ConnectionRefusedError(errno.ECONNREFUSED, "no"))
    assert reason(httpcore.ConnectError(failure)) == "connection refused"


def test_a_circle_of_causes_ends():
    failure = httpcore.ConnectError("x")
    failure.__context__ = caused(OSError("y"), failure)
    assert reason(failure) == "the connection failed"
