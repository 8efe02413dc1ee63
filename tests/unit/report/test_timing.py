"""How much time a campaign took."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from reports import built
from rich.console import Console

from tfcompat.report import page, terminal
from tfcompat.report.timing import duration, timing_of
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Example, Inputs, Repeat

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report.model import Report


@pytest.fixture
def report(tmp_path: Path) -> Report:
    campaign = CampaignStore(tmp_path / "results")
    campaign.open(dependency="foo", resolve="release")
    for release, seconds in (("1.0", 2.0), ("2.0", 100.0)):
        phases = {"resolve": 1.0, "install": 2.0, "import": 4.0, "compare": 0.5}
        campaign.write(
            CellResult(
                inputs=Inputs(dependency="foo", name=f"pypi-foo-{release}-python-cp38"),
                environment=CellEnvironment(
                    release=release, python="3.8", resolve="release", phases=phases
                ),
                build=Build(retval=0),
                examples={
                    "ex/a.py": Example(
                        retval=0,
                        seconds=seconds,
                        peak_memory=5_000_000,
                        runs=[Repeat(retval=0, seconds=1.0, peak_memory=9_000_000)],
                    ),
                    "ex/b.py": Example(retval=1, seconds=0.5),
                },
            )
        )
    return built(campaign.folder)


def test_time_by_phase_cell_and_example(report: Report) -> None:
    time = timing_of(report)
    assert time.phases == (
        ("resolve", 2.0), ("install", 4.0), ("import", 8.0), ("runs", 105.0), ("compare", 1.0)
    )  # fmt: skip
    assert time.total == 120.0
    cells = (("pypi-foo-2.0-python-cp38", 109.0), ("pypi-foo-1.0-python-cp38", 11.0))
    assert time.cells == cells
    assert time.examples == (("ex/a.py", 104.0), ("ex/b.py", 1.0))
    assert time.peak_memory == 9_000_000


def test_page_and_terminal_show_it(report: Report) -> None:
    line = "time: 2.0 min in all: resolve 2.0 s, install 4.0 s, import 8.0 s, runs 1.8 min"
    console = Console(file=io.StringIO(), width=200)
    terminal.show(report, console)
    assert isinstance(console.file, io.StringIO)
    assert line in console.file.getvalue()
    html = page.render(report)
    assert line in html
    assert '<meter min="0" max="100" value="88">88%</meter>' in html


def test_cells_that_never_began_took_no_time(tmp_path: Path) -> None:
    campaign = CampaignStore(tmp_path / "results")
    campaign.open(dependency="foo", resolve="release")
    campaign.write(CellResult(inputs=Inputs(dependency="foo", name="pypi-foo-1.0-python-cp38")))
    html = page.render(built(campaign.folder))
    assert "Where time went" not in html


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.26, "0.3 s"), (89.0, "89.0 s"), (90.0, "1.5 min"), (7200.0, "2.0 h")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
