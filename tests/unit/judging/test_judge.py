"""The verdict table of the design, row by row, and who serves as the baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_figures import figure

from tfcompat.judging.differing import NOT_TRIED
from tfcompat.judging.judge import (
    STORED,
    Judge,
    Reference,
    installed_packages,
    judge_cell,
    newest_passing,
    side_of,
    unnamed,
)
from tfcompat.judging.output.noise import Runs
from tfcompat.judging.output.sides import Side
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.schema import Analysis
from tfcompat.planning.study import Study
from tfcompat.results.differences import BandLine, Difference, NumberRange
from tfcompat.results.schema import CellEnvironment, CellResult, Example, Inputs, Run, example_of
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict

TEST = "ex/a.py"
BASE = "pypi-foo-1.0-python-cp36"
CELL = "pypi-foo-2.0-python-cp38"
OTHER = "pypi-foo-3.0-python-cp38"


def judge_of(**keys: object) -> Judge:
    content: dict[str, Any] = {"dependency": "foo", "tests": [TEST], "repeats": 2, **keys}
    analysis = Analysis.model_validate(content)
    study = Study(path=Path("caliper.yaml"), root=Path(), analysis=analysis, examples=(TEST,))
    return Judge(judging_rules(study))


def run(output: str, retval: int = 0, error: str = "") -> Run:
    return Run(
        output=output.splitlines(keepends=True),
        error=error.splitlines(keepends=True),
        retval=retval,
        seconds=1,
    )


def runs(*outputs: str) -> Example:
    return example_of([run(output) for output in outputs], key="k")


def failing(error: str = "ValueError: bad\n") -> Example:
    return example_of([run("loss 0.5\n", 1, error)], key="k")


def named(example: Example | None, why: str = "") -> Reference:
    return Reference(identifier=BASE, example=example, named=True, why=why)


def chosen(example: Example) -> Reference:
    return Reference(identifier=BASE, example=example, named=False)


GOOD = runs("loss 0.5\n", "loss 0.5\n")
# Nothing left of an earlier verdict may shine through.
STALE: dict[str, object] = {
    "verdict": Verdict.DIFFERENT,
    "baseline": OTHER,
    "basis": Basis.NOISE,
    "cause": Cause(kind=CauseKind.OTHER, message="stale"),
    "diff": {"stale": 1},
    "first_difference": Difference(observed_line=1),
}

ROWS = {
    "baseline cannot be had here": (
        runs("loss 0.5\n"),
        named(None, "no Python 3.6 here"),
        (Verdict.UNKNOWN, BASE, None, CauseKind.BASELINE_UNAVAILABLE),
    ),
    "baseline cannot be had here, and the run failed": (
        failing(),
        named(None, "no Python 3.6 here"),
        (Verdict.FAILED, BASE, None, CauseKind.BEHAVIOUR),
    ),
    "the baseline itself fails": (
        runs("loss 0.5\n"),
        named(failing()),
        (Verdict.NO_BASELINE, BASE, None, CauseKind.EXAMPLE_BUG),
    ),
    "the baseline itself fails, and so does the run": (
        failing(),
        named(failing()),
        (Verdict.NO_BASELINE, BASE, None, CauseKind.EXAMPLE_BUG),
    ),
    "one repeat of the baseline fails": (
        runs("loss 0.5\n"),
        named(example_of([run("a\n"), run("a\n", 1)], key="k")),
        (Verdict.NO_BASELINE, BASE, None, CauseKind.EXAMPLE_BUG),
    ),
    "the baseline prints nothing": (
        runs("loss 0.5\n"),
        named(runs("", "")),
        (Verdict.NO_BASELINE, BASE, None, CauseKind.UNSTABLE_BASELINE),
    ),
    "the baseline prints nothing stable": (
        runs("loss 0.5\n"),
        named(runs("apple\n", "pear\n", "plum\n")),
        (Verdict.NO_BASELINE, BASE, None, CauseKind.UNSTABLE_BASELINE),
    ),
    "the run failed, and the baseline prints nothing": (
        failing(),
        named(runs("", "")),
        (Verdict.FAILED, BASE, None, CauseKind.BEHAVIOUR),
    ),
    "the run failed, and the baseline prints nothing stable": (
        failing(),
        named(runs("apple\n", "pear\n", "plum\n")),
        (Verdict.FAILED, BASE, None, CauseKind.BEHAVIOUR),
    ),
    "the run failed, and no baseline is named: the newest that passes prints nothing": (
        failing(),
        chosen(runs("")),
        (Verdict.FAILED, BASE, None, CauseKind.BEHAVIOUR),
    ),
    "the run failed": (
        failing(),
        named(GOOD),
        (Verdict.FAILED, BASE, None, CauseKind.BEHAVIOUR),
    ),
    "the run failed, no baseline is named": (
        failing(),
        chosen(GOOD),
        (Verdict.FAILED, BASE, None, CauseKind.BEHAVIOUR),
    ),
    "the run failed, and no release passes": (
        failing(),
        None,
        (Verdict.FAILED, None, None, CauseKind.BEHAVIOUR),
    ),
    "no baseline is named: the newest that passes": (
        runs("loss 0.7\n"),
        chosen(runs("loss 0.5\n")),
        (Verdict.DIFFERENT, BASE, None, CauseKind.UNEXPLAINED),
    ),
    "no baseline is named: it is the newest itself": (
        runs("loss 0.7\n"),
        None,
        (Verdict.SAME, CELL, Basis.EXACT, None),
    ),
    "no baseline is named: the newest prints nothing, and so does this one": (
        runs(""),
        chosen(runs("")),
        (Verdict.SAME, BASE, Basis.EXACT, None),
    ),
    "exact": (
        runs("loss 0.5\n"),
        named(GOOD),
        (Verdict.SAME, BASE, Basis.EXACT, None),
    ),
    "within noise": (
        runs("loss 0.53\n"),
        named(runs("loss 0.5\n", "loss 0.55\n", "loss 0.52\n")),
        (Verdict.SAME, BASE, Basis.NOISE, None),
    ),
    "within tolerance": (
        runs("loss 0.500001\n"),
        named(GOOD),
        (Verdict.SAME, BASE, Basis.TOLERANCE, None),
    ),
    "another number": (
        runs("loss 0.6\n", "loss 0.6\n"),
        named(GOOD),
        (Verdict.DIFFERENT, BASE, None, CauseKind.UNEXPLAINED),
    ),
    "another number, to be confirmed": (
        runs("loss 0.6\n"),
        named(GOOD),
        (Verdict.UNKNOWN, BASE, None, CauseKind.UNCONFIRMED),
    ),
    "another number, to be confirmed by more runs of the baseline": (
        runs("loss 0.6\n", "loss 0.6\n"),
        named(runs("loss 0.5\n")),
        (Verdict.UNKNOWN, BASE, None, CauseKind.UNCONFIRMED),
    ),
    "another number, of the baseline enough runs, which vary": (
        runs("loss 0.6\n", "loss 0.6\n"),
        named(runs("loss 0.5\n", "loss 0.51\n")),
        (Verdict.UNKNOWN, BASE, None, CauseKind.UNCONFIRMED),
    ),
    "another number that varies, where no more is run": (
        runs("loss 0.6\n", "loss 0.61\n"),
        chosen(runs("loss 0.5\n", "loss 0.51\n")),
        (Verdict.DIFFERENT, BASE, None, CauseKind.UNEXPLAINED),
    ),
    "another number, and more runs clear it": (
        runs("loss 0.6\n", "loss 0.5\n"),
        named(GOOD),
        (Verdict.SAME, BASE, Basis.NOISE, None),
    ),
    "another text": (
        runs("accuracy 0.5\n", "accuracy 0.5\n"),
        named(GOOD),
        (Verdict.DIFFERENT, BASE, None, CauseKind.UNEXPLAINED),
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_verdict(row: str) -> None:
    example, reference, expected = ROWS[row]
    verdict, baseline, basis, kind = expected
    judged = judge_of().judge(TEST, CELL, example.model_copy(update=STALE), reference)
    assert (judged.verdict, judged.baseline, judged.basis) == (verdict, baseline, basis)
    assert (judged.cause and judged.cause.kind) == kind
    differs = verdict is Verdict.DIFFERENT or kind is CauseKind.UNCONFIRMED
    assert bool(judged.diff) == bool(judged.first_difference) == differs
    # What was run is not touched.
    assert judged.all_runs == example.all_runs
    assert judged.key == example.key


def test_a_baseline_held_against_itself() -> None:
    noisy = runs("loss 0.5\nstep 1\n", "loss 0.7\nstep 1\n")
    judged = judge_of().judge(TEST, BASE, noisy, named(noisy))
    assert (judged.verdict, judged.basis, judged.baseline) == (Verdict.SAME, Basis.EXACT, BASE)
    # By what it is, not by what it prints.
    judged = judge_of().judge(TEST, BASE, runs("loss 0.9\nstep 1\n"), named(noisy))
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.EXACT)


def test_what_the_causes_say() -> None:
    judge = judge_of()
    unavailable = judge.judge(TEST, CELL, GOOD, named(None, "no Python 3.6 here")).cause
    assert unavailable is not None
    assert unavailable.message == "no Python 3.6 here"
    trace = f'  File "/study/{TEST}", line 3, in <module>\nNameError: x\n'
    bug = judge.judge(TEST, CELL, GOOD, named(failing(trace))).cause
    assert bug is not None
    assert bug.message == "the baseline itself fails: NameError: x"
    assert bug.frame == f"{TEST}:3"


CLOCK = (
    "Traceback (most recent call last):\n"
    f'  File "/study/{TEST}", line 3, in <module>\n'
    "    time.clock()\n"
    "AttributeError: module 'time' has no attribute 'clock'\n"
)


@pytest.mark.parametrize(
    ("baseline", "kind"),
    [
        ("pypi-foo-1.0-python-cp36", CauseKind.PYTHON),
        ("pypi-foo-1.0-python-cp27", CauseKind.PYTHON),
        ("pypi-foo-1.0-python-cp310", CauseKind.IMPORT_ERROR_OF_DEPENDENCY),
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_python_is_judged_by_those_of_both_cells(
    baseline: str, kind: CauseKind, *, is_named: bool
) -> None:
    reference = Reference(identifier=baseline, example=GOOD, named=is_named)
    cause = judge_of().judge(TEST, CELL, failing(CLOCK), reference).cause
    assert cause is not None
    assert cause.kind is kind


def test_of_a_baseline_that_never_ran_no_python_is_known() -> None:
    reference = Reference(
        identifier="pypi-foo-1.0-python-cp310", example=None, named=True, why="not run"
    )
    judged = judge_of().judge(TEST, CELL, failing(CLOCK), reference)
    assert judged.cause is not None
    assert (judged.verdict, judged.cause.kind) == (Verdict.FAILED, CauseKind.PYTHON)
    # A baseline that fails tells what its own Python lacks.
    fails = Reference(identifier=CELL, example=failing(CLOCK), named=True)
    cause = judge_of().judge(TEST, OTHER, GOOD, fails).cause
    assert cause is not None
    assert cause.message == (
        "the baseline itself fails: Python 3.8 has no `time.clock` (the last that has it is 3.7)"
    )


@pytest.mark.parametrize(
    ("freeze", "kind"),
    [
        (None, CauseKind.MISSING_PACKAGE),
        (["foo==2.0\n", "bar==1\n"], CauseKind.MISSING_PACKAGE),
        (["foo==2.0\n", "Scikit_Learn @ file:///x\n"], CauseKind.IMPORT_ERROR_OF_DEPENDENCY),
    ],
)
def test_what_is_installed_is_not_missing(freeze: list[str] | None, kind: CauseKind) -> None:
    fails = failing(
        f'  File "/study/{TEST}", line 1, in <module>\n    import sklearn\n'
        "ModuleNotFoundError: No module named 'sklearn'\n"
    )
    before = cell(CELL, "2.0", "3.8", a=fails).model_copy(update={"freeze": freeze})
    cause = judge_cell(judge_of(), before, {TEST: named(GOOD)}, {TEST: "k"}).examples[TEST].cause
    assert cause is not None
    assert (cause.kind, cause.package) == (kind, "scikit-learn")


@pytest.mark.parametrize(
    ("baseline", "observed", "expected"),
    [
        (GOOD, runs("loss 0.5\n"), None),
        (runs("loss 0.5\n"), runs("loss 0.6\n"), Runs(2, 2)),
        (GOOD, runs("loss 0.6\n"), Runs(2, 2)),
        (GOOD, runs("loss 0.6\n", "loss 0.6\n"), None),
        (GOOD, runs("loss 0.6\n", "loss 0.7\n"), Runs(3, 3)),
        # What decides without a comparison needs no more runs.
        (failing(), runs("loss 0.6\n"), None),
        (GOOD, failing(), None),
        (runs(""), runs("loss 0.6\n"), None),
        (runs("apple\n", "pear\n"), runs("plum\n"), None),
    ],
)
def test_how_many_runs_a_comparison_wants(
    baseline: Example, observed: Example, expected: Runs | None
) -> None:
    sides = (Side(runs=one.all_runs) for one in (baseline, observed))
    assert judge_of().runs_wanted(TEST, *sides) == expected


def test_a_test_that_is_skipped_on_its_baseline_wants_no_more_runs() -> None:
    skipped, passed = (Side(runs=runs(f"{word}\n").all_runs) for word in ("skipped", "passed"))
    assert judge_of().runs_wanted("a.py::test_a", skipped, passed) is None
    assert judge_of().runs_wanted("a.py::test_a", passed, skipped) is not None
    assert judge_of().runs_wanted(TEST, skipped, passed) is not None


@pytest.mark.parametrize(
    ("baseline", "observed", "words"),
    [
        (runs("loss 0.5\n"), runs("loss 0.6\n"), "1 more run and 1 more run of the baseline"),
        (GOOD, runs("loss 0.6\n"), "1 more run"),
        (runs("loss 0.5\n"), runs("loss 0.6\n", "loss 0.6\n"), "1 more run of the baseline"),
    ],
)
def test_what_is_unconfirmed_says_what_it_takes(
    baseline: Example, observed: Example, words: str
) -> None:
    cause = judge_of().judge(TEST, CELL, observed, named(baseline)).cause
    assert cause is not None
    assert cause.message == f"it differs so far; to confirm that takes {words}"


def test_where_it_differs_first() -> None:
    baseline = runs("start\nloss 0.5\n")
    judged = judge_of().judge(TEST, CELL, runs("start\nloss 0.6\n"), named(baseline))
    first = judged.first_difference
    assert first is not None
    assert (first.baseline_line, first.baseline_text) == (2, "loss 0.5")
    assert (first.observed_line, first.observed_text) == (2, "loss 0.6")


def test_how_far_numbers_lie_apart_is_told_also_where_they_count_as_equal() -> None:
    baseline = named(runs("loss 0.5\nrate 2\n", "loss 0.5\nrate 2\n"))
    judged = judge_of().judge(TEST, CELL, runs("loss 0.500001\nrate 2.00001\n"), baseline)
    assert judged.basis is Basis.TOLERANCE
    assert judged.largest_relative is not None
    assert judged.largest_relative.baseline_line == 2
    assert judged.largest_relative.size == pytest.approx(5e-6, rel=1e-3)
    assert judged.largest_absolute is not None
    assert judged.largest_absolute.size == pytest.approx(1e-5, rel=1e-3)


def test_the_noise_of_a_baseline_is_stored_with_it() -> None:
    noisy = runs("start\nloss 0.5 7\n", "start\nloss 0.7 7\n")
    band = judge_of().judge(TEST, BASE, noisy, named(noisy)).band
    assert band == [
        BandLine(
            line=2,
            text="loss 0.5 7",
            runs=2,
            ranges=(NumberRange(low=0.5, high=0.7), NumberRange(low=7.0, high=7.0)),
        )
    ]
    # A single run does not show the noise.
    assert judge_of().judge(TEST, CELL, runs("loss 0.5\n"), None).band is None


def test_a_pattern_of_a_line_has_its_own_tolerance() -> None:
    baseline = named(runs("loss 0.5\naccuracy 0.9\n"))
    tolerance = {"relative": 0, "lines": {"^loss": {"relative": 0.1}}, "examples": {TEST: {}}}
    judge = judge_of(tolerance=tolerance)
    close = judge.judge(TEST, CELL, runs("loss 0.51\naccuracy 0.9\n"), baseline)
    assert (close.verdict, close.basis) == (Verdict.SAME, Basis.TOLERANCE)
    far = judge.judge(TEST, CELL, runs("loss 0.5\naccuracy 0.91\n"), baseline)
    assert far.first_difference is not None
    assert far.first_difference.baseline_text == "accuracy 0.9"
    assert judge.judge(TEST, CELL, runs("loss 0.7\naccuracy 0.9\n"), baseline).basis is None


def test_the_studys_masks_and_tolerance_count() -> None:
    baseline = named(runs(*["build 17f\nloss 0.5\n"] * 2))
    observed = runs(*["build 9ac\nloss 0.6\n"] * 2)
    assert judge_of().judge(TEST, CELL, observed, baseline).verdict is Verdict.DIFFERENT
    masked = judge_of(mask={"build": "build [0-9a-f]+"}, tolerance={"relative": 0.2})
    judged = masked.judge(TEST, CELL, observed, baseline)
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.TOLERANCE)
    other = judge_of(mask={"build": "build [0-9a-f]+"}, tolerance={"examples": {"ex/b.py": {}}})
    assert other.judge(TEST, CELL, observed, baseline).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("reference", [named(GOOD), chosen(GOOD), None])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_run_that_fails_is_a_failure(place: int, reference: Reference | None) -> None:
    ended = [run("loss 0.5\n") for _ in range(3)]
    ended[place] = run("loss 0.5\n", 1, "MemoryError\n")
    observed = example_of(ended, key="k")
    judged = judge_of().judge(TEST, CELL, observed, reference)
    assert (judged.verdict, judged.basis, judged.diff) == (Verdict.FAILED, None, None)
    # The cause is that of the run that failed, wherever it stands.
    assert judged.cause is not None
    assert (judged.cause.kind, judged.cause.message) == (CauseKind.OUT_OF_MEMORY, "MemoryError")


def test_a_failing_repeat_of_the_baseline_is_told_with_its_cause() -> None:
    baseline = example_of([run("a\n"), run("a\n", 1, "MemoryError\n")], key="k")
    cause = judge_of().judge(TEST, CELL, GOOD, named(baseline)).cause
    assert cause is not None
    assert cause.message == "the baseline itself fails: MemoryError"


def cell(
    identifier: str, release: str | None, python: str = "3.6", **examples: Example
) -> CellResult:
    environment = release and CellEnvironment(release=release, python=python, resolve="release")
    return CellResult(
        inputs=Inputs(dependency="foo", name=identifier),
        environment=environment or None,
        examples={f"ex/{name}.py": example for name, example in examples.items()},
    )


def test_newest_passing() -> None:
    cells = [
        cell("a", "1.10.0", a=GOOD),
        cell("b", "1.9.0", "3.13", a=GOOD),
        cell("c", "2.0.0", a=failing()),
        cell("d", "3.0.0", b=GOOD),
        cell("e", None, a=GOOD),
    ]
    found = unnamed(TEST, newest_passing(TEST, "k", cells))
    assert found == Reference(identifier="a", example=GOOD, named=False)
    assert unnamed(TEST, None) is None
    assert newest_passing(TEST, "k", reversed(cells)) == newest_passing(TEST, "k", cells)
    assert newest_passing("ex/c.py", "k", cells) is None
    assert newest_passing(TEST, "k", []) is None


def test_a_release_on_which_a_repeat_failed_does_not_pass() -> None:
    mixed = example_of([run("loss 0.5\n"), run("loss 0.5\n", 1)], key="k")
    cells = [cell("a", "1.0", a=GOOD), cell("b", "2.0", a=mixed)]
    found = newest_passing(TEST, "k", cells)
    assert found is not None
    assert found.identifier == "a"


def test_of_several_pythons_the_newest() -> None:
    cells = [cell(python, "1.0", python, a=GOOD) for python in ("3.9", "3.10", "2.7")]
    found = newest_passing(TEST, "k", cells)
    assert found is not None
    assert found.identifier == "3.10"


def test_a_comparison_that_was_cut_short_has_a_note() -> None:
    lines = [f"word_{number}\n" for number in range(1000)]
    old, new = "".join(lines), "".join([*lines[400:], *lines[:400]])
    judged = judge_of().judge(TEST, CELL, runs(new), chosen(runs(old)))
    assert judged.verdict is Verdict.DIFFERENT
    assert judged.comparison_note
    # As judged again, after a new baseline.
    again = judge_of().judge(TEST, CELL, judged, chosen(runs(new)))
    assert (again.verdict, again.comparison_note) == (Verdict.SAME, None)


def test_judge_cell_leaves_alone_what_it_has_no_reference_for() -> None:
    before = cell(CELL, "2.0", a=runs("loss 0.5\n"), b=GOOD.model_copy(update=STALE))
    after = judge_cell(judge_of(), before, {TEST: named(GOOD), "ex/gone.py": None}, {TEST: "k"})
    assert after.examples[TEST].verdict is Verdict.SAME
    assert after.examples["ex/b.py"] == before.examples["ex/b.py"]
    assert before.examples[TEST].verdict is Verdict.UNKNOWN
    # Judging again changes nothing.
    assert judge_cell(judge_of(), after, {TEST: named(GOOD)}, {TEST: "k"}) == after
    # Runs of another version of the example keep the verdict that they have.
    assert judge_cell(judge_of(), before, {TEST: named(GOOD)}, {TEST: "newer"}) == before


NOTEBOOK = "# %% cell 1\n# %% cell 2\nloss 0.5\n"


def test_a_difference_and_a_failure_of_a_notebook_name_its_cell() -> None:
    baseline = named(runs(NOTEBOOK, NOTEBOOK))
    other = NOTEBOOK.replace("0.5", "0.7")
    found = judge_of().judge(TEST, CELL, runs(other, other), baseline)
    assert found.first_difference is not None
    assert (found.verdict, found.first_difference.cell) == (Verdict.DIFFERENT, 2)
    error = (
        "Traceback (most recent call last):\n"
        '  File "/study/ex/p.ipynb, cell 2", line 4, in <module>\n    f()\n'
        '  File "/study/ex/p.ipynb, cell 1", line 2, in f\n    foo.gone()\n'
        "AttributeError: module 'foo' has no attribute 'gone'\n"
    )
    found = judge_of().judge("ex/p.ipynb", CELL, failing(error), baseline)
    assert found.cause is not None
    assert (found.cause.frame, found.cause.symbol) == ("ex/p.ipynb, cell 1, line 2", "foo.gone")


def test_a_notebook_that_prints_nothing_has_nothing_to_compare() -> None:
    silent = runs("# %% cell 1\n# %% cell 2\n", "# %% cell 1\n# %% cell 2\n")
    found = judge_of().judge(TEST, CELL, silent, named(silent))
    assert found.verdict is Verdict.NO_BASELINE


def test_stored_outputs_are_the_baseline() -> None:
    stored = Reference(identifier=STORED, example=runs(NOTEBOOK), named=True)
    same = judge_of().judge(TEST, CELL, runs(NOTEBOOK), stored)
    assert (same.verdict, same.basis, same.baseline) == (Verdict.SAME, Basis.EXACT, STORED)
    assert same.stored_output == NOTEBOOK.splitlines(keepends=True)
    other = NOTEBOOK.replace("0.5", "0.7")
    once = judge_of().judge(TEST, CELL, runs(other), stored)
    assert once.cause is not None
    assert (once.verdict, once.cause.kind) == (Verdict.UNKNOWN, CauseKind.UNCONFIRMED)
    twice = judge_of().judge(TEST, CELL, runs(other, other), stored)
    assert twice.first_difference is not None
    assert (twice.verdict, twice.first_difference.cell) == (Verdict.DIFFERENT, 2)
    assert twice.cause == Cause(kind=CauseKind.UNEXPLAINED, message=NOT_TRIED)
    # What an experiment has found stays.
    cause = Cause(kind=CauseKind.LIBRARY, message="foo itself changed it", first_in="2.0")
    explained = twice.model_copy(update={"cause": cause})
    assert judge_of().judge(TEST, CELL, explained, stored) == explained


def test_runs_are_wanted_of_us_alone_where_outputs_are_stored() -> None:
    stored = side_of(STORED, runs(NOTEBOOK), None)
    observed = side_of(CELL, runs(NOTEBOOK.replace("0.5", "0.7")), None)
    assert judge_of(repeats=6).runs_wanted(TEST, stored, observed) == Runs(1, 6)
    empty = side_of(STORED, runs("# %% cell 1\nWall time: 3 s\n# %% cell 2\n"), None)
    assert judge_of().runs_wanted(TEST, empty, observed) is None


def test_stored_outputs_may_only_be_printed_differently() -> None:
    stored = Reference(identifier=STORED, example=runs("# %% cell 1\n" + NOTEBOOK), named=True)
    # The first two cells have no stored output, and are not compared.
    printed = "# %% cell 1\nx\n# %% cell 1\n# %% cell 2\nloss | 0.5\n"
    found = judge_of().judge(TEST, CELL, runs(printed, printed), stored)
    assert found.cause is not None
    assert (found.verdict, found.cause.kind) == (Verdict.DIFFERENT, CauseKind.DISPLAY)


def test_a_test_that_is_skipped_on_its_baseline_is_compared_with_nothing() -> None:
    skipped = runs(*["[1] skipped\n[2] skipped\n"] * 2)
    passed = runs(*["[1] passed\n[2] skipped\n"] * 2)
    judged = judge_of().judge("a.py::test_a", CELL, passed, named(skipped))
    assert judged.verdict is Verdict.NO_BASELINE
    assert judged.cause is not None
    assert judged.cause.message.startswith("it is skipped on the baseline")
    # What was passed and is skipped now gives another result.
    judged = judge_of().judge("a.py::test_a", CELL, skipped, named(passed))
    assert judged.verdict is Verdict.DIFFERENT
    # A script may print what it likes.
    assert judge_of().judge(TEST, CELL, skipped, named(skipped)).verdict is Verdict.SAME


def timed(output: str, hour: int, *, day: str = "2021-01-05") -> Run:
    started = f"{day}T{hour:02}:00:00+00:00"
    return run(output).model_copy(update={"started": started, "seconds": 30})


def at(hour: int, output: str) -> Example:
    """Return an example that ran once, at that hour; its output may name the time, {now}."""
    return example_of([timed(output.format(now=f"2021-01-05 {hour:02}:00:10"), hour)], key="k")


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("2020-02-03\n", "2020-03-02\n", Verdict.DIFFERENT),
        ("2020-02-03 00:00:01\n", "2020-02-03 00:00:02\n", Verdict.DIFFERENT),
        ("in 3 minutes\n", "in 5 minutes\n", Verdict.DIFFERENT),
        ("/home/user/x\n", "/home/users/x\n", Verdict.DIFFERENT),
        ("port 80\n", "port 443\n", Verdict.DIFFERENT),
        ("now {now}\n", "now {now}\n", Verdict.SAME),
        ("now {now}\n", "then 2021-01-05 10:00:10\n", Verdict.DIFFERENT),
        ("took 3 s\n", "took 12.5 s\n", Verdict.SAME),
        ("/env/lib/python3.6/x.py\n", "/env/lib/python3.8/x.py\n", Verdict.SAME),
    ],
)
def test_clocks_are_masked_and_dates_are_results(old: str, new: str, verdict: Verdict) -> None:
    judged = judge_of().judge(TEST, CELL, at(15, new), chosen(at(10, old)))
    assert judged.verdict is verdict


def test_where_the_time_of_a_run_is_not_known_every_date_can_be_a_clock() -> None:
    old, new = at(10, "2020-02-03\n"), at(15, "2020-03-02\n")
    unknown = new.model_copy(update={"started": None})
    assert judge_of().judge(TEST, CELL, new, chosen(old)).verdict is Verdict.DIFFERENT
    for observed, baseline in ((unknown, old), (old, unknown)):
        judged = judge_of().judge(TEST, CELL, observed, chosen(baseline))
        assert judged.verdict is Verdict.SAME
    # One repeat without a time is enough.
    mixed = example_of([timed("2020-02-03\n", 10), run("2020-02-03\n")], key="k")
    assert judge_of().judge(TEST, CELL, new, chosen(mixed)).verdict is Verdict.SAME


def test_a_result_that_is_the_time_of_one_of_the_runs_is_one_all_the_same() -> None:
    text = "2021-01-05\n2020-02-03\n"
    old, new = timed(text, 10), timed(text, 10, day="2021-02-28")
    found = judge_of().judge(
        TEST, CELL, example_of([new], key="k"), chosen(example_of([old], key="k"))
    )
    assert (found.verdict, found.basis) == (Verdict.SAME, Basis.EXACT)


@pytest.mark.parametrize(
    ("identifier", "observed", "verdict"),
    [
        ("pypi-foo-2.0-python-cp27", "['ey']\n", Verdict.SAME),
        ("pypi-foo-2.0-python-cp38", "['ey']\n", Verdict.DIFFERENT),
        ("foo", "['ey']\n", Verdict.DIFFERENT),
    ],
)
def test_spellings_are_equal_between_the_pythons_that_differ_in_them(
    identifier: str, observed: str, verdict: Verdict
) -> None:
    judged = judge_of().judge(TEST, identifier, runs(observed), chosen(runs("[b'ey']\n")))
    assert judged.verdict is verdict


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (["numpy==1.26.4\n"], ["numpy==2.1.0\n"], Verdict.SAME),
        (
            ["numpy @ file:///w/numpy-1.26.4-cp312-cp312-linux.whl\n"],
            ["numpy==2.1.0\n"],
            Verdict.SAME,
        ),
        (["numpy==2.0.2\n"], ["numpy==2.1.0\n"], Verdict.DIFFERENT),
        (["six==1.16.0\n"], ["numpy==2.1.0\n"], Verdict.DIFFERENT),
        (None, ["numpy==2.1.0\n"], Verdict.DIFFERENT),
    ],
)
def test_spellings_are_equal_between_the_numpys_that_differ_in_them(
    old: list[str] | None, new: list[str], verdict: Verdict
) -> None:
    baseline = cell(BASE, "1.0", "3.8", a=runs("0.5\n")).model_copy(update={"freeze": old})
    observed = cell(CELL, "2.0", "3.8", a=runs("np.float32(0.5)\n"))
    observed = observed.model_copy(update={"freeze": new})
    judged = judge_cell(judge_of(), observed, {TEST: unnamed(TEST, baseline)}, {TEST: "k"})
    assert judged.examples[TEST].verdict is verdict


@pytest.mark.parametrize(
    ("line", "package", "release"),
    [
        ("numpy==1.13.3\n", "numpy", "1.13.3"),
        ("Scikit_Learn==1.0 ; python_version < '4'\n", "scikit-learn", "1.0"),
        ("numpy @ file:///a/numpy-1.13.3-cp27-none-linux_x86_64.whl\n", "numpy", "1.13.3"),
        ("numpy @ https://host/a-1/numpy-1.13.3.tar.gz#sha256=12\n", "numpy", "1.13.3"),
        ("foo @ git+https://host/foo\n", "foo", ""),
        ("foo\n", "foo", ""),
    ],
)
def test_releases_are_read_from_a_freeze(line: str, package: str, release: str) -> None:
    frozen = cell(BASE, "1.0", "3.6").model_copy(update={"freeze": [line, "-e .\n", "# x\n"]})
    assert installed_packages(frozen) == {package: release}


def test_another_date_is_no_other_way_to_print_it() -> None:
    judged = judge_of().judge(TEST, CELL, at(15, "2020-03-02\n"), chosen(at(10, "2020-02-03\n")))
    assert judged.cause is not None
    assert judged.cause.kind is CauseKind.UNEXPLAINED
    judged = judge_of().judge(TEST, CELL, at(15, "| {now}\n"), chosen(at(10, "{now}\n")))
    assert judged.cause is not None
    assert judged.cause.kind is CauseKind.DISPLAY


def drawing(output: str, *shifts: int) -> Example:
    """Return two runs that print the same, and draw a line at each of some places."""
    drawn = [figure(shift) for shift in shifts]
    one = run(output).model_copy(update={"figures": drawn})
    return example_of([one, one], key="k")


def judged(observed: Example, baseline: Example, **keys: object) -> Example:
    return judge_of(**keys).judge(TEST, CELL, observed, named(baseline))


def test_an_example_that_draws_what_its_baseline_drew_is_the_same() -> None:
    found = judged(drawing("a\n", 0), drawing("a\n", 0))
    assert (found.verdict, found.basis) == (Verdict.SAME, Basis.EXACT)
    near = judged(drawing("a\n", 1), drawing("a\n", 0), tolerance={"figures": 100})
    assert (near.verdict, near.basis) == (Verdict.SAME, Basis.TOLERANCE)


def test_what_is_drawn_is_compared_where_nothing_is_printed() -> None:
    found = judged(drawing("", 0), drawing("", 0))
    assert (found.verdict, found.basis) == (Verdict.SAME, Basis.EXACT)
    empty = judged(drawing(""), drawing(""))
    assert empty.verdict is Verdict.NO_BASELINE


def test_another_figure_is_another_result() -> None:
    found = judged(drawing("a\n", 0, 90), drawing("a\n", 0, 0))
    assert found.verdict is Verdict.DIFFERENT
    assert found.first_difference is not None
    assert (found.first_difference.figure, found.first_difference.cell) == (2, None)
    # Nothing tells yet why; that what is printed is the same says nothing of it.
    assert found.cause == Cause(kind=CauseKind.UNEXPLAINED, message=NOT_TRIED)
    own = {"examples": {TEST: {"figures": 255}}}
    assert judged(drawing("", 90), drawing("", 0), tolerance=own).verdict is Verdict.SAME


def test_an_output_that_is_only_printed_differently_may_have_another_figure() -> None:
    found = judged(drawing("a  1\n", 90), drawing("a 1\n", 0))
    assert found.cause is not None
    assert found.cause.kind is CauseKind.UNEXPLAINED


def test_figures_are_compared_only_where_both_sides_have_them() -> None:
    plain = runs("a\n", "a\n")
    assert judged(plain, drawing("a\n", 0)).verdict is Verdict.SAME
    assert judged(drawing("a\n", 0), plain).verdict is Verdict.SAME


def test_a_figure_that_differs_asks_for_more_runs() -> None:
    sides = [side_of(name, drawing("a\n", shift), None) for name, shift in ((BASE, 0), (CELL, 90))]
    assert judge_of(repeats=4).runs_wanted(TEST, *sides) == Runs(4, 4)
    assert judge_of().runs_wanted(TEST, *sides) is None
