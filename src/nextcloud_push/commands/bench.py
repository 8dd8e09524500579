"""``nextcloud-push bench``: what the push server costs on this machine."""

from __future__ import annotations

import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nextcloud_push.bench import MAX_CONNECTIONS, SCENARIOS
from nextcloud_push.commands.extras import is_missing, needs

if TYPE_CHECKING:
    from nextcloud_push.bench.course import Course, Plan

__all__ = ["bench_command"]

FEWEST: Final = 100


def _plan(connections: int | None, quick: bool, only: tuple[str, ...]) -> Plan:
    from nextcloud_push.bench.course import Plan

    chosen = only or SCENARIOS
    if not quick:
        return Plan(connections=connections or 10_000, only=chosen)
    return Plan(
        connections=connections or 1_000,
        rounds=1,
        rest=1.0,
        load=3.0,
        events=5_000,
        singles=30,
        only=chosen,
    )


@click.command("bench")
@click.option(
    "--connections",
    type=click.IntRange(FEWEST, MAX_CONNECTIONS),
    help="Clients that most figures are taken with: 10,000, or 1,000 with --quick.",
)
@click.option("--quick", is_flag=True, help="Short and coarse: shows that it works.")
@click.option(
    "--only",
    type=click.Choice(SCENARIOS),
    metavar="FIGURE",
    multiple=True,
    help=f"Measure only this; may be repeated. There are {', '.join(SCENARIOS)}.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("bench-results"),
    show_default=True,
    help="Folder for bench.json and bench.png.",
)
@click.option("--program", help="Measure this command instead of this installation's daemon.")
def bench_command(
    connections: int | None, quick: bool, only: tuple[str, ...], output: Path, program: str | None
) -> None:
    """Measure what the push server costs on this machine, in some four minutes.

    Starts a Redis, the daemon and thousands of clients on loopback addresses, and stops them
    again. Needs Linux, redis-server, and files enough for a process (ulimit -n).
    """
    import nextcloud_push.server.process  # noqa: F401  # the daemon, which runs as a process of its own
    from nextcloud_push.bench.children import BenchError
    from nextcloud_push.bench.course import Course
    from nextcloud_push.bench.report import machine, save_json, table

    if sys.platform != "linux":
        raise BenchError("the benchmark reads /proc and runs on Linux only")
    began = time.monotonic()

    def tell(what: str) -> None:
        click.echo(f"{time.monotonic() - began:4.0f} s  {what}", err=True)

    course = Course(_plan(connections, quick, only), tell)
    _allow_files(course.plan)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nextcloud-push-bench-") as folder:
        course.run(Path(folder), shlex.split(program or ""))
    seconds = time.monotonic() - began
    save_json(output / "bench.json", course, seconds)
    where = machine()
    click.echo(
        f"{course.plan.connections} connections; {where['cpu']}, {where['cores']} cores,"
        f" Linux {where['kernel']}, Python {where['python']}; {seconds:.0f} s\n"
    )
    click.echo(table(course.results))
    _plot(output / "bench.png", course)


def _plot(path: Path, course: Course) -> None:
    from nextcloud_push.bench.report import save_plot

    try:
        save_plot(path, course)
    except ImportError as error:
        if not is_missing(error):
            raise
        click.echo(f"no plot: it {needs('bench')}")


def _allow_files(plan: Plan) -> None:
    """Raise this process's limit of open files as far as it may: the others inherit it."""
    import resource  # there is none on Windows

    from nextcloud_push.bench.children import BenchError

    needed = plan.most + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchError(
            f"{needed} open files are needed in a process and {hard} allowed:"
            " ask for fewer --connections, or raise the limit (ulimit -n)"
        )
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
