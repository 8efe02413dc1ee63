"""The engine that is this machine: makes the environment of a cell, and its runs in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tfcompat.environments.base import BuildFailure
from tfcompat.errors import InterruptedRunError
from tfcompat.execution.cell import CellEvaluator
from tfcompat.execution.cell_record import built_record, failed_record, specification
from tfcompat.execution.engine import (
    STOPPED,
    missing_runs,
    store_unknown,
    store_without_environment,
)
from tfcompat.execution.launcher_client import RunFault
from tfcompat.results.schema import IMPORT_PHASE, example_of
from tfcompat.results.timings import measure_cost
from tfcompat.results.verdicts import Cause, CauseKind
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
    from tfcompat.results.schema import CellResult, Example


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


class LocalEngine:
    """Makes runs on this machine. ``keys`` identify the runs of each example."""

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

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell: until its release, its environment stays."""
        self._environments.acquire(cell)

    def release(self, cell: Cell) -> Path | None:
        """Count one use as over; after the last one, return the environment's folder if kept."""
        return self._environments.release(cell)

    def make(self, cell: Cell, stored: CellResult | None, wanted: Mapping[str, int]) -> CellResult:
        """Make the environment of a cell, and the runs that are wanted and not stored."""
        spec = specification(self._settings, cell)
        built = self._environments.environment(cell)
        if isinstance(built, BuildFailure):
            failed = failed_record(cell, spec, self._keys, built)
            return store_without_environment(self._store, failed)
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
            return store_unknown(self._store, record, cause)
        store_unknown(self._store, record, STOPPED)
        raise InterruptedRunError(STOPPED.message) from fault


def local_evaluator(
    *,
    settings: RunSettings,
    keys: Mapping[str, str],
    store: CampaignStore,
    environments: EnvironmentMaker,
    scripts: ScriptRunner,
    progress: ProgressListener,
) -> CellEvaluator:
    """Return what evaluates cells on this machine; ``keys`` identify the runs of each example."""
    engine = LocalEngine(
        settings=settings,
        keys=keys,
        store=store,
        environments=environments,
        scripts=scripts,
        progress=progress,
    )
    return CellEvaluator(
        settings=settings, keys=keys, store=store, engine=engine, progress=progress
    )
