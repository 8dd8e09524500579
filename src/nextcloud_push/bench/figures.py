"""Figures: what is measured, the bars, and what the rounds of a measurement amount to."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any, Final

__all__ = ["FIGURES", "Figure", "Result"]


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is measured.

    Args:
        name: For ``--only`` and the JSON file.
        title: For the table.
        unit: Of the value that is held against the bar.
        bar: What it may be at most.
        stretch: What it should be at most.
        least: What it must be at least.
    """

    name: str
    title: str
    unit: str
    bar: float | None = None
    stretch: float | None = None
    least: float = 0.0


# fmt: off
FIGURES: Final = {figure.name: figure for figure in (
    Figure("base", "base memory (PSS)", "MiB", 44, 36),
    Figure("start", "start until ready", "s"),
    Figure("growth", "memory growth (PSS) per idle connection", "KiB", 3.0, 2.0),
    Figure("connect", "connect and authenticate by token, CPU", "µs", 350, 200),
    Figure("rest", "CPU at rest, pings included", "% of a core", 1.0, 0.5),
    Figure("fanout", "storage update to every client, CPU a message", "x floor", 1.6, 1.25),
    Figure("fanout_wall", "the same, publish to the last of them", "x floor", 2.0, 1.5),
    Figure("custom", "custom event to each user, CPU a message", "x floor", 2.0, 1.5),
    Figure("unheard", "an event nobody waits for, CPU", "µs", 3.0, 1.5),
    Figure("apart_10k", "event beside 10,000 mounts of connected users, CPU", "µs", 30, 5),
    Figure("apart_100k", "event beside 100,000 mounts of connected users, CPU", "µs", 30, 5),
    Figure("covering_10k", "event on 10,000 mounts, nobody connected, CPU", "µs", 30, 5),
    Figure("covering_100k", "event on 100,000 mounts, nobody connected, CPU", "µs", 30, 5),
    Figure("latency_p50", "custom event at rest, publish to received, median", "ms", 0.45, 0.25),
    Figure("latency_p99", "the same, 99th percentile", "ms", 3.0, 1.0),
    Figure("first", "first notification of a quiet client", "ms", 160, least=100),
    Figure("pause", "longest pause of the loop under load", "ms", 30, 10),
    Figure("pause_cpu", "longest the loop itself was busy meanwhile", "ms", 30, 10),
)}
# fmt: on


@dataclass(frozen=True, slots=True)
class Result:
    """A figure's rounds.

    Args:
        figure: Which figure.
        connections: Clients that were connected.
        rounds: The value of each round, in the figure's unit.
        value: What they amount to, their median unless said otherwise.
        floor: What the floor took in the same rounds (median), in ``raw_unit``.
        raw: What the daemon took (median), in ``raw_unit``, where the figure is a ratio.
        raw_unit: Of the two.
        more: Whatever else is worth keeping.
    """

    figure: Figure
    connections: int
    rounds: tuple[float, ...]
    value: float
    floor: float | None = None
    raw: float | None = None
    raw_unit: str = ""
    more: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        connections: int,
        rounds: list[float],
        value: float | None = None,
        **more: Any,
    ) -> Result:
        """Sum up plain rounds."""
        value = median(rounds) if value is None else value
        return cls(FIGURES[name], connections, tuple(rounds), value, more=more or None)

    @classmethod
    def ratio(
        cls, name: str, connections: int, taken: list[float], floors: list[float], unit: str
    ) -> Result:
        """Sum up rounds beside the floor's rounds: each one beside the one it was taken with."""
        ratios = [one / floor for one, floor in zip(taken, floors, strict=True)]
        figure = FIGURES[name]
        both = median(floors), median(taken)
        return cls(figure, connections, tuple(ratios), median(ratios), *both, unit)

    @property
    def verdict(self) -> str:
        """Whether the bar or the stretch figure is met; empty without a bar."""
        figure = self.figure
        if figure.bar is None:
            return ""
        if self.value > figure.bar or self.value < figure.least:
            return "over the bar" if self.value > figure.bar else "too early"
        return "stretch" if figure.stretch and self.value <= figure.stretch else "met"

    def as_json(self) -> dict[str, Any]:
        """For the JSON file."""
        figure = self.figure
        return {
            "figure": figure.name,
            "title": figure.title,
            "unit": figure.unit,
            "connections": self.connections,
            "value": self.value,
            "rounds": self.rounds,
            "bar": figure.bar,
            "stretch": figure.stretch,
            "verdict": self.verdict,
            "floor": self.floor,
            "raw": self.raw,
            "raw_unit": self.raw_unit,
            "more": self.more,
        }
