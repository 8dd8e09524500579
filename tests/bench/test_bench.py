"""The benchmark runs and reports what it says it does; how fast is no matter here."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nextcloud_push.bench.figures import FIGURES
from nextcloud_push.commands.bench import bench_command

pytestmark = pytest.mark.timeout(600)  # on a busy machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def run(folder: Path) -> Result:
    options = ["--quick", "--connections", "100", "--output", str(folder)]
    return CliRunner().invoke(bench_command, options, catch_exceptions=False)


def test_every_figure_is_taken(run: Result, folder: Path) -> None:
    saved = json.loads((folder / "bench.json").read_text())
    assert {result["figure"] for result in saved["results"]} == set(FIGURES)
    assert all(result["rounds"] for result in saved["results"])


def test_the_table_has_a_line_for_each(run: Result) -> None:
    assert run.exit_code == 0
    assert all(figure.title in run.stdout for figure in FIGURES.values())


def test_ratios_stand_beside_the_floor(run: Result, folder: Path) -> None:
    results = json.loads((folder / "bench.json").read_text())["results"]
    ratios = {result["figure"]: result for result in results if result["unit"] == "x floor"}
    assert set(ratios) == {"fanout", "fanout_wall", "custom"}
    assert all(result["floor"] > 0 and result["raw"] > 0 for result in ratios.values())


def test_the_curve_goes_below_and_beyond(run: Result, folder: Path) -> None:
    curve = json.loads((folder / "bench.json").read_text())["curve"]
    told = [point["connections"] for point in curve if point["fanout_us"] is not None]
    assert told == [10, 40, 100, 180]


def test_a_plot_is_drawn_or_its_absence_explained(run: Result, folder: Path) -> None:
    drawable = find_spec("matplotlib") is not None
    assert (folder / "bench.png").exists() is drawable
    assert ("no plot: matplotlib" in run.stdout) is not drawable
