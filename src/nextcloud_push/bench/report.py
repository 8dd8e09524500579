"""What was found, for people and for programs."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from nextcloud_push.bench.course import Course, Point
from nextcloud_push.bench.figures import Result
from nextcloud_push.words.version import __version__

__all__ = ["machine", "save_json", "save_plot", "table"]

_LIBRARIES: Final = ("uvloop", "websockets", "hiredis", "msgspec", "httpx")


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    info = Path("/proc/cpuinfo").read_text(errors="replace")
    names = [line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line]
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "notify_push": __version__,
        "load_average": os.getloadavg()[0],
        **{name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.4g}"


def _row(result: Result) -> Sequence[str]:
    figure = result.figure
    spread = f"{_number(min(result.rounds))} … {_number(max(result.rounds))}"
    beside = ""
    if result.floor is not None:
        beside = f"{_number(result.raw)} / {_number(result.floor)} {result.raw_unit}"
    bar = f"≤ {_number(figure.bar)}" if figure.bar is not None else ""
    value = f"{_number(result.value)} {figure.unit}"
    stretch = _number(figure.stretch)
    return (figure.title, value, spread, beside, bar, stretch, result.verdict)


def table(results: Iterable[Result]) -> str:
    """A Markdown table, readable as it is."""
    head = ("figure", "median", "rounds", "daemon / floor", "bar", "stretch", "")
    rows = [head, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def save_json(path: Path, course: Course, seconds: float) -> None:
    """Write everything that was measured."""
    plan = asdict(course.plan)
    content = {
        "taken": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 1),
        "machine": machine(),
        "plan": {**plan, "only": list(plan["only"])},
        "results": [result.as_json() for result in course.results],
        "curve": [asdict(point) for point in _sorted(course)],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _sorted(course: Course) -> list[Point]:
    return sorted(course.points.values(), key=lambda point: point.connections)


def save_plot(path: Path, course: Course) -> None:
    """Draw memory and CPU against connections.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(11, 7), layout="constrained")
    panels = canvas.subplots(2, 2)
    points = _sorted(course)
    for panel, title, unit, lines in zip(
        panels.flat,
        ("Memory (PSS)", "CPU at rest", "CPU a message of a fan-out", "CPU a login by token"),
        ("MiB", "% of a core", "µs", "µs"),
        (
            {"idle": "pss_mib"},
            {"daemon": "rest_percent"},
            {"daemon": "fanout_us", "floor: send() alone": "floor_us"},
            {"daemon": "connect_us"},
        ),
        strict=True,
    ):
        for label, name in lines.items():
            drawn = [(p.connections, y) for p in points if (y := getattr(p, name)) is not None]
            panel.plot([x for x, _ in drawn], [y for _, y in drawn], marker="o", label=label)
        panel.set(title=title, xlabel="connections", ylabel=unit)
        panel.set_ylim(bottom=0)
        panel.set_xlim(left=0)
        panel.grid(alpha=0.3)
        if len(lines) > 1:
            panel.legend()
    canvas.savefig(path, dpi=110)
