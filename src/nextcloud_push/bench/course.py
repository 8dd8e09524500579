"""Which figures are taken, at how many connections, in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nextcloud_push.bench import MAX_CONNECTIONS, SCENARIOS, scenarios
from nextcloud_push.bench.figures import Result
from nextcloud_push.bench.stand import Growth, Stand

__all__ = ["Course", "Plan", "Point"]

STEPS: Final = 10
"""Steps in which the connections are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is done.

    Args:
        connections: Clients with which most figures are taken.
        rounds: Rounds of each measurement.
        rest: Seconds of rest; 30 hold one ping of every client.
        load: Seconds for which events flow while the loop's pauses are measured.
        events: Events that nobody waits for, in a round.
        singles: Single events of a round of latencies.
        only: Scenarios to run.
    """

    connections: int = 10_000
    rounds: int = 5
    rest: float = 30.0
    load: float = 60.0
    events: int = 200_000
    singles: int = 120
    only: Collection[str] = SCENARIOS

    @property
    def most(self) -> int:
        """The connections at the upper end of the curve."""
        return min(self.connections * 9 // 5, MAX_CONNECTIONS)

    def lower(self) -> list[int]:
        """The connections at its lower end, from the top."""
        return [self.connections * 2 // 5, self.connections // 10]


@dataclass(slots=True)
class Point:
    """What so many connections cost, for the plot."""

    connections: int
    pss_mib: float | None = None
    told_mib: float | None = None
    """The same once each connection has been told something, and a storage's mounts are kept."""

    connect_us: float | None = None
    rest_percent: float | None = None
    fanout_us: float | None = None
    floor_us: float | None = None


@dataclass(slots=True)
class Course:
    """One run of the benchmark.

    Args:
        plan: How much is done.
        tell: Told what is being done, for the one who waits.
    """

    plan: Plan
    tell: Callable[[str], None]
    results: list[Result] = field(default_factory=list)
    points: dict[int, Point] = field(default_factory=dict)
    _empty: int = 0
    """KiB of PSS without connections."""

    def run(self, folder: Path, program: Sequence[str] = ()) -> None:
        """Take the figures.

        Raises:
            BenchError: Something did not go as it should; what was measured before is kept.
        """
        plan = self.plan
        with Stand(folder, plan.most, program) as stand:
            rounds = plan.rounds if "base" in plan.only else 1
            self._take("base", scenarios.base, stand, rounds, always=True)
            if set(plan.only) - {"base", "pause"}:
                self._grow(stand, plan.connections)
                self._rest(stand)
                if "curve" in plan.only:
                    self._go_beyond(stand)
                self._take_most(stand)
            if "curve" in plan.only:
                self._go_below(stand)
            self._take("pause", scenarios.pause, stand, plan.most, plan.load)

    def _take(
        self, name: str, scenario: Callable[..., Any], *arguments: Any, always: bool = False
    ) -> list[Result]:
        """Run a scenario if it is wanted, and keep what it found."""
        if name not in self.plan.only and not always:
            return []
        self.tell(name)
        found = scenario(*arguments)
        results = found if isinstance(found, list) else [found]
        self.results += results
        return results

    def _take_most(self, stand: Stand) -> None:
        """What is taken at the main number of connections."""
        plan = self.plan
        self._fanout(stand)
        self._take("custom", scenarios.custom, stand, plan.rounds)
        self._take("unheard", scenarios.unheard, stand, plan.events, plan.rounds)
        self._take("mounts", scenarios.mounts, stand, plan.events // 20, plan.rounds)
        self._take("latency", scenarios.latency, stand, plan.singles, plan.rounds)
        self._take("first", scenarios.first, stand, plan.singles // 3, plan.rounds)

    def _go_beyond(self, stand: Stand) -> None:
        """The upper end of the curve; before anything else leaves its traces in the memory."""
        if self.plan.most == self.plan.connections:
            return
        kept = list(self.results)
        self._grow(stand, self.plan.most)
        self._rest(stand)
        self._fanout(stand)
        self.results = kept  # the table is of one number of connections; the points keep the rest
        self._shrink(stand, self.plan.connections)

    def _go_below(self, stand: Stand) -> None:
        """The lower end of the curve."""
        kept = list(self.results)
        for connections in self.plan.lower():
            self._shrink(stand, connections)
            self._fanout(stand)
        self.results = kept

    def _shrink(self, stand: Stand, to: int) -> None:
        self.tell(f"back to {to} connections")
        stand.shrink(to)

    def _grow(self, stand: Stand, to: int) -> None:
        self.tell(f"{to} connections")
        first = sum(stand.clients.open)
        if not first:
            self._empty = stand.memory().pss
        growths: list[Growth] = []
        for step in range(1, STEPS + 1):
            growth = stand.grow(first + (to - first) * step // STEPS)
            growths.append(growth)
            point = self._point(growth.connections)
            point.pss_mib = growth.memory.pss / 1024
            point.connect_us = growth.cpu * 1e6
        if not first:
            self._point(0).pss_mib = self._empty / 1024
            self.results += scenarios.connecting(growths, self._empty)

    def _rest(self, stand: Stand) -> None:
        for result in self._take("rest", scenarios.rest, stand, self.plan.rest, self.plan.rounds):
            self._point(result.connections).rest_percent = result.value

    def _fanout(self, stand: Stand) -> None:
        for result in self._take("fanout", scenarios.fanout, stand, self.plan.rounds)[:1]:
            point = self._point(result.connections)
            point.fanout_us, point.floor_us = result.raw, result.floor
            point.told_mib = stand.memory().pss / 1024

    def _point(self, connections: int) -> Point:
        return self.points.setdefault(connections, Point(connections))
