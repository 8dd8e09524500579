"""What the client library raises, grouped by what the user has to look at.

    ClientError
    ├── InvalidUrl              the address given is not one this library can use
    ├── CertificateFileError    the file of certificates to trust cannot be used
    ├── Unreachable             no answer at all: refused, unknown host, timed out
    │   └── TlsFailure          an answer, but no certificate to trust
    ├── UnexpectedAnswer        an HTTP status that neither discovery nor the protocol knows
    ├── NotNextcloud            something answers there, but no Nextcloud
    ├── AppNotEnabled           a Nextcloud without Client Push, or with an unusable one
    ├── WrongCredentials        user name or password refused
    │   └── TokenRefused        a pre-authenticated token was refused: used or too old
    ├── LoginFailed             the push server could not check the credentials
    ├── TooManyConnections      the user has as many connections as the push server allows
    └── ConnectionLost          an open connection ended

No text holds a password, a token or the credentials of a proxy.
"""

from __future__ import annotations

from http import HTTPStatus

from nextcloud_push.words.text import printable

__all__ = [
    "AppNotEnabled",
    "CertificateFileError",
    "ClientError",
    "ConnectionLost",
    "InvalidUrl",
    "LoginFailed",
    "NotNextcloud",
    "TlsFailure",
    "TokenRefused",
    "TooManyConnections",
    "UnexpectedAnswer",
    "Unreachable",
    "WrongCredentials",
]

_SHOWN = 200
"""Characters of a server's words that an error repeats."""


class ClientError(Exception):
    """Root of what the client library raises; its text is one line."""


class InvalidUrl(ClientError):
    """The address given is not one this library can use.

    Args:
        reason: What is wrong with it, without the address itself.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the URL cannot be used: {self.reason}"


class CertificateFileError(ClientError):
    """The file with certificates to trust cannot be used.

    Args:
        path: The file.
        reason: What is wrong with it.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} cannot be used as a file of certificates: {self.reason}"


class Unreachable(ClientError):
    """No answer at all.

    Args:
        where: Scheme, host and port that were asked.
        reason: What happened, e.g. ``Connection refused``.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = printable(reason, _SHOWN)

    def __str__(self) -> str:
        return f"cannot reach {self.where}: {self.reason}"


class TlsFailure(Unreachable):
    """An answer, but no TLS connection that can be trusted."""

    def __str__(self) -> str:
        return f"no trusted TLS connection to {self.where}: {self.reason}"


class UnexpectedAnswer(ClientError):
    """An HTTP status that neither discovery nor the protocol knows.

    Args:
        where: Scheme, host and port that answered.
        status: The HTTP status.
        doing: What was asked, e.g. ``for its capabilities``.
    """

    def __init__(self, where: str, status: int, doing: str) -> None:
        super().__init__(where, status, doing)
        self.where = where
        self.status = status
        self.doing = doing

    def __str__(self) -> str:
        try:
            phrase = " " + HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        return f"{self.where}, asked {self.doing}, answered {self.status}{phrase}"


class NotNextcloud(ClientError):
    """Something answers there, but no Nextcloud.

    Args:
        where: Scheme, host and port that answered.
        reason: What gave it away.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = printable(reason, _SHOWN)

    def __str__(self) -> str:
        return f"{self.where} is not a Nextcloud: {self.reason}"


class AppNotEnabled(ClientError):
    """A Nextcloud without Client Push, or with one that cannot be used.

    Args:
        where: Scheme, host and port of the Nextcloud.
        reason: What is missing.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = printable(reason, _SHOWN)

    def __str__(self) -> str:
        return f"Client Push (the app notify_push) is not usable at {self.where}: {self.reason}"


class WrongCredentials(ClientError):
    """User name or password refused.

    Args:
        where: Scheme, host and port of the server that refused them.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        return f"{self.where} refused user name or password"


class TokenRefused(WrongCredentials):
    """A pre-authenticated token was refused: it was used, or is older than 15 seconds."""

    def __str__(self) -> str:
        return f"{self.where} refused the pre-authenticated token"


class LoginFailed(ClientError):
    """The push server could not check the credentials.

    Args:
        where: Scheme, host and port of the push server.
        reason: Its own words.
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = printable(reason, _SHOWN)

    def __str__(self) -> str:
        return f"{self.where} could not log in: {self.reason}"


class TooManyConnections(ClientError):
    """The user has as many connections as the push server allows.

    Args:
        where: Scheme, host and port of the push server.
    """

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where

    def __str__(self) -> str:
        return f"{self.where} allows this user no further connection"


class ConnectionLost(ClientError):
    """An open connection ended.

    Args:
        reason: How it ended.
        code: Close code the server sent (RFC 6455, section 7.4); None when it sent none.
    """

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason, code)
        self.reason = printable(reason, _SHOWN)
        self.code = code

    def __str__(self) -> str:
        return f"connection lost: {self.reason}"
