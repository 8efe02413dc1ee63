"""With which releases of two packages a script works, in made-up planes. Nothing is built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_cell, made_up_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcompat.counterfactual.expected import Expected, observed_in
from tfcompat.counterfactual.explain import carry_out
from tfcompat.counterfactual.plane import Plane, PlaneSearch
from tfcompat.counterfactual.plane_findings import Row, Span
from tfcompat.execution.variants import Variant
from tfcompat.judging.judge import Judge, JudgingRules
from tfcompat.results.schema import Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult

TEST = "old/a.py"
JUDGE = Judge(JudgingRules(dependency="foo", masks=()))
FINE = "fine"

Says = "Callable[[int, int], str]"
"""What the script says with two releases: an output, ``!`` and an error, or ``-`` for no way."""


@dataclass
class World:
    """What becomes of the script with the releases that a variant pins."""

    says: Callable[[int, int], str]
    tried: list[tuple[int, int]] = field(default_factory=list)

    def run(self, variant: Variant, wanted: Mapping[str, int]) -> CellResult:
        cell = variant.cell
        row, column = (int(pin.partition("==")[2]) for pin in cell.pins)
        self.tried.append((row, column))
        said = self.says(row, column)
        if said.startswith("-"):
            cause = Cause(kind=CauseKind.CONFLICT, message=said[1:])
            update = {"verdict": Verdict.UNBUILDABLE, "cause": cause}
            return made_up_cell(cell, {}).model_copy(update=update)
        failed = said.startswith("!")
        run = Run(
            retval=int(failed),
            seconds=1,
            output=[] if failed else [f"{said}\n"],
            error=[f"ImportError: {said[1:]}\n"] if failed else [],
        )
        return made_up_cell(cell, {TEST: example_of([run] * wanted[TEST], key="k")})


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Cell:
    folder: Path = tmp_path_factory.mktemp("study")
    return made_up_plan(folder, (TEST,), {}).cells[0]


def search(world: World, cell: Cell, size: tuple[int, int], start: tuple[int, int]) -> PlaneSearch:
    def variant(row: int, column: int) -> Variant:
        return Variant.of(cell, pins=(f"a=={row}", f"b=={column}"))

    good = variant(*start)
    side = observed_in(TEST, good, world.run(good, {TEST: 1}))
    assert side is not None
    expected = Expected(test=TEST, judge=JUDGE, variant=good, good=side)
    found = PlaneSearch(
        Plane(rows=size[0], columns=size[1], start=start, expected=expected, variant=variant)
    )
    while steps := found.steps():
        found.learn(carry_out(steps, world))  # type: ignore[arg-type]
    return found


def spans(rows: Sequence[Row]) -> list[tuple[int, int] | None]:
    return [(row.span.low, row.span.high) if row.span else None for row in rows]


def test_one_package_alone_breaks_it(cell: Cell) -> None:
    world = World(lambda _, column: FINE if column < 7 else "!b is gone")
    found = search(world, cell, (40, 20), (10, 3))
    assert set(spans(found.result())) == {(0, 6)}
    # Three rows: that of the day, and both ends, in which the same ends are tried.
    assert sorted(found.spans) == [0, 10, 39]
    assert len(found.points) <= 3 * 6


def test_a_staircase(cell: Cell) -> None:
    """From release 12 of the first package on it needs another range of the second."""
    world = World(
        lambda row, column: FINE if (2 <= column < 9 if row < 12 else column >= 6) else "-conflict"
    )
    found = search(world, cell, (30, 20), (3, 4))
    assert spans(found.result()) == [(2, 8)] * 12 + [(6, 19)] * 18
    assert not found.result()[5].is_tried
    assert len(found.points) < 90
    assert found.points[11, 9].verdict is Verdict.UNBUILDABLE
    assert found.points[11, 9].why == "conflict"


def test_rows_in_which_nothing_works(cell: Cell) -> None:
    world = World(lambda row, _: FINE if 4 <= row < 6 else "!a is gone" if row < 4 else "worse")
    found = search(world, cell, (9, 5), (4, 4))
    assert spans(found.result()) == [None] * 4 + [(0, 4)] * 2 + [None] * 3
    verdicts = {row: point.verdict for (row, _), point in found.points.items()}
    assert (verdicts[0], verdicts[8]) == (Verdict.FAILED, Verdict.DIFFERENT)
    assert found.points[0, 4].why == "ImportError: a is gone"


def test_a_row_is_searched_again_where_a_later_one_has_hints(cell: Cell) -> None:
    """Of the last row one column works, which only the row before it shows."""
    ends = [(0, 3), (0, 3), (0, 3), (2, 4), (4, 4)]
    world = World(lambda row, column: FINE if ends[row][0] <= column <= ends[row][1] else "!gone")
    found = search(world, cell, (5, 9), (0, 0))
    assert spans(found.result()) == ends


def test_one_release_of_each(cell: Cell) -> None:
    found = search(World(lambda _r, _c: FINE), cell, (1, 1), (0, 0))
    assert found.result() == (Row(span=Span(low=0, high=0)),)


@st.composite
def staircases(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    """Return the ends of rows that overlap and only grow, and how many columns there are."""
    columns = draw(st.integers(2, 15))
    ends = [(draw(st.integers(0, 3)), draw(st.integers(3, columns + 2)))]
    for _ in range(draw(st.integers(0, 4))):
        low = min(ends[-1][0] + draw(st.integers(0, 2)), ends[-1][1])
        ends.append((low, ends[-1][1] + draw(st.integers(0, 2))))
    rows = [end for end in ends for _ in range(draw(st.integers(1, 6)))]
    last = columns - 1
    return [(min(low, last), min(high, last)) for low, high in rows], columns


@settings(max_examples=100, deadline=None)
@given(staircases(), st.data())
def test_every_staircase_is_found(
    cell: Cell, made: tuple[list[tuple[int, int]], int], data: st.DataObject
) -> None:
    ends, columns = made
    row = data.draw(st.integers(0, len(ends) - 1))
    start = row, data.draw(st.integers(*ends[row]))
    world = World(lambda r, c: FINE if ends[r][0] <= c <= ends[r][1] else "!gone")
    found = search(world, cell, (len(ends), columns), start)
    assert spans(found.result()) == ends
    # No pair is run twice, but for the one of the day.
    assert len(world.tried) <= len(found.points) + 1
