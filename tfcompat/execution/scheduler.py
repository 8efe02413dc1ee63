"""The cells of one command: evaluated side by side, compared with their baselines, and judged.

Baselines come first. Other cells begin without them, and wait for them only before the comparison.
More cells are at work than runs, so that while some run, the next are being built. A
thread that waits for a baseline holds no lock: all runs that it has are stored by then.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tfcompat.errors import InterruptedRunError
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping, Sequence

    from tfcompat.execution.campaign_judge import CampaignJudge
    from tfcompat.execution.references import NamedBaselines
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult
    from tfcompat.results.timings import Timings

Requests: TypeAlias = "Mapping[Cell, Sequence[str]]"
"""The cells to evaluate, each with its examples."""

Rerun: TypeAlias = "Mapping[str, Collection[str]]"
"""The examples whose stored runs do not count, by the identifiers of their cells."""

AHEAD = 2
"""Cells at work beyond those that may run: one is downloaded or linked, one imports."""


class CellRunner(Protocol):
    """What the scheduler needs for evaluating cells. Any thread may call it, for any cell."""

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the cells whose environments were made."""

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell: until its release, its environment stays."""

    def release(self, cell: Cell) -> None:
        """Count one use of a cell as over."""

    def run(self, cell: Cell, wanted: Mapping[str, int], rerun: Collection[str] = ()) -> CellResult:
        """Bring each example to its wanted number of runs, and leave the cell unfinished.

        The result has a verdict where the cell cannot be run.
        """

    def extend(self, cell: Cell, wanted: Mapping[str, int]) -> CellResult:
        """Do as ``run``, but leave a cell finished that is."""

    def finish(self, cell: Cell, wanted: Mapping[str, int]) -> CellResult:
        """Store a cell with its wanted runs as its result."""

    def interrupted(self, cell: Cell) -> None:
        """Store that a cell was stopped before it was finished."""


class Scheduler:
    """Evaluates the cells of one command, each baseline tried once.

    ``threads`` is how many cells may be at work at once.
    """

    def __init__(
        self,
        runner: CellRunner,
        *,
        baselines: NamedBaselines,
        judge: CampaignJudge,
        timings: Timings,
        threads: int,
    ) -> None:
        self._runner = runner
        self._baselines = baselines
        self._timings = timings
        self._threads = threads
        self.judge = judge

    def run(
        self, requests: Requests, rerun: Rerun | None = None
    ) -> Generator[CellResult, None, None]:
        """Evaluate cells, several at a time, and yield the result of each as it ends.

        Whatever ends this early, an interrupt or an error, ends all of them and what they run.
        """
        baselines = self._untried_baselines(requests)
        # Baselines twice: for the trial, and for all those that may need more runs of them.
        for cell in (*baselines, *baselines, *requests):
            self._runner.acquire(cell)
        # A baseline's own examples run again when it is tried as one, not a second time after that.
        remaining = {name: set(tests) for name, tests in (rerun or {}).items()}
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="cell")
        try:
            for cell in baselines:
                own = remaining.get(cell.identifier, set()) & self._baselines.examples_of(cell)
                remaining[cell.identifier] = remaining.get(cell.identifier, set()) - own
                trial = pool.submit(self._try_baseline, cell, own)
                self._baselines.begin_trial(cell, trial)
            futures = [
                pool.submit(
                    self._evaluate, cell, requests[cell], remaining.get(cell.identifier, ())
                )
                for cell in self._longest_first(requests)
            ]
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            processes.interrupt()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            for cell in baselines:
                self._runner.release(cell)

    def _untried_baselines(self, requests: Requests) -> list[Cell]:
        """Return the baselines to try first; a cell that comes alone is not tried before itself."""
        tests = {test for tests in requests.values() for test in tests}
        alone = [cell.identifier for cell in requests] if len(requests) == 1 else []
        return [cell for cell in self._baselines.untried(tests) if cell.identifier not in alone]

    def _longest_first(self, requests: Requests) -> list[Cell]:
        return sorted(
            requests,
            key=lambda cell: -self._timings.cell_seconds(cell.identifier, requests[cell]),
        )

    def _try_baseline(self, cell: Cell, rerun: Collection[str]) -> None:
        """Make the runs that a baseline lacks; it may turn out that there is no environment."""
        wanted = self._baselines.first_runs(cell, self._baselines.examples_of(cell))
        try:
            self._runner.run(cell, wanted, rerun)
        finally:
            self._runner.release(cell)

    def _evaluate(self, cell: Cell, tests: Sequence[str], rerun: Collection[str]) -> CellResult:
        """Bring one cell to its result and judge it."""
        try:
            self._baselines.wait_for_trial(cell.identifier)
            result = self._run_until_comparable(cell, tests, rerun)
        finally:
            self._runner.release(cell)
        self._baselines.note_evaluated(cell)
        if result.verdict is not None:
            return result
        self._baselines.wait_for(result.examples)
        return self.judge.judge_cell(result)

    def _run_until_comparable(
        self, cell: Cell, tests: Sequence[str], rerun: Collection[str]
    ) -> CellResult:
        """Run examples, then those that need more runs to be compared, and finish the cell."""
        wanted = self._baselines.first_runs(cell, tests)
        result = self._runner.run(cell, wanted, rerun)
        if result.verdict is not None:
            return result
        try:
            self._baselines.wait_for(tests)
            return self._confirm(cell, result, wanted, tests)
        except InterruptedRunError:
            self._runner.interrupted(cell)
            raise

    def _confirm(
        self, cell: Cell, result: CellResult, wanted: dict[str, int], tests: Sequence[str]
    ) -> CellResult:
        """Make the runs that comparing a cell takes, also of its baselines, and finish the cell."""
        with ExitStack() as uses:
            acquired = {cell}
            while missing := self.judge.missing_runs(cell, result, tests):
                for place in missing.keys() - acquired:
                    self._runner.acquire(place)
                    uses.callback(self._runner.release, place)
                    acquired.add(place)
                if cell in missing:
                    wanted |= missing[cell]
                    result = self._runner.run(cell, missing[cell])
                    if result.verdict is not None:
                        return result
                self._extend_baselines({c: runs for c, runs in missing.items() if c != cell})
                # What needs no more runs now will need none later.
                tests = [test for test in tests if any(test in runs for runs in missing.values())]
        return self._runner.finish(cell, wanted)

    def _extend_baselines(self, missing: Mapping[Cell, Mapping[str, int]]) -> None:
        """Make more runs of baselines; what cannot be made is not tried again by this command."""
        for baseline, runs in missing.items():
            result = self._runner.extend(baseline, runs)
            self._baselines.forget(baseline)
            if result.verdict is not None:
                self._baselines.note_unavailable(baseline)
            else:
                self.judge.judge_if_finished(baseline)
