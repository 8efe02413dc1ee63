"""Tries scripts with releases: probes become cells, verdicts become outcomes."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tfcompat.execution.cell_record import is_current
from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.older_pythons import older_cell
from tfcompat.search.reasons import cause_of
from tfcompat.search.strategy import Probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.search.strategy import Known


# Seconds from which on a build that comes to nothing is not worth many more like it.
_SLOW = 45.0


class NeedsPackageError(Exception):
    """A run lacks a ``package`` that nobody required; ``why`` says which run, and how it failed.

    ``built`` are the cells whose environments were made until then, ``slow`` those whose builds
    took long and came to nothing.
    """

    def __init__(self, package: str, why: str) -> None:
        super().__init__(why)
        self.package = package
        self.why = why
        self.built: frozenset[str] = frozenset()
        self.slow: frozenset[str] = frozenset()


class Trials:
    """The scripts of a plan, tried with its releases, and what is known of that.

    The plan has one cell for each release, oldest first. ``known`` are outcomes by script and the
    number of a release, ``cells`` the cells of each script by that number, ``named`` its baseline
    where one is named. ``unbuilt`` are the cells that were tried and have no environment, ``slow``
    those of them on which much time was spent. ``examples`` are what became of scripts in cells, by
    identifier and script.

    ``given`` are the packages that need not be asked for. Where it is not None, the first run that
    lacks another one raises NeedsPackageError, unless the script runs with any release by then.
    ``slow`` are also cells of a search before this one: nothing is built in them again.
    """

    def __init__(
        self,
        plan: Plan,
        evaluation: Evaluation,
        given: frozenset[str] | None = None,
        slow: frozenset[str] = frozenset(),
    ) -> None:
        self._plan = plan
        self.slow: set[str] = set(slow)
        self._evaluation = evaluation
        self._scheduler = evaluation.scheduler(plan)
        self.named = {test: plan.baseline(test) for test in plan.tests}
        self.cells = {test: tuple(self._cells(test)) for test in plan.tests}
        self.known: Known = {test: dict(self._without_trying()) for test in plan.tests}
        self.unbuilt: set[str] = set()
        self.examples: dict[tuple[str, str], Example] = {}
        self._given = given

    def _cells(self, test: str) -> Iterator[Cell]:
        """Yield the cell of each release: its baseline's own where it is the baseline."""
        named = self.named[test]
        for cell in self._plan.cells:
            yield named if named is not None and named.release == cell.release else cell

    def _without_trying(self) -> Iterator[tuple[int, Outcome]]:
        """Yield the releases whose outcome is clear: from the index, this machine, or before."""
        for number, cell in enumerate(self._plan.cells):
            if cell.cause is not None:
                no_wheel = cell.cause.kind is CauseKind.NO_WHEEL
                yield number, Outcome.UNBUILDABLE if no_wheel else Outcome.UNKNOWN
            elif cell.identifier in self.slow:
                yield number, Outcome.UNKNOWN

    def try_probes(self, probes: Sequence[Probe]) -> None:
        """Evaluate releases side by side and note what each came to."""
        wanted: dict[Cell, list[tuple[str, int]]] = {}
        for probe in probes:
            for test in self._with_sharing(probe):
                cell = self.cells[test][probe.release]
                wanted.setdefault(cell, []).append((test, probe.release))
        requests = {cell: [test for test, _ in tried] for cell, tried in wanted.items()}
        results = {result.identifier: result for result in self.evaluate(requests)}
        again: dict[int, list[str]] = {}
        for cell, tried in wanted.items():
            for test, number in tried:
                self.known[test][number] = outcome_of(results[cell.identifier], test)
                if self._moves(test, number, results[cell.identifier]):
                    again.setdefault(number, []).append(test)
        for cell, tried in wanted.items():
            for test, _ in tried:
                need = self._need(cell, results[cell.identifier], test)
                if need and not any(map(Level.RUNS.holds, self.known[test].values())):
                    raise need
        if again:
            self.try_probes([Probe(release=n, scripts=tuple(s)) for n, s in again.items()])

    def _moves(self, test: str, number: int, result: CellResult) -> bool:
        """Have a release tried on an older Python where its dependencies have no environment.

        Tells whether there is one. A baseline stays: others are compared with it.
        """
        cell, named = self.cells[test][number], self.named[test]
        other = older_cell(self._plan, cell, result)
        if other is None or (named is not None and named.release == cell.release):
            return False
        self.move(test, number, other)
        return True

    def elsewhere(self, test: str) -> Cell | None:
        """Return the baseline of a script on an older Python, where its own has no environment.

        None where it has one, or there is no older Python to try.
        """
        named = self.named[test]
        if named is None:
            return None
        stored = self._evaluation.store.cell(named.identifier)
        return older_cell(self._plan, named, stored) if stored is not None else None

    def _with_sharing(self, probe: Probe) -> tuple[str, ...]:
        """Return the scripts of a probe, and the tests that its runs run as well: they are free."""
        command, number = self._plan.study.command, probe.release
        running = {(command(test), self.cells[test][number]) for test in probe.scripts}
        others = (
            test
            for test, cells in self.cells.items()
            if test not in probe.scripts and number not in self.known[test]
            if command(test).suite and (command(test), cells[number]) in running
        )
        return (*probe.scripts, *others)

    def need(
        self, test: str, number: int, judged: Mapping[str, CellResult]
    ) -> NeedsPackageError | None:
        """Return which package that nobody gave it a script lacks with a release, if any."""
        cell = self.cells[test][number]
        stored = judged.get(cell.identifier)
        return self._need(cell, stored, test) if stored is not None else None

    def _need(self, cell: Cell, result: CellResult, test: str) -> NeedsPackageError | None:
        if self._given is None:
            return None
        cause = cause_of(result, test, self._plan.study.module)
        if cause is None or cause.kind is not CauseKind.MISSING_PACKAGE:
            return None
        if not cause.package or cause.package in self._given:
            return None
        need = NeedsPackageError(cause.package, f"{test} with {cell.release}: {cause.message}")
        need.slow = frozenset(self.slow)
        return need

    def move(self, test: str, number: int, cell: Cell) -> None:
        """Have a script tried with a release in another cell; what it did before is forgotten."""
        cells = self.cells[test]
        self.cells[test] = (*cells[:number], cell, *cells[number + 1 :])
        self.known[test].pop(number, None)

    def evaluate(self, requests: Mapping[Cell, Sequence[str]]) -> list[CellResult]:
        """Bring cells to their results, each with some of the scripts."""
        progress = self._evaluation.progress
        progress.begin([cell.identifier for cell in requests])
        results = []
        # Closed at once, whatever happens here: it is what stops the cells that still run.
        with closing(self._scheduler.run(requests)) as evaluated:
            for result in evaluated:
                progress.finished(result)
                if result.verdict is not None:
                    self.unbuilt.add(result.identifier)
                    if _build_seconds(result) > _SLOW:
                        self.slow.add(result.identifier)
                for test, example in result.examples.items():
                    self.examples[result.identifier, test] = example
                results.append(result)
        return results

    def say(self, line: str) -> None:
        """Show a line to the user."""
        self._evaluation.progress.say(line)

    def judge_all(self) -> dict[str, CellResult]:
        """Judge all finished cells of the campaign anew and return them by identifier."""
        return self._scheduler.judge.judge_all()

    def recall(self) -> None:
        """Take over what is stored and still holds."""
        judged = self.judge_all()
        for test, cells in self.cells.items():
            for number in range(len(cells)):
                cell, stored = self._recalled(test, number, judged)
                known = self.known[test].get(number, Outcome.UNKNOWN)
                if known is not Outcome.UNKNOWN or stored is None:
                    continue
                outcome = self._outcome_stored(test, cell, stored)
                if outcome is not Outcome.UNKNOWN:
                    self.known[test][number] = outcome
                    if test in stored.examples:
                        self.examples[stored.identifier, test] = stored.examples[test]

    def _recalled(
        self, test: str, number: int, judged: Mapping[str, CellResult]
    ) -> tuple[Cell, CellResult | None]:
        """Return the cell in which a release is tried, and its stored result, if there is one."""
        stored = judged.get(self.cells[test][number].identifier)
        while stored is not None and self._moves(test, number, stored):
            stored = judged.get(self.cells[test][number].identifier)
        return self.cells[test][number], stored

    def _outcome_stored(self, test: str, cell: Cell, stored: CellResult) -> Outcome:
        if not self.is_current(cell, stored):
            return Outcome.UNKNOWN
        example = stored.examples.get(test)
        key = self._evaluation.keys[test]
        if stored.verdict is None and (example is None or example.key != key):
            return Outcome.UNKNOWN
        return outcome_of(stored, test)

    def is_current(self, cell: Cell, stored: CellResult) -> bool:
        """Tell whether a stored cell was made from what it would be made from now."""
        return is_current(self._evaluation.settings, cell, stored)

    def tried(self) -> set[str]:
        """Return the cells in which anything was tried, now or before."""
        cells = {self.cells[test][number] for test, by in self.known.items() for number in by}
        return {cell.identifier for cell in cells if cell.cause is None}


def _build_seconds(result: CellResult) -> float:
    """Return how long making an environment took, now or when it was tried before."""
    if result.environment is None:
        return 0.0
    return result.environment.build_seconds + (result.environment.failed_before or 0.0)
