"""How TLS is to be tried, by PostgreSQL's names for it; MySQL's map onto them."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from nextcloud_push.server.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nextcloud_push.server.settings.model import Database, SslMode

__all__ = ["tls_attempts"]


def tls_attempts(settings: Database, mode: SslMode) -> Sequence[ssl.SSLContext | None]:
    """What to try one after the other; None stands for a connection without TLS.

    Raises:
        DatabaseError: A certificate or key cannot be read.
    """
    match mode:
        case "disable":
            return [None]
        case "allow":
            return [None, _context(settings, verify=False)]
        case "prefer":
            return [_context(settings, verify=False), None]
        case "require":
            # Both PostgreSQL's own clients and PHP check against a CA that is named.
            return [_context(settings, verify=settings.tls_ca is not None)]
        case "verify-ca":
            return [_context(settings, verify=True)]
        case "verify-full":
            return [_context(settings, verify=True, check_hostname=True)]


def _context(settings: Database, *, verify: bool, check_hostname: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = check_hostname
    if verify:
        _trust(context, settings)
    else:
        context.verify_mode = ssl.CERT_NONE
    if settings.tls_cert:
        with _Reading(settings.tls_cert, settings.tls_key):
            # Without a password at hand OpenSSL would ask for one on the terminal.
            context.load_cert_chain(settings.tls_cert, settings.tls_key, password=lambda: "")
    return context


def _trust(context: ssl.SSLContext, settings: Database) -> None:
    if settings.tls_ca is None:
        context.load_default_certs()
    else:
        with _Reading(settings.tls_ca):
            context.load_verify_locations(settings.tls_ca)
    if settings.tls_crl is not None:
        with _Reading(settings.tls_crl):
            context.load_verify_locations(settings.tls_crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


class _Reading:
    """Turns what OpenSSL says of a file into an error that names the file."""

    def __init__(self, *paths: Path | None) -> None:
        self._names = " and ".join(str(path) for path in paths if path is not None)

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, exc: BaseException | None, traceback: object) -> None:
        if isinstance(exc, ssl.SSLError):
            raise DatabaseError(f"{self._names}: no certificate and key that fit") from exc
        if isinstance(exc, OSError):
            raise DatabaseError(f"{self._names}: {exc.strerror}") from exc
