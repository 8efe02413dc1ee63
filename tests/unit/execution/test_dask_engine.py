"""Cells run elsewhere: what comes back is stored here, and what goes wrong is tried elsewhere."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from fakes import KEY, FakeProgress, made_up_cell, made_up_plan, plain_commands, run_settings
from remote_workers import FAILED, LOST, MASKED, PLAIN, FakeCluster, run_there, worker

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.campaign_run import RunOptions, evaluate_cells
from tfcompat.execution.cell import CellEvaluator
from tfcompat.execution.dask_cluster import TaskLost
from tfcompat.execution.dask_engine import DaskEngine, SharedInputs
from tfcompat.execution.evaluation import Evaluation
from tfcompat.execution.placement import Placement
from tfcompat.execution.remote_cell import refusal_line, reply_line
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import CellResult, Run, example_of
from tfcompat.results.timings import Timings
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import processes

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan

A, B = TESTS = ("ex/a.py", "ex/b.py")
FULL = refusal_line(CauseKind.DISK, "the disk is full")


@dataclass
class Elsewhere:
    """A campaign here, and made-up workers that run its cells."""

    plan: Plan
    store: CampaignStore
    cluster: FakeCluster
    progress: FakeProgress
    evaluator: CellEvaluator
    timings: Timings

    @property
    def cell(self) -> Cell:
        return self.plan.cells[0]

    def run(self, tests: tuple[str, ...] = TESTS) -> CellResult:
        return self.evaluator.run(self.cell, dict.fromkeys(tests, 1))

    def evaluate(self, options: RunOptions | None = None) -> tuple[CellResult, ...]:
        evaluation = Evaluation(
            runner=self.evaluator,
            store=self.store,
            settings=run_settings(),
            keys=dict.fromkeys(TESTS, KEY),
            timings=self.timings,
            jobs=4,
            progress=self.progress,
        )
        return evaluate_cells(self.plan, evaluation, options or RunOptions())

    def unknown(self) -> Cause:
        found = self.store.unknown()[self.cell.identifier]
        assert found.verdict is Verdict.UNKNOWN
        assert found.cause is not None
        return found.cause


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    plan = made_up_plan(tmp_path, TESTS, {"ex": {"release": "1.0"}})
    store = CampaignStore(tmp_path / "results")
    store.open(dependency="foo", resolve="release")
    cluster = FakeCluster.of(worker("a"), worker("b"), worker("m", machine=MASKED))
    assert isinstance(cluster, FakeCluster)
    progress, timings = FakeProgress(), Timings({}, store.folder)
    keys = dict.fromkeys(TESTS, KEY)
    inputs = SharedInputs(
        settings=run_settings(),
        commands=plain_commands(TESTS),
        keys=keys,
        study=b"study",
        index="https://index.example",
        offline=False,
        disk=10**9,
    )
    engine = DaskEngine(
        cluster,
        Placement(cluster, PLAIN, patience=0.3),
        inputs,
        store=store,
        timings=timings,
        progress=progress,
        pause=0.0,
    )
    evaluator = CellEvaluator(
        settings=run_settings(), keys=keys, store=store, engine=engine, progress=progress
    )
    return Elsewhere(plan, store, cluster, progress, evaluator, timings)


def test_what_comes_back_is_stored_and_not_asked_for_again(elsewhere: Elsewhere) -> None:
    result = elsewhere.run()
    assert result.verdict is None
    assert elsewhere.store.known(elsewhere.cell.identifier) == result
    assert elsewhere.run() == result
    assert elsewhere.cluster.order == ["a"]
    assert elsewhere.evaluator.built == {elsewhere.cell.identifier}
    assert elsewhere.timings.seconds(elsewhere.cell.identifier, A) == 1
    assert all(task.dropped for task in elsewhere.cluster.tasks)


def test_a_request_has_the_stored_runs_and_what_runs_cost(elsewhere: Elsewhere) -> None:
    elsewhere.run((A,))
    elsewhere.run()
    _, request = elsewhere.cluster.asked[-1]
    assert request.stored is not None
    assert set(request.stored["tests"]) == {"build", A}
    assert request.wanted == {A: 1, B: 1}
    # Of B nothing is known.
    assert set(request.costs) == {A}
    assert request.jobs == 1


def test_a_campaign_runs_as_on_one_machine(elsewhere: Elsewhere) -> None:
    cells = elsewhere.evaluate()
    assert {one.examples[A].verdict for one in cells} == {Verdict.SAME}
    assert len(elsewhere.cluster.asked) == 3
    assert "m" not in elsewhere.cluster.order
    elsewhere.evaluate()
    assert len(elsewhere.cluster.asked) == 3
    elsewhere.evaluate(RunOptions(force=True))
    assert len(elsewhere.cluster.asked) == 6


@pytest.mark.parametrize("first", [LOST, FAILED, FULL, b"no JSON", b'{"result": 1, "runs": 2}'])
def test_what_one_worker_could_not_another_can(
    elsewhere: Elsewhere, first: bytes | Exception
) -> None:
    elsewhere.cluster.answers["a"] = [first]
    assert elsewhere.run().verdict is None
    assert elsewhere.cluster.order == ["a", "b"]
    assert "it is tried again" in elsewhere.progress.said[0]
    assert elsewhere.store.unknown() == {}


def test_an_answer_of_two_workers_is_believed(elsewhere: Elsewhere) -> None:
    elsewhere.cluster.workers["c"] = worker("c")
    elsewhere.cluster.answers = {"a": [FULL], "b": [FULL]}
    assert elsewhere.run().verdict is Verdict.UNKNOWN
    assert elsewhere.cluster.order == ["a", "b"]
    assert elsewhere.unknown() == Cause(
        kind=CauseKind.DISK, message="the disk is full (tried on 2 workers)"
    )
    # It never counts against the release: the next command tries again.
    assert elsewhere.run().verdict is None


def test_a_cell_that_loses_its_workers_is_tried_three_times_more(elsewhere: Elsewhere) -> None:
    for name in "cde":
        elsewhere.cluster.workers[name] = worker(name)
    elsewhere.cluster.answers = {name: [LOST] for name in "abcde"}
    assert elsewhere.run().verdict is Verdict.UNKNOWN
    assert elsewhere.cluster.order == ["a", "b", "c", "d"]
    assert "lost (4 times in all)" in elsewhere.unknown().message


def test_workers_that_had_not_begun_a_cell_are_lost_by_accident(elsewhere: Elsewhere) -> None:
    for name in "cdefg":
        elsewhere.cluster.workers[name] = worker(name)
    early = TaskLost("its worker was lost", begun=False)
    elsewhere.cluster.answers = {name: [early] for name in "abcdef"}
    assert elsewhere.run().verdict is None
    assert elsewhere.cluster.order == list("abcdefg")


def test_where_all_workers_are_gone_the_reason_says_so(elsewhere: Elsewhere) -> None:
    elsewhere.cluster.answers = {"a": [LOST], "b": [LOST]}
    del elsewhere.cluster.workers["m"]
    assert elsewhere.run().verdict is Verdict.UNKNOWN
    assert elsewhere.unknown().message == "no worker is left"


def test_runs_with_other_keys_are_refused(elsewhere: Elsewhere) -> None:
    other = example_of([Run(retval=0, seconds=1)], key="of another class")
    wrong = reply_line(made_up_cell(elsewhere.cell, {A: other}), None)
    elsewhere.cluster.answers = {"a": [wrong], "b": [wrong]}
    assert elsewhere.run().verdict is Verdict.UNKNOWN
    assert "not on the cell that was asked for" in elsewhere.unknown().message
    known = elsewhere.store.known(elsewhere.cell.identifier)
    assert known is None or not known.examples


def test_an_environment_that_cannot_be_made_is_a_result(elsewhere: Elsewhere) -> None:
    cause = Cause(kind=CauseKind.CONFLICT, message="numpy")
    update = {"verdict": Verdict.UNBUILDABLE, "cause": cause}
    failed = made_up_cell(elsewhere.cell, {}).model_copy(update=update)
    elsewhere.cluster.answers["a"] = [reply_line(failed, None)]
    assert elsewhere.run().verdict is Verdict.UNBUILDABLE
    assert elsewhere.cluster.order == ["a"]
    assert elsewhere.store.cell(elsewhere.cell.identifier) is not None


def test_runs_of_a_cell_that_ended_early_are_kept(elsewhere: Elsewhere) -> None:
    done = example_of([Run(retval=0, seconds=1, output=["loss 0.5\n"])], key=KEY)
    made = made_up_cell(elsewhere.cell, {A: done})
    cause = Cause(kind=CauseKind.TOOL, message="the launcher is gone")
    update = {"verdict": Verdict.UNKNOWN, "cause": cause, "examples": {}}
    elsewhere.cluster.workers.pop("b")
    elsewhere.cluster.answers["a"] = [reply_line(made.model_copy(update=update), made)]
    assert elsewhere.run().verdict is Verdict.UNKNOWN
    known = elsewhere.store.known(elsewhere.cell.identifier)
    assert known is not None
    assert set(known.examples) == {A}
    assert elsewhere.unknown().message.startswith("the launcher is gone (tried on the only")


def test_what_no_worker_can_run_is_not_sent(elsewhere: Elsewhere) -> None:
    cause = Cause(kind=CauseKind.NO_INTERPRETER, message="no worker has Python 3.6")
    cell = replace(elsewhere.cell, interpreter=None, cause=cause)
    assert elsewhere.evaluator.run(cell, {A: 1}).cause == cause
    assert elsewhere.unknown() == cause
    assert elsewhere.cluster.asked == []


def test_an_interrupt_stops_what_runs_and_says_so(elsewhere: Elsewhere) -> None:
    elsewhere.cluster.answers["a"] = [None]
    raised: list[BaseException] = []

    def run() -> None:
        try:
            elsewhere.run()
        except InterruptedRunError as error:
            raised.append(error)

    with processes.interruptible():
        thread = threading.Thread(target=run)
        thread.start()
        while not elsewhere.cluster.tasks:
            threading.Event().wait(0.01)
        processes.interrupt()
        thread.join(10)
    assert len(raised) == 1
    assert elsewhere.cluster.tasks[0].dropped
    assert elsewhere.unknown().kind is CauseKind.INTERRUPTED


def test_the_made_up_worker_answers_like_a_real_one(elsewhere: Elsewhere) -> None:
    elsewhere.run()
    assert run_there(elsewhere.cluster.asked[0][1]).startswith(b'{"result":')
