"""Who is calling: Basic authentication, or the session of a browser with its request token."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request

from nextcloud_push.dev.accounts import Account, Accounts
from nextcloud_push.dev.refusal import Refused

__all__ = ["COOKIE", "Authenticator", "Login", "Session"]

COOKIE = "nc_dev_session"
MAX_SESSIONS = 1_000
"""Sessions kept; the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that logged in.

    Args:
        id: Value of its cookie.
        account: Who logged in.
        request_token: What its pages send with every request that changes something.
    """

    id: str = field(repr=False)
    account: Account
    request_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """Who made a request, and how that is known."""

    account: Account
    session: Session | None = None


class Authenticator:
    """Recognises users and keeps the browsers' sessions.

    Args:
        accounts: The users there are.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._sessions: dict[str, Session] = {}

    def identify(self, request: Request) -> Login | None:
        """Who made a request; None when it carries no credentials.

        Raises:
            Refused: The credentials are wrong (401).
        """
        header = request.headers.get("authorization")
        if header is not None:
            account = self._basic(header)
            if account is None:
                raise Refused(401, "Current user is not logged in")
            return Login(account)
        session = self.session(request)
        return Login(session.account, session) if session else None

    def require(self, request: Request) -> Login:
        """Who made a request.

        Raises:
            Refused: Nobody known did (401).
        """
        login = self.identify(request)
        if login is None:
            raise Refused(401, "Current user is not logged in")
        return login

    def require_same_site(self, request: Request, login: Login) -> None:
        """Refuse what another site's page could have sent with a browser's cookie.

        Raises:
            Refused: Neither the session's request token nor the OCS header is there (412).
        """
        if login.session is None or request.headers.get("ocs-apirequest"):
            return
        given = request.headers.get("requesttoken", "")
        if not hmac.compare_digest(given.encode(), login.session.request_token.encode()):
            raise Refused(412, "CSRF check failed")

    def open_session(self, login: str, password: str) -> Session | None:
        """Log a browser in; None when the credentials are wrong."""
        account = self._accounts.check(login, password)
        if account is None:
            return None
        session = Session(secrets.token_urlsafe(24), account, secrets.token_urlsafe(24))
        self._sessions[session.id] = session
        if len(self._sessions) > MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return session

    def session(self, request: Request) -> Session | None:
        """The session that a request's cookie names."""
        return self._sessions.get(request.cookies.get(COOKIE, ""))

    def close_session(self, session: Session) -> None:
        """Log a browser out."""
        self._sessions.pop(session.id, None)

    def _basic(self, header: str) -> Account | None:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        login, colon, password = decoded.partition(":")
        return self._accounts.check(login, password) if colon else None
