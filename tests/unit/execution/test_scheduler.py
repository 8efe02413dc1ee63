"""The cells of one command: baselines first, confirmation, judgement. Nothing is built or run."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from fakes import (
    KEY,
    REPEATS,
    Call,
    FakeEnvironments,
    FakeLaunchers,
    FakeProgress,
    Machine,
    Started,
    ends_well,
    made_up_cell,
    made_up_plan,
    plain_commands,
    run_settings,
)

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.campaign_run import RunOptions, evaluate_cells, is_unknown
from tfcompat.execution.local_engine import local_evaluator
from tfcompat.execution.resources import CoreSlots
from tfcompat.execution.rounds import ScriptRunner
from tfcompat.execution.workspace import StudyCopy
from tfcompat.results.schema import CellResult, Run, example_of
from tfcompat.results.timings import Timings
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict
from tfcompat.util import host, processes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.scheduler import Scheduler
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign_store import CampaignStore

A, B = "old/a.py", "new/b.py"
ONE, TWO, THREE = NAMES = tuple(f"pypi-foo-{release}.0-python-cp36" for release in (1, 2, 3))
BASELINES = {"old": {"release": "1.0"}, "new": {"release": "2.0", "python": "3.6"}}


@pytest.fixture
def machine() -> Machine:
    return Machine()


@dataclass
class Command:
    """One command over the made-up study: its plan, its campaign, its scheduler."""

    plan: Plan
    store: CampaignStore
    scheduler: Scheduler
    rerun: dict[str, set[str]]

    def evaluate(self, identifier: str) -> CellResult:
        (cell,) = (cell for cell in self.plan.cells if cell.identifier == identifier)
        (result,) = self.scheduler.run({cell: self.plan.tests}, self.rerun)
        return result

    def evaluate_all(self) -> list[CellResult]:
        return list(self.scheduler.run(dict.fromkeys(self.plan.cells, self.plan.tests), self.rerun))


def command(
    folder: Path,
    machine: Machine,
    *,
    tests: tuple[str, ...] = (A,),
    baselines: Mapping[str, object] = BASELINES,
    rerun: Collection[str] = (),
) -> Command:
    plan = made_up_plan(folder, (A, B), baselines, selected=tests)
    assert tuple(cell.identifier for cell in plan.cells) == NAMES
    evaluation = machine.evaluation(folder, (A, B))
    again = {name: set(rerun) for name in NAMES}
    return Command(plan, evaluation.store, evaluation.scheduler(plan), again)


def test_a_baseline_is_tried_before_the_cell_and_once_a_command(
    machine: Machine, tmp_path: Path
) -> None:
    job = command(tmp_path, machine)
    job.evaluate(THREE)
    assert machine.order() == [("run", ONE), ("run", THREE), ("finish", THREE)]
    job.evaluate(TWO)
    assert machine.order()[3:] == [("run", TWO), ("finish", TWO)]
    # Its own turn: now it is finished.
    job.evaluate(ONE)
    assert machine.order()[5:] == [("run", ONE), ("finish", ONE)]
    wanted = [machine.runs_wanted(name) for name in NAMES]
    assert wanted == [[{A: 1}, {A: 1}], [{A: 1}], [{A: 1}]]
    # All are equal: nothing runs twice, the baseline neither.
    assert machine.made == {(ONE, A): 1, (TWO, A): 1, (THREE, A): 1}


def test_no_baseline_is_tried_before_the_cell_that_is_it(machine: Machine, tmp_path: Path) -> None:
    result = command(tmp_path, machine).evaluate(ONE)
    assert machine.order() == [("run", ONE), ("finish", ONE)]
    judged = result.examples[A]
    assert (judged.verdict, judged.basis, judged.baseline) == (Verdict.SAME, Basis.EXACT, ONE)
    assert len(judged.all_runs) == 1


def test_a_cell_may_be_the_baseline_of_some_examples_alone(
    machine: Machine, tmp_path: Path
) -> None:
    job = command(tmp_path, machine, tests=(A, B))
    job.evaluate(TWO)
    assert machine.order() == [("run", ONE), ("run", TWO), ("finish", TWO)]
    assert machine.runs_wanted(ONE) == [{A: 1}]
    assert machine.runs_wanted(TWO) == [{A: 1, B: 1}]
    job.evaluate(THREE)
    # Its runs were made by this very command: it is not even looked at.
    assert machine.calls[3:] == [
        Call("run", THREE, {A: 1, B: 1}),
        Call("finish", THREE, {A: 1, B: 1}),
    ]
    assert machine.made[TWO, B] == 1


def test_baselines_of_what_is_not_selected_are_left_alone(machine: Machine, tmp_path: Path) -> None:
    command(tmp_path, machine, tests=(B,)).evaluate(THREE)
    assert machine.order() == [("run", TWO), ("run", THREE), ("finish", THREE)]


def test_a_baseline_that_was_needed_is_not_yet_a_result(machine: Machine, tmp_path: Path) -> None:
    job = command(tmp_path, machine)
    job.evaluate(THREE)
    assert set(job.store.cells()) == {THREE}
    assert job.store.unfinished(ONE) is not None
    # Another command goes on from there.
    later = command(tmp_path, machine)
    later.evaluate(TWO)
    assert machine.made[ONE, A] == 1


def test_what_has_to_run_again_is_handed_on(machine: Machine, tmp_path: Path) -> None:
    command(tmp_path, machine, rerun={A}).evaluate(THREE)
    # A baseline that is not selected keeps its runs, and a cell drops its own once.
    assert [call.rerun for call in machine.calls] == [frozenset({A}), frozenset({A}), frozenset()]


@pytest.mark.parametrize("output", ["loss 0.5\n", "loss 0.500001\n"])
def test_what_equals_one_run_of_the_baseline_is_not_repeated(
    machine: Machine, tmp_path: Path, output: str
) -> None:
    machine.prints[THREE, A] = [output]
    assert command(tmp_path, machine).evaluate(THREE).examples[A].verdict is Verdict.SAME
    assert machine.made == {(ONE, A): 1, (THREE, A): 1}


@pytest.mark.parametrize("output", ["loss 0.6\n", "accuracy 0.5\n"])
def test_what_differs_is_repeated_and_so_is_the_baseline_which_comes_first(
    machine: Machine, tmp_path: Path, output: str
) -> None:
    machine.prints[THREE, A] = [output]
    judged = command(tmp_path, machine, tests=(A, B)).evaluate(THREE).examples
    # What does not differ is not repeated beside it.
    assert machine.calls[2:] == [
        Call("run", THREE, {A: 1, B: 1}),
        Call("extend", ONE, {A: REPEATS}),
        Call("run", THREE, {A: REPEATS}),
        Call("finish", THREE, {A: REPEATS, B: 1}),
    ]
    assert len(judged[A].all_runs) == machine.made[THREE, A] == machine.made[ONE, A] == REPEATS
    assert (judged[A].verdict, judged[A].baseline) == (Verdict.DIFFERENT, ONE)
    assert machine.made[THREE, B] == machine.made[TWO, B] == 1


def test_a_baseline_that_was_repeated_is_not_repeated_again(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[TWO, A] = machine.prints[THREE, A] = ["loss 0.6\n"]
    job = command(tmp_path, machine)
    judged = [job.evaluate(name).examples[A].verdict for name in (TWO, THREE)]
    assert judged == [Verdict.DIFFERENT] * 2
    assert [call.identifier for call in machine.calls if call.kind == "extend"] == [ONE]
    assert set(machine.made.values()) == {REPEATS}


def test_runs_of_the_baseline_that_there_are_count(machine: Machine, tmp_path: Path) -> None:
    job = command(tmp_path, machine)
    runs = [Run(retval=0, seconds=1, output=["loss 0.5\n"])] * 5
    example = example_of(runs, key=KEY)
    job.store.finish(made_up_cell(job.plan.cells[0], {A: example}))
    machine.prints[THREE, A] = ["loss 0.6\n"]
    assert job.evaluate(THREE).examples[A].verdict is Verdict.DIFFERENT
    assert machine.made == {(THREE, A): REPEATS}


def test_noise_that_a_first_run_left_is_the_same_once_confirmed(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = ["loss 0.50\n", "loss 0.52\n", "loss 0.54\n"]
    machine.prints[THREE, A] = ["loss 0.64\n", "loss 0.51\n", "loss 0.53\n"]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert machine.made[THREE, A] == REPEATS
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.NOISE)


def test_where_the_baseline_alone_clears_it_nothing_else_runs(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = ["loss 0.50\n", "loss 0.52\n", "loss 0.54\n"]
    machine.prints[THREE, A] = ["loss 0.53\n"]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert machine.made == {(ONE, A): REPEATS, (THREE, A): 1}
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.NOISE)


def test_where_a_number_varies_runs_are_added_until_a_difference_is_certain(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = [f"loss 0.5{run}\n" for run in range(9)]
    machine.prints[THREE, A] = [f"loss 0.7{run}\n" for run in range(9)]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert judged.verdict is Verdict.DIFFERENT
    extended = [call.wanted[A] for call in machine.calls if call.kind == "extend"]
    # By chance, seven runs a side lie apart with a probability of 2 / 3,432.
    assert extended == [3, 4, 5, 6, 7]
    assert machine.runs_wanted(THREE) == [{A: number} for number in (1, 3, 4, 5, 6, 7)]


def test_runs_are_added_no_more_once_the_samples_meet(machine: Machine, tmp_path: Path) -> None:
    machine.prints[ONE, A] = ["loss 0.50\n", "loss 0.51\n", "loss 0.52\n", "loss 0.53\n"]
    machine.prints[THREE, A] = ["loss 0.60\n", "loss 0.61\n", "loss 0.62\n", "loss 0.51\n"]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.NOISE)
    assert machine.made == {(ONE, A): 4, (THREE, A): 4}


def test_what_is_not_certain_at_the_bound_is_noise(machine: Machine, tmp_path: Path) -> None:
    def outputs(loss: int, part: int) -> list[str | None]:
        """Return one run in four with a loss, each with a number that varies alike everywhere."""
        return [
            f"part 0.{2 * (run * 7 % 15) + part:02}\n"
            + (f"loss {loss}.{run:02}\n" if run % 4 == 0 else "no loss\n")
            for run in range(16)
        ]

    machine.prints[ONE, A], machine.prints[THREE, A] = outputs(0, 0), outputs(5, 1)
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.NOISE)
    assert machine.made == {(ONE, A): 15, (THREE, A): 15}


def test_a_finished_baseline_has_its_further_runs_in_its_result(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = [f"loss 0.5{run}\n" for run in range(9)]
    machine.prints[THREE, A] = ["loss 0.7\n"]
    job = command(tmp_path, machine)
    assert job.evaluate(ONE).examples[A].band is None
    job.evaluate(THREE)
    stored = job.store.cells()[ONE].examples[A]
    assert len(stored.all_runs) == machine.made[ONE, A] > 1
    assert (stored.verdict, stored.basis) == (Verdict.SAME, Basis.EXACT)
    # The noise that was measured is shown.
    assert stored.band is not None
    assert job.store.unfinished(ONE) is None


def test_further_runs_of_a_baseline_undo_no_difference_but_by_a_meeting(
    machine: Machine, tmp_path: Path
) -> None:
    def losses(begin: int, runs: int) -> list[str | None]:
        return [
            "".join(f"loss {begin}.{(7 * place + 3 * run) % 100:02}\n" for place in range(20))
            for run in range(runs)
        ]

    machine.prints[ONE, A] = losses(0, 15)
    # All twenty are shifted: seven runs suffice.
    machine.prints[TWO, A] = losses(3, 15)
    # Only one is, so more are needed.
    machine.prints[THREE, A] = [
        (text or "").replace("loss 0", "loss 9", 1) for text in losses(0, 15)[::-1]
    ]
    job = command(tmp_path, machine)
    for name in (TWO, THREE):
        job.evaluate(name)
    assert machine.made[TWO, A] < machine.made[ONE, A]
    assert job.scheduler.judge.judge_all()[TWO].examples[A].verdict is Verdict.DIFFERENT


def test_a_baseline_that_can_be_run_no_more_leaves_the_difference_unconfirmed(
    machine: Machine, tmp_path: Path
) -> None:
    command(tmp_path, machine).evaluate(ONE)
    machine.broken[ONE] = MISSING
    machine.prints[TWO, A] = machine.prints[THREE, A] = ["loss 0.6\n"]
    job = command(tmp_path, machine)
    for name in (TWO, THREE):
        judged = job.evaluate(name).examples[A]
        assert judged.verdict is Verdict.UNKNOWN
        assert judged.cause == Cause(
            kind=CauseKind.UNCONFIRMED,
            message="it differs so far; to confirm that takes 2 more runs and 2 more runs of the "
            "baseline",
        )
    assert machine.made == {(ONE, A): 1, (TWO, A): 1, (THREE, A): 1}
    # It is not tried again for the next cell.
    assert [call.identifier for call in machine.calls if call.kind == "extend"] == [ONE]
    # The next command that can goes on from there.
    del machine.broken[ONE]
    assert command(tmp_path, machine).evaluate(THREE).examples[A].verdict is Verdict.DIFFERENT
    assert machine.made[THREE, A] == machine.made[ONE, A] == REPEATS


def test_a_baseline_that_fails_when_repeated_is_none(machine: Machine, tmp_path: Path) -> None:
    machine.prints[ONE, A] = ["loss 0.5\n", None]
    machine.prints[THREE, A] = ["loss 0.6\n"]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert judged.verdict is Verdict.NO_BASELINE
    assert machine.made == {(ONE, A): 2, (THREE, A): 1}


def test_a_baseline_that_prints_nothing_stable_is_found_out_when_something_differs(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = ["apple\n", "pear\n", "plum\n"]
    machine.prints[THREE, A] = ["fig\n"]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert judged.cause is not None
    assert judged.cause.kind is CauseKind.UNSTABLE_BASELINE
    assert machine.made == {(ONE, A): REPEATS, (THREE, A): 1}


def test_the_baseline_itself_is_not_confirmed(machine: Machine, tmp_path: Path) -> None:
    machine.prints[ONE, A] = ["loss 0.1\n", "loss 0.9\n"]
    job = command(tmp_path, machine)
    job.evaluate(ONE)
    assert machine.runs_wanted(ONE) == [{A: 1}]
    assert machine.made == {(ONE, A): 1}


def test_nothing_is_confirmed_without_a_named_baseline(machine: Machine, tmp_path: Path) -> None:
    machine.prints[TWO, A] = ["loss 0.7\n"]
    job = command(tmp_path, machine, baselines={})
    for identifier in (ONE, TWO, THREE):
        job.evaluate(identifier)
    assert machine.order() == [(kind, name) for name in NAMES for kind in ("run", "finish")]
    assert set(machine.made.values()) == {1}


MISSING = Cause(kind=CauseKind.NO_INTERPRETER, message="no Python 3.6 on this machine")
CONFLICT = Cause(kind=CauseKind.CONFLICT, message="numpy")


@pytest.mark.parametrize("cause", [MISSING, CONFLICT])
def test_an_unavailable_baseline(machine: Machine, tmp_path: Path, cause: Cause) -> None:
    machine.broken[ONE] = cause
    machine.prints[THREE, A] = ["loss 0.6\n"]
    job = command(tmp_path, machine)
    result = job.evaluate(THREE)
    judged = result.examples[A]
    assert (judged.verdict, judged.basis, judged.diff) == (Verdict.UNKNOWN, None, None)
    assert judged.baseline == ONE
    assert judged.cause == Cause(
        kind=CauseKind.BASELINE_UNAVAILABLE,
        message=f"the baseline {ONE} could not be had: {cause.message}",
    )
    assert is_unknown(result, [A])
    # The run is stored, and was not repeated: there is nothing to confirm it against.
    assert job.store.cell(THREE) == result
    assert machine.made == {(THREE, A): 1}
    # It is not tried again for the next cell.
    job.evaluate(TWO)
    assert [name for kind, name in machine.order() if kind == "run"] == [ONE, THREE, TWO]


def test_only_the_judgement_waits_for_the_baseline(machine: Machine, tmp_path: Path) -> None:
    machine.broken[ONE] = MISSING
    command(tmp_path, machine).evaluate(THREE)
    del machine.broken[ONE]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert (judged.verdict, judged.basis, judged.cause) == (Verdict.SAME, Basis.EXACT, None)
    assert machine.made[THREE, A] == 1


def test_a_baseline_that_can_no_longer_be_had_serves_by_what_is_stored(
    machine: Machine, tmp_path: Path
) -> None:
    command(tmp_path, machine).evaluate(ONE)
    machine.broken[ONE] = MISSING
    assert command(tmp_path, machine).evaluate(THREE).examples[A].verdict is Verdict.SAME


def test_a_baseline_that_fails_is_complete_with_one_run(machine: Machine, tmp_path: Path) -> None:
    machine.prints[ONE, A] = [None]
    judged = command(tmp_path, machine).evaluate(THREE).examples[A]
    assert machine.made == {(ONE, A): 1, (THREE, A): 1}
    assert judged.verdict is Verdict.NO_BASELINE
    assert judged.cause is not None
    assert judged.cause.kind is CauseKind.EXAMPLE_BUG


def test_a_cell_without_an_environment_is_returned_as_it_is(
    machine: Machine, tmp_path: Path
) -> None:
    machine.broken |= {TWO: CONFLICT, THREE: MISSING}
    job = command(tmp_path, machine)
    assert job.evaluate(TWO).verdict is Verdict.UNBUILDABLE
    assert job.evaluate(THREE).verdict is Verdict.UNKNOWN
    assert set(job.store.cells()) == {TWO}
    assert set(job.store.unknown()) == {THREE}


def files(campaign: CampaignStore) -> dict[str, tuple[int, int]]:
    """Return what distinguishes a file that was written again from one that was not."""
    paths = campaign.folder.glob("*.json")
    return {p.stem: (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}


def written_again(job: Command, only: str | None = None) -> set[str]:
    before = files(job.store)
    if only is None:
        assert set(job.scheduler.judge.judge_all()) == set(before)
    else:
        assert job.scheduler.judge.judge_cell(job.store.cells()[only]).identifier == only
    return {name for name, state in files(job.store).items() if state != before[name]}


def test_judging_rewrites_only_what_changed(machine: Machine, tmp_path: Path) -> None:
    machine.prints[TWO, A] = ["loss nan\n"]
    job = command(tmp_path, machine)
    for identifier in NAMES:
        job.evaluate(identifier)
    assert written_again(job) == set()
    stored = job.store.cells()
    for name in (TWO, THREE):
        examples = {A: stored[name].examples[A].model_copy(update={"verdict": Verdict.FAILED})}
        job.store.write(stored[name].model_copy(update={"examples": examples}))
    assert written_again(job, THREE) == {THREE}
    assert written_again(job) == {TWO}
    assert written_again(job) == set()
    again = job.store.cells()
    assert {n: again[n].examples for n in NAMES} == {n: stored[n].examples for n in NAMES}


def test_judging_takes_in_the_cells_of_other_commands(machine: Machine, tmp_path: Path) -> None:
    machine.broken[ONE] = MISSING
    command(tmp_path, machine).evaluate(THREE)
    del machine.broken[ONE]
    later = command(tmp_path, machine)
    later.evaluate(TWO)
    waiting = later.store.cells()[THREE].examples[A]
    assert waiting.verdict is Verdict.UNKNOWN
    assert written_again(later) == {THREE}
    assert later.store.cells()[THREE].examples[A].verdict is Verdict.SAME


def test_a_finished_baseline_settles_the_cells_that_waited(
    machine: Machine, tmp_path: Path
) -> None:
    machine.broken[ONE] = MISSING
    command(tmp_path, machine).evaluate(THREE)
    del machine.broken[ONE]
    later = command(tmp_path, machine)
    later.evaluate(ONE)
    later.scheduler.judge.judge_all()
    assert later.store.cells()[THREE].examples[A].verdict is Verdict.SAME


def test_without_a_named_baseline_the_newest_that_passes_serves(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = ["loss 0.1\n"]
    machine.prints[THREE, A] = [None]
    job = command(tmp_path, machine, baselines={})
    first = job.evaluate(ONE).examples[A]
    assert (first.verdict, first.baseline) == (Verdict.SAME, ONE)
    job.evaluate(TWO)
    job.evaluate(THREE)
    stored = job.scheduler.judge.judge_all()
    verdicts = [stored[name].examples[A].verdict for name in NAMES]
    assert verdicts == [Verdict.DIFFERENT, Verdict.SAME, Verdict.FAILED]
    assert {stored[name].examples[A].baseline for name in NAMES} == {TWO}


@pytest.mark.parametrize(("cause", "unknown"), [(None, False), (CONFLICT, True), (MISSING, True)])
def test_a_whole_run(
    machine: Machine, tmp_path: Path, cause: Cause | None, *, unknown: bool
) -> None:
    plan = made_up_plan(tmp_path, (A, B), BASELINES)
    if cause is not None:
        machine.broken[TWO] = cause
    progress = FakeProgress()
    evaluation = machine.evaluation(tmp_path, (A, B), progress)
    ended = evaluate_cells(plan, evaluation, RunOptions())
    assert progress.begun == [cell.identifier for cell in ended] == list(NAMES)
    assert sorted(progress.done) == list(NAMES)
    assert any(is_unknown(cell, (A, B)) for cell in ended) is unknown
    # Each baseline once on its own account, and every cell once for its result.
    tries = [call.identifier for call in machine.calls if call.kind == "run"]
    assert sorted(tries) == sorted([ONE, TWO, *NAMES])
    finished = [call.identifier for call in machine.calls if call.kind == "finish"]
    assert sorted(finished) == [name for name in NAMES if name not in machine.broken]
    judged = [cell.examples[B].verdict for cell in ended if B in cell.examples]
    assert judged == ([Verdict.SAME] * 3 if cause is None else [Verdict.UNKNOWN] * 2)


def test_a_baseline_that_is_forced_runs_again_once_and_serves_as_it_is_now(
    machine: Machine, tmp_path: Path
) -> None:
    first = command(tmp_path, machine)
    assert len(first.evaluate_all()) == 3
    machine.prints[ONE, A] = machine.prints[TWO, A] = machine.prints[THREE, A] = ["loss 0.1\n"]
    machine.calls.clear()
    machine.made.clear()
    again = command(tmp_path, machine, rerun=[A])
    again.evaluate_all()
    assert machine.made == {(ONE, A): 1, (TWO, A): 1, (THREE, A): 1}
    judged = again.scheduler.judge.judge_all()
    assert [judged[name].examples[A].basis for name in NAMES] == [Basis.EXACT] * 3


@dataclass
class RealCells:
    """Cells evaluated by the real thing, in which the launchers alone are made up."""

    plan: Plan
    evaluation: Evaluation
    launchers: FakeLaunchers
    results: list[CellResult]

    def run(self) -> None:
        """Evaluate the cell of the newest release."""
        self.evaluate(2)

    def evaluate(self, *numbers: int) -> None:
        """Evaluate the cells of some releases."""
        scheduler = self.evaluation.scheduler(self.plan)
        requests = {self.plan.cells[number]: self.plan.tests for number in numbers}
        self.results += scheduler.run(requests)


@pytest.fixture
def real(tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> RealCells:
    monkeypatch.setattr(host, "usable_cores", lambda: (0, 1, 2, 3))
    plan = made_up_plan(tmp_path, (A, B), BASELINES)
    made_up = machine.evaluation(tmp_path, (A, B))
    launchers = FakeLaunchers()
    progress = FakeProgress()
    (tmp_path / "copy").mkdir()
    # Nothing is known to need memory, so that no run waits for any.
    timings = Timings({"another": {A: (1.0, 0), B: (1.0, 0)}})
    scripts = ScriptRunner(
        workspace=tmp_path / "work",
        copy=StudyCopy(folder=tmp_path / "copy", hashes={}),
        commands=plain_commands((A, B)),
        slots=CoreSlots(tmp_path / "cores", 3),
        timings=timings,
        settings=run_settings(),
        launchers=launchers,
    )
    runner = local_evaluator(
        settings=run_settings(),
        keys=made_up.keys,
        store=made_up.store,
        environments=FakeEnvironments(),
        scripts=scripts,
        progress=progress,
    )
    evaluation = replace(made_up, runner=runner, timings=timings, jobs=3, ahead=2)
    return RealCells(plan, evaluation, launchers, [])


def wait_until_stored(store: CampaignStore, identifier: str, tests: set[str]) -> None:
    until = time.monotonic() + 30
    while (known := store.unfinished(identifier)) is None or set(known.examples) != tests:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_runs_are_stored_and_the_cell_is_free_while_a_baseline_is_awaited(real: RealCells) -> None:
    go_on = threading.Event()

    def answer(started: Started) -> Run:
        if started.identifier == ONE:
            assert go_on.wait(30)
        output = "loss 0.6\n" if (started.identifier, started.test) == (THREE, A) else "loss 0.5\n"
        return ends_well(started).model_copy(update={"output": [output]})

    real.launchers.answer = answer
    thread = threading.Thread(target=real.run)
    thread.start()
    try:
        store = real.evaluation.store
        wait_until_stored(store, THREE, {A, B})
        with store.working_on(THREE):
            assert not real.results
            assert store.cell(THREE) is None
    finally:
        go_on.set()
        thread.join(30)
    (result,) = real.results
    found = {test: (e.verdict, len(e.all_runs)) for test, e in result.examples.items()}
    assert found == {A: (Verdict.DIFFERENT, REPEATS), B: (Verdict.SAME, 1)}
    assert store.cell(THREE) == result
    assert store.unfinished(THREE) is None


def test_what_is_stopped_while_a_baseline_is_awaited_is_unknown_and_keeps_its_runs(
    real: RealCells,
) -> None:
    store = real.evaluation.store

    def answer(started: Started) -> Run:
        if started.identifier == ONE:
            wait_until_stored(store, THREE, {A, B})
            processes.interrupt()
            processes.raise_if_interrupted()
        return ends_well(started)

    real.launchers.answer = answer
    with processes.interruptible(), pytest.raises(InterruptedRunError):
        real.run()
    unknown = store.unknown()[THREE]
    assert unknown.cause is not None
    assert unknown.cause.kind is CauseKind.INTERRUPTED
    known = store.known(THREE)
    assert known is not None
    assert set(known.examples) == {A, B}
    assert store.cell(THREE) is None
    # The next command makes the baseline's runs, and nothing else.
    real.launchers.answer = ends_well
    real.launchers.runs.clear()
    real.run()
    assert {(run.identifier, run.test) for run in real.launchers.runs} == {(ONE, A)}
    assert real.results[0].examples[A].verdict is Verdict.SAME


def of_which_all_differ(started: Started) -> Run:
    # In a round that follows others, so that both cells ask while the baseline is at work.
    time.sleep(0.05)
    loss = f"{NAMES.index(started.identifier)}.{started.hash_seed}"
    return ends_well(started).model_copy(update={"output": [f"loss {loss}\n"]})


def check_runs_of_the_baseline(real: RealCells) -> None:
    made = [s.hash_seed for s in real.launchers.runs if (s.identifier, s.test) == (ONE, A)]
    # Each repeat once, whoever wanted it.
    assert sorted(made) == list(range(7))
    judged = real.evaluation.store.cells()
    assert {judged[name].examples[A].verdict for name in (TWO, THREE)} == {Verdict.DIFFERENT}


def test_cells_that_want_runs_of_one_baseline_at_once_share_them(real: RealCells) -> None:
    real.launchers.answer = of_which_all_differ
    real.evaluate(1, 2)
    check_runs_of_the_baseline(real)


def test_commands_that_want_runs_of_one_baseline_at_once_share_them(real: RealCells) -> None:
    real.launchers.answer = of_which_all_differ
    threads = [threading.Thread(target=real.evaluate, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    check_runs_of_the_baseline(real)
