"""Which certificates are accepted from Nextcloud."""

from __future__ import annotations

import ssl

import certifi

from nextcloud_push.server.errors import StartupError
from nextcloud_push.server.settings.model import Nextcloud

__all__ = ["trust"]


def trust(settings: Nextcloud) -> ssl.SSLContext:
    """Make the context for TLS connections: the system's authorities, certifi's and the admin's.

    It takes 2.5 MiB, so that a daemon that calls Nextcloud by ``http://`` does without.

    Raises:
        StartupError: The admin's file cannot be used.
    """
    context = ssl.create_default_context()
    # Set by default from Python 3.13 on, it refuses private authorities whose certificates lack
    # extensions that no other program asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    if settings.ca is not None:
        try:
            context.load_verify_locations(settings.ca)
        except ssl.SSLError:
            raise StartupError(f"--nextcloud-ca: {settings.ca} holds no certificate") from None
        except OSError as error:
            fault = error.strerror or "unknown error"
            raise StartupError(f"--nextcloud-ca: {settings.ca}: {fault}") from error
    if settings.allow_self_signed:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
