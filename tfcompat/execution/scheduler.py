"""The cells of one command: evaluated side by side, held against their baselines, and judged.

Baselines come first. Other cells do not wait for them to begin, only to have their runs compared;
and there are more cells at work than runs, so that while some run, the next are being built.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.cell import Bench, evaluate
from tfcompat.judging import failure_groups
from tfcompat.judging.judge import Judge, Reference, judge_cell, newest_passing, unnamed
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.results.schema import COMPARE_PHASE
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult, Example

_Stored: TypeAlias = "tuple[CellResult | None, CellResult | None]"
"""A baseline as far as it has run, and why it could not be tried where it could not."""

# Cells at work beyond those that may run: one is downloaded or linked, one imports.
_AHEAD = 2


class Job:
    """The cells of one command, each baseline tried once.

    ``again`` tells which stored runs of a cell do not count, ``asked`` which examples a cell is
    tried with: those of the plan, unless it says otherwise.
    """

    def __init__(
        self,
        plan: Plan,
        bench: Bench,
        again: Callable[[str], set[str]],
        asked: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self._plan = plan
        self._asked = asked or (lambda _identifier: plan.tests)
        self._bench = bench
        self._again = again
        self._judge = Judge(judging_rules(plan.study))
        self._named = {test: plan.baseline(test) for test in plan.study.tests}
        self._keys = {test: bench.key(test) for test in plan.study.tests}
        self._tried: dict[str, Future[None]] = {}
        self._read: dict[str, _Stored] = {}
        # Where no baseline is named: for each example, the cell of the newest release that passes.
        self._newest: dict[str, CellResult] | None = None
        # What is run again for a baseline's own sake, before its cell comes to the others.
        self._renewed: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def run(self, cells: Sequence[Cell]) -> Generator[CellResult, None, None]:
        """Evaluate cells, several at a time, and yield each as it ends.

        Whatever ends this early, an interrupt or an error, ends all of them and what they run.
        """
        bench = self._bench
        pool = ThreadPoolExecutor(bench.slots.jobs + _AHEAD, thread_name_prefix="cell")
        baselines = self._baselines(other_than=cells[0] if len(cells) == 1 else None)
        for cell in (*baselines, *cells):
            bench.shelf.acquire(cell.identifier)
        for cell in set(baselines) & set(cells):
            own = {test for test in self._plan.tests if self._is_baseline(test, cell)}
            self._renewed[cell.identifier] = self._again(cell.identifier) & own
        try:
            for cell in baselines:
                self._tried[cell.identifier] = pool.submit(self._try_baseline, cell)
            longest = sorted(
                cells,
                key=lambda c: -bench.history.cell_seconds(c.identifier, self._asked(c.identifier)),
            )
            for future in as_completed([pool.submit(self.evaluate, cell) for cell in longest]):
                yield future.result()
        except BaseException:
            processes.interrupt()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def evaluate(self, cell: Cell) -> CellResult:
        """Bring one cell to its result and judge it."""
        repeats = self._bench.study.analysis.repeats
        if any(self._is_baseline(test, cell) for test in self._plan.tests):
            # Who holds the lock of a baseline waits for no other, which another process may hold.
            for identifier in self._tried.keys() - {cell.identifier}:
                self._wait_for(identifier)

        def confirm(test: str, example: Example) -> int:
            named = self._named[test]
            if named is None or named.identifier == cell.identifier:
                return 1
            self._wait_for(named.identifier)
            reference = self._reference(test, named)
            if reference.example is None:
                return 1
            found = self._judge.compare(test, reference.example, example)
            return len(reference.example.all_runs) if found.needs_confirmation else 1

        wanted = {
            test: repeats if self._is_baseline(test, cell) else 1
            for test in self._asked(cell.identifier)
        }
        again = self._again(cell.identifier) - self._renewed.get(cell.identifier, set())
        try:
            result = evaluate(self._bench, cell, wanted, again=again, confirm=confirm)
        finally:
            self._put_back(cell)
        with self._lock:
            self._tried.setdefault(cell.identifier, _DONE)
        if result.verdict is not None:
            return result
        for identifier in list(self._tried):
            self._wait_for(identifier)
        return self.judge_all(cell.identifier)[cell.identifier]

    def _put_back(self, cell: Cell) -> None:
        """Count one use of a cell's environment as over."""
        self._bench.progress.left(cell.identifier)
        kept = self._bench.shelf.release(cell.identifier)
        if kept:
            self._bench.progress.say(f"kept the environment of {cell.identifier} in {kept}")

    def _is_baseline(self, test: str, cell: Cell) -> bool:
        named = self._named[test]
        return named is not None and named.identifier == cell.identifier

    def _baselines(self, other_than: Cell | None) -> list[Cell]:
        named = [self._named[test] for test in self._plan.tests]
        found = {cell.identifier: cell for cell in named if cell is not None}
        if other_than is not None:
            found.pop(other_than.identifier, None)
        return [cell for cell in found.values() if cell.identifier not in self._tried]

    def _try_baseline(self, cell: Cell) -> None:
        """Run a baseline where its runs are missing; it may turn out that it cannot be had here."""
        wanted = {
            test: self._bench.study.analysis.repeats
            for test in self._plan.tests
            if self._is_baseline(test, cell)
        }
        again = self._renewed.get(cell.identifier, set())
        try:
            evaluate(self._bench, cell, wanted, again=again, finish=False)
        finally:
            self._put_back(cell)

    def _wait_for(self, identifier: str) -> None:
        """Wait until a baseline has been tried, if this command tries it."""
        tried = self._tried.get(identifier)
        if tried is None:
            return
        try:
            tried.result()
        except CancelledError:
            msg = "stopped while waiting for a baseline"
            raise InterruptedRunError(msg) from None

    def _stored(self, identifier: str) -> _Stored:
        """Return what is stored of a baseline; read once, as soon as this command has tried it."""
        if identifier not in self._read:
            campaign = self._bench.campaign
            stored = campaign.known(identifier), campaign.unknown().get(identifier)
            if identifier not in self._tried:
                return stored
            self._read[identifier] = stored
        return self._read[identifier]

    def _references(self, found: Collection[CellResult]) -> dict[str, Reference | None]:
        """Return what each example of the study is held against, given cells as stored now."""
        if self._newest is None:
            # Read once, not with every cell: a campaign may have thousands of them.
            self._newest = {}
            if None in self._named.values():
                found = self._bench.campaign.cells().values()
        references: dict[str, Reference | None] = {}
        for test, named in self._named.items():
            if named is not None:
                references[test] = self._reference(test, named)
                continue
            known = [self._newest[test]] if test in self._newest else []
            # What is found comes first: it may be a later state of the one that is known.
            newest = newest_passing(test, self._keys[test], [*found, *known])
            references[test] = unnamed(test, newest)
            if newest:
                self._newest[test] = newest
        return references

    def _reference(self, test: str, named: Cell) -> Reference:
        cell, unknown = self._stored(named.identifier)
        example = cell.examples.get(test) if cell else None
        if example is not None and not self._usable(test, example):
            example = None
        why = "has not run yet"
        for known in (cell, unknown):
            if known is not None and known.cause is not None:
                why = f"could not be had: {known.cause.message}"
        return Reference(
            identifier=named.identifier,
            example=example,
            named=True,
            why=f"the baseline {named.identifier} {why}",
        )

    def _usable(self, test: str, example: Example) -> bool:
        if example.key != self._keys[test]:
            return False
        enough = len(example.all_runs) >= self._bench.study.analysis.repeats
        return enough or example.failure is not None

    def judge_all(self, only: str | None = None) -> dict[str, CellResult]:
        """Judge all finished cells (or one) anew, write what changed, and return them."""
        campaign = self._bench.campaign
        with campaign.judging():
            found = campaign.cell(only) if only else None
            stored = {found.identifier: found} if found else campaign.cells()
            if not found:
                # What other processes have stored meanwhile counts as well.
                self._newest = {}
            references = self._references(stored.values())
            judged = {}
            for identifier, cell in stored.items():
                begun = monotonic()
                done = judge_cell(self._judge, cell, references, self._keys)
                if only and done != cell:
                    # Else only the time would be new.
                    done = done.with_phase(COMPARE_PHASE, monotonic() - begun)
                judged[identifier] = done
            if not only:
                # Since when a symbol is gone can be told from all releases alone.
                judged = failure_groups.date_missing_symbols(judged)
            for identifier, cell in judged.items():
                if cell != stored[identifier]:
                    campaign.write(cell)
        return judged


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future


_DONE = _done()
