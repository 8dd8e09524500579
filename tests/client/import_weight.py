"""What ``import`` and one client cost beside httpx and its client: a program to run by hand.

    python tests/client/import_weight.py [--runs 15] [--python PATH]

Each run is a fresh interpreter that times itself, its own start not counted; both programs run
in turn and the least time of each counts, so that what else the machine does cancels out. Run it
with an interpreter in whose environment the distribution is installed, its bytecode compiled.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

PROGRAMS = {
    "httpx": "import httpx; client = httpx.AsyncClient()",
    "client": (
        "from nextcloud_push.client import PushClient;"
        "client = PushClient('https://cloud.example.com', 'alice', 'secret')"
    ),
}
TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


def seconds(python: str, program: str) -> float:
    """How long a program takes in a fresh interpreter."""
    command = [python, "-c", TIMED.format(program)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def least(python: str, runs: int) -> dict[str, float]:
    """The least time of each program, in seconds, of so many runs in turn."""
    for program in PROGRAMS.values():
        seconds(python, program)  # reads the files, and writes their bytecode
    rounds = [{name: seconds(python, code) for name, code in PROGRAMS.items()} for _ in range(runs)]
    return {name: min(one[name] for one in rounds) for name in PROGRAMS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--python", default=sys.executable, help="interpreter to measure")
    options = parser.parse_args()
    times = least(options.python, options.runs)
    for name, time in times.items():
        print(f"{name:8} {time * 1000:7.1f} ms")
    print(f"ratio    {times['client'] / times['httpx']:7.2f}")


if __name__ == "__main__":
    main()
