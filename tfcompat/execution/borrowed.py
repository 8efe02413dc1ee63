"""Baselines that were run elsewhere: those of the campaigns that are published with a study.

A run that prints what a published run of its baseline printed needs no run of the baseline here.
One that differs does: the machine may be what makes the difference.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tfcompat.execution.cell_record import specification, subject
from tfcompat.results.campaign import PUBLISHED, Campaign, published_folders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellEnvironment, CellResult, Example

# Equal where an environment made here would hold the same packages. The interpreter's last number
# and the file of the wheel may be others on another machine.
_EQUAL = ("release", "python", "resolve", "cut_off", "requirements", "constraints", "pins")


@dataclass(frozen=True, kw_only=True)
class BorrowedRuns:
    """The published runs of an example in its baseline: ``source`` names the campaign's folder."""

    example: Example
    cell: CellResult
    source: str


class PublishedBaselines:
    """The published runs of the baselines of a study, read as they are needed.

    ``results`` is its folder of results. ``keys`` identify the present runs of each example:
    published ones serve where example, packages, limits and the first run's hash seed are equal.
    """

    def __init__(self, results: Path, settings: RunSettings, keys: Mapping[str, str]) -> None:
        self._results = results
        self._settings = settings
        self._keys = keys
        self._cells: dict[str, list[tuple[str, CellResult]]] = {}

    def runs(self, cell: Cell, test: str) -> BorrowedRuns | None:
        """Return published runs of an example that passes in its baseline, or None."""
        for source, found in self._published(cell):
            example = found.examples.get(test)
            if example is None or example.failure is not None:
                continue
            if subject(example.key) and subject(example.key) == subject(self._keys[test]):
                return BorrowedRuns(example=example, cell=found, source=source)
        return None

    def _published(self, cell: Cell) -> list[tuple[str, CellResult]]:
        """Return what is published of a cell that would be the same if it were made here."""
        if cell.identifier not in self._cells:
            wanted = specification(self._settings, cell)
            campaigns = map(Campaign, published_folders(self._results))
            read = [(one.folder.name, one.cell(cell.identifier)) for one in campaigns]
            self._cells[cell.identifier] = [
                (f"{PUBLISHED}/{name}", found)
                for name, found in read
                if found is not None
                and found.environment is not None
                and self._is_equal(found.environment, wanted)
            ]
        return self._cells[cell.identifier]

    def _is_equal(self, found: CellEnvironment, wanted: CellEnvironment) -> bool:
        return (
            # Today's packages are others than those of the day of publication.
            wanted.cut_off is not None
            and all(getattr(found, name) == getattr(wanted, name) for name in _EQUAL)
            # Older files lack the limits that came later.
            and found.limits.items() <= asdict(self._settings.limits).items()
        )
