"""What the commands ``frontier`` and ``verify`` work on: which scripts, and which releases."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tfcompat.environments import export
from tfcompat.environments.index.client import PackageIndex
from tfcompat.errors import SelectionError
from tfcompat.execution import campaign_run
from tfcompat.execution.sites import HERE
from tfcompat.planning.default_python import PYTHONS
from tfcompat.planning.infer import infer_study
from tfcompat.planning.plan import Selection, lay_out
from tfcompat.planning.projects import IndexCatalog
from tfcompat.planning.release_specs import ALL_RELEASES, parse_version
from tfcompat.planning.required import check_required
from tfcompat.planning.schema import STORED, python_version
from tfcompat.planning.stated import admitted
from tfcompat.planning.study import load_study
from tfcompat.planning.surroundings import CommandLine
from tfcompat.results.printed import ENDS, VerifiedEnd
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.search.reasons import explain
from tfcompat.search.summary import newest_same
from tfcompat.util import folders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import Progress
    from tfcompat.execution.sites import Site
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.planning.study import Study
    from tfcompat.results.printed import End
    from tfcompat.results.schema import CellResult
    from tfcompat.search.search import SearchResult


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """Scripts to search, and what the command line gives beside them.

    ``dependency`` is a package, ``baseline`` a release, RELEASE@PYTHON or ``stored`` (the outputs
    in a notebook), which ``baselines`` replace for scripts that they name; ``resolve`` is as in
    ``caliper.yaml``; ``requirements`` are installed beside the dependency, ``results`` is the
    folder for results, ``command_line`` is how scripts are run. Scripts that are examples of the
    study are taken as such, unless anything else is given of them. All others make a study of their
    own.
    """

    selection: Selection
    scripts: tuple[Path, ...] = ()
    dependency: str | None = None
    baseline: str | None = None
    resolve: str | None = None
    requirements: tuple[str, ...] = ()
    results: Path | None = None
    baselines: Mapping[Path, str] = field(default_factory=dict)
    command_line: CommandLine = field(default_factory=CommandLine)

    @property
    def describes_scripts(self) -> bool:
        """Whether it gives anything that only scripts without a study can have."""
        given = (self.dependency, self.baseline, self.requirements, self.baselines)
        return any(given) or self.command_line != CommandLine()


def plan_of(request: SearchRequest, site: Site = HERE) -> tuple[Plan, Path]:
    """Return what to search, its cells one a release, and the folder for its results.

    The releases of baselines are among them, whichever are selected; the Pythons are those of the
    ``site``. Raises UserError for what the
    user has to change, IndexUnavailableError without a network.
    """
    plan, results = selected(request, site)
    known = {cell.version for cell in plan.cells}
    named = (plan.baseline(example) for example in plan.examples)
    others = {cell.version: cell for cell in named if cell and cell.version not in known}
    cells = sorted((*plan.cells, *others.values()), key=lambda cell: cell.version)
    return replace(plan, cells=tuple(cells)), results


def selected(request: SearchRequest, site: Site = HERE) -> tuple[Plan, Path]:
    """Return the same with the selected releases alone."""
    for baseline in (request.baseline, *request.baselines.values()):
        _check_baseline(baseline)
    selection = replace(request.selection, resolve=request.resolve)
    study = _study_with(request)
    if study is None:
        if selection.tests:
            msg = "--test selects examples of a study; scripts are named as they are"
            raise SelectionError(msg)
        study = own_study(request)
        results = request.results or results_of(study)
        if study.requires_python is not None and not selection.pythons:
            selection = replace(selection, pythons=_stated_pythons(study.requires_python))
    else:
        results = request.results or study.results
        examples = _examples_by_file(study)
        named = [examples[path.resolve()] for path in request.scripts]
        selection = replace(selection, tests=(*selection.tests, *named))
    every = {"versions": (ALL_RELEASES,), "python_versions": ()}
    study = replace(study, analysis=study.analysis.model_copy(update=every))
    releases = selection.releases or (ALL_RELEASES.text,)
    selection = replace(selection, releases=releases)
    plan = lay_out(study, selection, site.pythons(study, results))
    check_required(request.requirements, plan.index)
    return replace(plan, cells=_one_a_release(plan)), results


def _stated_pythons(stated: SpecifierSet) -> tuple[str, ...]:
    """Return the Pythons that scripts state; raise SelectionError where these are none."""
    pythons = admitted(PYTHONS, stated)
    if not pythons:
        msg = f"`requires-python` is {stated}, and no Python is; name one with --python"
        raise SelectionError(msg)
    return pythons


def _check_baseline(text: str | None) -> None:
    """Raise SelectionError where a text is neither a release nor RELEASE@PYTHON nor ``stored``."""
    if text in (None, STORED):
        return
    release, mark, python = text.partition("@")
    try:
        parse_version(release)
        if mark:
            python_version(python)
    except ValueError as error:
        msg = f"--baseline: {error}"
        raise SelectionError(msg) from None


def own_study(request: SearchRequest) -> Study:
    """Return the study that scripts make by themselves; raise StudyError where there is none."""
    index = PackageIndex(folders.cache_folder(), offline=request.selection.offline)
    catalog = IndexCatalog(index=index)

    def infer(baseline: str | None) -> Study:
        return infer_study(
            request.scripts,
            catalog,
            dependency=request.dependency,
            baseline=baseline,
            resolve=request.resolve,
            requirements=request.requirements,
            command_line=request.command_line,
        )

    study = infer(request.baseline)
    baselines = dict(study.analysis.baselines)
    for release in dict.fromkeys(request.baselines.values()):
        named = infer(release).analysis.baselines
        for script, example in zip(request.scripts, study.examples, strict=True):
            if request.baselines.get(script) == release:
                baselines[example] = named[example]
    return replace(study, analysis=study.analysis.model_copy(update={"baselines": baselines}))


def makes_own_study(request: SearchRequest, plan: Plan) -> bool:
    """Tell whether a plan is of scripts that are no examples of a study."""
    return bool(request.scripts) and plan.study.path == request.scripts[0]


def _study_with(request: SearchRequest) -> Study | None:
    """Return the study that the scripts are examples of, None where they are not of one.

    Raises UserError where it cannot be loaded, or something is given for no script.
    """
    if not request.scripts:
        if request.describes_scripts:
            given = "--dependency, --baseline, --require and arguments"
            msg = f"{given} say something of scripts; name one"
            raise SelectionError(msg)
        return load_study(request.selection.config)
    if request.describes_scripts or not request.selection.config.exists():
        return None
    study = load_study(request.selection.config)
    files = {path.resolve() for path in request.scripts}
    return study if files <= _examples_by_file(study).keys() else None


def _examples_by_file(study: Study) -> dict[Path, str]:
    """Return the examples of a study by the files that they are, with links followed."""
    return {(study.root / example).resolve(): example for example in study.examples}


def results_of(study: Study) -> Path:
    """Return where results of scripts without a study are kept: one folder for each campaign."""
    analysis = study.analysis
    # With other requirements everything would be run again, and what is stored written over.
    commands = (study.command(example).key for example in study.examples)
    parts = (
        str(study.root),
        analysis.dependency,
        analysis.resolve,
        *sorted(analysis.requirements),
        *(f"constraint {one}" for one in sorted(analysis.constraints)),
        *sorted(filter(None, commands)),
    )
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return folders.cache_folder() / "frontiers" / name


def _one_a_release(plan: Plan) -> tuple[Cell, ...]:
    """Return one cell for each release of a plan, oldest first."""
    wanted = {cell.version for cell in plan.cells}
    releases = plan.index.releases(plan.study.analysis.dependency)
    cells = plan.factory.cells(release for release in releases if release.version in wanted)
    return tuple(sorted(cells, key=lambda cell: cell.version))


def write_lock(path: Path, result: SearchResult) -> str:
    """Lock the newest release that gives all scripts the same result; return what was written.

    Raises SelectionError where there is none, or where it cannot be written.
    """
    cell = newest_same(result, result.plan.examples)
    if cell is None or cell.environment is None:
        msg = "--lock: no release was seen to give the same result"
        raise SelectionError(msg)
    try:
        beside = export.write_lock(path, cell.inputs.dependency, cell.environment)
    except OSError as error:
        msg = f"--lock: cannot write {path}: {error.strerror}"
        raise SelectionError(msg) from None
    return f"wrote {path} and {beside}: {cell.identifier}"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What became of a script at one end of a claimed range. ``end`` is oldest or newest."""

    script: str
    end: End
    cell: Cell
    verdict: Verdict
    why: str

    def __str__(self) -> str:
        """Return what became of it in a line."""
        cell = self.cell
        line = f"{cell.release} (Python {cell.python}, the {self.end}): {self.verdict.value}"
        return f"{line}: {self.why}" if self.why else line

    @property
    def holds(self) -> bool:
        """Whether the script runs there and gives the same result."""
        return self.verdict is Verdict.SAME

    @property
    def printed(self) -> VerifiedEnd:
        """The same as ``verify --json`` prints it."""
        return VerifiedEnd(
            script=self.script,
            end=self.end,
            release=self.cell.release,
            python=self.cell.python,
            verdict=self.verdict,
            why=self.why,
            holds=self.holds,
        )


def verify(
    request: SearchRequest, specifier: str, options: RunOptions, progress: Progress
) -> tuple[Claim, ...]:
    """Try scripts at both ends of a range of releases: those which a PEP 440 specifier admits.

    Where no baseline is named it is the newest end. Releases without any file that fits are no
    ends: nobody can install them. Returns two claims for each script, the oldest end first, whose
    verdict is ``unknown`` where an end could not be tried. Raises UserError for what the user has
    to change, IndexUnavailableError without a network.
    """
    plan, results = plan_of(request)
    ends = _ends(plan, specifier)
    unnamed = [
        example
        for example in plan.examples
        if plan.baseline(example) is None and not plan.study.is_stored(example)
    ]
    plan = plan.with_baselines(dict.fromkeys(unnamed, ends[-1]))
    cells = tuple(dict.fromkeys(ends))
    ended = campaign_run.evaluate_plan(
        replace(plan, cells=cells), replace(options, results=results), progress
    )
    found = {cell.identifier: cell for cell in ended.cells}
    return tuple(
        _claim(example, end, cell, found[cell.identifier])
        for example in plan.examples
        for end, cell in zip(ENDS, ends, strict=True)
    )


def _ends(plan: Plan, specifier: str) -> tuple[Cell, Cell]:
    """Return the cells of the oldest and the newest release that can be installed in a range.

    Raises SelectionError where the text is no specifier, or nothing in its range can be installed.
    """
    try:
        admits = SpecifierSet(specifier)
    except InvalidSpecifier:
        msg = f"--specifier: {specifier!r} is no specifier such as '>=1.4,<2'"
        raise SelectionError(msg) from None
    inside = [
        cell
        for cell in plan.cells
        if admits.contains(cell.version)
        if cell.cause is None or cell.cause.kind is not CauseKind.NO_WHEEL
    ]
    if not inside:
        name = plan.study.analysis.dependency
        msg = f"--specifier: no release of {name} that can be installed matches {specifier!r}"
        raise SelectionError(msg)
    return inside[0], inside[-1]


def _claim(script: str, end: End, cell: Cell, result: CellResult) -> Claim:
    """Return what became of a script in a cell that was evaluated."""
    example = result.examples.get(script)
    if example is None or result.verdict is not None:
        message = result.cause.message if result.cause else ""
        verdict = result.verdict or Verdict.UNKNOWN
        return Claim(script=script, end=end, cell=cell, verdict=verdict, why=message)
    return Claim(script=script, end=end, cell=cell, verdict=example.verdict, why=explain(example))
