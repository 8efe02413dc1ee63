"""Baselines that are published with a study: they serve where nothing differs from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from fakes import KEY, Machine, made_up_cell, made_up_plan

from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Example, Run, example_of
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult

TEST = "old/a.py"
ONE, TWO = (f"pypi-foo-{release}.0-python-cp36" for release in (1, 2))
OUTPUT = ["loss 0.5\n"]
NO_PYTHON = Cause(kind=CauseKind.NO_INTERPRETER, message="no Python 3.6 on this machine")


def published(lines: list[str] = OUTPUT, key: str = KEY, retval: int = 0) -> Example:
    return example_of([Run(retval=retval, seconds=1, output=lines)], key=key)


@dataclass
class Here:
    """A machine on which a study runs whose baseline, of release 1.0, may be published."""

    machine: Machine
    folder: Path
    plan: Plan

    def publish(self, example: Example, **environment: object) -> None:
        cell = made_up_cell(self.baseline, {TEST: example})
        assert cell.environment is not None
        changed = cell.environment.model_copy(update=environment)
        store = CampaignStore(self.folder / "results" / "published" / "first")
        store.write(cell.model_copy(update={"environment": changed}))

    @property
    def baseline(self) -> Cell:
        return self.plan.cells[0]

    def evaluate(self, *, runs_baselines: bool = True) -> CellResult:
        plan = replace(self.plan, cells=self.plan.cells[1:2])
        evaluation = self.machine.evaluation(self.folder, (TEST,))
        settings = replace(evaluation.settings, runs_baselines=runs_baselines)
        scheduler = replace(evaluation, settings=settings).scheduler(plan)
        (result,) = scheduler.run({plan.cells[0]: plan.tests})
        return result


@pytest.fixture
def here(tmp_path: Path) -> Here:
    plan = made_up_plan(tmp_path, (TEST,), {"old": {"release": "1.0"}}, releases=("1.0", "2.0"))
    return Here(Machine(), tmp_path, plan)


def test_what_equals_a_published_run_needs_no_baseline_here(here: Here) -> None:
    here.publish(published())
    judged = here.evaluate().examples[TEST]
    assert (judged.verdict, judged.basis, judged.baseline) == (Verdict.SAME, Basis.EXACT, ONE)
    assert judged.borrowed == "published/first"
    assert here.machine.made == {(TWO, TEST): 1}


def test_what_differs_is_compared_with_the_baseline_of_this_machine(here: Here) -> None:
    here.publish(published(["loss 0.6\n"]))
    judged = here.evaluate().examples[TEST]
    assert (judged.verdict, judged.borrowed) == (Verdict.SAME, None)
    assert here.machine.made == {(TWO, TEST): 1, (ONE, TEST): 1}


def test_what_differs_from_both_is_confirmed_here(here: Here) -> None:
    here.publish(published(["loss 0.6\n"]))
    here.machine.prints[TWO, TEST] = ["loss 0.7\n"]
    judged = here.evaluate().examples[TEST]
    assert (judged.verdict, judged.borrowed) == (Verdict.DIFFERENT, None)
    assert len(judged.all_runs) == here.machine.made[ONE, TEST] > 1


def test_where_there_is_no_baseline_the_difference_waits_for_one(here: Here) -> None:
    here.publish(published(["loss 0.6\n"]))
    here.machine.broken[ONE] = NO_PYTHON
    judged = here.evaluate().examples[TEST]
    assert (judged.verdict, judged.diff) == (Verdict.UNKNOWN, None)
    assert judged.cause == Cause(
        kind=CauseKind.BASELINE_UNAVAILABLE,
        message=f"it differs from the published run, and the baseline {ONE} "
        "could not be had: no Python 3.6 on this machine",
    )


def test_a_failure_is_one_whatever_is_published(here: Here) -> None:
    here.publish(published())
    here.machine.prints[TWO, TEST] = [None]
    assert here.evaluate().examples[TEST].verdict is Verdict.FAILED
    assert here.machine.made == {(TWO, TEST): 1}


def test_its_own_runs_come_before_those_of_others(here: Here) -> None:
    scheduler = here.machine.evaluation(here.folder, (TEST,)).scheduler(here.plan)
    list(scheduler.run({here.baseline: here.plan.tests}))
    here.publish(published(["loss 0.6\n"]))
    judged = here.evaluate().examples[TEST]
    assert (judged.verdict, judged.borrowed) == (Verdict.SAME, None)


def test_a_baseline_that_is_selected_runs_here(here: Here) -> None:
    here.publish(published())
    scheduler = here.machine.evaluation(here.folder, (TEST,)).scheduler(here.plan)
    results = list(scheduler.run(dict.fromkeys(here.plan.cells, here.plan.tests)))
    assert {result.examples[TEST].borrowed for result in results} == {None}
    assert here.machine.made == {(ONE, TEST): 1, (TWO, TEST): 1}


@pytest.mark.parametrize(
    ("example", "environment"),
    [
        (published(key="another example:the rest"), {}),
        (published(key="a key of one part"), {}),
        (published(retval=1), {}),
        (published(), {"cut_off": "2001-01-01T00:00:00+00:00"}),
        (published(), {"requirements": ["six"]}),
        (published(), {"pins": ["six==1.0"]}),
        (published(), {"limits": {"timeout": 2, "output": 1000, "memory": 10**6, "threads": 1}}),
    ],
)
def test_what_is_no_baseline_of_this_study_is_left_alone(
    here: Here, example: Example, environment: dict[str, object]
) -> None:
    here.publish(example, **environment)
    assert here.evaluate().examples[TEST].borrowed is None
    assert here.machine.made == {(TWO, TEST): 1, (ONE, TEST): 1}


def test_what_another_machine_used_may_differ(here: Here) -> None:
    here.publish(published(key="example:another launcher"), interpreter={"version": "3.6.9"})
    assert here.evaluate().examples[TEST].borrowed == "published/first"


@pytest.mark.parametrize("line", ["loss 0.5\n", "loss 0.6\n", None])
def test_no_baseline_runs_where_none_is_to(here: Here, line: str | None) -> None:
    if line is not None:
        here.publish(published([line]))
    judged = here.evaluate(runs_baselines=False).examples[TEST]
    assert judged.verdict is (Verdict.SAME if line == "loss 0.5\n" else Verdict.UNKNOWN)
    assert here.machine.made == {(TWO, TEST): 1}
    if judged.cause:
        assert judged.cause.message.endswith("was not to be run (--baselines published)")
