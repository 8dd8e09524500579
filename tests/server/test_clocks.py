"""The clocks that tests move behave as the loops that they stand for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from support.clocks import CLOCKS, AsyncioClock, UvloopClock
from support.loops import LOOPS


@pytest.fixture(params=list(CLOCKS))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def clock(name: str) -> Iterator[AsyncioClock | UvloopClock]:
    loop = CLOCKS[name]()
    yield loop
    loop.close()


def test_what_is_returned_is_what_the_real_loop_returns(
    name: str, clock: AsyncioClock | UvloopClock
):
    real = LOOPS[name]()
    for delay in (-1.0, 0.0, 0.0004, 0.0006, 1.0):
        can = [
            {"when", "cancel", "cancelled"} & set(dir(loop.call_at(loop.time() + delay, print)))
            for loop in (clock, real)
        ]
        assert can[0] == can[1], delay
    real.close()


def test_uvloop_has_no_timer_for_what_is_due_at_once():
    """That both loops of a pair agree says nothing when both are the wrong one."""
    clock = CLOCKS["uvloop"]()
    assert not hasattr(clock.call_at(clock.time(), print), "when")
    clock.close()


def test_time_passes_by_moves_alone_and_in_order(clock: AsyncioClock | UvloopClock):
    called: list[str] = []
    add: Callable[[str], None] = called.append

    async def story() -> None:
        clock.stop_clock()
        clock.call_later(2.0, add, "second")
        clock.call_later(1.0, add, "first")
        clock.call_later(1.5, add, "never").cancel()
        clock.call_later(3.0, add, "third")
        begun = clock.time()
        await clock.move(0.9)
        assert called == []
        await clock.move(1.2)
        assert called == ["first", "second"]
        await clock.move(0.8)
        assert called == ["first", "second"]
        await clock.move(0.2)
        assert called == ["first", "second", "third"]
        assert clock.time() - begun == pytest.approx(3.1, abs=0.0011)

    clock.run_until_complete(story())


def test_until_it_is_stopped_it_goes_by_itself(clock: AsyncioClock | UvloopClock):
    async def story() -> None:
        begun = clock.time()
        await asyncio.wait_for(asyncio.sleep(0.02), 20)
        assert clock.time() - begun >= 0.019
        done = asyncio.Event()
        clock.call_later(1000.0, done.set)
        await clock.move(1001.0)
        assert done.is_set()

    clock.run_until_complete(story())
