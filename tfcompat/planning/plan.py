"""What a command works on: the study, its examples, and the cells to try them in.

Making a plan asks the index and looks for interpreters; it installs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments import containers, interpreters
from tfcompat.environments.containers import ContainerChoice
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.uv import fetchable_pythons
from tfcompat.errors import SelectionError, StudyError, near_miss
from tfcompat.planning import grid
from tfcompat.planning.cell_factory import CellFactory
from tfcompat.planning.default_python import PYTHON_2, PYTHONS, PythonRule
from tfcompat.planning.grid import AvailablePythons
from tfcompat.planning.notebooks import is_notebook, read_notebook
from tfcompat.planning.python2 import is_python2
from tfcompat.planning.release_specs import parse_release_spec
from tfcompat.planning.schema import Baseline, check_resolve, python_version
from tfcompat.planning.study import FILE_NAME, load_study
from tfcompat.results.printed import PlannedCell, PrintedFile
from tfcompat.util import folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.version import Version

    from tfcompat.environments.index.client import Distribution, Release
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.schema import Container
    from tfcompat.planning.study import Study


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a command line selects of a study, as it is typed; ``lay_out`` parses it.

    ``releases`` are versions, specifiers or words, ``tests`` globs, paths or folders of examples.
    ``resolve`` stands for the study's, where it is given. ``offline`` makes no request.
    """

    config: Path = Path(FILE_NAME)
    releases: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    resolve: str | None = None
    offline: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A study, the examples selected of it, and the cells to try them in.

    ``baselines`` are the cells of the baselines that the study names, by example; an example
    without a named baseline is not in it. ``factory`` makes the cell of any other release.
    """

    study: Study
    examples: tuple[str, ...]
    cells: tuple[Cell, ...]
    baselines: Mapping[str, Cell]
    factory: CellFactory

    @property
    def tests(self) -> tuple[str, ...]:
        """The selected examples."""
        return self.examples

    @property
    def index(self) -> PackageIndex:
        """The index that knows the releases."""
        return self.factory.index

    @property
    def cache(self) -> Path:
        """The cache folder."""
        return self.factory.cache

    def cell(self, release: Version | str, python: str | None = None) -> Cell:
        """Return the cell of any release, as ``CellFactory.cell`` does."""
        return self.factory.cell(release, python)

    def baseline(self, example: str) -> Cell | None:
        """Return the cell of the baseline that the study names for an example, if it names one."""
        return self.baselines.get(example)

    def again(self, available: AvailablePythons | None = None) -> Plan:
        """Return the plan with its cells laid out anew, with other Pythons where some are given."""
        factory = replace(self.factory, available=available or self.factory.available)
        stored = {e: cell for e, cell in self.baselines.items() if self.study.is_stored(e)}
        return replace(
            self,
            factory=factory,
            cells=tuple(factory.cell(cell.version, cell.python) for cell in self.cells),
            baselines=baseline_cells(self.study, factory) | stored,
        )

    def with_baselines(self, found: Mapping[str, Cell]) -> Plan:
        """Return the plan with a cell as the baseline of each example that ``found`` has.

        An example that is compared with stored outputs stays so: its cell is where a search starts.
        """
        # Parsed already: nothing is to be validated again.
        named = {
            example: Baseline.model_construct(release=cell.version, python=cell.python)
            for example, cell in found.items()
        }
        stored = {example: found[example] for example in named if self.study.is_stored(example)}
        named = {example: one for example, one in named.items() if example not in stored}
        baselines = {**self.study.analysis.baselines, **named}
        analysis = self.study.analysis.model_copy(update={"baselines": baselines})
        study = replace(self.study, analysis=analysis)
        return replace(self, study=study, baselines=baseline_cells(study, self.factory) | stored)


def baseline_cells(study: Study, factory: CellFactory) -> dict[str, Cell]:
    """Return the cell of the baseline of each example for which the study names one.

    Raises SelectionError where one names a release that does not exist.
    """
    named = {example: study.baseline(example) for example in study.examples}
    cells = {
        baseline: factory.cell(baseline.release, baseline.python)
        for baseline in dict.fromkeys(named.values())
        if baseline is not None
    }
    return {example: cells[baseline] for example, baseline in named.items() if baseline is not None}


NEWEST = "newest"
"""The word on a command line for the newest release that a Python of this machine opens."""


def make_plan(selection: Selection) -> Plan:
    """Load the study, ask the index, look for interpreters, and lay out the cells.

    Raises UserError for what the user has to change, IndexUnavailableError without a network.
    """
    return lay_out(load_study(selection.config), selection)


def lay_out(study: Study, selection: Selection, available: AvailablePythons | None = None) -> Plan:
    """Return the plan for a study that is loaded already; raise as ``make_plan`` does.

    The Pythons are those of this machine unless others are ``available``.
    """
    cache = folders.cache_folder()
    index = PackageIndex(cache, offline=selection.offline)
    try:
        requested = [parse_release_spec(spec) for spec in selection.releases if spec != NEWEST]
        pythons = tuple(python_version(python) for python in selection.pythons)
    except ValueError as error:
        raise SelectionError(str(error)) from None
    study = _resolved(study, selection.resolve)
    known = index.releases(study.analysis.dependency)
    chosen = grid.select(study.analysis.versions, requested, known)
    _check_releases(study, chosen, known)
    examples = select_examples(study, selection.tests)
    _check_notebooks(study, examples)
    factory = CellFactory(
        dependency=study.analysis.dependency,
        index=index,
        cache=cache,
        available=available or _available_pythons(study, cache),
        rule=python_rule(study, examples, pythons),
    )
    cells = factory.cells(chosen, pythons or study.analysis.python_versions)
    return Plan(
        study=study,
        examples=examples,
        cells=_newest_here(cells) if NEWEST in selection.releases else cells,
        baselines=baseline_cells(study, factory),
        factory=factory,
    )


def _newest_here(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cell of the newest release that a Python of this machine opens, else the last."""
    opened = [cell for cell in cells if cell.interpreter is not None and not cell.interpreter.image]
    return tuple(opened or cells)[-1:]


def _check_notebooks(study: Study, examples: Sequence[str]) -> None:
    """Raise StudyError for a notebook that is none, and where stored outputs are not there."""
    for example in examples:
        notebook = read_notebook(study.root / example) if is_notebook(example) else None
        if study.is_stored(example) and (notebook is None or not notebook.has_stored_output):
            why = "no notebook" if notebook is None else "a notebook without stored outputs"
            msg = f"{example} is {why}, so its baseline cannot be `stored`; name a release"
            raise StudyError(msg)


def _resolved(study: Study, resolve: str | None) -> Study:
    """Return the study with another ``resolve``, if one is given; SelectionError if it is none."""
    if resolve is None:
        return study
    try:
        update = {"resolve": check_resolve(resolve)}
    except ValueError as error:
        msg = f"--resolve: {error}"
        raise SelectionError(msg) from None
    return replace(study, analysis=study.analysis.model_copy(update=update))


def python_rule(study: Study, examples: Sequence[str], pythons: Sequence[str]) -> PythonRule:
    """Return the rule by which releases get their Pythons, ``pythons`` being those of the user.

    They are for Python 2 where each of the examples is, or has a baseline on it.
    """
    # Cells of some of the study's own Pythons are compared with the same baselines as all others.
    selects = set(pythons) <= set(study.analysis.python_versions)
    return PythonRule(
        resolve=study.analysis.resolve,
        among=() if selects else tuple(pythons),
        python2=bool(examples) and all(_is_for_python2(study, example) for example in examples),
    )


def _is_for_python2(study: Study, example: str) -> bool:
    """Tell whether an example is for Python 2: its baseline's Python says so, or its text."""
    baseline = study.baseline(example)
    if baseline is not None and baseline.python is not None:
        return baseline.python == PYTHON_2
    try:
        if is_notebook(example):
            notebook = read_notebook(study.root / example)
            return notebook.is_python2 or is_python2(notebook.source)
        return is_python2(study.file(example).read_bytes())
    except OSError:
        # A run reports it.
        return False


def _check_releases(study: Study, chosen: Sequence[Release], known: Sequence[Release]) -> None:
    """Raise SelectionError where nothing was chosen, or a baseline is not among the known."""
    if not chosen:
        wanted = ", ".join(map(str, study.analysis.versions))
        name = study.analysis.dependency
        msg = f"{study.path.name}: `versions` selects no release of {name}: {wanted}"
        raise SelectionError(msg)
    for key, baseline in study.analysis.baselines.items():
        if not isinstance(baseline, Baseline):
            continue
        try:
            grid.find_version(baseline.release, known)
        except SelectionError as error:
            # What a script makes by itself has no file with keys.
            asked = "--baseline" if key == study.path.name else f"`baselines.{key}`"
            msg = f"{study.path.name}: {asked}: {error}"
            raise SelectionError(msg) from None


def _available_pythons(study: Study, cache: Path) -> AvailablePythons:
    """Look for the Pythons of this machine, and for what can bring others."""
    found, _ = interpreters.find(folder=cache)
    fetchable = fetchable_pythons() if study.analysis.interpreters == "auto" else ()
    contained, refused = _container_pythons(study)
    return AvailablePythons(
        # Where a container is preferred, what is here does not count.
        found=tuple(one for one in found if not study.prefers_container(one.python)),
        fetchable=tuple(one for one in fetchable if not study.prefers_container(one)),
        contained=contained,
        preferred=tuple(python for python in contained if study.prefers_container(python)),
        refused=refused,
    )


def container_choice(setting: Container) -> ContainerChoice:
    """Return a study's setting in the form in which containers are looked for."""
    return ContainerChoice(engine=setting.engine, image=setting.image)


def _container_pythons(study: Study) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the Pythons that a container may have, and why there is none where one is preferred.

    Nothing is asked of an engine: whether it has the image, only a run finds out.
    """
    container = container_choice(study.analysis.container)
    preferred = [python for python in PYTHONS if study.prefers_container(python)]
    if containers.find_engine(container.engine) is None:
        return (), dict.fromkeys(preferred, containers.no_engine(container))
    named = [p for p in PYTHONS if containers.reference_of(container, p) is not None]
    able = tuple(python for python in named if python not in containers.TOO_OLD)
    why = "there are no containers for Python {}; set `prefer: virtualenv` for it"
    return able, {
        python: why.format(python) for python in preferred if python in containers.TOO_OLD
    }


def select_examples(study: Study, globs: Sequence[str]) -> tuple[str, ...]:
    """Return the study's examples that any of the globs (or paths, or folders) names.

    Raises SelectionError for one that names none.
    """
    if not globs:
        return study.examples
    chosen: set[str] = set()
    for glob in globs:
        stem = glob.rstrip("/").removeprefix("./")
        matching = (
            [one for one in study.examples if fnmatchcase(one, stem) or one.startswith(f"{stem}/")]
            or [one for one in study.examples if fnmatchcase(one, f"*/{stem}")]
            or [one for one in study.examples if f"/{stem}/" in one]
        )
        if not matching:
            hint = near_miss(glob, study.examples)
            msg = f"--test {glob!r} matches no example of the study{hint}"
            raise SelectionError(msg)
        chosen.update(matching)
    return tuple(example for example in study.examples if example in chosen)


def printed(plan: Plan) -> list[PlannedCell]:
    """Return the cells of a plan as ``plan --json`` prints them."""
    return [
        PlannedCell(
            identifier=cell.identifier,
            release=cell.release,
            python=cell.python,
            interpreter=interpreters.as_printed(cell.interpreter) if cell.interpreter else None,
            wheel=_printed_file(cell.wheel),
            sdist=_printed_file(cell.sdist),
            cut_off=cell.cut_off.isoformat() if cell.cut_off else None,
            cause=cell.cause,
        )
        for cell in plan.cells
    ]


def _printed_file(file: Distribution | None) -> PrintedFile | None:
    if file is None:
        return None
    return PrintedFile(
        filename=file.filename,
        size=file.size,
        sha256=file.sha256,
        upload_time=file.upload_time.isoformat() if file.upload_time else None,
    )
