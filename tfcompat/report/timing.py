"""How much time a report's campaigns took: by phase, and the slowest cells and examples.

All times are sums of seconds over steps. Steps run in parallel, so a campaign itself takes less.
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
"""The phase in which the examples run; all other phases are stored in the cell."""

_SLOWEST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds by phase, cell and example (the slowest); the most bytes that one run took."""

    phases: tuple[tuple[str, float], ...]
    cells: tuple[tuple[str, float], ...]
    examples: tuple[tuple[str, float], ...]
    peak_memory: int

    @property
    def total(self) -> float:
        """The seconds of all phases."""
        return sum(seconds for _, seconds in self.phases)


def timing_of(report: Report) -> Timing:
    """Return how much time all cells of a report took."""
    phases: dict[str, float] = defaultdict(float)
    cells: dict[str, float] = defaultdict(float)
    examples: dict[str, float] = defaultdict(float)
    peak = 0
    for column in report.columns:
        ran = 0.0
        for example, stored in column.cell.examples.items():
            runs = (stored, *stored.runs)
            seconds = sum(run.seconds for run in runs)
            peak = max(peak, *(run.peak_memory or 0 for run in runs))
            examples[example] += seconds
            ran += seconds
        own = column.cell.environment.phases if column.cell.environment else {}
        for name, seconds in {**own, RUNS: ran}.items():
            phases[name] += seconds
        cells[column.cell.identifier] += ran + sum(own.values())
    return Timing(
        phases=_ordered(phases, (column.cell for column in report.columns)),
        cells=_slowest(cells),
        examples=_slowest(examples),
        peak_memory=peak,
    )


def _slowest(seconds: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(seconds.items(), key=lambda item: -item[1])[:_SLOWEST_SHOWN])


def _ordered(
    phases: dict[str, float], cells: Iterable[CellResult]
) -> tuple[tuple[str, float], ...]:
    """Return the phases in their order in a cell: making it, the runs, comparing."""
    names = dict.fromkeys(n for cell in cells if cell.environment for n in cell.environment.phases)
    names.pop(COMPARE_PHASE, None)
    order = [*names, RUNS, COMPARE_PHASE]
    return tuple((name, round(phases[name], 3)) for name in order if phases.get(name))


def duration(seconds: float) -> str:
    """Return seconds as ``12.3 s``, ``1.5 min`` or ``2.0 h``."""
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.1f} s"


def sentence(timing: Timing) -> str:
    """Return the time by phase in one line."""
    parts = ", ".join(f"{name} {duration(seconds)}" for name, seconds in timing.phases)
    memory = f"; at most {timing.peak_memory / 1e6:.0f} MB in one run" if timing.peak_memory else ""
    return f"time: {duration(timing.total)} in all: {parts}{memory}"
