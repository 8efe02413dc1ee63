"""Judges the cells of a campaign by what is stored, and writes those that this changes."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from tfcompat.execution.references import NewestPassing
from tfcompat.judging import differing, failure_groups
from tfcompat.judging.judge import installed_packages, judge_cell, side_of
from tfcompat.results.schema import COMPARE_PHASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfcompat.execution.references import NamedBaselines
    from tfcompat.judging.judge import Judge, Reference
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellResult


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

        The keys are cells: ``cell`` itself, where it differs and more runs have to confirm that,
        and the baselines that it differs from. A baseline comes first: a run of it may be equal to
        one of the cell, and then the cell needs no more. An empty dictionary: nothing is missing.
        """
        missing: dict[Cell, dict[str, int]] = {}
        for test in tests:
            request = self._next_runs(cell, test, result)
            if request is not None:
                place, number = request
                missing.setdefault(place, {})[test] = number
        return missing

    def _next_runs(self, cell: Cell, test: str, result: CellResult) -> tuple[Cell, int] | None:
        """Return where an example needs more runs next to be compared, and how many in all."""
        baselines, example = self._baselines, result.examples.get(test)
        if example is None or test not in baselines or baselines.is_baseline(cell, test):
            return None
        reference = baselines.reference(test)
        if reference.example is None:
            return None
        baseline = side_of(reference.identifier, reference.example, reference.installed)
        observed = side_of(result.identifier, example, installed_packages(result))
        if reference.borrowed:
            # What differs from runs of another machine is compared with those of this one.
            settled = self._judge.is_settled(test, baseline, observed)
            return None if settled else self._of_baseline(test, 1)
        wanted = self._judge.runs_wanted(test, baseline, observed)
        if wanted is not None and wanted.baseline > len(baseline.runs):
            return self._of_baseline(test, wanted.baseline)
        return None if wanted is None else (cell, wanted.observed)

    def _of_baseline(self, test: str, number: int) -> tuple[Cell, int] | None:
        """Return a request for runs of a baseline; None where no more can be made."""
        cell = self._baselines.cell(test)
        return None if self._baselines.is_unavailable(cell) else (cell, number)

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

    def judge_if_finished(self, cell: Cell) -> None:
        """Judge a cell whose runs have changed, if it has a result file; write it if need be."""
        stored = self._store.cell(cell.identifier)
        if stored is not None:
            self.judge_cell(stored)

    def judge_all(self) -> dict[str, CellResult]:
        """Judge all finished cells, write those that this changed, and return all by identifier."""
        self._baselines.forget()
        with self._store.judging():
            stored = self._store.cells()
            # What other processes have stored meanwhile counts as well.
            self._newest = NewestPassing(self._unnamed, stored.values())
            references = self._references(self._keys)
            judged = {
                name: judge_cell(self._judge, cell, references, self._keys)
                for name, cell in stored.items()
            }
            # Only all cells together show since when a symbol is gone, or what Python does.
            judged = differing.blame_pythons(failure_groups.date_missing_symbols(judged))
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
