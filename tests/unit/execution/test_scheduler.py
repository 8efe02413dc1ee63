"""The cells of one command: baselines first, confirmation, judgement. Nothing is built or run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from fakes import Asked, FakeIndex, Machine

from tfcompat.environments.disk_budget import Disk
from tfcompat.environments.interpreters import Interpreter
from tfcompat.environments.pool import EnvironmentPool
from tfcompat.execution import campaign_run
from tfcompat.execution import scheduler as scheduler_module
from tfcompat.execution.campaign_run import RunOptions, is_unknown
from tfcompat.execution.cell import Bench
from tfcompat.execution.launcher_client import RunLimits
from tfcompat.execution.resources import Slots
from tfcompat.execution.scheduler import Job
from tfcompat.execution.workspace import Shown
from tfcompat.planning.plan import Plan, Selection
from tfcompat.planning.schema import Analysis
from tfcompat.planning.study import Study
from tfcompat.results.campaign import Campaign
from tfcompat.results.schema import Build, CellResult, Run, example_of
from tfcompat.results.timings import History
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.execution.progress import Progress

REPEATS = 3
A, B = "old/a.py", "new/b.py"
ONE, TWO, THREE = NAMES = tuple(f"pypi-foo-{release}.0-python-cp36" for release in (1, 2, 3))
BASELINES = {"old": {"release": "1.0"}, "new": {"release": "2.0", "python": "3.6"}}


@pytest.fixture(autouse=True)
def _one_version_of_every_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "key", lambda _bench, _test: "k")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(scheduler_module, "evaluate", machine.evaluate)
    # One thread: baselines, which come first, are done when a cell is begun.
    monkeypatch.setattr(scheduler_module, "_AHEAD", 0)
    return machine


@dataclass
class Command:
    """One command over the made-up study: its plan, its campaign, its job."""

    plan: Plan
    campaign: Campaign
    job: Job

    def evaluate(self, identifier: str) -> CellResult:
        (cell,) = (cell for cell in self.plan.cells if cell.identifier == identifier)
        (result,) = self.job.run([cell])
        return result


def plan_of(folder: Path, tests: tuple[str, ...], baselines: Mapping[str, object]) -> Plan:
    content: dict[str, Any] = {"dependency": "foo", "tests": [A, B], "repeats": REPEATS}
    analysis = Analysis.model_validate({**content, "baselines": baselines})
    study = Study(path=folder / "caliper.yaml", root=folder, analysis=analysis, tests=(A, B))
    plan = Plan(
        study=study,
        tests=tests,
        cells=(),
        index=cast("PackageIndex", FakeIndex()),
        cache=folder / "cache",
        found=(Interpreter(path=Path("/opt/python3.6"), version="3.6.15", abi="cp36m"),),
        fetchable=(),
    )
    cells = tuple(plan.cell(version, None) for version in ("1.0", "2.0", "3.0"))
    assert tuple(cell.identifier for cell in cells) == NAMES
    return Plan(**{**vars(plan), "cells": cells})


def command(
    folder: Path,
    *,
    tests: tuple[str, ...] = (A,),
    baselines: Mapping[str, object] = BASELINES,
    again: Collection[str] = (),
) -> Command:
    plan = plan_of(folder, tests, baselines)
    campaign = Campaign(folder / "results")
    campaign.open(dependency="foo", resolve="release")
    bench = Bench(
        study=plan.study,
        campaign=campaign,
        index=plan.index,
        cache=plan.cache,
        workspace=folder / "work",
        shown=Shown(folder=folder, hashes={}),
        progress=cast("Progress", SimpleNamespace(left=lambda _: None)),
        resolve="release",
        limits=RunLimits(timeout=1, output=1000, memory=10**6, threads=1),
        isolation="fresh",
        slots=Slots(folder / "cores", 1),
        shelf=EnvironmentPool(folder / "work"),
        disk=Disk(folder / "cache", 10**9),
        history=History({}),
    )
    return Command(plan, campaign, Job(plan, bench, again=lambda _: set(again)))


def test_a_baseline_is_tried_before_the_cell_and_once_a_command(
    machine: Machine, tmp_path: Path
) -> None:
    job = command(tmp_path)
    job.evaluate(THREE)
    assert machine.order() == [(ONE, False), (THREE, True)]
    job.evaluate(TWO)
    assert machine.order()[2:] == [(TWO, True)]
    # Its own turn: now it is finished.
    job.evaluate(ONE)
    assert machine.order()[3:] == [(ONE, True)]
    assert [asked.wanted for asked in machine.asked] == [{A: REPEATS}, {A: 1}, {A: 1}, {A: REPEATS}]
    assert machine.made == {(ONE, A): REPEATS, (TWO, A): 1, (THREE, A): 1}


def test_no_baseline_is_tried_before_the_cell_that_is_it(machine: Machine, tmp_path: Path) -> None:
    result = command(tmp_path).evaluate(ONE)
    assert machine.order() == [(ONE, True)]
    judged = result.examples[A]
    assert (judged.verdict, judged.basis, judged.baseline) == (Verdict.SAME, Basis.EXACT, ONE)
    assert len(judged.all_runs) == REPEATS


def test_a_cell_may_be_the_baseline_of_some_examples_alone(
    machine: Machine, tmp_path: Path
) -> None:
    job = command(tmp_path, tests=(A, B))
    job.evaluate(TWO)
    assert machine.order() == [(ONE, False), (TWO, True)]
    assert [asked.wanted for asked in machine.asked] == [{A: REPEATS}, {A: 1, B: REPEATS}]
    job.evaluate(THREE)
    # Its runs were made by this very command: it is not even looked at.
    assert machine.asked[2:] == [Asked(THREE, {A: 1, B: 1}, frozenset(), finish=True)]
    assert machine.made[TWO, B] == REPEATS


def test_baselines_of_what_is_not_selected_are_left_alone(machine: Machine, tmp_path: Path) -> None:
    command(tmp_path, tests=(B,)).evaluate(THREE)
    assert machine.order() == [(TWO, False), (THREE, True)]


def test_a_baseline_that_was_needed_is_not_yet_a_result(machine: Machine, tmp_path: Path) -> None:
    job = command(tmp_path)
    job.evaluate(THREE)
    assert set(job.campaign.cells()) == {THREE}
    assert job.campaign.unfinished(ONE) is not None
    # Another command goes on from there.
    later = command(tmp_path)
    later.evaluate(TWO)
    assert machine.made[ONE, A] == REPEATS


def test_what_has_to_run_again_is_handed_on(machine: Machine, tmp_path: Path) -> None:
    command(tmp_path, again={A}).evaluate(THREE)
    assert [asked.again for asked in machine.asked] == [frozenset(), frozenset({A})]


@pytest.mark.parametrize(
    ("output", "needed", "verdict"),
    [
        ("loss 0.5\n", 1, Verdict.SAME),
        ("loss 0.500001\n", 1, Verdict.SAME),
        ("loss 0.6\n", REPEATS, Verdict.DIFFERENT),
        ("accuracy 0.5\n", REPEATS, Verdict.DIFFERENT),
    ],
)
def test_confirmation_asks_for_as_many_runs_as_the_baseline_has(
    machine: Machine, tmp_path: Path, output: str, needed: int, verdict: Verdict
) -> None:
    machine.prints[THREE, A] = [output]
    judged = command(tmp_path).evaluate(THREE).examples[A]
    assert machine.needed == {(THREE, A): needed}
    assert len(judged.all_runs) == needed
    assert (judged.verdict, judged.baseline) == (verdict, ONE)


def test_confirmation_counts_the_runs_that_the_baseline_really_has(
    machine: Machine, tmp_path: Path
) -> None:
    job = command(tmp_path)
    runs = [Run(retval=0, seconds=1, output=["loss 0.5\n"])] * 5
    example = example_of(runs, key="k")
    job.campaign.finish(
        Machine._cell(job.plan.cells[0], build=Build(retval=0), examples={A: example})
    )
    machine.prints[THREE, A] = ["loss 0.6\n"]
    job.evaluate(THREE)
    assert machine.needed == {(THREE, A): 5}


def test_noise_that_a_first_run_left_is_the_same_once_confirmed(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = ["loss 0.50\n", "loss 0.52\n", "loss 0.54\n"]
    machine.prints[THREE, A] = ["loss 0.64\n", "loss 0.51\n", "loss 0.53\n"]
    judged = command(tmp_path).evaluate(THREE).examples[A]
    assert machine.needed == {(THREE, A): REPEATS}
    assert (judged.verdict, judged.basis) == (Verdict.SAME, Basis.NOISE)


def test_the_baseline_itself_is_not_confirmed(machine: Machine, tmp_path: Path) -> None:
    machine.prints[ONE, A] = ["loss 0.1\n", "loss 0.9\n"]
    job = command(tmp_path)
    job.evaluate(ONE)
    assert machine.needed == {(ONE, A): 1}
    assert machine.made == {(ONE, A): REPEATS}


def test_nothing_is_confirmed_without_a_named_baseline(machine: Machine, tmp_path: Path) -> None:
    machine.prints[TWO, A] = ["loss 0.7\n"]
    job = command(tmp_path, baselines={})
    for identifier in (ONE, TWO, THREE):
        job.evaluate(identifier)
    assert machine.order() == [(ONE, True), (TWO, True), (THREE, True)]
    assert set(machine.needed.values()) == {1}
    assert set(machine.made.values()) == {1}


MISSING = Cause(kind=CauseKind.NO_INTERPRETER, message="no Python 3.6 on this machine")
CONFLICT = Cause(kind=CauseKind.CONFLICT, message="numpy")


@pytest.mark.parametrize("cause", [MISSING, CONFLICT])
def test_an_unavailable_baseline(machine: Machine, tmp_path: Path, cause: Cause) -> None:
    machine.broken[ONE] = cause
    machine.prints[THREE, A] = ["loss 0.6\n"]
    job = command(tmp_path)
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
    assert job.campaign.cell(THREE) == result
    assert machine.made == {(THREE, A): 1}
    assert machine.needed == {(THREE, A): 1}
    # It is not tried again for the next cell.
    job.evaluate(TWO)
    assert [name for name, _ in machine.order()] == [ONE, THREE, TWO]


def test_only_the_judgement_waits_for_the_baseline(machine: Machine, tmp_path: Path) -> None:
    machine.broken[ONE] = MISSING
    command(tmp_path).evaluate(THREE)
    del machine.broken[ONE]
    judged = command(tmp_path).evaluate(THREE).examples[A]
    assert (judged.verdict, judged.basis, judged.cause) == (Verdict.SAME, Basis.EXACT, None)
    assert machine.made[THREE, A] == 1


def test_a_baseline_that_can_no_longer_be_had_serves_by_what_is_stored(
    machine: Machine, tmp_path: Path
) -> None:
    command(tmp_path).evaluate(ONE)
    machine.broken[ONE] = MISSING
    assert command(tmp_path).evaluate(THREE).examples[A].verdict is Verdict.SAME


def test_a_baseline_of_too_few_runs_is_none_yet(machine: Machine, tmp_path: Path) -> None:
    job = command(tmp_path)
    example = example_of([Run(retval=0, seconds=1)] * 2, key="k")
    job.campaign.begin(
        Machine._cell(job.plan.cells[0], build=Build(retval=0), examples={A: example})
    )
    machine.broken[ONE] = MISSING
    judged = job.evaluate(THREE).examples[A]
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.cause is not None
    assert judged.cause.kind is CauseKind.BASELINE_UNAVAILABLE


def test_a_baseline_that_fails_is_complete_with_one_run(machine: Machine, tmp_path: Path) -> None:
    machine.prints[ONE, A] = [None]
    judged = command(tmp_path).evaluate(THREE).examples[A]
    assert machine.made == {(ONE, A): 1, (THREE, A): 1}
    assert judged.verdict is Verdict.NO_BASELINE
    assert judged.cause is not None
    assert judged.cause.kind is CauseKind.EXAMPLE_BUG


def test_a_cell_without_an_environment_is_returned_as_it_is(
    machine: Machine, tmp_path: Path
) -> None:
    machine.broken |= {TWO: CONFLICT, THREE: MISSING}
    job = command(tmp_path)
    assert job.evaluate(TWO).verdict is Verdict.UNBUILDABLE
    assert job.evaluate(THREE).verdict is Verdict.UNKNOWN
    assert set(job.campaign.cells()) == {TWO}
    assert set(job.campaign.unknown()) == {THREE}


def files(campaign: Campaign) -> dict[str, tuple[int, int]]:
    """Return what tells a file that was written again from one that was not."""
    paths = campaign.folder.glob("*.json")
    return {p.stem: (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}


def written_again(job: Command, only: str | None = None) -> set[str]:
    before = files(job.campaign)
    assert set(job.job.judge_all(only)) == ({only} if only else set(before))
    return {name for name, state in files(job.campaign).items() if state != before[name]}


def test_judging_rewrites_only_what_changed(machine: Machine, tmp_path: Path) -> None:
    machine.prints[TWO, A] = ["loss nan\n"]
    job = command(tmp_path)
    for identifier in NAMES:
        job.evaluate(identifier)
    assert written_again(job) == set()
    stored = job.campaign.cells()
    for name in (TWO, THREE):
        examples = {A: stored[name].examples[A].model_copy(update={"verdict": Verdict.FAILED})}
        job.campaign.write(stored[name].model_copy(update={"examples": examples}))
    assert written_again(job, THREE) == {THREE}
    assert written_again(job) == {TWO}
    assert written_again(job) == set()
    again = job.campaign.cells()
    assert {n: again[n].examples for n in NAMES} == {n: stored[n].examples for n in NAMES}


def test_judging_takes_in_the_cells_of_other_commands(machine: Machine, tmp_path: Path) -> None:
    machine.broken[ONE] = MISSING
    command(tmp_path).evaluate(THREE)
    del machine.broken[ONE]
    later = command(tmp_path)
    later.evaluate(TWO)
    waiting = later.campaign.cells()[THREE].examples[A]
    assert waiting.verdict is Verdict.UNKNOWN
    assert written_again(later) == {THREE}
    assert later.campaign.cells()[THREE].examples[A].verdict is Verdict.SAME


def test_a_finished_baseline_settles_the_cells_that_waited(
    machine: Machine, tmp_path: Path
) -> None:
    machine.broken[ONE] = MISSING
    command(tmp_path).evaluate(THREE)
    del machine.broken[ONE]
    later = command(tmp_path)
    later.evaluate(ONE)
    later.job.judge_all()
    assert later.campaign.cells()[THREE].examples[A].verdict is Verdict.SAME


def test_without_a_named_baseline_the_newest_that_passes_serves(
    machine: Machine, tmp_path: Path
) -> None:
    machine.prints[ONE, A] = ["loss 0.1\n"]
    machine.prints[THREE, A] = [None]
    job = command(tmp_path, baselines={})
    first = job.evaluate(ONE).examples[A]
    assert (first.verdict, first.baseline) == (Verdict.SAME, ONE)
    job.evaluate(TWO)
    job.evaluate(THREE)
    stored = job.job.judge_all()
    verdicts = [stored[name].examples[A].verdict for name in NAMES]
    assert verdicts == [Verdict.DIFFERENT, Verdict.SAME, Verdict.FAILED]
    assert {stored[name].examples[A].baseline for name in NAMES} == {TWO}


class Shows:
    """Stands for ``Progress``: keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun: list[str] = []
        self.done: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)

    def begin(self, identifiers: list[str]) -> None:
        self.begun = identifiers

    def left(self, identifier: str) -> None:
        pass

    def finished(self, cell: CellResult) -> None:
        self.done.append(cell.identifier)


@pytest.mark.parametrize(("cause", "exit_code"), [(None, 0), (CONFLICT, 3), (MISSING, 3)])
def test_a_whole_run(
    machine: Machine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cause: Cause | None,
    exit_code: int,
) -> None:
    for test in (A, B):
        (tmp_path / test).parent.mkdir()
        (tmp_path / test).touch()
    plan = plan_of(tmp_path, (A, B), BASELINES)
    monkeypatch.setattr(campaign_run, "make_plan", lambda _: plan)
    if cause is not None:
        machine.broken[TWO] = cause
    shown = Shows()
    ended = campaign_run.run(Selection(), RunOptions(jobs=1), cast("Progress", shown))
    assert ended.exit_code == exit_code
    assert shown.begun == [cell.identifier for cell in ended.cells] == list(NAMES)
    assert sorted(shown.done) == list(NAMES)
    # Each baseline once on its own account, and every cell once for its result.
    assert sorted(machine.order()) == sorted(
        [(ONE, False), (TWO, False), *((name, True) for name in NAMES)]
    )
    judged = [cell.examples[B].verdict for cell in ended.cells if B in cell.examples]
    assert judged == ([Verdict.SAME] * 3 if cause is None else [Verdict.UNKNOWN] * 2)
    # Nothing stays behind in the cache.
    assert not list((tmp_path / "cache" / "work").iterdir())


def test_a_baseline_that_is_forced_runs_again_once_and_serves_as_it_is_now(
    machine: Machine, tmp_path: Path
) -> None:
    first = command(tmp_path)
    assert len(list(first.job.run(first.plan.cells))) == 3
    machine.prints[ONE, A] = machine.prints[TWO, A] = machine.prints[THREE, A] = ["loss 0.1\n"]
    machine.asked.clear()
    machine.made.clear()
    again = command(tmp_path, again=[A])
    list(again.job.run(again.plan.cells))
    assert machine.made == {(ONE, A): REPEATS, (TWO, A): 1, (THREE, A): 1}
    judged = again.job.judge_all()
    assert [judged[name].examples[A].basis for name in NAMES] == [Basis.EXACT] * 3
