"""Makes cells of any release of a dependency, from the index and the Pythons that are available."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.planning import grid
from tfcompat.planning.default_python import OF_THE_DAY, PythonRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import PackageIndex, Release
    from tfcompat.planning.grid import AvailablePythons, Cell


@dataclass(frozen=True, kw_only=True)
class CellFactory:
    """The dependency, the index that knows its releases, and where Pythons come from.

    ``rule`` chooses the Python of a release where none is named. ``cache`` is the cache folder,
    where fetched Pythons and built environments are.
    """

    dependency: str
    index: PackageIndex
    cache: Path
    available: AvailablePythons
    rule: PythonRule = OF_THE_DAY

    def cell(self, release: Version | str, python: str | None = None) -> Cell:
        """Return the cell of a release, on its default Python if none is named.

        Raises SelectionError for a release that does not exist.
        """
        known = self.index.releases(self.dependency)
        if isinstance(release, Version):
            found = grid.find_version(release, known)
        else:
            found = grid.find_release(release, known)
        return self.cells([found], (python,) if python else ())[0]

    def cells(self, releases: Iterable[Release], pythons: Sequence[str] = ()) -> tuple[Cell, ...]:
        """Return the cells of releases of the index, each on ``pythons`` or its default one."""
        return grid.lay_out_cells(self.dependency, releases, self.available, pythons, self.rule)
