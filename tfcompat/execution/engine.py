"""Where the runs of cells are made: a protocol, of which this machine is one implementation.

An engine is asked for what a campaign lacks, with the cell's lock held, and stores what it makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellResult, Example


STOPPED = Cause(kind=CauseKind.INTERRUPTED, message="stopped before all of its examples had run")


class CellEngine(Protocol):
    """Makes the runs of cells. Any thread may call it, for any cell."""

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell: until its release, its environment may stay."""

    def release(self, cell: Cell) -> Path | None:
        """Count one use as over; after the last one, return the environment's folder if kept."""

    def make(self, cell: Cell, stored: CellResult | None, wanted: Mapping[str, int]) -> CellResult:
        """Bring each example to its wanted number of runs, store them, and return the cell.

        ``stored`` has the runs that still hold. The cell stays unfinished, unless it has no
        environment or could not be tried: then the result has a verdict and a cause. Raises
        InterruptedRunError, and has stored that, where everything is stopped.
        """


def missing_runs(examples: Mapping[str, Example], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return the examples that have fewer runs than wanted, and how many they need in all.

    A run that fails is a verdict by itself: no more of them would be compared.
    """
    missing = {}
    for test, number in wanted.items():
        example = examples.get(test)
        if example is None or (1 + len(example.runs) < number and example.failure is None):
            missing[test] = number
    return missing


def store_unknown(store: CampaignStore, record: CellResult, cause: Cause) -> CellResult:
    """Store why a cell could not be tried, or not to its end, and return it so."""
    update = {"verdict": Verdict.UNKNOWN, "cause": cause, "examples": {}}
    unknown = record.model_copy(update=update)
    store.store_unknown(unknown)
    return unknown


def store_without_environment(store: CampaignStore, result: CellResult) -> CellResult:
    """Store a cell that has no environment, and return it."""
    if result.verdict is Verdict.UNKNOWN:
        store.store_unknown(result)
    else:
        store.finish(result)
    return result
