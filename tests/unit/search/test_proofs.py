"""Which cells lost scripts between two campaigns, and what is asked of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import FakeProgress

from tfcompat.counterfactual.drift_findings import Culprit, Finding, Outcome
from tfcompat.errors import SelectionError, UserError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.report import proofs as form
from tfcompat.results.schema import CellEnvironment, CellResult, Example, Inputs
from tfcompat.results.verdicts import Verdict
from tfcompat.search.drift_answers import CulpritAnswer, DriftSubject
from tfcompat.search.proofs import losses, prove

if TYPE_CHECKING:
    from tfcompat.search.drifts import Question

NAME = "pypi-foo-1.0-python-cp36"
FILE = Path("caliper.yaml")


def example(retval: int, verdict: Verdict = Verdict.SAME, seconds: float = 1) -> Example:
    return Example(retval=retval, seconds=seconds, verdict=verdict)


def cells(resolve: str, cut_off: str | None = None, **examples: Example) -> dict[str, CellResult]:
    environment = CellEnvironment(release="1.0", python="3.6", resolve=resolve, cut_off=cut_off)
    cell = CellResult(
        inputs=Inputs(dependency="foo", name=NAME),
        environment=environment,
        examples={f"{name}.py": one for name, one in examples.items()},
    )
    return {NAME: cell}


OLD = cells(
    "release",
    a=example(0, seconds=9),
    b=example(0, Verdict.DIFFERENT, seconds=2),
    c=example(1, Verdict.FAILED),
    d=example(0),
)
NEW = cells(
    "latest",
    a=example(1, Verdict.FAILED),
    b=example(1, Verdict.FAILED),
    c=example(1, Verdict.FAILED),
    d=example(0),
)


def test_the_fastest_of_what_is_lost_stands_for_a_cell() -> None:
    (loss,) = losses(OLD, NEW)
    assert (loss.script, loss.lost) == ("b.py", 2)
    assert not list(losses(NEW, OLD))
    assert not list(losses(OLD, {}))


class Finder:
    """Finds what it is told, and keeps what it was asked."""

    def __init__(self, finding: Finding | UserError) -> None:
        self.finding = finding
        self.asked: list[Question] = []

    def __call__(self, question: Question, *_: object) -> CulpritAnswer:
        self.asked.append(question)
        if isinstance(self.finding, UserError):
            raise self.finding
        subject = DriftSubject(
            script="b.py", dependency="foo", title="foo", release="1.0", python="3.6"
        )
        return CulpritAnswer(subject=subject, finding=self.finding, environments=3, seconds=1)


FOUND = Finding(
    outcome=Outcome.FOUND, culprits=(Culprit(package="bar", last_good="1.9", first_bad="2.0"),)
)


def test_a_culprit_is_looked_for_between_the_days_of_the_campaigns() -> None:
    find = Finder(FOUND)
    (proof,) = prove(OLD, NEW, FILE, RunOptions(), FakeProgress(), find)
    (question,) = find.asked
    selection = question.request.selection
    assert (question.good, question.bad) == ("release", "latest")
    assert (selection.releases, selection.pythons, selection.tests) == (
        ("1.0",),
        ("3.6",),
        ("b.py",),
    )
    assert form.text([proof]) == "1.0 (Python 3.6): 2 scripts lost; bar 2.0 broke it: bar<2.0"
    assert form.markdown([proof]).endswith("| 1.0 | 3.6 | 2 | bar 2.0 broke it: bar<2.0 |")
    assert json.loads(json.dumps(form.as_json([proof])))[0]["constraints"] == ["bar<2.0"]


def test_a_campaign_of_a_date_is_asked_for_that_date() -> None:
    find = Finder(FOUND)
    old = cells("2020-01-05", "2020-01-05T00:00:00+00:00", a=example(0))
    new = cells("2024-01-05", "2024-01-05T00:00:00+00:00", a=example(1, Verdict.FAILED))
    prove(old, new, FILE, RunOptions(), FakeProgress(), find)
    assert (find.asked[0].good, find.asked[0].bad) == ("2020-01-05", "2024-01-05")


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (Finding(outcome=Outcome.WORKS), "it works in both: no package that moved breaks it"),
        (UserError("there is no Python 3.6 here"), "there is no Python 3.6 here"),
    ],
)
def test_what_was_not_proven_says_why(finding: Finding | UserError, said: str) -> None:
    (proof,) = prove(OLD, NEW, FILE, RunOptions(), FakeProgress(), Finder(finding))
    assert form.text([proof]) == f"1.0 (Python 3.6): 2 scripts lost; {said}"
    assert form.as_json([proof])[0]["constraints"] == []


def test_nothing_is_proven_of_a_campaign_without_a_day() -> None:
    old = cells("latest", a=example(0))
    with pytest.raises(SelectionError, match="of no day"):
        prove(old, NEW, FILE, RunOptions(), FakeProgress(), Finder(FOUND))
    assert form.text([]) == "no script that ran fails now: there is nothing to prove"
