"""Runs of a notebook, compared with what its author stored: one sample, made by IPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.noise import Runs
from tfcompat.judging.output.normalize import Versions
from tfcompat.judging.output.sides import Side, read_both
from tfcompat.judging.output.stored import compare_with_stored
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.results.differences import DifferenceKind
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from tfcompat.judging.output.compare import OutputComparison


def lines(*cells: str) -> list[str]:
    text = "".join(f"# %% cell {n}\n{cell}" for n, cell in enumerate(cells, start=1))
    return text.splitlines(keepends=True)


def run(output: list[str], started: str | None = "2021-01-05T10:20:30+00:00") -> Run:
    return Run(output=output, retval=0, seconds=1, started=started)


def found(stored: list[str], *observed: list[str], repeats: int = 2) -> OutputComparison:
    ours = Side(runs=[run(stored, started=None)], is_stored=True)
    theirs = Side(runs=list(map(run, observed)), versions=Versions(python=(3, 8), numpy=(1, 18)))
    old, new = read_both(load_masks(), ours, theirs)
    return compare_with_stored(old[0], new, Tolerance(), repeats)


def compare(stored: list[str], *observed: list[str]) -> tuple[bool, int, bool]:
    one = found(stored, *observed)
    return one.equal, one.difference_count, one.wanted is not None


@pytest.mark.parametrize(
    ("stored", "observed"),
    [
        # IPython wraps what is longer than a line, and sorts what has no order.
        ("[1,\n 2,\n 3]\n", "[1, 2, 3]\n"),
        ("{'a': 1,\n 'b': [1,\n  2]}\n", "{'b': [1, 2], 'a': 1}\n"),
        ("{1, 2, 3}\n", "{3, 1, 2}\n"),
        ("Model(a=1,\n      b=2)\n", "Model(a=1, b=2)\n"),
        ("[<matplotlib.lines.Line2D at 0x7f1>]\n", "[<matplotlib.lines.Line2D object at 0x9a>]\n"),
        ("<matplotlib.axes._subplots.AxesSubplot at 0x7f1>\n", "<Axes: xlabel='a'>\n"),
        ("<Figure size 432x288 with 1 Axes>\n", "<Figure size 640x480 with 1 Axes>\n"),
        ("<matplotlib.figure.Figure at 0x7f9>\n", "<Figure size 640x480 with 1 Axes>\n"),
        ("CPU times: user 3 ms\nWall time: 4 ms\n5\n", "5\n"),
        ("10 loops, best of 3: 5 ms per loop\n", ""),
        ("3 ms ± 2 µs per loop (mean ± std. dev. of 7 runs)\n", ""),
        ("5\n\n", "5\n"),
        (
            "WARNING:tensorflow:From a.py:3: x is old\nInstructions for updating:\nUse y.\n5\n",
            "5\n",
        ),
        ("0.30000000001\n", "0.3\n"),
        # Without stored output nothing is compared.
        ("", "anything\n"),
    ],
)
def test_what_means_the_same(stored: str, observed: str) -> None:
    assert compare(lines(stored, "7\n"), lines(observed, "7\n")) == (True, 0, False)


@pytest.mark.parametrize(
    ("stored", "observed", "kind"),
    [
        ("1.0\n", "2.0\n", DifferenceKind.NUMBER),
        ("[1,\n 2]\n", "[1, 3]\n", DifferenceKind.NUMBER),
        ("up\n", "down\n", DifferenceKind.TEXT),
        ("a\nb\n", "a\n", DifferenceKind.MISSING),
        ("a\n", "a\nb\n", DifferenceKind.EXTRA),
        ("a\n<Figure size 432x288 with 1 Axes>\n", "a\n", DifferenceKind.MISSING),
    ],
)
def test_what_does_not(stored: str, observed: str, kind: DifferenceKind) -> None:
    once = found(lines(stored), lines(observed))
    assert (once.equal, once.basis, once.wanted) == (False, None, Runs(1, 2))
    twice = found(lines(stored), lines(observed), lines(observed))
    assert (twice.equal, twice.wanted) == (False, None)
    assert twice.first_difference is not None
    assert twice.first_difference.kind is kind


def test_a_difference_names_the_lines_as_they_were_printed() -> None:
    stored = lines("[1,\n 2,\n 3]\n", "x\nloss: 0.5\n")
    first = found(stored, lines("[1, 2, 3]\n", "x\nloss: 0.7\n")).first_difference
    assert first is not None
    assert (first.baseline_line, first.observed_line) == (7, 5)
    assert (first.baseline_value, first.observed_value) == (0.5, 0.7)
    assert (first.baseline_text, first.observed_text) == ("loss: 0.5", "loss: 0.7")


def test_what_varies_here_is_not_compared() -> None:
    stored = lines("0.1\n")
    assert compare(stored, lines("0.5\n")) == (False, 1, True)
    # Never what is stored, but never the same either.
    assert compare(stored, lines("0.5\n"), lines("0.6\n")) == (True, 0, False)
    assert compare(lines("red\n"), lines("blue\n"), lines("green\n")) == (True, 0, False)
    # A number beside it that is steady is compared.
    assert compare(lines("0.1 7\n"), lines("0.5 8\n"), lines("0.6 8\n")) == (False, 1, False)
    assert found(stored, lines("0.5\n"), lines("0.6\n")).basis is Basis.NOISE


@pytest.mark.parametrize(
    ("repeats", "runs", "wanted"), [(1, 1, 2), (6, 1, 6), (6, 5, 6), (6, 6, 0)]
)
def test_a_difference_needs_repeats_of_the_runs_alone(repeats: int, runs: int, wanted: int) -> None:
    one = found(lines("1\n"), *[lines("2\n")] * runs, repeats=repeats)
    assert one.equal is False
    assert one.wanted == (Runs(1, wanted) if wanted else None)


@pytest.mark.parametrize(
    ("stored", "observed"),
    [
        # Neither the Python nor the numpy of the author is known.
        ("[u'a', 5L, <type 'int'>]\n", "['a', 5, <class 'int'>]\n"),
        ("np.float64(0.5)\n", "0.5\n"),
        # Nor when the notebook was run, so a date may be that of the run.
        ("2019-03-02 10:00:00\n", "2021-01-05 10:20:30\n"),
        ("on 2019-03-02\n", "on 2018-07-09\n"),
    ],
)
def test_what_is_not_known_of_the_author_is_no_difference(stored: str, observed: str) -> None:
    assert compare(lines(stored, "7\n"), lines(observed, "7\n")) == (True, 0, False)


def test_basis() -> None:
    def basis(stored: str, observed: str) -> Basis | None:
        return found(lines(stored), lines(observed)).basis

    assert basis("1.0\n", "1.0\n") is Basis.EXACT
    assert basis("1.0\n", "1.0000001\n") is Basis.TOLERANCE


def test_each_cell_is_compared_by_itself() -> None:
    stored = lines("a\na\na\na\n", "b\n", "c\n")
    moved = lines("", "a\na\na\na\nb\n", "c\n")
    kinds = [one.kind for one in found(stored, moved, moved).differences]
    assert kinds == [DifferenceKind.MISSING] * 4 + [DifferenceKind.EXTRA] * 4


def test_a_notebook_that_ended_early_is_compared_as_far_as_it_came() -> None:
    assert compare(lines("1\n", "2\n"), lines("1\n"))[0] is False


def test_a_comparison_needs_a_run() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        found(lines("1\n"))
