"""Runs examples with two versions of a library, in turns, until each can be compared.

Neither side comes first in every round, so neither has the warm caches of the machine for itself.
What is broken on one side alone is run again on both, before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tfcompat.judging.judge import Reference, installed_packages, side_of
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.candidate_answers import (
    Group,
    Outcome,
    SideOutcome,
    classify,
    outcome_of,
    slowdown,
)
from tfcompat.search.reasons import explain, python_cause

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tfcompat.execution.scheduler import CellRunner
    from tfcompat.judging.judge import Judge
    from tfcompat.judging.output.noise import Runs
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.search.candidate_answers import Finding, Slowdown

_CONFIRMED_BY = 2

# So many runs on each side have to agree that one is slower.
_TIMED_BY = 5

_UNSTEADY = "it fails in some runs and not in others"


@dataclass
class SideBySide:
    """Two cells, the ``old`` and the ``new`` one, and what runs and judges examples in them.

    ``module`` is what examples import of the library.
    """

    runner: CellRunner
    judge: Judge
    old: Cell
    new: Cell
    module: str = ""
    results: dict[str, CellResult] = field(default_factory=dict)
    _turn: int = 0

    def compare(self, tests: Sequence[str]) -> tuple[Finding, ...]:
        """Run examples on both sides, as often as it takes, and return what became of each.

        Raises InterruptedRunError where everything is stopped.
        """
        self._run(dict.fromkeys(tests, (1, 1)))
        self._run_until_comparable(tests)
        unsteady = set() if self._lacks_side else self._confirm_failures(tests)
        self._run_until_comparable(tests)
        if self._lacks_side:
            return tuple(self._without_side(test) for test in tests)
        found = [self._finding(test, is_unsteady=test in unsteady) for test in tests]
        slower = self._slower(tests)
        return tuple(replace(one, slowdown=slower.get(one.example)) for one in found)

    def _slower(self, tests: Sequence[str]) -> dict[str, Slowdown]:
        """Return what takes far longer on the new side, in further runs as well."""
        slower = [test for test in tests if self._slowdown(test)]
        if slower:
            self._run(dict.fromkeys(slower, (_TIMED_BY, _TIMED_BY)))
        if self._lacks_side:
            return {}
        found = {test: self._slowdown(test) for test in slower}
        return {test: one for test, one in found.items() if one}

    def _slowdown(self, test: str) -> Slowdown | None:
        """Return the slowdown as far as runs tell, None for what fails in any."""
        old, new = self._examples(test)
        if old.failure or new.failure:
            return None
        return slowdown(*([run.seconds for run in one.all_runs] for one in (old, new)))

    @property
    def _lacks_side(self) -> bool:
        """Whether a side has no environment, or could not be run any more."""
        cells = (self.results[cell.identifier] for cell in (self.old, self.new))
        return any(cell.verdict is not None for cell in cells)

    def _run_until_comparable(self, tests: Sequence[str]) -> None:
        while not self._lacks_side and (wanted := self._wanted(tests)):
            self._run(wanted)

    def judged(self, test: str) -> Example:
        """Return the record of an example on the new side, compared with the old side."""
        old, new = self.results[self.old.identifier], self.results[self.new.identifier]
        reference = Reference(
            identifier=old.identifier,
            example=old.examples[test],
            named=True,
            installed=installed_packages(old),
        )
        return self.judge.judge(
            test, new.identifier, new.examples[test], reference, installed_packages(new)
        )

    def _run(
        self,
        wanted: Mapping[str, tuple[int, int]],
        rerun: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Bring examples to a number of runs on the old and the new side, the sides in turns."""
        sides = [(self.old, 0), (self.new, 1)]
        for cell, at in sides if self._turn % 2 == 0 else reversed(sides):
            runs = {test: numbers[at] for test, numbers in wanted.items()}
            result = self.runner.run(cell, runs, (rerun or {}).get(cell.identifier, ()))
            self.results[cell.identifier] = result
        self._turn += 1

    def _wanted(self, tests: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return the examples that need more runs, one more on each side that does."""
        wanted = {}
        for test in tests:
            old, new = self._examples(test)
            runs = self._runs_wanted(test)
            have = len(old.all_runs), len(new.all_runs)
            if runs is None or (have[0] >= runs.baseline and have[1] >= runs.observed):
                continue
            wanted[test] = min(have[0] + 1, runs.baseline), min(have[1] + 1, runs.observed)
        return wanted

    def _runs_wanted(self, test: str) -> Runs | None:
        cells = [self.results[cell.identifier] for cell in (self.old, self.new)]
        old, new = (
            side_of(cell.identifier, cell.examples[test], installed_packages(cell))
            for cell in cells
        )
        return self.judge.runs_wanted(test, old, new)

    def _confirm_failures(self, tests: Sequence[str]) -> set[str]:
        """Run again what fails on one side alone; return what did not fail again there."""
        one_sided = {test: self._failing(test) for test in tests}
        one_sided = {test: cell for test, cell in one_sided.items() if cell is not None}
        if not one_sided:
            return set()
        rerun = {
            cell.identifier: {test for test, at in one_sided.items() if at == cell}
            for cell in (self.old, self.new)
        }
        # A failing example has one run; on the other side there is one more, with another seed.
        wanted = {
            test: (1, _CONFIRMED_BY) if at == self.old else (_CONFIRMED_BY, 1)
            for test, at in one_sided.items()
        }
        self._run(wanted, rerun)
        if self._lacks_side:
            return set()
        return {
            test
            for test, at in one_sided.items()
            if at is not None and self.results[at.identifier].examples[test].failure is None
        }

    def _failing(self, test: str) -> Cell | None:
        """Return the cell in which an example fails, if it does so in one of them alone."""
        old, new = (example.failure is not None for example in self._examples(test))
        if old == new:
            return None
        return self.old if old else self.new

    def _examples(self, test: str) -> tuple[Example, Example]:
        old, new = self.results[self.old.identifier], self.results[self.new.identifier]
        return old.examples[test], new.examples[test]

    def _finding(self, test: str, *, is_unsteady: bool) -> Finding:
        if is_unsteady:
            unknown = SideOutcome(
                Outcome.UNKNOWN, Cause(kind=CauseKind.UNCONFIRMED, message=_UNSTEADY)
            )
            return classify(test, unknown, unknown)
        old, new = self._examples(test)
        before = self.judge.judge(test, self.old.identifier, old, None)
        if old.failure is None:
            after = self._with_python_cause(test, self.judged(test))
        else:
            after = self.judge.judge(test, self.new.identifier, new, None)
        found = classify(
            test,
            outcome_of(before.verdict, before.cause),
            outcome_of(after.verdict, after.cause),
        )
        shown = before if found.group is Group.FIXED else after
        # What is missing now was there before; of other groups that is not known.
        direction = "up" if found.group is Group.FAILING else ""
        return replace(found, why=explain(shown, direction) if found.cause else "")

    def _with_python_cause(self, test: str, example: Example) -> Example:
        """Return a failing example with what the new version wants of Python, if that is it."""
        new = self.results[self.new.identifier]
        cause = python_cause(new, test, self.module)
        return example.model_copy(update={"cause": cause}) if cause else example

    def explained(self, finding: Finding, cause: Cause) -> Finding:
        """Return the finding of another result with the cause that experiments found."""
        example = self.judged(finding.example).model_copy(update={"cause": cause})
        return replace(finding, cause=cause, why=explain(example))

    def _without_side(self, test: str) -> Finding:
        """Return what became of an example where a side has no environment, or could not run."""
        outcomes = []
        for cell in (self.old, self.new):
            result = self.results[cell.identifier]
            if result.verdict is not None:
                outcomes.append(outcome_of(result.verdict, result.cause))
                continue
            example = result.examples[test]
            # What it prints has nothing to be compared with.
            judged = self.judge.judge(test, cell.identifier, example, None)
            outcomes.append(outcome_of(judged.verdict, judged.cause))
        return classify(test, outcomes[0], outcomes[1])
