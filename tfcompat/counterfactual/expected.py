"""The result that variants of one release are held against. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.counterfactual.experiment import Observed, Request
from tfcompat.execution.variants import Variant
from tfcompat.judging.failed_run import FailedRun

if TYPE_CHECKING:
    from tfcompat.counterfactual.experiment import Steps
    from tfcompat.judging.judge import Judge
    from tfcompat.results.schema import CellResult


def observe(test: str, variant: Variant, runs: int = 1) -> Steps[Observed | None]:
    """Run an example in a variant; None where there is no such environment."""
    result: CellResult | None = yield Request(variant=variant, example=test, runs=runs)
    return observed_in(test, variant, result)


def observed_in(test: str, variant: Variant, result: CellResult | None) -> Observed | None:
    """Return what became of an example in a variant; None where there is no environment."""
    example = result.examples.get(test) if result else None
    if result is None or result.verdict is not None or example is None:
        return None
    return Observed(cell=variant.cell, result=result, example=example)


def error_of(side: Observed, test: str, dependency: str) -> str:
    """Return how an example fails in a variant, in one line."""
    failure = side.example.failure
    if failure is None:
        return "it prints something else"
    raised = FailedRun(failure, test, dependency).raised
    if raised is None:
        return f"exit {failure.retval}"
    return f"{raised.name}: {raised.message.splitlines()[0] if raised.message else ''}"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What an example gives in a ``good`` variant."""

    test: str
    judge: Judge
    variant: Variant
    good: Observed

    def is_given_by(self, side: Observed) -> Steps[bool]:
        """Tell whether a side runs and gives this result, with as many runs as that takes."""
        good = self.good
        while side.example.failure is None:
            found = self.judge.compare(self.test, good.side, side.side)
            if found.equal or found.wanted is None:
                return found.equal
            more_good = yield from observe(self.test, self.variant, found.wanted.baseline)
            same = Variant(cell=side.cell)
            more = yield from observe(self.test, same, found.wanted.observed)
            if more_good is None or more is None:
                return False
            if (more_good.example, more.example) == (good.example, side.example):
                return found.equal
            good, side = more_good, more
        return False
