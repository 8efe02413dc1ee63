"""Ranges, edges and inference over sequences of outcomes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcompat.judging.ranges import (
    Level,
    Outcome,
    answers,
    edges,
    inferred,
    open_ends,
    outcome_of,
    ranges,
    stretches,
    without_gaps,
)
from tfcompat.results.schema import CellResult, Example, Inputs
from tfcompat.results.verdicts import Verdict

LETTERS = {
    "S": Outcome.SAME,
    "D": Outcome.DIFFERENT,
    "F": Outcome.FAILED,
    "-": Outcome.UNBUILDABLE,
    "?": Outcome.UNKNOWN,
}
NUMBER = 12
KNOWN = st.dictionaries(st.integers(0, NUMBER - 1), st.sampled_from(Outcome))
LEVELS = st.sampled_from(Level)


def known(row: str) -> dict[int, Outcome]:
    """Return the outcomes of a row of releases; a dot is one that was not tried."""
    return {release: LETTERS[letter] for release, letter in enumerate(row) if letter != "."}


@pytest.mark.parametrize(
    ("row", "runs", "same"),
    [
        ("", [], []),
        ("FF", [], []),
        ("SSDF", [(0, 2)], [(0, 1)]),
        ("FS-DF.S", [(1, 3), (6, 6)], [(1, 1), (6, 6)]),
        ("S?..-S", [(0, 5)], [(0, 5)]),
    ],
)
def test_ranges(row: str, runs: list[tuple[int, int]], same: list[tuple[int, int]]) -> None:
    assert ranges(known(row), Level.RUNS) == runs
    assert ranges(known(row), Level.SAME) == same


@pytest.mark.parametrize(
    ("row", "found", "ends"),
    [
        ("", [], []),
        ("FFF", [], []),
        ("SS---FF", [(1, 5)], [(-1, 0)]),
        (".F.S.", [(1, 3)], [(3, 5)]),
        (".S.", [], [(-1, 1), (1, 3)]),
        ("-S-", [], [(-1, 1), (1, 3)]),
    ],
)
def test_edges_and_open_ends(
    row: str, found: list[tuple[int, int]], ends: list[tuple[int, int]]
) -> None:
    assert list(edges(known(row), Level.RUNS)) == found
    assert list(open_ends(known(row), Level.RUNS, len(row))) == ends


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("", {}),
        ("...", {}),
        ("??", {}),
        ("S.S", {1: True}),
        ("S.F", {}),
        ("S?S", {}),
        # The newest known answer is yes: of what is newer, nothing is known.
        ("..S.S..", {3: True}),
        (".F.F.", {0: False, 2: False, 4: False}),
    ],
)
def test_inferred(row: str, expected: dict[int, bool]) -> None:
    assert inferred(known(row), Level.RUNS, len(row)) == expected


@given(KNOWN, LEVELS)
def test_ranges_are_what_lies_between_edges(outcomes: dict[int, Outcome], level: Level) -> None:
    found = answers(outcomes, level)
    assert list(found) == sorted(found) == list(without_gaps(outcomes))
    inside = {r for low, high in ranges(outcomes, level) for r in found if low <= r <= high}
    assert inside == {release for release, holds in found.items() if holds}
    assert ranges(outcomes, level) == stretches(found)
    for (_, high), (low, _) in pairwise(ranges(outcomes, level)):
        assert any(not found[release] for release in found if high < release < low)
    crossed = [edge for edge in pairwise(found) if edge in set(edges(outcomes, level))]
    assert crossed == [(a, b) for a, b in pairwise(found) if found[a] != found[b]]


@given(KNOWN, LEVELS)
def test_only_what_equal_answers_enclose_is_inferred(
    outcomes: dict[int, Outcome], level: Level
) -> None:
    found = answers(outcomes, level)
    claims = inferred(outcomes, level, NUMBER)
    assert not claims.keys() & outcomes.keys()
    for release in set(range(NUMBER)) - outcomes.keys():
        below = [found[r] for r in found if r < release][-1:]
        above = [found[r] for r in found if r > release][:1]
        around = {*below, *above}
        enclosed = len(around) == 1 and (around == {False} or len(below + above) == 2)
        assert claims.get(release) == (around.pop() if enclosed else None)


@given(KNOWN, LEVELS)
def test_an_end_is_open_where_its_nearest_answer_is_yes(
    outcomes: dict[int, Outcome], level: Level
) -> None:
    found = answers(outcomes, level)
    ends = dict(open_ends(outcomes, level, NUMBER))
    assert (-1 in ends) == (bool(found) and found[min(found)])
    assert (NUMBER in ends.values()) == (bool(found) and found[max(found)])


@pytest.mark.parametrize(
    ("cell", "verdict", "retval", "expected"),
    [
        (Verdict.UNBUILDABLE, None, 0, Outcome.UNBUILDABLE),
        (Verdict.UNKNOWN, None, 0, Outcome.UNKNOWN),
        (None, None, 0, Outcome.UNKNOWN),
        (None, Verdict.UNKNOWN, 0, Outcome.UNKNOWN),
        (None, Verdict.SAME, 0, Outcome.SAME),
        (None, Verdict.DIFFERENT, 0, Outcome.DIFFERENT),
        (None, Verdict.FAILED, 1, Outcome.FAILED),
        # It cannot be compared, but how it ended is known.
        (None, Verdict.NO_BASELINE, 0, Outcome.DIFFERENT),
        (None, Verdict.NO_BASELINE, 1, Outcome.FAILED),
    ],
)
def test_outcome_of(
    cell: Verdict | None, verdict: Verdict | None, retval: int, expected: Outcome
) -> None:
    runs = {"a.py": Example(retval=retval, seconds=1, verdict=verdict)} if verdict else {}
    inputs = Inputs(dependency="foo", name="pypi-foo-1-python-cp36")
    assert outcome_of(CellResult(inputs=inputs, verdict=cell, examples=runs), "a.py") is expected
