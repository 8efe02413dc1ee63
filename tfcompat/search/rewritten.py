"""Compares a script with what it was rewritten to, run as often as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.judge import Judge, Reference, installed_packages, side_of
from tfcompat.planning.judging_rules import judging_rules

if TYPE_CHECKING:
    from tfcompat.execution.variants import Variant, VariantRunner
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult, Example


class RewrittenRuns:
    """Runs scripts as they are written and as they were rewritten."""

    def __init__(self, plan: Plan, runner: VariantRunner) -> None:
        self._runner = runner
        self._judge = Judge(judging_rules(plan.study))

    def judged(self, test: str, old: Variant | None, new: Variant) -> Example | CellResult:
        """Return what a script gives in one variant, compared with what it gives in another.

        Where the new one has no environment, it is that cell.
        """
        runs = before, after = 1, 1
        while True:
            here = self._runner.run(new, {test: after})
            if here.verdict is not None:
                return here
            there = self._runner.run(old, {test: before}) if old is not None else None
            baseline = there.examples.get(test) if there and there.verdict is None else None
            reference = None
            if there is not None and baseline is not None:
                reference = Reference(
                    identifier=there.identifier,
                    example=baseline,
                    named=True,
                    installed=installed_packages(there),
                )
                sides = (
                    side_of(there.identifier, baseline, installed_packages(there)),
                    side_of(here.identifier, here.examples[test], installed_packages(here)),
                )
                wanted = self._judge.runs_wanted(test, *sides)
                if wanted is not None and (wanted.baseline, wanted.observed) != runs:
                    runs = before, after = wanted.baseline, wanted.observed
                    continue
            return self._judge.judge(
                test, here.identifier, here.examples[test], reference, installed_packages(here)
            )
