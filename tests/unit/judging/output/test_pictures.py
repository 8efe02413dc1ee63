"""What runs drew, compared: the same pixels, near enough, noise, or another figure."""

from __future__ import annotations

import math

import pytest
from made_figures import figure

from tfcompat.judging.output.compare import OutputComparison
from tfcompat.judging.output.noise import Runs
from tfcompat.judging.output.pictures import combined, compare_figures, distance, picture_distance
from tfcompat.results.differences import Difference, DifferenceKind
from tfcompat.results.figures import DrawnFigure
from tfcompat.results.verdicts import Basis

PLAIN, MOVED, FAR, GREEN = figure(), figure(1), figure(40), figure(colour="green")
SMALL = figure(size=(600, 480))
BROKEN = DrawnFigure(error="ValueError: no such colour")
NEAR = distance(PLAIN, MOVED)


def test_distances_grow_with_what_is_changed() -> None:
    assert distance(PLAIN, figure()) == 0
    assert 0 < NEAR < distance(PLAIN, figure(3)) < distance(PLAIN, FAR) <= 255
    assert distance(PLAIN, GREEN) > NEAR
    assert distance(FAR, PLAIN) == distance(PLAIN, FAR)


def test_a_small_change_counts_as_much_in_a_large_figure() -> None:
    """What is blank around it does not hide it."""
    sizes = [(640, 480), (640, 960)]
    near, far = [distance(figure(size=one), figure(40, size=one)) for one in sizes]
    assert far > near / 2


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (PLAIN, None, math.inf),
        (None, None, 0),
        (PLAIN, SMALL, math.inf),
        (PLAIN, BROKEN, math.inf),
        (BROKEN, BROKEN, 0),
        (BROKEN, DrawnFigure(error="another"), math.inf),
        (PLAIN, PLAIN.model_copy(update={"digest": "x", "picture": "AAAA"}), math.inf),
        (PLAIN, PLAIN.model_copy(update={"digest": "x", "picture": "A"}), math.inf),
    ],
)
def test_what_cannot_be_laid_over_each_other_is_infinitely_far_apart(
    one: DrawnFigure | None, other: DrawnFigure | None, expected: float
) -> None:
    assert distance(one, other) == expected


def test_a_pixel_of_rounding_makes_no_other_size() -> None:
    assert math.isfinite(distance(PLAIN, figure(size=(641, 480))))
    assert distance(PLAIN, figure(size=(642, 480))) == math.inf
    assert picture_distance(PLAIN.picture, PLAIN.picture) == 0


@pytest.mark.parametrize(
    ("baseline", "observed", "tolerance", "basis"),
    [
        ([[PLAIN]], [[PLAIN]], 0, Basis.EXACT),
        ([[]], [[]], 0, Basis.EXACT),
        ([[PLAIN], [FAR]], [[FAR]], 0, Basis.EXACT),
        ([[PLAIN]], [[MOVED]], NEAR, Basis.TOLERANCE),
        ([[PLAIN, PLAIN]], [[PLAIN, MOVED]], NEAR, Basis.TOLERANCE),
        ([[PLAIN], [FAR]], [[MOVED]], 0, Basis.NOISE),
        ([[PLAIN], []], [[FAR]], 0, Basis.NOISE),
    ],
)
def test_why_figures_are_equal(
    baseline: list[list[DrawnFigure]],
    observed: list[list[DrawnFigure]],
    tolerance: float,
    basis: Basis,
) -> None:
    found = compare_figures(baseline, observed, tolerance, repeats=2)
    assert (found.equal, found.basis, found.wanted) == (True, basis, None)
    assert found.differences == ()


def test_a_figure_that_differs_is_named_with_its_sizes_and_the_distance() -> None:
    found = compare_figures([[PLAIN, PLAIN]] * 2, [[PLAIN, FAR]] * 2, tolerance=NEAR, repeats=2)
    assert (found.equal, found.basis, found.wanted, found.difference_count) == (
        False,
        None,
        None,
        1,
    )
    apart = round(distance(PLAIN, FAR), 1)
    assert found.first_difference == Difference(
        kind=DifferenceKind.FIGURE,
        figure=2,
        baseline_text="640x480 pixels",
        observed_text="640x480 pixels",
        distance=apart,
    )
    words = f"figure 2 (640x480 pixels) looks different: {apart} of 255 apart"
    assert found.first_difference.figure_change == words
    assert found.deepdiff == {
        "values_changed": {"root['figure 2']": {"new_value": words, "old_value": "640x480 pixels"}}
    }


@pytest.mark.parametrize(
    ("baseline", "observed", "words"),
    [
        ([PLAIN], [SMALL], "figure 1: 640x480 pixels → 600x480 pixels"),
        ([PLAIN, PLAIN], [PLAIN], "figure 2 is missing (640x480 pixels)"),
        ([], [PLAIN], "figure 1 is additional (640x480 pixels)"),
        ([PLAIN], [BROKEN], "figure 1: 640x480 pixels → ValueError: no such colour"),
    ],
)
def test_what_has_no_distance_is_a_difference(
    baseline: list[DrawnFigure], observed: list[DrawnFigure], words: str
) -> None:
    found = compare_figures([baseline], [observed], tolerance=255, repeats=1)
    assert found.first_difference is not None
    assert found.first_difference.figure_change == words
    assert not found.equal


def test_a_difference_takes_as_many_runs_as_one_of_text() -> None:
    assert compare_figures([[PLAIN]], [[FAR]], 0, repeats=6).wanted == Runs(6, 6)
    varying = [[PLAIN], [MOVED]] * 3
    # 2 / C(12, 6) is more than 1 in 1,000, 2 / C(14, 7) is less.
    assert compare_figures(varying, [[FAR]] * 6, 0, repeats=6).wanted == Runs(7, 7)
    certain = compare_figures([*varying, [PLAIN]], [[FAR]] * 7, 0, repeats=6)
    assert (certain.equal, certain.wanted) == (False, None)


def test_runs_that_vary_as_much_as_they_differ_are_noise() -> None:
    drawn = [[figure(shift)] for shift in (0, 40, 80, 120)]
    found = compare_figures(drawn[::2], drawn[1::2], 0, repeats=2)
    assert (found.equal, found.basis) == (True, Basis.NOISE)


def test_a_comparison_needs_runs() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        compare_figures([], [[PLAIN]], 0)


SAME = OutputComparison(equal=True, basis=Basis.EXACT)
NOISY = OutputComparison(equal=True, basis=Basis.NOISE)
CLOSE = OutputComparison(equal=True, basis=Basis.TOLERANCE)
ASKS = OutputComparison(
    equal=False,
    basis=None,
    wanted=Runs(6, 6),
    differences=(Difference(kind=DifferenceKind.TEXT, baseline_line=1),),
    difference_count=1,
)
DRAWN = OutputComparison(
    equal=False,
    basis=None,
    differences=(Difference(kind=DifferenceKind.FIGURE, figure=1),),
    difference_count=1,
)


@pytest.mark.parametrize(
    ("printed", "drawn", "expected"),
    [
        (SAME, SAME, (True, Basis.EXACT, None, 0)),
        (NOISY, CLOSE, (True, Basis.NOISE, None, 0)),
        (SAME, CLOSE, (True, Basis.TOLERANCE, None, 0)),
        (SAME, DRAWN, (False, None, None, 1)),
        (ASKS, SAME, (False, None, Runs(6, 6), 1)),
        (ASKS, DRAWN, (False, None, None, 1)),
    ],
)
def test_what_is_printed_and_what_is_drawn_count_together(
    printed: OutputComparison, drawn: OutputComparison, expected: tuple[object, ...]
) -> None:
    found = combined(printed, drawn)
    assert (found.equal, found.basis, found.wanted, found.difference_count) == expected


def test_more_runs_are_wanted_for_the_one_that_needs_more() -> None:
    undecided = OutputComparison(equal=False, basis=None, wanted=Runs(7, 9), difference_count=1)
    assert combined(ASKS, undecided).wanted == Runs(7, 9)
    decided = OutputComparison(equal=False, basis=None, difference_count=2, differences=())
    assert combined(decided, DRAWN).difference_count == 3
