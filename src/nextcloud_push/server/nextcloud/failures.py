"""What went wrong on the way to Nextcloud, in words an admin can act on.

The words are this module's own. Texts of libraries may hold a URL with credentials or bytes that
a server chose, and what is written here reaches clients that are not logged in yet.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus

import httpcore

__all__ = ["FAILURES", "reason"]

FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    OSError,  # of it are ssl.SSLError and socket.gaierror
)
"""Everything a request may fail with apart from its answer."""

_WRONG_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_LINKS = 32  # the cause sits two or three links down; this only bounds circles


def reason(failure: BaseException) -> str:
    """Say why a request got no answer.

    Args:
        failure: One of ``FAILURES``.
    """
    for error in _causes(failure):
        words = _words(error)
        if words is not None:
            return words
    return "the connection failed"


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The exception and what caused it, nearest first.

    httpcore keeps the cause as an argument and as context; anyio raises one error for several
    addresses, with a group as its cause.
    """
    queue = [failure]
    for _ in range(_LINKS):
        if not queue:
            return
        error = queue.pop(0)
        yield error
        links = [*error.args, error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            links += error.exceptions
        queue += [link for link in links if isinstance(link, BaseException)]


def _words(error: BaseException) -> str | None:
    if isinstance(error, httpcore.TimeoutException):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, ssl.SSLError):
        return "TLS handshake failed: does that port speak https?"
    if isinstance(error, socket.gaierror):
        return "host name not found"
    if isinstance(error, httpcore.ProxyError):
        return _proxy(error)
    if isinstance(error, httpcore.ProtocolError):
        return "connection closed without a usable HTTP answer"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    if isinstance(error, (httpcore.ReadError, httpcore.WriteError)):
        return "connection closed without a usable HTTP answer"
    return None


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    if getattr(error, "verify_code", 0) in _WRONG_NAME:
        return "the certificate is for another host name"
    # OpenSSL's own phrase for the verification result: "self-signed certificate", …
    fault = getattr(error, "verify_message", "") or "verification failed"
    return (
        f"certificate not trusted ({fault.rstrip('.')}): "
        "give its authority with --nextcloud-ca, or use --allow-self-signed"
    )


def _proxy(error: httpcore.ProxyError) -> str:
    answered = re.match(r"[1-5][0-9]{2}\b", str(error))
    if answered is None:
        return "the proxy refused the connection"
    try:
        status = HTTPStatus(int(answered[0]))
    except ValueError:
        return f"the proxy answered {answered[0]}"
    return f"the proxy answered {status.value} {status.phrase}"
