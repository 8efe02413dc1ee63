"""Transcripts against a baseline: the verdict's ground, and where they differ."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcompat.judging.output.alignment import COARSE, Pair, align
from tfcompat.judging.output.cells import cell_at
from tfcompat.judging.output.compare import (
    OutputComparison,
    band,
    compare_outputs,
    printed_nothing_stable,
)
from tfcompat.judging.output.differences import MAX_DIFFERENCES, MAX_TEXT, jsonable
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.noise import REPEATS, Runs
from tfcompat.judging.output.tolerance import Tolerance, close
from tfcompat.judging.output.transcript import parse
from tfcompat.results.differences import Difference, DifferenceKind, NumberRange
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from tfcompat.judging.output.lines import Transcript

TOLERANCE = Tolerance()
NAN, INF = float("nan"), float("inf")
TRAINING = [f"step {step} loss {1 / (step + 1):.6f}" for step in range(20)]
SCRIPT = ["start", *TRAINING, "accuracy: 0.912", "tiny: 1e-3", "done"]


def runs(*texts: str | list[str]) -> list[Transcript]:
    printed = [text.split("\n") if isinstance(text, str) else text for text in texts]
    return [parse([f"{line}\n" for line in lines], load_masks()) for lines in printed]


def judge(
    baseline: list[Transcript],
    observed: list[Transcript],
    tolerance: Tolerance = TOLERANCE,
    repeats: int = REPEATS,
) -> OutputComparison:
    comparison = compare_outputs(baseline, observed, tolerance, repeats)
    json.dumps(comparison.deepdiff, allow_nan=False)
    for difference in comparison.differences:
        json.dumps(difference.model_dump(mode="json"), allow_nan=False)
    assert comparison.equal == (comparison.basis is not None) == (not comparison.difference_count)
    assert comparison.equal == (not comparison.deepdiff)
    return comparison


def first(comparison: OutputComparison) -> Difference:
    assert comparison.first_difference is not None
    return comparison.first_difference


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1.0, 1.000005, True),
        (1.0, 1.001, False),
        (0.0, 1e-9, True),
        (0.0, 1e-7, False),
        (-1e-3, 1e-3, False),
        (NAN, NAN, True),
        (NAN, 1.0, False),
        (INF, INF, True),
        (INF, -INF, False),
        (INF, 1e308, False),
        (1.7e308, -1.7e308, False),
        (10**200, 10**200 + 1, True),
        (10**200, 1e201, False),
    ],
)
def test_close(a: float, b: float, equal: bool) -> None:  # noqa: FBT001
    assert close(a, b, TOLERANCE) is equal
    assert close(b, a, TOLERANCE) is equal


@pytest.mark.parametrize("bad", [-1.0, NAN, INF])
def test_tolerance_is_checked(bad: float) -> None:
    with pytest.raises(ValueError, match="relative"):
        Tolerance(relative=bad)
    with pytest.raises(ValueError, match="absolute"):
        Tolerance(absolute=bad)


def test_exact() -> None:
    comparison = judge(runs("a 1", "b 2"), runs("b 2.0", "c 3"))
    assert comparison.basis is Basis.EXACT
    assert comparison.first_difference is None


def test_exact_with_nan() -> None:
    assert judge(runs("loss nan inf"), runs("loss NaN Inf")).basis is Basis.EXACT


def test_tolerance() -> None:
    comparison = judge(runs("a 1\nb 2"), runs("a 1.000001\nb 2.000001"))
    assert comparison.basis is Basis.TOLERANCE
    assert comparison.largest_absolute is not None
    assert comparison.largest_relative is not None
    assert comparison.largest_relative.size == pytest.approx(1e-6, rel=1e-3)
    assert comparison.largest_relative.baseline_line == 1
    assert not judge(runs("a 1"), runs("a 1.000015")).equal
    assert judge(runs("a 1"), runs("a 1.000015"), Tolerance(relative=1e-4)).equal


def losses(begin: float, count: int) -> list[Transcript]:
    return runs(*(f"loss {begin + run / 100:.2f}" for run in range(count)))


def test_noise() -> None:
    baseline = losses(0.5, 6)
    assert judge(baseline, runs("loss 0.53")).basis is Basis.EXACT
    assert judge(baseline, runs("loss 0.525")).basis is Basis.NOISE
    outside = judge(baseline, runs("loss 0.56"))
    assert outside.wanted == Runs(6, 6)
    assert first(outside).band == NumberRange(low=0.50, high=0.55)
    # Noise that is new in a release counts as noise where it covers the baseline.
    assert judge(baseline, runs("loss 0.66", "loss 0.515", "loss 0.7")).basis is Basis.NOISE
    # However far they lie apart, six runs a side do so by chance too often.
    assert judge(baseline, losses(900, 6)).wanted == Runs(7, 7)
    assert judge(losses(0.5, 7), losses(900, 6)).wanted == Runs(7, 7)
    certain = judge(losses(0.5, 7), losses(0.6, 7))
    assert (certain.equal, certain.wanted) == (False, None)
    met = [*runs("loss 0.555"), *losses(0.6, 6)]
    assert judge(losses(0.5, 7), met).basis is Basis.NOISE


def test_where_nothing_varies_repeats_decide() -> None:
    once = judge(runs("a 1"), runs("a 2"))
    assert (once.equal, once.wanted) == (False, Runs(6, 6))
    assert judge(runs(*["a 1"] * 6), runs(*["a 2"] * 5)).wanted == Runs(6, 6)
    assert judge(runs(*["a 1"] * 6), runs(*["a 2"] * 6)).wanted is None
    assert judge(runs(*["a 1"] * 3), runs(*["a 2"] * 3), repeats=3).wanted is None
    assert judge(runs("a 1"), runs("a 2"), repeats=1).wanted is None


@pytest.mark.parametrize("noisy", ["x {}", "{}"])
def test_a_constant_that_differs_counts_as_noise_where_anything_varies(noisy: str) -> None:
    def sample(constant: str, count: int, odd: int) -> list[Transcript]:
        digits = [2 * run + odd for run in range(count)]
        return runs(*(f"{constant}\n{noisy.format(n)}" for n in digits))

    assert judge(sample("mode a", 6, 0), sample("mode b", 6, 1)).wanted == Runs(7, 7)
    # Two places vary now, in four ways: that is too many for seven runs.
    assert judge(sample("mode a", 7, 0), sample("mode b", 7, 1)).wanted == Runs(8, 8)
    assert judge(sample("mode a", 8, 0), sample("mode b", 8, 1)).wanted is None


def test_each_of_several_common_texts_has_its_numbers_compared() -> None:
    def sample(shift: int, count: int) -> list[Transcript]:
        return runs(*(f"{'ab'[n % 2]} {n + 100 * shift}" for n in range(count)))

    assert judge(sample(0, 6), sample(0, 6)).equal
    few = judge(sample(0, 8), sample(1, 8))
    # Of each text only four runs a side: by chance they lie apart in 2 of 70.
    assert (few.difference_count, few.wanted) == (2, Runs(9, 9))
    assert judge(sample(0, 14), sample(1, 14)).wanted == Runs(15, 15)
    enough = judge(sample(0, 15), sample(1, 15))
    assert (enough.difference_count, enough.wanted) == (2, None)


def test_what_was_certain_with_as_many_runs_stays_so_until_the_samples_meet() -> None:
    def sample(begin: int, count: int) -> list[Transcript]:
        places = range(20)
        return runs(
            *(" ".join(str(begin + n * (p + 3) % 31) for p in places) for n in range(count))
        )

    observed = sample(100, 7)
    assert judge(sample(0, 7), observed).wanted is None
    for more in range(8, 16):
        assert judge(sample(0, more), observed).wanted is None, more
    assert judge([*sample(0, 8), *sample(90, 7)], observed).basis is Basis.NOISE


def test_nan_in_a_sample() -> None:
    baseline = runs("loss 1", "loss 2")
    assert not judge(baseline, runs("loss nan", "loss nan")).equal
    assert judge(baseline, runs("loss nan", "loss 1.5")).equal
    assert judge(runs("loss nan 1", "loss 2 2"), runs("loss nan 2")).basis is Basis.NOISE
    assert not judge(runs("loss inf"), runs("loss -inf")).equal


def test_text_differs_where_no_text_is_shared() -> None:
    assert judge(runs("A", "B"), runs("B")).basis is Basis.EXACT
    assert judge(runs("A\n1", "B\n2"), runs("A\n2", "C\n2")).basis is Basis.NOISE
    assert not judge(runs("A", "B"), runs("C", "C")).equal
    assert not judge(runs("A", "A"), runs("B", "C")).equal
    # What is random on both sides has no right text.
    assert judge(runs("id x", "id y"), runs("id z", "id w")).basis is Basis.NOISE


def test_line_that_not_every_baseline_run_has() -> None:
    baseline = runs("a\nwarning\nb\n1", "a\nb\n2")
    assert judge(baseline, runs("a\nb\n1.5")).basis is Basis.NOISE
    assert judge(baseline, runs("a\nwarning\nb\n1.5")).basis is Basis.NOISE
    comparison = judge(baseline, runs("a\nwarning\nb\n1.5\nerror"))
    assert [one.kind for one in comparison.differences] == [DifferenceKind.EXTRA]
    assert first(comparison).observed_line == 5


def replaced(old: str, new: str) -> list[str]:
    assert old in "\n".join(SCRIPT)
    return "\n".join(SCRIPT).replace(old, new).split("\n")


@pytest.mark.parametrize("repeats", [1, 5])
@pytest.mark.parametrize(
    ("lines", "kind", "baseline_line", "observed_line", "count"),
    [
        (replaced("0.912", "0.912912"), DifferenceKind.NUMBER, 22, 22, 1),
        (replaced("0.912", "nan"), DifferenceKind.NUMBER, 22, 22, 1),
        (replaced("1e-3", "-1e-3"), DifferenceKind.NUMBER, 23, 23, 1),
        (replaced("accuracy", "precision"), DifferenceKind.TEXT, 22, 22, 1),
        ([*SCRIPT[:5], *SCRIPT[6:]], DifferenceKind.MISSING, 6, 6, 1),
        ([*SCRIPT[:5], *SCRIPT[6:9], *SCRIPT[10:]], DifferenceKind.MISSING, 6, 6, 2),
        ([*SCRIPT[:5], "hello", *SCRIPT[5:]], DifferenceKind.EXTRA, 6, 6, 1),
        ([*SCRIPT[:5], SCRIPT[5], *SCRIPT[5:]], DifferenceKind.EXTRA, 7, 7, 1),
        ([*SCRIPT, "more"], DifferenceKind.EXTRA, 25, 25, 1),
        (SCRIPT[:-1], DifferenceKind.MISSING, 24, 24, 1),
        ([*SCRIPT[:-3], SCRIPT[-2], SCRIPT[-3], SCRIPT[-1]], DifferenceKind.EXTRA, 22, 22, 2),
        ([*SCRIPT[:3], SCRIPT[4], SCRIPT[3], *SCRIPT[5:]], DifferenceKind.NUMBER, 4, 4, 4),
        ([""], DifferenceKind.TEXT, 1, 1, 24),
        ([], DifferenceKind.MISSING, 1, 1, 24),
    ],
)
def test_injected_changes_are_located(
    lines: list[str],
    kind: DifferenceKind,
    baseline_line: int,
    observed_line: int,
    count: int,
    repeats: int,
) -> None:
    comparison = judge(runs(*[SCRIPT] * repeats), runs(*[lines] * repeats))
    one = first(comparison)
    assert comparison.difference_count == count
    assert (one.kind, one.baseline_line, one.observed_line) == (kind, baseline_line, observed_line)
    expected = None if kind is DifferenceKind.EXTRA else SCRIPT[baseline_line - 1]
    assert one.baseline_text == expected
    assert one.observed_text == (
        None if kind is DifferenceKind.MISSING else lines[observed_line - 1]
    )


def test_number_is_shown_with_its_values() -> None:
    comparison = judge(runs("start\na 1 b -2"), runs("start\na 1 b 2"))
    assert first(comparison).model_dump(mode="json") == {
        "kind": "number",
        "baseline_line": 2,
        "observed_line": 2,
        "baseline_text": "a 1 b -2",
        "observed_text": "a 1 b 2",
        "index": 1,
        "baseline_value": -2.0,
        "observed_value": 2.0,
        "band": {"low": -2.0, "high": -2.0, "others": []},
    }
    assert comparison.largest_absolute is not None
    assert comparison.largest_absolute.size == 4
    assert comparison.largest_absolute.index == 1
    assert comparison.largest_relative is not None
    assert comparison.largest_relative.size == 2


def test_deepdiff_reports_the_lines_that_differ() -> None:
    comparison = judge(runs("a 1\nb\nsame\nold"), runs("a nan\nc\nsame\nold\nnew 7"))
    assert comparison.deepdiff == {
        "type_changes": {
            "root['line 1, number 1']": {
                "old_type": "float",
                "new_type": "str",
                "old_value": 1.0,
                "new_value": "nan",
            }
        },
        "dictionary_item_added": {"root['observed line 5']": "new 7"},
        "values_changed": {"root['line 2']": {"new_value": "c", "old_value": "b"}},
    }


def test_deepdiff_does_not_round() -> None:
    exact = Tolerance(0, 0)
    for one, other in [("0", "1e-263"), ("1", "1.0000000000000002"), ("1" * 30, "1" * 29 + "2")]:
        assert judge(runs(one), runs(other), exact).deepdiff


def test_report_is_bounded() -> None:
    many = [f"{index} {'x' * 3000} a" for index in range(200)]
    other = [f"{index} {'x' * 3000} b" for index in range(200)]
    comparison = judge(runs(many), runs(other))
    assert comparison.difference_count == 200
    assert len(comparison.differences) == MAX_DIFFERENCES
    assert len(json.dumps(comparison.deepdiff)) < MAX_DIFFERENCES * (3 * MAX_TEXT)
    shown = first(comparison).baseline_text
    assert shown is not None
    assert shown.endswith("x a")


def test_a_side_without_runs_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        compare_outputs([], runs("a"), TOLERANCE)
    with pytest.raises(ValueError, match="at least one run"):
        compare_outputs(runs("a"), [], TOLERANCE)


def test_align() -> None:
    (a, b) = runs("x 1\ny\nx 2\nz", "x 1\nnew\nx 3\nz")
    assert align(a, b).pairs == [Pair(0, 0), Pair(1, 1), Pair(2, 2), Pair(3, 3)]
    (a, b) = runs("x 1\ny\nx 2\nz", "x 2\nnew\nz")
    assert align(a, b).pairs == [
        Pair(0, None),
        Pair(1, None),
        Pair(2, 0),
        Pair(None, 1),
        Pair(3, 2),
    ]
    (a, b) = runs("x 1\nx 2\nx 3\nz", "x 1\nx 3\nz")
    assert align(a, b).pairs == [Pair(0, 0), Pair(1, None), Pair(2, 1), Pair(3, 2)]
    assert align(*runs("", [])).pairs == [Pair(0, None)]


@pytest.mark.timeout(120)  # a cubic alignment would take hours
def test_long_transcripts_are_located() -> None:
    chance = random.Random(7)
    lines = [f"step {step} loss {chance.random():.6f}" for step in range(20_000)]
    shorter = [*lines[:3], *lines[4:-2], "changed", lines[-1]]
    words = [f"{chance.choice('abcdef')}{chance.choice('abcdef')}" for _ in range(20_000)]
    shuffled = chance.sample(words, len(words))
    comparison = judge(runs(lines), runs(shorter))
    assert comparison.difference_count == 2
    assert (first(comparison).kind, first(comparison).baseline_line) == (DifferenceKind.MISSING, 4)
    assert not judge(runs(words), runs(shuffled)).equal


def words(count: int, seed: int = 7) -> list[str]:
    chance = random.Random(seed)
    return [f"word {chance.choice('abcdef')}{chance.getrandbits(60):x}q" for _ in range(count)]


def test_a_block_that_moved_is_found_in_a_long_transcript() -> None:
    lines = words(3000)
    comparison = judge(runs(lines), runs(lines[1000:] + lines[:1000]))
    assert comparison.difference_count == 2000
    assert {one.kind for one in comparison.differences} == {DifferenceKind.MISSING}
    assert comparison.note == COARSE


def test_many_changed_lines_stand_beside_what_they_were() -> None:
    lines = [f"step {step} loss {step % 7}.5" for step in range(3000)]
    other = [line if step % 5 else f"changed {line}" for step, line in enumerate(lines)]
    comparison = judge(runs(lines), runs(["first", *other]))
    assert comparison.difference_count == 601
    assert comparison.note == COARSE


def test_what_can_be_aligned_has_no_note() -> None:
    lines = words(3000)
    assert judge(runs(lines), runs(lines[100:])).note is None
    assert judge(runs(words(400, seed=1)), runs(words(500, seed=2))).note is None
    # Line by line is then the best alignment as well.
    assert judge(runs(words(400, seed=1)), runs(words(400, seed=2))).note is None


@pytest.mark.parametrize("steps", [100, 700, 5000])
def test_noisy_transcripts_align_by_step(steps: int) -> None:
    chance = random.Random(7)

    def noisy(extra: int) -> list[str]:
        lines = [f"step {step} loss {chance.uniform(1, 2):.6f}" for step in range(steps)]
        lines.insert(extra, "a warning")
        lines.insert(steps - 20, "another")
        return lines

    places = band(runs(*(noisy(5 + run) for run in range(5))))
    assert [place.ranges[0] for place in places] == [
        NumberRange(low=step, high=step) for step in range(steps)
    ]


def test_band() -> None:
    bands = band(runs("a 1\nb\nc 2 nan", "a 3\nb\nc 2 4"))
    assert [(one.line, one.text, one.runs) for one in bands] == [(1, "a 1", 2), (3, "c 2 nan", 2)]
    assert bands[0].ranges == (NumberRange(low=1, high=3),)
    assert bands[1].ranges == (
        NumberRange(low=2, high=2),
        NumberRange(low=4, high=4, others=("nan",)),
    )
    assert band([]) == ()
    assert band(runs("a 1\nb\nc 2"), most=1) == band(runs("a 1"))


@pytest.mark.parametrize(
    ("texts", "nothing"),
    [
        (["a 1", "a 2"], False),
        (["a", "b"], True),
        (["x\na", "a\ny"], False),
        (["\na", "\nb"], True),
        ([[], []], True),
        (["a"], False),
    ],
)
def test_printed_nothing_stable(texts: list[str | list[str]], nothing: bool) -> None:  # noqa: FBT001
    assert printed_nothing_stable(runs(*texts)) is nothing


def test_jsonable() -> None:
    content = {
        1: [NAN, -INF, 1.5, None, True],
        "t": (float, {3}),
        "k": DifferenceKind.TEXT,
        "o": 1j,
    }
    assert jsonable(content) == {
        "1": ["nan", "-inf", 1.5, None, True],
        "t": ["float", [3]],
        "k": "text",
        "o": "1j",
    }


def differs(chance: random.Random, numbers: int, shift: float) -> bool:
    """Return the outcome of the whole rule, with runs added for as long as it wants more."""

    def sample(count: int, offset: float) -> list[Transcript]:
        rows = [[chance.gauss(100, 1) for _ in range(numbers)] for _ in range(count)]
        return [
            parse(" ".join(repr(x + offset * (i == 0)) for i, x in enumerate(row)), ())
            for row in rows
        ]

    baseline, observed = sample(1, 0), sample(1, shift)
    while (wanted := compare_outputs(baseline, observed, TOLERANCE).wanted) is not None:
        assert max(wanted) <= 15
        baseline += sample(wanted.baseline - len(baseline), 0)
        observed += sample(wanted.observed - len(observed), shift)
    return not compare_outputs(baseline, observed, TOLERANCE).equal


def test_noise_rule_simulated() -> None:
    # benchmarks/noise.py has the table.
    chance = random.Random(1)
    assert sum(differs(chance, 20, 0) for _ in range(150)) <= 1
    assert sum(differs(chance, 20, 8) for _ in range(50)) >= 49


PROPERTY = settings(deadline=None, database=None, max_examples=150)
NUMBERS = st.one_of(
    st.integers(-5, 5).map(str),
    st.sampled_from(["nan", "inf", "-inf", "1.00001", "1.00002", "1e-9", "1" * 30, "1e308"]),
    st.floats(allow_nan=True).map(repr),
)
LINES = st.one_of(
    st.sampled_from(["", "a", "b", "done"]), NUMBERS.map("x {}".format), NUMBERS.map("y {}".format)
)
RUNS = st.lists(LINES, max_size=8).map(lambda lines: parse([f"{line}\n" for line in lines], ()))
SAMPLES = st.lists(RUNS, min_size=1, max_size=4)


@PROPERTY
@given(SAMPLES)
def test_reflexive(sample: list[Transcript]) -> None:
    assert judge(sample, sample).basis is Basis.EXACT


@PROPERTY
@given(SAMPLES, SAMPLES)
def test_symmetric(one: list[Transcript], other: list[Transcript]) -> None:
    forth, back = judge(one, other), judge(other, one)
    assert forth.equal == back.equal
    assert forth.difference_count == back.difference_count
    if len(one) == len(other) == 1:
        assert forth.basis == back.basis


@PROPERTY
@given(SAMPLES, SAMPLES, st.floats(0, 10), st.floats(0, 10), st.floats(0, 1), st.floats(0, 1))
def test_wider_tolerance_never_finds_more(
    one: list[Transcript],
    other: list[Transcript],
    absolute: float,
    more_absolute: float,
    relative: float,
    more_relative: float,
) -> None:
    narrow = judge(one, other, Tolerance(relative, absolute))
    wide = judge(one, other, Tolerance(relative + more_relative, absolute + more_absolute))
    assert wide.difference_count <= narrow.difference_count


def check_every_line_is_kept_in_order(one: Transcript, other: Transcript) -> None:
    pairs = align(one, other).pairs
    assert [pair.baseline for pair in pairs if pair.baseline is not None] == list(
        range(len(one.lines))
    )
    assert [pair.observed for pair in pairs if pair.observed is not None] == list(
        range(len(other.lines))
    )


@PROPERTY
@given(RUNS, RUNS)
def test_align_keeps_every_line_in_order(one: Transcript, other: Transcript) -> None:
    check_every_line_is_kept_in_order(one, other)


@PROPERTY
@given(RUNS, RUNS)
def test_large_and_small_alignments_match_equally(one: Transcript, other: Transcript) -> None:
    def matched() -> int:
        return sum(
            one.lines[i].skeleton == other.lines[j].skeleton
            for i, j in align(one, other).pairs
            if i is not None and j is not None
        )

    best = matched()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tfcompat.judging.output.alignment._MOST_CELLS", 0)
        assert matched() <= best
        patch.setattr("tfcompat.judging.output.alignment._MOST_EDITS", 0)
        assert matched() <= best
        check_every_line_is_kept_in_order(one, other)
        align(other, one)


def test_cells_of_notebooks_are_aligned_each_by_itself() -> None:
    """Else the many equal lines that moved to another cell would be paired, and a mark be lost."""
    before = parse("# %% cell 1\n" + "a\n" * 5 + "# %% cell 2\nb\n", [])
    after = parse("# %% cell 1\n# %% cell 2\n" + "a\n" * 5 + "b\n", [])
    pairs = align(before, after).pairs
    assert (0, 0) in pairs
    assert (6, 1) in pairs
    assert (7, 7) in pairs
    assert sum(pair.observed is None for pair in pairs) == 5


@pytest.mark.parametrize(("line", "cell"), [(1, None), (2, 1), (3, 1), (4, 2), (9, 2)])
def test_the_cell_of_a_line(line: int, cell: int | None) -> None:
    printed = ["before\n", "# %% cell 1\n", "a\n", "# %% cell 2\n", "b\n"]
    assert cell_at(printed, line) == cell
