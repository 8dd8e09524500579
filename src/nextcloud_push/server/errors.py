"""Every exception the daemon and its tools raise on purpose, grouped by who failed.

    NotifyPushError
    ├── ConfigurationError        an admin has to mend something before the daemon can start
    │   ├── InvalidSetting        a flag or variable does not parse (exit status 2)
    │   ├── MissingSetting        something needed was given nowhere
    │   └── ConfigFileError       a config.php cannot be read, parsed or evaluated
    ├── StartupError              the machine refused: a port in use, an unreadable certificate
    ├── DatabaseError             the database is out of reach or refused the query
    ├── RedisError                Redis is out of reach or refused a command
    ├── NextcloudError            Nextcloud did not give a usable answer
    │   ├── NextcloudUnreachable  no answer at all
    │   ├── UnexpectedStatus      an answer with another status than the contract names
    │   ├── UntrustedDomain       Nextcloud refuses the host name it was asked by
    │   └── InvalidResponse       the right status with a body that makes no sense
    └── PayloadError              a message on a Redis channel does not decode

The client library has a root of its own: see nextcloud_push.client.errors.

Exceptions carry fields and build their text in ``__str__``; no text ever holds a secret.
"""

from __future__ import annotations

from http import HTTPStatus

# Those that Python has changed its mind about.
_PHRASES = {
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Entity",
}

__all__ = [
    "ConfigFileError",
    "ConfigurationError",
    "DatabaseError",
    "InvalidResponse",
    "InvalidSetting",
    "MissingSetting",
    "NextcloudError",
    "NextcloudUnreachable",
    "NotifyPushError",
    "PayloadError",
    "RedisError",
    "StartupError",
    "UnexpectedStatus",
    "UntrustedDomain",
]


class NotifyPushError(Exception):
    """Root of every exception the daemon and its tools raise on purpose."""


class ConfigurationError(NotifyPushError):
    """An admin has to mend something before the daemon can start."""


class InvalidSetting(ConfigurationError):
    """A flag, variable or key has a value that cannot be used.

    Args:
        name: The flag, variable or key as the admin wrote it, e.g. ``--port`` or ``PORT``.
        reason: What is wrong with the value; never the value of a secret.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class MissingSetting(ConfigurationError):
    """Something the daemon needs was given nowhere.

    Args:
        reason: What is missing, as a sentence.
        remedy: What to set.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.reason}: {self.remedy}"


class ConfigFileError(ConfigurationError):
    """A config.php cannot be read, parsed or evaluated.

    Args:
        path: The file.
        reason: What is wrong there.
        line: Counted from 1; None when the whole file is meant.
        column: Counted from 1; None when the whole line is meant.
        remedy: What the admin can do about it.
    """

    def __init__(
        self,
        path: str,
        reason: str,
        *,
        line: int | None = None,
        column: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.line = line
        self.column = column
        self.remedy = remedy

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return f"{place}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")


class StartupError(NotifyPushError):
    """The machine refused something at start: a port in use, an unreadable certificate."""


class DatabaseError(NotifyPushError):
    """The database is out of reach or refused the query.

    Args:
        reason: What happened, without user name, password or URL.
    """


class RedisError(NotifyPushError):
    """Redis is out of reach or refused a command.

    Args:
        reason: What happened, without user name, password or URL.
    """


class NextcloudError(NotifyPushError):
    """Nextcloud did not give a usable answer."""


class NextcloudUnreachable(NextcloudError):
    """No answer from Nextcloud at all.

    Args:
        reason: What happened, e.g. ``timed out``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"Error while connecting to nextcloud: {self.reason}"


class UnexpectedStatus(NextcloudError):
    """Nextcloud answered with another status than the contract names.

    Args:
        status: The HTTP status code of the final answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        try:
            phrase = _PHRASES.get(self.status) or HTTPStatus(self.status).phrase
            text = f"{self.status} {phrase}"
        except ValueError:
            text = f"{self.status} <unknown status code>"
        kinds = {4: "Client error", 5: "Server error"}
        return f"{kinds.get(self.status // 100, 'Unexpected status code')}: {text}"


class UntrustedDomain(NextcloudError):
    """Nextcloud refuses the host name it was asked by.

    Args:
        host: The host of the Nextcloud URL.
    """

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host

    def __str__(self) -> str:
        return f"{self.host} is not configured as a trusted domain for the nextcloud server"


class InvalidResponse(NextcloudError):
    """The right status with a body that makes no sense.

    Args:
        doing: What was asked, e.g. ``getting test cookie``.
        reason: What is wrong with the body.
    """

    def __init__(self, doing: str, reason: str) -> None:
        super().__init__(doing, reason)
        self.doing = doing
        self.reason = reason

    def __str__(self) -> str:
        return f"Invalid response when {self.doing}: {self.reason}"


class PayloadError(NotifyPushError):
    """A message on a Redis channel does not decode.

    Args:
        channel: The channel's name.
        reason: What is wrong with it, without the payload itself.
    """

    def __init__(self, channel: str, reason: str) -> None:
        super().__init__(channel, reason)
        self.channel = channel
        self.reason = reason

    def __str__(self) -> str:
        return f"message on {self.channel} does not decode: {self.reason}"
