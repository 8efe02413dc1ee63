"""What each example of a study is compared with: its baseline, or the newest release that passes.

A baseline that the study names is tried once in a command, and other cells wait for that. Where
none is named, nothing extra is run: judging chooses the reference from what is stored.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, TypeAlias

from tfcompat.errors import InterruptedRunError, StudyError
from tfcompat.judging.judge import STORED, Reference, installed_packages, newest_passing, unnamed
from tfcompat.planning.notebooks import read_notebook
from tfcompat.results.schema import example_of_stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from tfcompat.execution.borrowed import BorrowedRuns, PublishedBaselines
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.schema import CellResult, Example

_Stored: TypeAlias = "tuple[CellResult | None, CellResult | None]"
"""What is stored of a baseline's cell, and the record of why it could not be tried."""


class NamedBaselines:
    """The baselines that a study names, and what is stored of them.

    ``keys`` identify the present runs of each example, ``first_runs`` is how many runs it has in
    its baseline before anything is compared with it. What is stored is read once, until ``forget``.
    ``published`` are runs that serve as long as the campaign has none. ``runs_here``: baselines may
    be run by this command.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        keys: Mapping[str, str],
        first_runs: int,
        campaign: Campaign,
        published: PublishedBaselines | None = None,
        runs_here: bool = True,
    ) -> None:
        study = plan.study
        self._outputs = {
            test: _stored_output(study.root / test) for test in study.tests if study.is_stored(test)
        }
        found = {t: plan.baseline(t) for t in study.tests if t not in self._outputs}
        self._cells = {test: cell for test, cell in found.items() if cell is not None}
        self._selected = plan.tests
        self._keys = keys
        self._first_runs = first_runs
        self._campaign = campaign
        self._published = published
        self._runs_here = runs_here
        self._planned = {cell.identifier for cell in plan.cells}
        # The cells that this command tries as baselines; None: it was selected, and is evaluated.
        self._trials: dict[str, Future[None] | None] = {}
        self._unavailable: set[str] = set()
        self._stored: dict[str, _Stored] = {}
        # Held while reading, so that nothing is kept that was read before it was forgotten.
        self._lock = threading.Lock()

    def __contains__(self, test: str) -> bool:
        """Return whether the study names a baseline for an example."""
        return test in self._cells or test in self._outputs

    def cell(self, test: str) -> Cell:
        """Return the baseline of an example that has a named one."""
        return self._cells[test]

    def is_baseline(self, cell: Cell, test: str) -> bool:
        """Return whether a cell is the baseline of an example."""
        return test in self._cells and self._cells[test].identifier == cell.identifier

    def examples_of(self, cell: Cell) -> set[str]:
        """Return the examples of this command whose baseline a cell is."""
        return {test for test in self._selected if self.is_baseline(cell, test)}

    def first_runs(self, cell: Cell, tests: Iterable[str]) -> dict[str, int]:
        """Return how many runs examples need in a cell before they are compared."""
        return {test: self._first_runs if self.is_baseline(cell, test) else 1 for test in tests}

    def untried(self, tests: Collection[str]) -> list[Cell]:
        """Return the baselines of examples that this command has not begun to try, and has to."""
        found = {
            self._cells[t].identifier: self._cells[t]
            for t in tests
            if t in self._cells and self._runs_here and self._borrowed(t) is None
        }
        return [cell for identifier, cell in found.items() if identifier not in self._trials]

    def begin_trial(self, cell: Cell, trial: Future[None]) -> None:
        """Note that a baseline is being tried; ``trial`` ends with it."""
        self._trials[cell.identifier] = trial

    def note_evaluated(self, cell: Cell) -> None:
        """Note that a cell has been evaluated: as a baseline it need not be tried any more."""
        self._trials.setdefault(cell.identifier, None)

    def note_unavailable(self, cell: Cell) -> None:
        """Note that no more runs of a baseline can be made by this command."""
        self._unavailable.add(cell.identifier)

    def is_unavailable(self, cell: Cell) -> bool:
        """Return whether this command can make no more runs of a baseline, or is not to."""
        return not self._runs_here or cell.identifier in self._unavailable

    def forget(self, cell: Cell | None = None) -> None:
        """Have a baseline read anew, or all: there may be more runs of it."""
        with self._lock:
            if cell is None:
                self._stored.clear()
            else:
                self._stored.pop(cell.identifier, None)

    def wait_for(self, tests: Iterable[str]) -> None:
        """Wait until the baselines of examples have been tried, as far as this command tries them.

        The caller holds no lock. Raises InterruptedRunError where the command is stopped.
        """
        for identifier in {self._cells[t].identifier for t in tests if t in self._cells}:
            self.wait_for_trial(identifier)

    def wait_for_trial(self, identifier: str) -> None:
        """Wait until a cell has been tried as a baseline, if this command does that."""
        trial = self._trials.get(identifier)
        if trial is None:
            return
        try:
            trial.result()
        except CancelledError:
            msg = "stopped while waiting for a baseline"
            raise InterruptedRunError(msg) from None

    def reference(self, test: str) -> Reference:
        """Return the baseline of an example that has a named one, as it is stored."""
        if test in self._outputs:
            return Reference(identifier=STORED, example=self._outputs[test], named=True)
        identifier = self._cells[test].identifier
        cell, unknown = self._read(identifier)
        example = cell.examples.get(test) if cell else None
        if example is not None and example.key != self._keys[test]:
            example = None
        borrowed = self._borrowed(test) if example is None else None
        why = "has not run yet" if self._runs_here else "was not to be run (--baselines published)"
        for known in (cell, unknown):
            if known is not None and known.cause is not None:
                why = f"could not be had: {known.cause.message}"
        holder = borrowed.cell if borrowed else cell
        return Reference(
            identifier=identifier,
            example=borrowed.example if borrowed else example,
            named=True,
            why=f"the baseline {identifier} {why}",
            installed=installed_packages(holder) if holder else None,
            borrowed=borrowed.source if borrowed else None,
        )

    def _borrowed(self, test: str) -> BorrowedRuns | None:
        """Return published runs of an example's baseline, unless the command evaluates that."""
        cell = self._cells[test]
        if self._published is None or cell.identifier in self._planned:
            return None
        return self._published.runs(cell, test)

    def _read(self, identifier: str) -> _Stored:
        """Return what is stored of a cell; kept as soon as this command has tried it."""
        with self._lock:
            if identifier in self._stored:
                return self._stored[identifier]
            is_tried = self._is_tried(identifier)
            stored = self._campaign.known(identifier), self._campaign.unknown().get(identifier)
            if is_tried:
                self._stored[identifier] = stored
            return stored

    def _is_tried(self, identifier: str) -> bool:
        trial = self._trials.get(identifier)
        return identifier in self._trials and (trial is None or trial.done())


def _stored_output(notebook: Path) -> Example:
    """Return the stored outputs of a notebook, as a run."""
    try:
        return example_of_stored(read_notebook(notebook).stored_output)
    except StudyError:
        # It changed since it was read; its runs report it.
        return example_of_stored([])


class NewestPassing:
    """For examples without a named baseline: the cell of the newest release with which each passes.

    ``keys`` are of these examples alone; ``cells`` are all finished ones of the campaign.
    """

    def __init__(self, keys: Mapping[str, str], cells: Iterable[CellResult]) -> None:
        self._keys = keys
        self._newest: dict[str, CellResult] = {}
        self.update(cells)

    def update(self, cells: Iterable[CellResult]) -> None:
        """Take in cells, or later states of cells."""
        found = tuple(cells)
        for test, key in self._keys.items():
            known = [self._newest[test]] if test in self._newest else []
            # What is found comes first: it may be a later state of the one that is known.
            newest = newest_passing(test, key, [*found, *known])
            if newest is not None:
                self._newest[test] = newest

    def reference(self, test: str) -> Reference | None:
        """Return what an example is compared with, if it passes anywhere."""
        return unnamed(test, self._newest.get(test))
