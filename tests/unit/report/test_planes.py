"""With which releases of two packages a script works, as it is shown."""

from __future__ import annotations

import dataclasses

from tfcompat.counterfactual.plane_findings import Point, Row, Span
from tfcompat.report import planes
from tfcompat.results.printed import PlaneArea, as_json
from tfcompat.results.verdicts import Verdict
from tfcompat.search.drift_answers import DriftSubject
from tfcompat.search.plane_answers import PlaneAnswer, VariedPackage

SUBJECT = DriftSubject(script="a.py", dependency="wood", title="Wood", release="2.0", python="3.9")
SAME = Point(verdict=Verdict.SAME)
CONFLICT = Point(verdict=Verdict.UNBUILDABLE, why="oak 1 and elm 3 do not go together")
GONE = Point(verdict=Verdict.FAILED, why="ImportError: no leaf")
FOUND = PlaneAnswer(
    subject=SUBJECT,
    day="2021-02-01",
    packages=(
        VariedPackage(name="oak", releases=("1", "2", "3", "4"), others=2),
        VariedPackage(name="elm", releases=("0.1", "0.2", "0.3")),
    ),
    start=(0, 0),
    rows=(
        Row(span=Span(low=0, high=1)),
        Row(span=Span(low=0, high=1), is_tried=False),
        Row(span=Span(low=2, high=2)),
        Row(span=None),
    ),
    points={
        (0, 0): SAME, (0, 1): SAME, (0, 2): CONFLICT, (2, 2): SAME, (2, 1): GONE,
        (3, 0): GONE, (3, 2): GONE,
    },
    environments=6,
    seconds=12.34,
)  # fmt: skip

TEXT = """\
a.py with Wood 2.0 on Python 3.9, by 4 releases of oak (rows) and 3 of elm, \
all else as of 2021-02-01
  not tried: 2 releases of oak without a wheel for this Python
         0.1 … 0.2  0.3
  1 … 2  same       no env
  3      failed     same
  4      failed     failed
  same result with oak 1 … 2 and elm 0.1 … 0.2
  same result with oak 3 and elm 0.3
  oak 1 and elm 0.3: no env: oak 1 and elm 3 do not go together
  oak 3 and elm 0.2: failed: ImportError: no leaf
  7 pairs tried of 12, 6 environments built, 12 s"""


def test_the_grid() -> None:
    assert planes.text(FOUND) == TEXT


def test_what_was_not_tried_is_marked_as_that() -> None:
    few = dataclasses.replace(FOUND, points={(0, 0): SAME, (3, 0): GONE})
    assert "  3      ·          (same)\n  4      failed     ·\n" in planes.text(few)


def test_for_programs() -> None:
    found = planes.printed(FOUND)
    assert found.works == (
        PlaneArea(rows=("1", "2"), columns=("0.1", "0.2")),
        PlaneArea(rows=("3", "3"), columns=("0.3", "0.3")),
    )
    content = as_json(found)
    assert (content["schema"], content["rows"], content["seconds"]) == (1, "oak", 12.3)
    assert content["points"][2] == {
        "row": "1", "column": "0.3", "verdict": "unbuildable",
        "why": "oak 1 and elm 3 do not go together",
    }  # fmt: skip


def test_what_could_not_be_tried_is_not_settled() -> None:
    assert FOUND.is_settled
    unknown = {**FOUND.points, (1, 1): Point(verdict=Verdict.UNKNOWN)}
    assert not dataclasses.replace(FOUND, points=unknown).is_settled
