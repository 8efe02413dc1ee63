"""What changed for an example from one release to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import FAILED, NO_PYTHON, ONE, SAME, built, cell, store, write

from tfcompat.report import history
from tfcompat.report.history import Histories
from tfcompat.results.schema import Example, Repeat
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tfcompat.results.schema import CellResult

OTHER = Cause(kind=CauseKind.REMOVED_API, message="no attribute 'sub'", symbol="tensorflow.sub")


def differing(*printed: str) -> Example:
    """Return an example that differs, with a run for each number that it printed."""
    first, *others = [[f"loss: {number}\n"] for number in printed]
    runs = [Repeat(retval=0, seconds=1, output=None if o == first else o) for o in others]
    difference = {"kind": "number", "baseline_line": 1, "observed_line": 1, "cell": None,
                  "baseline_text": "loss: 1", "observed_text": first[0]}  # fmt: skip
    return Example(retval=0, seconds=1, output=first, runs=runs, verdict=Verdict.DIFFERENT,
                   first_difference=difference)  # fmt: skip


def changes(folder: Path, *cells: CellResult) -> list[tuple[str, str, dict[str, str]]]:
    """Return the changes of the one example: from which release, at which, and what."""
    report = built(store(folder, *cells))
    steps = Histories(report).steps(ONE)
    return [(step.before.release, step.after.release, dict(step.changes)) for step in steps]


def runs(*examples: Example) -> list[CellResult]:
    return [cell(f"1.{minor}.0", {ONE: example}) for minor, example in enumerate(examples)]


def test_verdict_and_cause(tmp_path: Path) -> None:
    other = FAILED.model_copy(update={"cause": OTHER})
    assert changes(tmp_path, *runs(SAME, SAME, FAILED, FAILED, other, SAME)) == [
        ("1.1.0", "1.2.0", {"verdict": "same → failed", "cause": "`tf.mul` is missing"}),
        ("1.3.0", "1.4.0", {"cause": "`tf.sub` is missing"}),
        ("1.4.0", "1.5.0", {"verdict": "failed → same"}),
    ]


def test_what_becomes_different_differs_from_the_baseline(tmp_path: Path) -> None:
    found = changes(tmp_path, *runs(SAME, differing("2", "2"), FAILED, differing("2", "2")))
    first = {"verdict": "same → different", "output": "loss: 1 → 2 (line 1)"}
    assert found[0] == ("1.0.0", "1.1.0", first)
    assert found[2][2] == {**first, "verdict": "failed → different"}


def test_two_results_that_differ_are_compared_with_each_other(tmp_path: Path) -> None:
    steady = differing("2", "2"), differing("3", "3")
    assert changes(tmp_path / "a", *runs(*steady)) == [
        ("1.0.0", "1.1.0", {"output": "loss: 2 → 3 (line 1)"})
    ]
    assert changes(tmp_path / "b", *runs(differing("2", "2"), differing("2", "2"))) == []


def test_what_may_be_noise_is_no_change(tmp_path: Path) -> None:
    noisy = differing("2", "4"), differing("3", "5")
    assert changes(tmp_path / "a", *runs(*noisy)) == []
    # One run of each side tells nothing of noise.
    assert changes(tmp_path / "b", *runs(differing("2"), differing("3"))) == []


def test_no_more_is_compared_than_there_is_time_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_MOST", 30)
    three = [differing(one, one) for one in ("2", "3", "4")]
    assert [at for _, at, _ in changes(tmp_path, *runs(*three))] == ["1.1.0"]


def test_a_cause_that_nobody_looked_for_is_none(tmp_path: Path) -> None:
    unexplained = Cause(kind=CauseKind.UNEXPLAINED, message="nobody looked")
    known = Cause(kind=CauseKind.LIBRARY, message="itself", first_in="1.0.0")
    one, other = (
        differing("2", "2").model_copy(update={"cause": cause}) for cause in (known, unexplained)
    )
    assert changes(tmp_path, *runs(one, other)) == []


def test_what_could_not_be_tried_is_passed_over(tmp_path: Path) -> None:
    unknown = cell("1.1.0", tests=(ONE,), verdict=Verdict.UNKNOWN, cause=NO_PYTHON)
    found = changes(tmp_path, cell("1.0.0", {ONE: SAME}), unknown, cell("1.2.0", {ONE: FAILED}))
    assert [(old, new) for old, new, _ in found] == [("1.0.0", "1.2.0")]


def test_campaigns_are_apart(tmp_path: Path) -> None:
    report = built(write(tmp_path / "old"), write(tmp_path / "new"))
    steps = Histories(report).steps("examples/old/b.py")
    assert [(step.before.key, step.after.key) for step in steps] == [
        (f"{name}/pypi-tensorflow-1.4.0-python-cp36", f"{name}/pypi-tensorflow-1.6.0-python-cp37")
        for name in ("old", "new")
    ]
