"""One cell, from its stored state to its result: build, run, store. Failures are data here.

A cell is worked on under its lock. What is stored and still valid is never run again; every run
is stored as it ends, so that whatever happens, the next process continues from there. Between two
calls the lock is free, and the cell is unfinished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.execution.cell_record import is_same_cell, specification
from tfcompat.execution.engine import STOPPED, missing_runs, store_unknown
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tfcompat.execution.engine import CellEngine
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellResult, Example


class CellEvaluator:
    """Brings cells to as many runs as are wanted. ``keys`` identify the runs of each example.

    ``engine`` makes what is not stored.
    """

    def __init__(
        self,
        *,
        settings: RunSettings,
        keys: Mapping[str, str],
        store: CampaignStore,
        engine: CellEngine,
        progress: ProgressListener,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._store = store
        self._engine = engine
        self._progress = progress
        self._built: set[str] = set()

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the cells whose environments were made."""
        return self._built

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell: until its release, its environment stays."""
        self._engine.acquire(cell)

    def release(self, cell: Cell) -> None:
        """Count one use of a cell as over."""
        self._progress.left(cell.identifier)
        kept = self._engine.release(cell)
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
            store_unknown(self._store, known, STOPPED)

    def _bring(self, cell: Cell, wanted: Mapping[str, int], rerun: Collection[str]) -> CellResult:
        spec = specification(self._settings, cell)
        known = self._store.known(cell.identifier)
        if known is None or not is_same_cell(known, spec):
            return self._make(cell, None, wanted)
        valid = known.model_copy(update={"examples": self._valid(known, rerun)})
        complete = not missing_runs(valid.examples, wanted)
        if complete or (known.verdict is Verdict.UNBUILDABLE and not rerun):
            return valid
        return self._make(cell, valid, wanted)

    def _valid(self, known: CellResult, rerun: Collection[str]) -> dict[str, Example]:
        """Return the stored examples that need not run again, or that the study no longer has."""
        return {
            test: example
            for test, example in known.examples.items()
            if test not in self._keys or (test not in rerun and example.key == self._keys[test])
        }

    def _make(self, cell: Cell, stored: CellResult | None, wanted: Mapping[str, int]) -> CellResult:
        made = self._engine.make(cell, stored, wanted)
        if made.build is not None and made.build.retval == 0:
            self._built.add(cell.identifier)
        return made
