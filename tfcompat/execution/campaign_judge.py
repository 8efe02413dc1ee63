"""Judges the cells of a campaign by what is stored, and writes those that this changes."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from tfcompat.execution.cell import missing_runs
from tfcompat.execution.references import NewestPassing
from tfcompat.judging import failure_groups
from tfcompat.judging.judge import judge_cell
from tfcompat.results.schema import COMPARE_PHASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfcompat.execution.references import NamedBaselines
    from tfcompat.judging.judge import Judge, Reference
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellResult, Example


class CampaignJudge:
    """Judges cells by their references. ``keys`` identify the present runs of each example.

    It starts nothing and waits for no baseline: one that has not run yet is no reference yet.
    """

    def __init__(
        self,
        judge: Judge,
        *,
        baselines: NamedBaselines,
        keys: Mapping[str, str],
        store: CampaignStore,
    ) -> None:
        self._judge = judge
        self._baselines = baselines
        self._keys = keys
        self._store = store
        self._unnamed = {test: key for test, key in keys.items() if test not in baselines}
        # Read once, not with every cell: a campaign may have thousands of them.
        cells = store.cells().values() if self._unnamed else ()
        self._newest = NewestPassing(self._unnamed, cells)

    def missing_runs(
        self, cell: Cell, result: CellResult, tests: Iterable[str]
    ) -> dict[Cell, dict[str, int]]:
        """Return which examples need more runs before they can be judged, and how many in all.

        The keys are cells. ``cell`` is among them if one of its examples differs from its baseline
        and more runs have to confirm that. An empty dictionary: nothing is missing.
        """
        examples = {test: result.examples[test] for test in tests if test in result.examples}
        needed = {
            test: self._runs_needed(test, example)
            for test, example in examples.items()
            if not self._baselines.is_baseline(cell, test)
        }
        missing = missing_runs(examples, needed)
        return {cell: missing} if missing else {}

    def _runs_needed(self, test: str, example: Example) -> int:
        """Return how many runs an example needs: as many as its baseline, where it differs."""
        if test not in self._baselines or example.failure is not None:
            return 1
        reference = self._baselines.reference(test)
        if reference.example is None:
            return 1
        found = self._judge.compare(test, reference.example, example, stored=reference.is_stored)
        return self._baselines.runs_to_confirm(reference) if found.needs_confirmation else 1

    def judge_cell(self, cell: CellResult) -> CellResult:
        """Judge one finished cell, write it if that changed it, and return it."""
        with self._store.judging():
            stored = self._store.cell(cell.identifier) or cell
            self._newest.update([stored])
            begun = monotonic()
            judged = judge_cell(self._judge, stored, self._references(stored.examples), self._keys)
            if judged != stored:
                # Else only the time would be new.
                judged = judged.with_phase(COMPARE_PHASE, monotonic() - begun)
                self._store.write(judged)
        return judged

    def judge_all(self) -> dict[str, CellResult]:
        """Judge all finished cells, write those that this changed, and return all by identifier."""
        with self._store.judging():
            stored = self._store.cells()
            # What other processes have stored meanwhile counts as well.
            self._newest = NewestPassing(self._unnamed, stored.values())
            references = self._references(self._keys)
            judged = {
                name: judge_cell(self._judge, cell, references, self._keys)
                for name, cell in stored.items()
            }
            # Only all releases together show since when a symbol is gone.
            judged = failure_groups.date_missing_symbols(judged)
            for name, cell in judged.items():
                if cell != stored[name]:
                    self._store.write(cell)
        return judged

    def _references(self, tests: Iterable[str]) -> dict[str, Reference | None]:
        """Return what each example that the study still has is compared with."""
        return {
            test: self._baselines.reference(test)
            if test in self._baselines
            else self._newest.reference(test)
            for test in tests
            if test in self._keys
        }
