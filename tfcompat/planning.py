"""What a command works on: the study, its cells, the interpreters for them. Installs nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat import grid, interpreters, machine
from tfcompat.environments.uv import fetchable_pythons
from tfcompat.errors import SelectionError, near_miss
from tfcompat.releases import PackageIndex
from tfcompat.study import FILE_NAME, Baseline, check_release, load_study, python_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.grid import Cell
    from tfcompat.study import Study


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a command line selects of a study."""

    config: Path = Path(FILE_NAME)
    releases: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    offline: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A study, the examples selected of it, and the cells to try them in."""

    study: Study
    tests: tuple[str, ...]
    cells: tuple[Cell, ...]
    index: PackageIndex
    cache: Path
    found: tuple[interpreters.Interpreter, ...]
    fetchable: tuple[str, ...]

    def cell(self, release: str, python: str | None) -> Cell:
        """Return the cell of any release of the dependency, on its default Python if none is named.

        Raises SelectionError for a release that does not exist.
        """
        name = self.study.analysis.dependency
        one = grid.find_release(release, self.index.releases(name))
        pythons = (python,) if python else ()
        return grid.plan(name, [one], pythons=pythons, found=self.found, fetchable=self.fetchable)[
            0
        ]

    def baseline(self, test: str) -> Cell | None:
        """Return the cell of the baseline that the study names for an example, if it names one."""
        named = self.study.baseline(test)
        return self.cell(named.release, named.python) if named else None

    def with_baselines(self, found: Mapping[str, Cell]) -> Plan:
        """Return the plan with a cell as the baseline of each example that is named here."""
        named = {t: Baseline(release=c.release, python=c.python) for t, c in found.items()}
        baselines = {**self.study.analysis.baselines, **named}
        analysis = self.study.analysis.model_copy(update={"baselines": baselines})
        return replace(self, study=replace(self.study, analysis=analysis))


def make_plan(selection: Selection) -> Plan:
    """Load the study, ask the index, look for interpreters, and lay out the cells.

    Raises UserError for what the user has to change, IndexUnavailableError without a network.
    """
    return lay_out(load_study(selection.config), selection)


def lay_out(study: Study, selection: Selection) -> Plan:
    """Do the same for a study that is at hand."""
    cache = machine.cache_folder()
    index = PackageIndex(cache, offline=selection.offline)
    name = study.analysis.dependency
    try:
        asked = [check_release(spec) for spec in selection.releases]
        pythons = [python_version(python) for python in selection.pythons]
    except ValueError as error:
        raise SelectionError(str(error)) from None
    known = index.releases(name)
    chosen = grid.select(study.analysis.versions, asked, known)
    for key, baseline in study.analysis.baselines.items():
        try:
            grid.find_release(baseline.release, known)
        except SelectionError as error:
            msg = f"{study.path.name}: `baselines.{key}`: {error}"
            raise SelectionError(msg) from None
    found, _ = interpreters.find(folder=cache)
    fetchable = fetchable_pythons() if study.analysis.interpreters == "auto" else ()
    cells = grid.plan(
        name,
        chosen,
        pythons=pythons or study.analysis.python_versions,
        found=found,
        fetchable=fetchable,
    )
    return Plan(
        study=study,
        tests=select_tests(study, selection.tests),
        cells=cells,
        index=index,
        cache=cache,
        found=found,
        fetchable=fetchable,
    )


def select_tests(study: Study, globs: Sequence[str]) -> tuple[str, ...]:
    """Return the study's examples that any of the globs (or paths, or folders) names.

    Raises SelectionError for one that names none.
    """
    if not globs:
        return study.tests
    chosen: set[str] = set()
    for glob in globs:
        stem = glob.rstrip("/").removeprefix("./")
        matching = [t for t in study.tests if fnmatchcase(t, stem) or t.startswith(f"{stem}/")]
        matching = matching or [t for t in study.tests if fnmatchcase(t, f"*/{stem}")]
        matching = matching or [t for t in study.tests if f"/{stem}/" in t]
        if not matching:
            msg = f"--test {glob!r} matches no example of the study{near_miss(glob, study.tests)}"
            raise SelectionError(msg)
        chosen.update(matching)
    return tuple(test for test in study.tests if test in chosen)


def as_json(plan: Plan) -> list[dict[str, object]]:
    """Return the cells of a plan for ``plan --json``."""
    return [
        {
            "identifier": cell.identifier,
            "release": cell.release,
            "python": cell.python,
            "interpreter": cell.interpreter
            and {
                **interpreters.as_json(cell.interpreter),
                "path": os.fspath(cell.interpreter.path),
            },
            "wheel": cell.wheel
            and {
                "filename": cell.wheel.filename,
                "size": cell.wheel.size,
                "sha256": cell.wheel.sha256,
                "upload_time": cell.wheel.upload_time and cell.wheel.upload_time.isoformat(),
            },
            "cut_off": cell.cut_off and cell.cut_off.isoformat(),
            "cause": cell.cause and cell.cause.as_json(),
        }
        for cell in plan.cells
    ]
