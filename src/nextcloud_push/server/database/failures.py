"""What drivers report, as a sentence that says what to do and holds no secret."""

from __future__ import annotations

import errno
import socket
import ssl

__all__ = ["LOGIN_REFUSED", "connect_failure", "missing_table"]

LOGIN_REFUSED = "the server refused the login: wrong user, password or database"


def connect_failure(exc: BaseException, place: str) -> str:
    """Why no connection came about.

    Args:
        exc: What the system said.
        place: Host and port, or path of the socket.
    """
    match exc:
        case ssl.SSLCertVerificationError():
            return f"the certificate of {place} is not trusted: {exc.verify_message}"
        case ssl.SSLError():
            return f"TLS with {place} failed: {exc.reason or 'no common protocol'}"
        case socket.gaierror():
            return f"the host name of {place} does not resolve"
        case TimeoutError():
            return f"{place} did not answer in time"
        case ConnectionRefusedError():
            return f"nothing listens at {place}: is the database server running there?"
        case FileNotFoundError():
            return f"the socket {place} does not exist: is the database server running?"
        case OSError() if exc.errno in errno.errorcode:
            return f"no connection to {place}: {exc.strerror}"
        case _:
            return f"no connection to {place}: {exc}"


def missing_table(prefix: str) -> str:
    """What to say when the tables, or their columns, are not there."""
    return (
        f"the tables {prefix}mounts and {prefix}filecache are not there: "
        "is this Nextcloud's database, and is the table prefix right?"
    )
