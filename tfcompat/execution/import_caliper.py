"""The original caliper's result files as a campaign: read, judged as our own, and stored.

caliper ran everything once, in Docker, with whatever packages pip chose that day. So the noise of a
result is unknown, and no cell can be made again from what was kept of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tfcompat.errors import ResultsError, SelectionError, UserError, near_miss
from tfcompat.judging import differing, failure_groups
from tfcompat.judging.judge import (
    Judge,
    Reference,
    installed_packages,
    judge_cell,
    newest_passing,
    unnamed,
)
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.schema import Analysis
from tfcompat.planning.study import Study, covers
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.schema import CellEnvironment, CellResult, read_cell
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RESOLVE = "imported"
"""The ``resolve`` setting of an imported campaign: its packages cannot be chosen again."""

# Where caliper keeps its results, below the folder in which it was called.
_DATA = (".caliper/data", "data", "")


@dataclass(frozen=True, kw_only=True)
class ImportSummary:
    """The outcome of an import: counts of verdicts, runs, and the files that were left out.

    ``alone`` counts the runs that differ by one run on each side, so that the noise is unknown.
    ``missing`` counts the examples that a built cell lists without a run, or without output.
    """

    cells: int
    runs: int
    missing: int
    counts: Mapping[Verdict, int]
    alone: int
    skipped: tuple[str, ...]


def import_folder(source: Path, results: Path, baselines: Mapping[str, str]) -> ImportSummary:
    """Read a folder of caliper's files, judge all runs, and store them as a campaign in another.

    ``baselines`` names a release for a folder of examples (or a glob, or a path); where none is
    named, the newest release on which an example exits 0 serves. Raises UserError where there is
    nothing to import, where a baseline is not in it, and where the results cannot be written.
    """
    cells, skipped = _read(source)
    dependency = _dependency(source, cells)
    study = _study(source, dependency, cells, baselines)
    judged = judge(study, cells)
    campaign = CampaignStore(results)
    campaign.open(dependency=dependency, resolve=RESOLVE)
    for cell in judged.values():
        campaign.finish(cell)
    examples = [example for cell in judged.values() for example in cell.examples.values()]
    return ImportSummary(
        cells=len(judged),
        runs=len(examples),
        missing=sum(map(_missing, judged.values())),
        counts=Counter(example.verdict for example in examples)
        + Counter(cell.verdict for cell in judged.values() if cell.verdict),
        alone=sum(e.verdict is Verdict.DIFFERENT and not e.runs for e in examples),
        skipped=tuple(skipped),
    )


def _read(source: Path) -> tuple[dict[str, CellResult], list[str]]:
    """Return the cells of a folder by identifier, and a line for each file that is none."""
    if not source.is_dir():
        msg = f"{source} is no folder; name the one that holds caliper's result files"
        raise UserError(msg)
    paths = next(filter(None, (sorted((source / name).glob("*.json")) for name in _DATA)), [])
    cells: dict[str, CellResult] = {}
    skipped = []
    for path in paths:
        try:
            cell = _cell(path)
        except ResultsError as error:
            skipped.append(str(error))
            continue
        if cell.identifier in cells:
            skipped.append(f"{path} holds {cell.identifier} again")
            continue
        cells[cell.identifier] = cell
    if not cells:
        why = f": {skipped[0]}" if skipped else ""
        msg = f"there are no result files of caliper in {source}{why}"
        raise ResultsError(msg)
    return cells, skipped


def _cell(path: Path) -> CellResult:
    """Return the cell of a file; ResultsError where it is damaged, or names no release."""
    cell = read_cell(path)
    if cell.environment is not None:
        msg = f"{path} was written by tfcompat itself; `tfcompat report {path.parent}` shows it"
        raise ResultsError(msg)
    release, python = parse_identifier(cell.identifier)
    try:
        Version(release)
    except InvalidVersion:
        python = ""
    if not python:
        msg = f"{path} is damaged: {cell.identifier!r} does not name a release and a Python"
        raise ResultsError(msg)
    environment = CellEnvironment(
        release=release, python=python, resolve=RESOLVE, backend="Docker, by caliper"
    )
    return cell.model_copy(update={"environment": environment})


def _missing(cell: CellResult) -> int:
    return 0 if cell.verdict else len(set(cell.inputs.tests.splitlines()) - set(cell.examples))


def _dependency(source: Path, cells: Mapping[str, CellResult]) -> str:
    names = sorted({str(canonicalize_name(cell.inputs.dependency)) for cell in cells.values()})
    if len(names) > 1:
        msg = f"{source} holds results of {', '.join(names)}; import each from a folder of its own"
        raise UserError(msg)
    return names[0]


def _study(
    source: Path, dependency: str, cells: Mapping[str, CellResult], baselines: Mapping[str, str]
) -> Study:
    """Return a study of what was run; SelectionError where a baseline names nothing of it."""
    tests = tuple(dict.fromkeys(test for cell in cells.values() for test in cell.examples))
    releases = {
        Version(parse_identifier(name).release): parse_identifier(name).release for name in cells
    }
    named = {}
    for key, release in baselines.items():
        if not any(covers(key, test) for test in tests):
            folders = {test.rpartition("/")[0] for test in tests}
            msg = f"--baseline: no example of {source} is in {key!r}{near_miss(key, folders)}"
            raise SelectionError(msg)
        try:
            named[key] = {"release": releases[Version(release)]}
        except (InvalidVersion, KeyError):
            hint = near_miss(release, releases.values())
            msg = f"--baseline: {source} has no release {release!r}{hint}"
            raise SelectionError(msg) from None
    content = {
        "dependency": dependency,
        "tests": list(tests) or ["none"],
        "baselines": named,
        # There is one run of each, and no other can be made.
        "repeats": 1,
    }
    analysis = Analysis.model_validate(content)
    return Study(path=source, root=source, analysis=analysis, examples=tests)


def judge(study: Study, cells: Mapping[str, CellResult]) -> dict[str, CellResult]:
    """Return cells with a verdict on each of their runs, by the rules of a campaign of our own."""
    references = {test: _reference(study, test, cells) for test in study.tests}
    keys = {test: example.key for cell in cells.values() for test, example in cell.examples.items()}
    judging = Judge(judging_rules(study))
    judged = {
        name: judge_cell(judging, cell, references, keys) if cell.verdict is None else cell
        for name, cell in cells.items()
    }
    return differing.blame_pythons(failure_groups.date_missing_symbols(judged))


def _reference(study: Study, test: str, cells: Mapping[str, CellResult]) -> Reference | None:
    """Return what an example is compared with.

    Of a release that is named, it is the newest Python on which the example ran through.
    """
    named = study.baseline(test)
    if named is None:
        return unnamed(test, newest_passing(test, "", cells.values()))
    of_release = [
        cell
        for name, cell in cells.items()
        if Version(parse_identifier(name).release) == named.release
    ]
    ran = [cell for cell in of_release if test in cell.examples]
    if not ran:
        why = f"the baseline {named.release} was never built"
        identifier = of_release[-1].identifier
        return Reference(identifier=identifier, example=None, named=True, why=why)
    best = max(ran, key=lambda cell: (cell.examples[test].failure is None, _python(cell)))
    return Reference(
        identifier=best.identifier,
        example=best.examples[test],
        named=True,
        installed=installed_packages(best),
    )


def _python(cell: CellResult) -> Version:
    return Version(parse_identifier(cell.identifier).python)
