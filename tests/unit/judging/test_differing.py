"""Causes of other results: what stored runs tell, and what experiments found and is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfcompat.judging import differing
from tfcompat.judging.judge import Judge, JudgingRules, Reference
from tfcompat.results.schema import CellResult, Example, Inputs, Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

TEST = "a.py"
BASE = "pypi-foo-1-python-cp38"
JUDGE = Judge(JudgingRules(dependency="foo", masks=(), repeats=1))
TOLD = Cause(kind=CauseKind.DISPLAY, message="only how it is printed differs: so")


def ran(*outputs: str) -> Example:
    return example_of([Run(retval=0, seconds=1, output=[text]) for text in outputs], key="k")


def judged(observed: Example, baseline: str = "loss 0.5\n") -> Example:
    reference = Reference(identifier=BASE, example=ran(baseline), named=True)
    return JUDGE.judge(TEST, "pypi-foo-2-python-cp38", observed, reference)


def kind(example: Example) -> CauseKind | None:
    return example.cause.kind if example.cause else None


def test_the_outputs_alone_tell_display() -> None:
    assert kind(judged(ran("[loss 0.5]\n"), "(loss 0.5)\n")) is CauseKind.DISPLAY
    assert kind(judged(ran("loss 0.7\n"))) is CauseKind.UNEXPLAINED
    assert judged(ran("loss 0.5\n")).cause is None


def test_what_an_experiment_found_stays_while_the_difference_does() -> None:
    found = Cause(
        kind=CauseKind.LIBRARY, message="foo itself changed it", first_in="2", evidence="so"
    )
    explained = judged(ran("loss 0.7\n")).model_copy(update={"cause": found})
    assert judged(explained).cause == found
    # It tried and found nothing: that is said, too.
    vain = Cause(kind=CauseKind.UNEXPLAINED, message="neither runs", first_in="2")
    assert judged(explained.model_copy(update={"cause": vain})).cause == vain
    # Against another baseline, or with other runs, it is another difference.
    assert kind(judged(explained, "loss 0.6\n")) is CauseKind.UNEXPLAINED
    assert kind(judged(ran("loss 0.8\n"))) is CauseKind.UNEXPLAINED
    other = explained.model_copy(update={"output": ["loss 0.9\n"]})
    assert kind(judged(other)) is CauseKind.UNEXPLAINED
    assert judged(explained, "loss 0.7\n").cause is None


def cell(python: str, verdict: Verdict, freeze: str = "bar==1\n") -> CellResult:
    cause = Cause(kind=CauseKind.UNEXPLAINED, message=differing.NOT_TRIED)
    example = ran("x\n").model_copy(
        update={
            "verdict": verdict,
            "baseline": BASE,
            "cause": cause if verdict is Verdict.DIFFERENT else None,
        }
    )
    name = f"pypi-foo-2-python-cp{python}"
    return CellResult(
        inputs=Inputs(dependency="foo", name=name), freeze=[freeze], examples={TEST: example}
    )


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (cell("38", Verdict.SAME), CauseKind.PYTHON),
        (cell("38", Verdict.DIFFERENT), CauseKind.UNEXPLAINED),
        (cell("38", Verdict.FAILED), CauseKind.UNEXPLAINED),
        (cell("38", Verdict.SAME, "bar==2\n"), CauseKind.UNEXPLAINED),
    ],
)
def test_one_release_on_two_pythons(other: CellResult, expected: CauseKind) -> None:
    cells = {one.identifier: one for one in (cell("310", Verdict.DIFFERENT), other)}
    blamed = differing.blame_pythons(cells)["pypi-foo-2-python-cp310"].examples[TEST]
    assert kind(blamed) is expected
    if expected is CauseKind.PYTHON:
        assert blamed.cause
        assert (blamed.cause.message, blamed.cause.old) == ("since Python 3.8 → 3.10", "3.8")
        # Once is enough.
        assert differing.blame_pythons(differing.blame_pythons(cells)) == (
            differing.blame_pythons(cells)
        )


def test_the_sentences() -> None:
    moved = [("numpy", "1.26.4", "2.0.0"), ("scipy", "1.13", "1.14")]
    one = differing.by_packages(None, moved[:1], "pandas", "so")
    assert one.message == "since numpy 1.26.4 → 2.0.0, not pandas itself"
    assert (one.kind, one.package, one.old, one.new) == (
        CauseKind.DEPENDENCY, "numpy", "1.26.4", "2.0.0",
    )  # fmt: skip
    two = differing.by_packages(None, moved, "pandas", "so")
    assert two.message.startswith("since numpy 1.26.4 → 2.0.0 together with scipy 1.13 → 1.14,")
    shown = differing.by_packages(TOLD, moved[:1], "pandas", "so")
    assert shown.kind is CauseKind.DISPLAY
    assert shown.message == f"{TOLD.message}; {one.message}"
    assert shown.package == "numpy"
    default = differing.by_default("sklearn.ensemble.RandomForestClassifier", "n", "10", "100", "")
    assert default.message == "the default of `n` of `RandomForestClassifier` went from 10 to 100"
    method = differing.by_default("pandas.DataFrame.sum", "axis", "0", "1", "")
    assert method.message == "the default of `axis` of `DataFrame.sum` went from 0 to 1"
    assert replace(method, message="") != default
