"""One cell: what is stored and still valid stays, what is missing runs, and each run is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import (
    ENVIRONMENT,
    FakeEnvironments,
    FakeLaunchers,
    FakeProgress,
    Started,
    ends_well,
    made_up_plan,
    plain_commands,
    run_settings,
)

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.launcher_client import RunFault
from tfcompat.execution.local_engine import local_evaluator
from tfcompat.execution.resources import CoreSlots
from tfcompat.execution.rounds import ScriptRunner
from tfcompat.execution.workspace import take_copy
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, to_document
from tfcompat.results.timings import Timings, read_costs
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import processes

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.execution.cell import CellEvaluator
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult

A, B, C = TESTS = ("ex/a.py", "ex/b.py", "ex/c.py")
KEYS = {A: "key a", B: "key b", C: "key c"}
CONFLICT = Cause(kind=CauseKind.CONFLICT, message="numpy")
NETWORK = Cause(kind=CauseKind.NETWORK, message="no network")


@dataclass
class Commands:
    """One command after the other over the same campaign, each with an evaluator of its own."""

    folder: Path
    cell: Cell
    launchers: FakeLaunchers
    environments: FakeEnvironments
    progress: FakeProgress
    store: CampaignStore

    def next(
        self, *, keys: dict[str, str] | None = None, settings: RunSettings | None = None
    ) -> CellEvaluator:
        """Return the evaluator of the next command; nothing is counted of those before."""
        settings = settings or run_settings("warm")
        self.launchers.runs.clear()
        self.environments.asked.clear()
        self.progress.rounds.clear()
        copy = take_copy(self.folder, ["ex"], self.folder / "copy")
        scripts = ScriptRunner(
            workspace=self.folder / "work",
            copy=copy,
            commands=plain_commands(TESTS),
            slots=CoreSlots(self.folder / "cores", 1),
            timings=Timings(read_costs(self.store.folder), self.store.folder),
            settings=settings,
            launchers=self.launchers,
        )
        return local_evaluator(
            settings=settings,
            keys=KEYS if keys is None else keys,
            store=self.store,
            environments=self.environments,
            scripts=scripts,
            progress=self.progress,
        )

    @property
    def ran(self) -> list[str]:
        return [run.test for run in self.launchers.runs]

    def stored(self) -> dict[str, int]:
        """Return how many runs are stored of each example."""
        known = self.store.known(self.cell.identifier)
        return {t: len(e.all_runs) for t, e in known.examples.items()} if known else {}


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    for test in TESTS:
        (tmp_path / test).parent.mkdir(exist_ok=True)
        (tmp_path / test).write_text("import foo\n", encoding="utf-8")
    store = CampaignStore(tmp_path / "results")
    store.open(dependency="foo", resolve="release")
    cell = made_up_plan(tmp_path, TESTS, {}).cells[0]
    return Commands(tmp_path, cell, FakeLaunchers(), FakeEnvironments(), FakeProgress(), store)


def same(stored: CellResult | None, result: CellResult) -> bool:
    """Return whether the stored cell equals the returned one, as it is written."""
    assert stored is not None
    texts = {json.dumps(to_document(one), sort_keys=True) for one in (stored, result)}
    return len(texts) == 1


def once(*tests: str) -> dict[str, int]:
    return dict.fromkeys(tests, 1)


def test_runs_are_made_and_the_cell_stays_unfinished(commands: Commands) -> None:
    evaluator = commands.next()
    result = evaluator.run(commands.cell, {A: 3, B: 1})
    assert commands.ran == [A, B, A, A]
    name = commands.cell.identifier
    assert commands.progress.rounds == [(name, 1, 2), (name, 2, 1), (name, 3, 1)]
    assert commands.store.cell(name) is None
    assert same(commands.store.unfinished(name), result)
    assert {t: (len(e.all_runs), e.key) for t, e in result.examples.items()} == {
        A: (3, "key a"), B: (1, "key b")
    }  # fmt: skip
    finished = evaluator.finish(commands.cell, {A: 3, B: 1})
    assert same(commands.store.cell(name), finished)
    assert commands.store.unfinished(name) is None
    assert len(commands.ran) == 4
    assert evaluator.built == {name}


def test_what_is_stored_runs_no_more(commands: Commands) -> None:
    evaluator = commands.next()
    evaluator.run(commands.cell, once(A, B))
    # Unfinished or finished, it is there.
    for _ in range(2):
        evaluator = commands.next()
        evaluator.run(commands.cell, once(A, B))
        evaluator.finish(commands.cell, once(A, B))
        assert (commands.ran, commands.environments.asked) == ([], [])


def test_only_what_is_missing_runs(commands: Commands) -> None:
    commands.next().finish(commands.cell, {A: 2, B: 1})
    commands.next().run(commands.cell, {A: 3, B: 1, C: 1})
    assert sorted(commands.ran) == [A, C]
    assert commands.stored() == {A: 3, B: 1, C: 1}
    # More runs than wanted are fine.
    commands.next().run(commands.cell, once(A))
    assert commands.ran == []


def test_further_runs_are_counted_as_repeats(commands: Commands) -> None:
    commands.next().run(commands.cell, once(A))
    commands.next().run(commands.cell, {A: 3})
    assert [number for _, number, _ in commands.progress.rounds] == [2, 3]


def test_each_repeat_has_a_hash_seed_and_a_round_of_its_own(commands: Commands) -> None:
    commands.next().finish(commands.cell, {A: 2, B: 1})
    assert [(s.test, s.hash_seed) for s in commands.launchers.runs] == [(A, 0), (B, 0), (A, 1)]
    commands.next().run(commands.cell, {A: 3, B: 3, C: 1})
    made = [(s.test, s.hash_seed, s.launcher) for s in commands.launchers.runs]
    assert [(test, seed) for test, seed, _ in made] == [(C, 0), (B, 1), (A, 2), (B, 2)]
    # No two seeds share a launcher, and what stands at the same repeat does.
    assert len({launcher for *_, launcher in made}) == len({seed for _, seed, _ in made}) == 3
    # A run that is dropped and made again begins anew.
    commands.next().run(commands.cell, {A: 1}, rerun={A})
    assert [s.hash_seed for s in commands.launchers.runs] == [0]


def test_more_runs_of_a_finished_cell_are_in_its_result(commands: Commands) -> None:
    name = commands.cell.identifier
    evaluator = commands.next()
    evaluator.extend(commands.cell, once(A))
    assert commands.store.cell(name) is None, "it was not finished"
    evaluator.finish(commands.cell, once(A, B))
    evaluator.extend(commands.cell, {A: 3})
    stored = commands.store.cell(name)
    assert stored is not None
    assert {t: len(e.all_runs) for t, e in stored.examples.items()} == {A: 3, B: 1}
    assert commands.store.unfinished(name) is None


def test_an_example_that_changed_runs_again(commands: Commands) -> None:
    commands.next().finish(commands.cell, {A: 2, B: 1})
    commands.next(keys={**KEYS, A: "another"}).finish(commands.cell, once(A, B))
    assert commands.ran == [A]
    assert commands.stored() == {A: 1, B: 1}


def test_what_has_to_runs_again(commands: Commands) -> None:
    commands.next().finish(commands.cell, {A: 2, B: 1})
    evaluator = commands.next()
    evaluator.run(commands.cell, {A: 2, B: 1}, rerun={A})
    assert commands.ran == [A, A]
    # But once.
    evaluator.finish(commands.cell, {A: 2, B: 1})
    assert commands.ran == [A, A]
    assert commands.stored() == {A: 2, B: 1}


def test_an_example_that_the_study_has_no_more_stays(commands: Commands) -> None:
    commands.next().finish(commands.cell, once(A, B))
    commands.next(keys={B: KEYS[B]}).finish(commands.cell, once(B))
    assert commands.ran == []
    assert commands.stored() == once(A, B)


def test_a_failing_run_is_not_repeated(commands: Commands) -> None:
    failed = Run(retval=1, seconds=1, error=["ValueError: bad\n"])
    commands.launchers.answer = lambda s: failed if s.test == A else ends_well(s)
    commands.next().run(commands.cell, {A: 3, B: 2})
    assert commands.stored() == {A: 1, B: 2}
    commands.next().run(commands.cell, {A: 3, B: 2})
    assert commands.ran == []


@pytest.mark.parametrize(
    "change", [{"resolve": "2021-01-05"}, {"requirements": ("scipy",)}], ids=["cut-off", "wishes"]
)
def test_a_cell_that_is_made_of_something_else_is_another(
    commands: Commands, change: dict[str, Any]
) -> None:
    commands.next().finish(commands.cell, once(A, B))
    commands.next(settings=replace(run_settings(), **change)).finish(commands.cell, once(A))
    assert commands.ran == [A]
    assert commands.stored() == once(A)


def test_runs_with_other_packages_do_not_count(commands: Commands) -> None:
    commands.next().finish(commands.cell, once(A, B))
    commands.environments.outcome = replace(ENVIRONMENT, lock="foo==1\nbar==2\n")
    commands.next().finish(commands.cell, once(A, B, C))
    assert commands.ran == [C, A, B], "the one of which nothing is known comes first"
    assert commands.stored() == once(A, B, C)


def test_what_cannot_be_built_is_a_result(commands: Commands) -> None:
    commands.environments.outcome = CONFLICT
    result = commands.next().run(commands.cell, once(A))
    assert (result.verdict, result.cause) == (Verdict.UNBUILDABLE, CONFLICT)
    assert same(commands.store.cell(commands.cell.identifier), result)
    # It is not tried again, but on demand.
    assert same(commands.next().run(commands.cell, once(A)), result)
    assert commands.environments.asked == []
    commands.environments.outcome = ENVIRONMENT
    commands.next().finish(commands.cell, once(A))
    assert commands.environments.asked == []
    again = commands.next().run(commands.cell, once(A), rerun={A})
    assert (again.verdict, commands.stored()) == (None, once(A))


def test_what_is_unknown_is_tried_again_and_loses_no_run(commands: Commands) -> None:
    commands.next().finish(commands.cell, once(A))
    commands.environments.outcome = NETWORK
    result = commands.next().run(commands.cell, once(A, B))
    assert (result.verdict, result.cause) == (Verdict.UNKNOWN, NETWORK)
    assert same(commands.store.unknown()[commands.cell.identifier], result)
    assert commands.stored() == once(A)
    commands.environments.outcome = ENVIRONMENT
    commands.next().finish(commands.cell, once(A, B))
    assert (commands.ran, commands.store.unknown()) == ([B], {})


def failing_at(test: str, error: Exception) -> FakeLaunchers:
    def answer(started: Started) -> Run:
        if started.test == test:
            raise error
        return ends_well(started)

    return FakeLaunchers(answer=answer)


def test_a_run_that_cannot_be_made_leaves_the_cell_unknown(commands: Commands) -> None:
    commands.launchers = failing_at(B, RunFault("the launcher ended"))
    result = commands.next().run(commands.cell, once(A, B))
    assert result.verdict is Verdict.UNKNOWN
    assert result.cause == Cause(kind=CauseKind.TOOL, message="the launcher ended")
    assert same(commands.store.unknown()[commands.cell.identifier], result)
    assert commands.stored() == once(A)


def test_a_cell_that_is_interrupted_says_so(commands: Commands) -> None:
    def answer(started: Started) -> Run:
        if started.test == B:
            processes.interrupt()
            raise RunFault("the launcher is gone")
        return ends_well(started)

    commands.launchers.answer = answer
    with processes.interruptible(), pytest.raises(InterruptedRunError):
        commands.next().run(commands.cell, once(A, B))
    unknown = commands.store.unknown()[commands.cell.identifier]
    assert unknown.cause is not None
    assert unknown.cause.kind is CauseKind.INTERRUPTED
    assert commands.stored() == once(A)


def test_the_imports_of_all_runs_count_together(commands: Commands) -> None:
    def imported(result: CellResult | None) -> float:
        assert result is not None
        assert result.environment is not None
        return result.environment.phases["import"]

    commands.next().finish(commands.cell, once(A, B))
    name = commands.cell.identifier
    assert imported(commands.store.cell(name)) == 2.0
    commands.next().finish(commands.cell, {A: 3, B: 3})
    assert imported(commands.store.cell(name)) == 6.0
    # None of these runs is there any more.
    commands.next().run(commands.cell, once(A, B), rerun={A, B})
    assert imported(commands.store.unfinished(name)) == 2.0


def test_what_runs_cost_is_kept_and_decides_their_order(commands: Commands) -> None:
    seconds = {A: 1.0, B: 9.0, C: 5.0}
    commands.launchers.answer = lambda s: ends_well(s).model_copy(
        update={"seconds": seconds[s.test], "peak_memory": 7}
    )
    commands.next().run(commands.cell, once(A, B, C))
    costs = read_costs(commands.store.folder)
    assert costs == {commands.cell.identifier: {t: (s, 7) for t, s in seconds.items()}}
    commands.next().run(commands.cell, once(A, B, C), rerun=TESTS)
    assert commands.ran == [B, C, A]


def test_finishing_makes_again_what_another_process_dropped(commands: Commands) -> None:
    evaluator = commands.next()
    result = evaluator.run(commands.cell, {A: 2, B: 1})
    commands.store.begin(result.model_copy(update={"examples": {B: result.examples[B]}}))
    evaluator.finish(commands.cell, {A: 2, B: 1})
    assert commands.stored() == {A: 2, B: 1}


def test_an_environment_that_is_kept_is_named(commands: Commands) -> None:
    evaluator = commands.next()
    evaluator.release(commands.cell)
    assert commands.progress.said == []
    commands.environments.kept = commands.folder / "kept"
    evaluator.release(commands.cell)
    name = commands.cell.identifier
    assert commands.progress.said == [f"kept the environment of {name} in {commands.folder}/kept"]
