"""Rounds of runs with made-up launchers: what starts warm, what runs again, and in which one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from fakes import (
    ENVIRONMENT,
    FakeLaunchers,
    Started,
    ends_well,
    made_up_plan,
    plain_commands,
    run_settings,
)

from tfcompat.environments.namespaces import OPEN, Closed
from tfcompat.execution.launcher_client import ImportOutcome, RunFault, WatcherLost
from tfcompat.execution.resources import CoreSlots
from tfcompat.execution.rounds import Rounds, ScriptRunner
from tfcompat.execution.workspace import take_copy
from tfcompat.planning.command import Command
from tfcompat.results.schema import Run
from tfcompat.results.timings import Timings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.launcher_client import Isolation
    from tfcompat.planning.grid import Cell
    from tfcompat.util.processes import Invocation

A, B, C = TESTS = ("ex/a.py", "ex/b.py", "ex/c.py")
FORKABLE, OTHER = "import foo\n", "import os\nos.environ['A'] = '1'\nimport foo\n"
KILLED = Run(retval=-9, seconds=1, signal="SIGKILL", isolation="fresh")


@dataclass(frozen=True)
class FakeSandbox:
    """An overlay that catches what a made-up run writes."""

    folder: Path
    layers: tuple[Path, ...] = ()

    @property
    def written(self) -> Path:
        return self.folder / "written"

    def wrap(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        readable: Sequence[Path] = (),
        *,
        closed: Closed = OPEN,
    ) -> Invocation:
        raise NotImplementedError


@dataclass
class Bench:
    """A cell in which scripts run, one at a time."""

    launchers: FakeLaunchers
    scripts: ScriptRunner
    cell: Cell
    built: Environment

    def rounds(self) -> Rounds:
        return self.scripts.rounds(self.cell, self.built)


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    def make(
        isolation: Isolation = "warm", *, sandbox: FakeSandbox | None = None, **sources: str
    ) -> Bench:
        for test in TESTS:
            path = tmp_path / test
            path.parent.mkdir(exist_ok=True)
            path.write_text(sources.get(path.stem, FORKABLE), encoding="utf-8")
        launchers = FakeLaunchers()
        scripts = ScriptRunner(
            workspace=tmp_path / "work",
            copy=take_copy(tmp_path, ["ex"], tmp_path / "copy"),
            commands=plain_commands(TESTS),
            slots=CoreSlots(tmp_path / "cores", 1),
            timings=Timings({}),
            settings=run_settings(isolation),
            launchers=launchers,
        )
        cell = made_up_plan(tmp_path, TESTS, {}).cells[0]
        return Bench(launchers, scripts, cell, replace(ENVIRONMENT, sandbox=sandbox))

    return make


def test_each_round_has_a_launcher_of_its_own(bench: Callable[..., Bench]) -> None:
    here = bench("fresh")
    rounds = here.rounds()
    for _ in range(2):
        assert dict(rounds.one(TESTS, hash_seed=0)).keys() == set(TESTS)
    assert here.launchers.order == [(n, test, "fresh") for n in (1, 2) for test in TESTS]
    assert (here.launchers.imports, rounds.import_seconds) == ([], 0)


def test_what_may_starts_warm_beside_what_may_not(bench: Callable[..., Bench]) -> None:
    here = bench(b=OTHER)
    rounds = here.rounds()
    for _ in range(2):
        list(rounds.one(TESTS, hash_seed=0))
    each = {A: "warm", B: "fresh", C: "warm"}
    assert here.launchers.order == [(n, test, each[test]) for n in (1, 2) for test in TESTS]
    assert (here.launchers.imports, rounds.import_seconds) == ([1, 2], 4.0)


def test_an_import_for_one_script_alone_is_not_worth_it(bench: Callable[..., Bench]) -> None:
    here = bench(b=OTHER, c=OTHER)
    list(here.rounds().one(TESTS, hash_seed=0))
    assert here.launchers.imports == []
    assert {isolation for *_, isolation in here.launchers.order} == {"fresh"}


def import_refused() -> ImportOutcome:
    return ImportOutcome(why_not="it starts threads", seconds=1.0)


def import_kills() -> ImportOutcome:
    raise RunFault("the launcher ended")


@pytest.mark.parametrize(("imported", "seconds"), [(import_refused, 1.0), (import_kills, 0.0)])
def test_a_library_that_bears_no_fork_is_imported_once_a_cell(
    bench: Callable[..., Bench], imported: Callable[[], ImportOutcome], seconds: float
) -> None:
    here = bench()
    here.launchers.imported = imported
    first = here.rounds()
    list(first.one(TESTS, hash_seed=0))
    # Also by later users of the cell.
    list(here.rounds().one(TESTS, hash_seed=0))
    assert here.launchers.order == [(n, test, "fresh") for n in (2, 3) for test in TESTS]
    assert (here.launchers.imports, first.import_seconds) == ([1], seconds)


@pytest.mark.parametrize("how", [{"signal": "SIGSEGV"}, {"timed_out": True}])
def test_a_fork_that_failed_is_tried_again_without_one(
    bench: Callable[..., Bench], how: dict[str, object]
) -> None:
    here = bench()

    def answer(started: Started) -> Run:
        fails = started.test == B and started.isolation == "warm"
        return ends_well(started).model_copy(update=how if fails else {})

    here.launchers.answer = answer
    runs = dict(here.rounds().one(TESTS, hash_seed=0))
    assert here.launchers.order == [
        (1, A, "warm"), (1, B, "warm"), (1, B, "fresh"), (1, C, "warm"),
    ]  # fmt: skip
    assert (runs[B].isolation, runs[B].signal, runs[B].timed_out) == ("fresh", None, False)


def test_patience_ends_what_takes_far_longer_than_before(bench: Callable[..., Bench]) -> None:
    here = bench("fresh")
    settings = run_settings("fresh")
    limits = replace(settings.limits, timeout=600.0)
    patient = replace(here.scripts, settings=replace(settings, limits=limits, patience=30.0))
    took = {A: 0.5, B: 10.0, C: 1.0}

    def answer(started: Started) -> Run:
        end = {"seconds": took[started.test], "retval": int(started.test == C)}
        return ends_well(started).model_copy(update=end)

    here.launchers.answer = answer
    for scripts in (patient, patient, here.scripts):
        dict(scripts.rounds(here.cell, here.built).one(TESTS, hash_seed=0))
    # Never within a minute, nor before any run has ended well.
    assert here.launchers.timeouts == [600.0] * 3 + [60.0, 300.0, 600.0] + [1.0] * 3


def test_what_fails_without_a_fork_has_failed(bench: Callable[..., Bench]) -> None:
    here = bench("fresh")
    here.launchers.answer = lambda _: KILLED
    assert dict(here.rounds().one([A], hash_seed=0)) == {A: KILLED}
    assert len(here.launchers.runs) == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_run_whose_watcher_is_lost_runs_once_more(
    bench: Callable[..., Bench], times: int
) -> None:
    here = bench()

    def answer(started: Started) -> Run:
        if started.test == B and [run.test for run in here.launchers.runs].count(B) <= times:
            raise WatcherLost("came to an untimely end", KILLED)
        return ends_well(started)

    here.launchers.answer = answer
    runs = dict(here.rounds().one(TESTS, hash_seed=3))
    assert {run.hash_seed for run in here.launchers.runs} == {3}
    # Twice is no accident.
    assert runs[B].signal == (None if times == 1 else "SIGKILL")
    assert [run.isolation for run in here.launchers.runs if run.test == B] == ["warm", "fresh"]


def test_a_run_that_cannot_be_made_ends_the_round(bench: Callable[..., Bench]) -> None:
    here = bench()

    def answer(started: Started) -> Run:
        if started.test == B:
            raise RunFault("no more processes")
        return ends_well(started)

    here.launchers.answer = answer
    with pytest.raises(RunFault, match="no more processes"):
        list(here.rounds().one(TESTS, hash_seed=0))
    assert [run.test for run in here.launchers.runs].count(B) == 1


def test_what_finds_the_environment_written_to_runs_again(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    sandbox = FakeSandbox(tmp_path / "cell")
    (sandbox.folder / "env").mkdir(parents=True)
    here = bench(sandbox=sandbox)
    dirty: list[str] = []

    def answer(started: Started) -> Run:
        if (sandbox.written / "added.py").exists():
            dirty.append(started.test)
        if started.test == B:
            sandbox.written.mkdir(exist_ok=True)
            (sandbox.written / "added.py").write_text("", encoding="utf-8")
        return ends_well(started)

    here.launchers.answer = answer
    runs = dict(here.rounds().one(TESTS, hash_seed=3))
    assert runs.keys() == set(TESTS)
    # What is made again has the seed of the run that did not count.
    assert {run.hash_seed for run in here.launchers.runs} == {3}
    # C does not even start in what B has written to; B comes last, alone.
    expected = [(1, A, "warm"), (1, B, "warm"), (2, C, "fresh"), (3, B, "fresh")]
    assert here.launchers.order == expected
    assert dirty == []
    assert not sandbox.written.exists()
    # It is known by now, also to later users of the cell.
    here.launchers.runs.clear()
    list(here.rounds().one(TESTS, hash_seed=0))
    assert here.launchers.order == [(4, A, "warm"), (4, C, "warm"), (5, B, "fresh")]


def test_runs_at_the_same_time_as_a_writer_are_suspect(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    sandbox = FakeSandbox(tmp_path / "cell")
    (sandbox.folder / "env").mkdir(parents=True)
    here = bench("fresh", sandbox=sandbox)

    def answer(started: Started) -> Run:
        if started.test == B and started.launcher == 1:
            # By whom it was is not known: here, one that ran beside it.
            sandbox.written.mkdir(exist_ok=True)
            (sandbox.written / "added.py").write_text("", encoding="utf-8")
        return ends_well(started)

    here.launchers.answer = answer
    rounds = here.rounds()
    list(rounds.one([B, C], hash_seed=0))
    assert here.launchers.order == [(1, B, "fresh"), (2, C, "fresh"), (3, B, "fresh")]
    # Alone it left nothing: it is no writer, and runs beside the others again.
    list(rounds.one([B, C], hash_seed=0))
    assert here.launchers.order[3:] == [(4, B, "fresh"), (4, C, "fresh")]


def test_the_tests_of_a_file_share_one_run(bench: Callable[..., Bench]) -> None:
    here = bench("warm")
    names = {f"{A}::test_{name}": Command(script=A, suite=True) for name in "ab"}
    commands = {**names, B: Command(script=B), C: Command(script=C)}
    here = replace(here, scripts=replace(here.scripts, commands=commands))
    lines = [f'{{"test": "{name}", "outcome": "passed", "reason": ""}}\n' for name in names]

    def answer(started: Started) -> Run:
        run = ends_well(started)
        return run.model_copy(update={"output": lines}) if started.test == A else run

    here.launchers.answer = answer
    rounds = here.rounds()
    runs = dict(rounds.one([*names, B, C], hash_seed=2))
    assert here.launchers.order == [(1, A, "fresh"), (1, B, "warm"), (1, C, "warm")]
    assert [runs[name].output for name in names] == [["passed\n"], ["passed\n"]]
    assert runs[B].output == ["loss 0.5\n"]
    assert {run.hash_seed for run in here.launchers.runs} == {2}
    # One of them alone needs the same run, and is all that it gives.
    second = list(names)[1]
    assert dict(rounds.one([second], hash_seed=2)).keys() == {second}
    assert here.launchers.order[3:] == [(2, A, "fresh")]
