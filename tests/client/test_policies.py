from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextcloud_push.client import Backoff, ConnectionLost, Timing, Unreachable, WrongCredentials
from nextcloud_push.client.reconnect import Attempts
from nextcloud_push.client.session import KeepAlive, Login

REFUSED = WrongCredentials("ws://h")
LOST = Unreachable("ws://h", "refused")


@settings(deadline=None)
@given(st.integers(1, 5000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_the_cap_and_keep_half_of_it(failures: int, drawn: float) -> None:
    delay = Backoff(first=1, cap=60, random=lambda: drawn).delay(failures, restart=False)
    ceiling = min(60, 2 ** (failures - 1))
    assert ceiling / 2 <= delay <= ceiling


@pytest.mark.parametrize("drawn", [0.0, 0.5, 0.99])
def test_clients_of_a_restarted_server_spread_out(drawn: float) -> None:
    policy = Backoff(restart_spread=10, random=lambda: drawn)
    assert policy.delay(1, restart=True) == drawn * 10


class Recorder:
    """A policy that tells what it was asked."""

    def delay(self, failures: int, *, restart: bool) -> float:
        return failures + 0.5 * restart


@pytest.mark.parametrize(
    ("code", "delay"), [(1001, 1.5), (1012, 1.5), (1000, 1.5), (1013, 1), (None, 1)]
)
def test_a_close_in_good_order_counts_as_restart(code: int | None, delay: float) -> None:
    assert Attempts(Recorder()).failed(ConnectionLost("gone", code)) == delay


def test_three_refusals_in_a_row_end_it() -> None:
    attempts = Attempts(Recorder())
    assert [attempts.failed(REFUSED), attempts.failed(LOST), attempts.failed(REFUSED)] == [1, 2, 3]
    with pytest.raises(WrongCredentials):
        attempts.failed(REFUSED)


def test_a_login_forgets_refusals_and_a_stable_connection_failures() -> None:
    attempts = Attempts(Recorder())
    attempts.failed(REFUSED), attempts.failed(REFUSED)
    attempts.logged_in()
    assert attempts.failed(REFUSED) == 3
    attempts.stable()
    assert attempts.failed(LOST) == 1


def test_a_silent_server_is_asked_and_then_given_up() -> None:
    watch = KeepAlive(Timing(silence=45, answer=30))
    assert (watch.due(100), watch.waiting(100)) == (145, False)
    watch.ask(145)
    assert (watch.due(100), watch.waiting(100)) == (175, True)


def test_any_byte_counts_as_an_answer() -> None:
    watch = KeepAlive(Timing(silence=45, answer=30))
    watch.ask(145)
    assert (watch.due(150), watch.waiting(150)) == (195, False)
    assert not watch.waiting(145)


def test_no_secret_in_a_repr() -> None:
    assert "hush" not in repr(Login("alice", "hush", ids=True))
