import pytest

from nextcloud_push.server.routing import preauth
from nextcloud_push.server.routing.preauth import Tokens


def test_token_works_once() -> None:
    tokens = Tokens()
    tokens.add("secret", "alice", 0.0)
    assert tokens.take("secret", 1.0) == "alice"
    assert tokens.take("secret", 1.0) is None


def test_token_lives_fifteen_seconds() -> None:
    tokens = Tokens()
    tokens.add("secret", "alice", 0.0)
    tokens.add("other", "bob", 0.0)
    assert tokens.take("secret", 14.99) == "alice"
    assert tokens.take("other", 15.0) is None


def test_expired_tokens_are_forgotten() -> None:
    tokens = Tokens()
    tokens.add("old", "alice", 0.0)
    tokens.add("young", "alice", 10.0)
    tokens.add("new", "alice", 15.0)
    assert len(tokens) == 2


def test_empty_token_is_none() -> None:
    tokens = Tokens()
    tokens.add("", "alice", 0.0)
    assert tokens.take("", 1.0) is None


def test_token_published_again_lives_anew() -> None:
    tokens = Tokens()
    tokens.add("secret", "alice", 0.0)
    tokens.add("other", "carol", 5.0)
    tokens.add("secret", "bob", 10.0)
    assert tokens.take("secret", 20.0) == "bob"


def test_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preauth, "MAX_TOKENS", 2)
    tokens = Tokens()
    for name in ("a", "b", "c"):
        tokens.add(name, "alice", 0.0)
    assert (tokens.take("a", 1.0), tokens.take("b", 1.0)) == (None, "alice")
