"""What a command works on: the study, its cells, the interpreters for them. Installs nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments import containers, interpreters
from tfcompat.environments.containers import ContainerChoice
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.uv import fetchable_pythons
from tfcompat.errors import SelectionError, near_miss
from tfcompat.planning import grid
from tfcompat.planning.schema import Baseline, check_release, python_version
from tfcompat.planning.study import FILE_NAME, load_study
from tfcompat.results.verdicts import CauseKind
from tfcompat.util import folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfcompat.environments.index.client import Release
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.schema import Container
    from tfcompat.planning.study import Study


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
    """A study, the examples selected of it, and the cells to try them in.

    ``contained`` are the Pythons that may be had in a container; ``refused`` says why one, by
    version, cannot.
    """

    study: Study
    tests: tuple[str, ...]
    cells: tuple[Cell, ...]
    index: PackageIndex
    cache: Path
    found: tuple[interpreters.Interpreter, ...]
    fetchable: tuple[str, ...]
    contained: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)

    def cell(self, release: str, python: str | None) -> Cell:
        """Return the cell of any release of the dependency, on its default Python if none is named.

        Raises SelectionError for a release that does not exist.
        """
        name = self.study.analysis.dependency
        one = grid.find_release(release, self.index.releases(name))
        return self._laid_out([one], (python,) if python else ())[0]

    def again(self) -> Plan:
        """Return the plan with its cells laid out anew, after something was fetched."""
        return replace(self, cells=tuple(self.cell(c.release, c.python) for c in self.cells))

    def laid_out(self, chosen: Iterable[Release], pythons: Sequence[str]) -> Plan:
        """Return the plan with the cells of some releases."""
        return replace(self, cells=self._laid_out(chosen, pythons))

    def _laid_out(self, chosen: Iterable[Release], pythons: Sequence[str]) -> tuple[Cell, ...]:
        cells = grid.plan(
            self.study.analysis.dependency,
            chosen,
            pythons=pythons,
            found=self.found,
            fetchable=self.fetchable,
            contained=self.contained,
            preferred=[p for p in self.contained if self.study.prefers_container(p)],
        )
        return tuple(map(self._told, cells))

    def _told(self, cell: Cell) -> Cell:
        """Return a cell whose Python is not here with what is known of why."""
        why = self.refused.get(cell.python)
        if why is None or cell.cause is None or cell.cause.kind is not CauseKind.NO_INTERPRETER:
            return cell
        return replace(cell, cause=replace(cell.cause, message=why))

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
    cache = folders.cache_folder()
    index = PackageIndex(cache, offline=selection.offline)
    name = study.analysis.dependency
    try:
        asked = [check_release(spec) for spec in selection.releases]
        pythons = [python_version(python) for python in selection.pythons]
    except ValueError as error:
        raise SelectionError(str(error)) from None
    known = index.releases(name)
    chosen = grid.select(study.analysis.versions, asked, known)
    if not chosen:
        wanted = ", ".join(study.analysis.versions)
        msg = f"{study.path.name}: `versions` selects no release of {name}: {wanted}"
        raise SelectionError(msg)
    for key, baseline in study.analysis.baselines.items():
        try:
            grid.find_release(baseline.release, known)
        except SelectionError as error:
            msg = f"{study.path.name}: `baselines.{key}`: {error}"
            raise SelectionError(msg) from None
    found, _ = interpreters.find(folder=cache)
    fetchable = fetchable_pythons() if study.analysis.interpreters == "auto" else ()
    contained, refused = _containers(study)
    plan = Plan(
        study=study,
        tests=select_tests(study, selection.tests),
        cells=(),
        index=index,
        cache=cache,
        # Where a container is preferred, what is here does not count.
        found=tuple(one for one in found if not study.prefers_container(one.python)),
        fetchable=tuple(one for one in fetchable if not study.prefers_container(one)),
        contained=contained,
        refused=refused,
    )
    return plan.laid_out(chosen, pythons or study.analysis.python_versions)


def container_choice(setting: Container) -> ContainerChoice:
    """Return a study's setting in the form in which containers are looked for."""
    return ContainerChoice(engine=setting.engine, image=setting.image)


def _containers(study: Study) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the Pythons that a container may have, and why there is none where one is preferred.

    Nothing is asked of an engine: whether it has the image, only a run finds out.
    """
    container = container_choice(study.analysis.container)
    preferred = [python for python in grid.PYTHONS if study.prefers_container(python)]
    if containers.find_engine(container.engine) is None:
        return (), dict.fromkeys(preferred, containers.no_engine(container))
    named = [p for p in grid.PYTHONS if containers.reference_of(container, p) is not None]
    able = tuple(python for python in named if python not in containers.TOO_OLD)
    why = "there are no containers for Python {}; set `prefer: virtualenv` for it"
    return able, {
        python: why.format(python) for python in preferred if python in containers.TOO_OLD
    }


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
