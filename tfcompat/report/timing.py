"""Where the time of a report's campaigns went: by phase, and the cells and examples that took most.

Seconds are those of each step by itself. Steps go on side by side, so that a campaign takes less.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.results.schema import COMPARE_PHASE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfcompat.report.model import Report
    from tfcompat.results.schema import CellResult

RUNS = "runs"
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Seconds by phase (the runs among them), by cell and by example; the most bytes of a run."""

    phases: tuple[tuple[str, float], ...]
    cells: tuple[tuple[str, float], ...]
    examples: tuple[tuple[str, float], ...]
    peak_memory: int

    @property
    def total(self) -> float:
        """All seconds."""
        return sum(seconds for _, seconds in self.phases)


def spent(report: Report) -> Spent:
    """Return where the time of all cells of a report went."""
    phases: dict[str, float] = defaultdict(float)
    cells: dict[str, float] = defaultdict(float)
    examples: dict[str, float] = defaultdict(float)
    peak = 0
    for column in report.columns:
        ran = 0.0
        for test, example in column.cell.examples.items():
            runs = (example, *example.runs)
            seconds = sum(run.seconds for run in runs)
            peak = max(peak, *(run.peak_memory or 0 for run in runs))
            examples[test] += seconds
            ran += seconds
        own = column.cell.environment.phases if column.cell.environment else {}
        for name, seconds in {**own, RUNS: ran}.items():
            phases[name] += seconds
        cells[column.cell.identifier] += ran + sum(own.values())
    return Spent(
        phases=_ordered(phases, (column.cell for column in report.columns)),
        cells=_most(cells),
        examples=_most(examples),
        peak_memory=peak,
    )


def _most(spent: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(spent.items(), key=lambda item: -item[1])[:_MOST])


def _ordered(
    phases: dict[str, float], cells: Iterable[CellResult]
) -> tuple[tuple[str, float], ...]:
    """Return phases as they follow each other: those of the cells, with the runs before judging."""
    names = dict.fromkeys(n for cell in cells if cell.environment for n in cell.environment.phases)
    names.pop(COMPARE_PHASE, None)
    order = [*names, RUNS, COMPARE_PHASE]
    return tuple((name, round(phases[name], 3)) for name in order if phases.get(name))


def said(seconds: float) -> str:
    """Return seconds as a person says them."""
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.1f} s"


def sentence(time: Spent) -> str:
    """Return where the time went in one line."""
    parts = ", ".join(f"{name} {said(seconds)}" for name, seconds in time.phases)
    memory = f"; at most {time.peak_memory / 1e6:.0f} MB in one run" if time.peak_memory else ""
    return f"time: {said(time.total)} in all: {parts}{memory}"
