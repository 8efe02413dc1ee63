"""With which releases an example works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import built, write

from tfcompat.report import ranges
from tfcompat.results.verdicts import RUNS

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report import model
    from tfcompat.results.verdicts import Verdict


def text(report: model.Report, example: str, verdicts: frozenset[Verdict]) -> str:
    return ranges.text(ranges.ranges_with(report, example, verdicts))


def test_ranges_have_holes(shown: model.Report) -> None:
    # Releases that were left out do not end a range.
    assert text(shown, "examples/old/b.py", RUNS) == "1.0.0 … 1.4.0"
    assert text(shown, "examples/new/c.py", RUNS) == "1.4.0 … 1.7.0"
    assert text(shown, "examples/new/c.py", frozenset()) == "none"


def test_several_ranges_and_the_outermost_releases(tmp_path: Path) -> None:
    report = built(write(tmp_path, {"examples/a.py": "SSFSFFSS"}))
    found = ranges.ranges_with(report, "examples/a.py", RUNS)
    assert ranges.text(found) == "1.0.0 … 1.1.0, 1.3.0, 1.6.0 … 1.7.0"
    assert ranges.outermost(found) == [("1.0.0", "1.7.0")]
    assert ranges.outermost([]) == []
