"""Why a script fails or differs, in the words of an answer."""

from __future__ import annotations

import pytest

from tfcompat.judging.output.compare import compare_outputs
from tfcompat.judging.output.sides import Side
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import parse
from tfcompat.results.differences import Difference, DifferenceKind
from tfcompat.results.schema import Example
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.reasons import Compared, explain


@pytest.mark.parametrize(
    ("direction", "said"),
    [
        ("up", "`tf.layers` removed"),
        ("down", "`tf.layers` does not exist yet"),
        ("", "no `tf.layers`"),
    ],
)
def test_what_is_missing_is_gone_or_not_there_yet(direction: str, said: str) -> None:
    cause = Cause(kind=CauseKind.REMOVED_API, message="no `tf.layers`", symbol="tensorflow.layers")
    example = Example(retval=1, seconds=1, cause=cause)
    assert explain(example, direction) == said


def test_a_difference_in_spaces_alone_is_quoted() -> None:
    place = Difference(baseline_text="a  b", observed_text="a b", observed_line=3)
    example = Example(retval=0, seconds=1, first_difference=place)
    assert explain(example) == "'a  b' → 'a b' (line 3)"


def test_a_number_is_named_once() -> None:
    place = Difference(baseline_text="loss: 0.5", observed_text="loss: 0.7", observed_line=3)
    assert (
        explain(Example(retval=0, seconds=1, first_difference=place)) == "loss: 0.5 → 0.7 (line 3)"
    )


def test_a_package_that_makes_a_failure_is_named() -> None:
    cause = Cause(
        kind=CauseKind.REMOVED_API, message="no append", symbol="Frame.append", package="bar",
        old="1", new="2", evidence="Foo 1 with bar 2 fails in the same way",
    )  # fmt: skip
    assert explain(Example(retval=1, seconds=1, cause=cause), "up") == (
        "`Frame.append` removed; since bar 1 → 2 (Foo 1 with bar 2 fails in the same way)"
    )


def test_long_lines_are_quoted_where_they_differ() -> None:
    same = "a" * 50
    place = Difference(
        baseline_text=f"{same} {{1}} {same}", observed_text=f"{same} {{2}}", observed_line=1
    )
    said = explain(Example(retval=0, seconds=1, first_difference=place))
    assert said == f"…{'a' * 13} {{1}} {'a' * 41}… → …{'a' * 13} {{2}} (line 1)"


def differing(old: str, new: str) -> tuple[Example, Compared]:
    """Return an example that printed one text, and what it was compared with: another text."""
    found = compare_outputs([parse(old, ())], [parse(new, ())], Tolerance())
    example = Example(
        retval=0,
        seconds=1,
        output=new.splitlines(keepends=True),
        first_difference=found.first_difference,
    )
    baseline = Example(retval=0, seconds=1, output=old.splitlines(keepends=True))
    return example, Compared(baseline=Side(runs=[baseline]), observed=Side(runs=[example]))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", "b → x (line 2)"),
        ("a\nb\nc\n", "2\na\nb\n", "a → 2 (line 1)"),
        ("name\nred\nblue\n", "name\nblue\ngreen\n", "red → blue (line 2)"),
        ("a\nb\n", "a\nb\nc\n", "prints 1 more line: c (line 3)"),
        ("a\nb\n", "x\na\ny\nb\n", "prints 2 more lines, the first: x (line 1)"),
        ("a\nb\nc\nd\n", "a\nd\n", "prints 2 fewer lines, the first: b (line 2)"),
        ("a\nb\n", "b\n", "prints 1 fewer line: a (line 1)"),
        ("a\n", "", "prints 1 fewer line: a (line 1)"),
    ],
)
def test_the_first_difference_is_one_on_both_sides(old: str, new: str, said: str) -> None:
    example, compared = differing(old, new)
    assert explain(example, compared=compared) == said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (DifferenceKind.EXTRA, "prints more lines, the first: new (line 2)"),
        (DifferenceKind.MISSING, "prints fewer lines, the first: old (line 1)"),
    ],
)
def test_without_the_baseline_only_the_line_is_known(kind: DifferenceKind, said: str) -> None:
    extra = kind is DifferenceKind.EXTRA
    place = Difference(
        kind=kind,
        baseline_line=1,
        observed_line=2,
        baseline_text=None if extra else "old",
        observed_text="new" if extra else None,
    )
    assert explain(Example(retval=0, seconds=1, first_difference=place)) == said


def test_a_missing_package_is_named_with_what_brings_it() -> None:
    cause = Cause(
        kind=CauseKind.MISSING_PACKAGE, message="No module named 'pandas'", package="pandas"
    )
    example = Example(retval=1, seconds=1, cause=cause)
    assert explain(example, "up") == "No module named 'pandas'; try --require pandas"
