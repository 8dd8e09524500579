"""What ``import`` and one client cost beside httpx and its client: a program to run by hand.

    python tests/client/import_weight.py [--runs 15] [--python PATH]

Each run is a fresh interpreter that times itself, its own start not counted; both programs run
in turn and the least time of each counts, so that what else the machine does cancels out. CPU
time is shown beside it for machines that have other work. Run it with an interpreter in whose
environment the distribution is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

PROGRAMS = {
    "httpx": "import httpx; client = httpx.AsyncClient()",
    "client": (
        "from nextcloud_push.client import PushClient;"
        "client = PushClient('https://cloud.example.com', 'alice', 'secret')"
    ),
}
TIMED = """
from time import perf_counter, process_time
began, used = perf_counter(), process_time()
{}
print(perf_counter() - began, process_time() - used)
"""


def seconds(python: str, program: str) -> tuple[float, float]:
    """How long a program takes in a fresh interpreter, and how much of a CPU."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [python, "-c", TIMED.format(program)]
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=env)
    elapsed, used = map(float, done.stdout.split())
    return elapsed, used


def least(python: str, runs: int) -> dict[str, list[float]]:
    """The least times of each program, elapsed and used, of so many runs in turn."""
    for program in PROGRAMS.values():
        seconds(python, program)  # reads the files, and writes their bytecode
    rounds = [{name: seconds(python, code) for name, code in PROGRAMS.items()} for _ in range(runs)]
    return {name: [min(times) for times in zip(*(one[name] for one in rounds), strict=True)]
            for name in PROGRAMS}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--python", default=sys.executable, help="interpreter to measure")
    options = parser.parse_args()
    times = least(options.python, options.runs)
    for name, (elapsed, used) in times.items():
        print(f"{name:8} {elapsed * 1000:7.1f} ms  {used * 1000:7.1f} ms of CPU")
    ratios = [ours / theirs for ours, theirs in zip(times["client"], times["httpx"], strict=True)]
    print(f"ratio    {ratios[0]:7.2f}     {ratios[1]:7.2f}")


if __name__ == "__main__":
    main()
