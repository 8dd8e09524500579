"""Whom to trust."""

from __future__ import annotations

import os
import ssl
import sys

import certifi

from nextcloud_push.client.errors import CertificateFileError

__all__ = ["client_context"]


def client_context(
    *, ca: str | os.PathLike[str] | None = None, allow_self_signed: bool = False
) -> ssl.SSLContext:
    """Make the TLS settings for all connections of a client.

    Trusted are the system's certificates; where there are none, as in minimal containers and
    some builds of Python, those that come with certifi.

    Args:
        ca: PEM file with further certificates to trust.
        allow_self_signed: Accept any certificate. Whoever sits on the way can then read along.

    Raises:
        CertificateFileError: ``ca`` cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    # Reading either takes some 20 ms, so both only on Windows: it fetches most of its
    # certificates when a program of its own first needs them, so that what is there is no list.
    if sys.platform == "win32" or not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(cafile=certifi.where())
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except ssl.SSLError:  # first, since it is an OSError too
            raise CertificateFileError(os.fspath(ca), "no certificate in it") from None
        except OSError as exc:
            raise CertificateFileError(os.fspath(ca), exc.strerror or str(exc)) from None
    if allow_self_signed:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
