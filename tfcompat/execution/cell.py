"""One cell, from its stored state to its result: build, run, store. Failures are data here.

A cell is worked on under its lock. What is stored and still valid is never run again; every run
is stored as it ends, so that whatever happens, the next process continues from there. Between two
calls the lock is free, and the cell is unfinished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tfcompat.environments.base import BuildFailure
from tfcompat.errors import InterruptedRunError
from tfcompat.execution.cell_record import (
    built_record,
    failed_record,
    is_same_cell,
    specification,
)
from tfcompat.execution.launcher_client import RunFault
from tfcompat.results.schema import IMPORT_PHASE, example_of
from tfcompat.results.timings import measure_cost
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.rounds import Rounds, ScriptRunner
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellEnvironment, CellResult, Example

_STOPPED = Cause(kind=CauseKind.INTERRUPTED, message="stopped before all of its examples had run")


class EnvironmentMaker(Protocol):
    """The part of making environments that the evaluation of a cell needs."""

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the cells whose environments were ever made."""

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell's environment: until its release, the environment stays."""

    def release(self, cell: Cell) -> Path | None:
        """Count one use as over; after the last one, return the environment's folder if kept."""

    def environment(self, cell: Cell) -> Environment | BuildFailure:
        """Return a cell's environment, or why there is none; the caller holds the cell's lock."""


def missing_runs(examples: Mapping[str, Example], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return the examples that have fewer runs than wanted, and how many they need in all.

    A run that fails is a verdict by itself: no more of them would be compared.
    """
    missing = {}
    for test, number in wanted.items():
        example = examples.get(test)
        if example is None or (len(example.all_runs) < number and example.failure is None):
            missing[test] = number
    return missing


class CellEvaluator:
    """Brings cells to as many runs as are wanted. ``keys`` identify the runs of each example."""

    def __init__(
        self,
        *,
        settings: RunSettings,
        keys: Mapping[str, str],
        store: CampaignStore,
        environments: EnvironmentMaker,
        scripts: ScriptRunner,
        progress: ProgressListener,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._store = store
        self._environments = environments
        self._scripts = scripts
        self._progress = progress

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the cells whose environments were made."""
        return self._environments.built

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell: until its release, its environment stays."""
        self._environments.acquire(cell)

    def release(self, cell: Cell) -> None:
        """Count one use of a cell as over."""
        self._progress.left(cell.identifier)
        kept = self._environments.release(cell)
        if kept:
            self._progress.say(f"kept the environment of {cell.identifier} in {kept}")

    def run(self, cell: Cell, wanted: Mapping[str, int], rerun: Collection[str] = ()) -> CellResult:
        """Bring each example to its wanted number of runs, and return the cell as it then is.

        Stored runs count, but for those of the examples in ``rerun``. The cell stays unfinished,
        unless it has no environment: then the result has a verdict and a cause. Raises
        InterruptedRunError where everything is stopped.
        """
        with self._store.working_on(cell.identifier):
            return self._bring(cell, wanted, rerun)

    def extend(self, cell: Cell, wanted: Mapping[str, int]) -> CellResult:
        """Do as ``run``; a cell that is finished already has its result file written anew."""
        with self._store.working_on(cell.identifier):
            result = self._bring(cell, wanted, ())
            if result.verdict is None and self._store.cell(cell.identifier) is not None:
                self._store.finish(result)
        return result

    def finish(self, cell: Cell, wanted: Mapping[str, int]) -> CellResult:
        """Store a cell as its result file, and return it.

        Wanted runs that another process has dropped meanwhile are made again.
        """
        with self._store.working_on(cell.identifier):
            result = self._bring(cell, wanted, ())
            if result.verdict is None:
                self._store.finish(result)
        return result

    def interrupted(self, cell: Cell) -> None:
        """Store that a cell was stopped before it was finished."""
        known = self._store.known(cell.identifier)
        if known is not None:
            self._store_unknown(known, _STOPPED)

    def _bring(self, cell: Cell, wanted: Mapping[str, int], rerun: Collection[str]) -> CellResult:
        spec = specification(self._settings, cell)
        known = self._store.known(cell.identifier)
        if known is None or not is_same_cell(known, spec):
            return self._make(cell, spec, None, wanted)
        valid = known.model_copy(update={"examples": self._valid(known, rerun)})
        complete = not missing_runs(valid.examples, wanted)
        if complete or (known.verdict is Verdict.UNBUILDABLE and not rerun):
            return valid
        return self._make(cell, spec, valid, wanted)

    def _valid(self, known: CellResult, rerun: Collection[str]) -> dict[str, Example]:
        """Return the stored examples that need not run again, or that the study no longer has."""
        return {
            test: example
            for test, example in known.examples.items()
            if test not in self._keys or (test not in rerun and example.key == self._keys[test])
        }

    def _make(
        self,
        cell: Cell,
        spec: CellEnvironment,
        stored: CellResult | None,
        wanted: Mapping[str, int],
    ) -> CellResult:
        """Make the environment of a cell, and the runs that are wanted and not stored."""
        built = self._environments.environment(cell)
        if isinstance(built, BuildFailure):
            return self._without_environment(failed_record(cell, spec, self._keys, built))
        record = built_record(cell, spec, self._keys, built)
        before = stored.environment if stored else None
        imported = 0.0
        # Runs with another set of packages do not count for this environment.
        if stored and before and before.lock == built.lock and stored.examples:
            record = record.model_copy(update={"examples": stored.examples})
            # The imports of the runs that are kept count together with those to come.
            imported = before.phases.get(IMPORT_PHASE, 0.0)
        return self._run_missing(record, self._scripts.rounds(cell, built), wanted, imported)

    def _run_missing(
        self, record: CellResult, rounds: Rounds, wanted: Mapping[str, int], imported: float
    ) -> CellResult:
        """Make runs and store each; ``imported`` are the seconds that imports took before."""
        self._store.begin(record)
        try:
            examples = self._run_rounds(record, rounds, wanted)
            processes.raise_if_interrupted()
        except (RunFault, InterruptedRunError, KeyboardInterrupt) as fault:
            return self._unfinished(record, fault)
        finally:
            if imported + rounds.import_seconds:
                record = record.with_phase(IMPORT_PHASE, imported + rounds.import_seconds)
                self._store.store_cell(record)
        ran = {t: e for t, e in examples.items() if e is not record.examples.get(t)}
        self._scripts.timings.add(record.identifier, measure_cost(ran))
        return record.model_copy(update={"examples": examples})

    def _run_rounds(
        self, record: CellResult, rounds: Rounds, wanted: Mapping[str, int]
    ) -> dict[str, Example]:
        """Run in rounds: each repeat comes from a launcher of its own, shared by its examples.

        A round has one hash seed, so its examples all stand at the same repeat. The first one has
        the seed 0, as everywhere.
        """
        identifier = record.identifier
        done = dict(record.examples)
        runs = {test: done[test].all_runs if test in done else [] for test in wanted}
        while pending := missing_runs(done, wanted):
            repeat = min(len(runs[test]) for test in pending)
            tests = [test for test in pending if len(runs[test]) == repeat]
            self._progress.running(identifier, repeat + 1, len(tests))
            ordered = self._scripts.timings.longest_first(identifier, tests)
            for test, run in rounds.one(ordered, hash_seed=repeat):
                runs[test].append(run)
                done[test] = example_of(runs[test], key=self._keys[test])
                self._store.store_run(identifier, test, done[test])
                self._progress.ran(identifier, test)
        return done

    def _unfinished(self, record: CellResult, fault: BaseException) -> CellResult:
        """Store why some runs of a cell could not be made; raise an interrupt again."""
        if isinstance(fault, RunFault) and not processes.interrupted():
            cause = Cause(kind=CauseKind.TOOL, message=str(fault))
            return self._store_unknown(record, cause)
        self._store_unknown(record, _STOPPED)
        raise InterruptedRunError(_STOPPED.message) from fault

    def _store_unknown(self, record: CellResult, cause: Cause) -> CellResult:
        update = {"verdict": Verdict.UNKNOWN, "cause": cause, "examples": {}}
        unknown = record.model_copy(update=update)
        self._store.store_unknown(unknown)
        return unknown

    def _without_environment(self, result: CellResult) -> CellResult:
        if result.verdict is Verdict.UNKNOWN:
            self._store.store_unknown(result)
        else:
            self._store.finish(result)
        return result
