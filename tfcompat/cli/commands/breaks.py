"""``tfcompat breaks``: everything that would stop scripts at each release, without running them."""

from __future__ import annotations

import sys
from argparse import BooleanOptionalAction
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.breaks.asking import open_builder
from tfcompat.breaks.forecast import forecast
from tfcompat.breaks.history import roots_of
from tfcompat.breaks.witness import Confirmer
from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.errors import IndexUnavailableError, SelectionError, UserError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.planning import grid
from tfcompat.planning.release_specs import ALL_RELEASES, parse_release_spec
from tfcompat.report import breaks as form
from tfcompat.report import fixes as fix_form
from tfcompat.report import predicted
from tfcompat.results.printed import as_json
from tfcompat.results.verdicts import Verdict
from tfcompat.search import fixes, record, request, shims
from tfcompat.search.request import SearchRequest
from tfcompat.util.files import replace_content, strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence

    from tfcompat.breaks.findings import ScriptForecast
    from tfcompat.environments.index.client import Release
    from tfcompat.planning.plan import Plan


# Seconds that a run may take which nobody asked for.
_SHORT_RUN = 10.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add_selection(parser)
    add = parser.add_argument
    add("scripts", nargs="*", type=Path, metavar="SCRIPT",
        help="a script or a notebook; default: those of the study")  # fmt: skip
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--confirm", action="store_true",
        help="look up each break in an environment of each release that is named")  # fmt: skip
    add("--shim", action="store_true",
        help="run the scripts with each release that is named, with what it lacks supplied from "
        "what serves in its place, to see what they stop at next")  # fmt: skip
    add("--baseline", metavar="RELEASE[@PYTHON]", help="the release with which the scripts work")
    add("--record", action=BooleanOptionalAction,
        help="run the scripts with that release, and note of which classes their objects are; that "
        "is kept, and serves from then on; default: where --baseline names one that need not be "
        f"built, for runs of up to {_SHORT_RUN:.0f} s")  # fmt: skip
    add("--fix", action="store_true",
        help="rewrite what is certain for the one release that is named, run it there, and print "
        "a patch")  # fmt: skip
    add("--write", action="store_true", help="with --fix: write it into the scripts")
    add("--results", type=Path, metavar="DIR",
        help="keep what is predicted beside these results, where a report shows it")  # fmt: skip
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON")
    shown.add_argument("--markdown", action="store_true", help="print a Markdown table")


def run(
    parsed: Namespace,
    plan_of: Callable[[SearchRequest], tuple[Plan, Path]] = request.plan_of,
) -> int:
    """Print what breaks at each release, oldest first."""
    selection = selection_of(parsed)
    _check(parsed, selection.releases)
    asked = SearchRequest(
        selection=replace(selection, releases=()),
        scripts=tuple(parsed.scripts),
        dependency=parsed.dependency,
        baseline=parsed.baseline,
    )
    plan, results = plan_of(asked)
    shown = _chosen(plan, selection.releases)
    plan = _with(plan, shown)
    if parsed.record:
        _record(parsed, plan, results)
    elif parsed.record is None and parsed.baseline:
        _record_short_runs(parsed, plan, results)
    if parsed.fix:
        return _fix(parsed, plan, shown, results)
    found = forecast(plan, {str(release) for release in shown})
    if parsed.confirm:
        found = _confirmed(parsed, plan, found, shown)
    if parsed.shim:
        with progress_of(parsed) as progress:
            found = shims.try_shims(plan, found, results, RunOptions(), progress)
    name = plan.study.analysis.dependency
    if parsed.results:
        kept = predicted.keep(parsed.results, form.as_json(name, found))
        print(f"wrote {kept}", file=sys.stderr)
    if parsed.json:
        print(strict_json(form.as_json(name, found), indent=1))
    elif parsed.markdown:
        print(form.markdown(name, found))
    else:
        print(form.text(name, found))
    return 0


def _check(parsed: Namespace, releases: Sequence[str]) -> None:
    """Raise SelectionError for options that do not go together."""
    makes = next((f"--{name}" for name in ("confirm", "shim") if getattr(parsed, name)), None)
    if makes and not releases:
        msg = f"{makes} makes an environment for each release; name them with --release"
        raise SelectionError(msg)
    if parsed.write and not parsed.fix:
        msg = "--write is for what --fix rewrites; say both"
        raise SelectionError(msg)
    if parsed.fix and (makes or parsed.results or parsed.markdown):
        msg = "--fix prints a patch; leave out --confirm, --shim, --results and --markdown"
        raise SelectionError(msg)


def _record(parsed: Namespace, plan: Plan, results: Path) -> None:
    """Record runs of the scripts, and say of which none could be."""
    with progress_of(parsed) as progress:
        missing = record.record_runs(plan, results, RunOptions(), progress)
        for test, why in missing.items():
            progress.say(f"{test} is not recorded: {why}")


def _record_short_runs(parsed: Namespace, plan: Plan, results: Path) -> None:
    """Record what of the scripts runs soon, with a release that need not be built; say the rest.

    Nobody asked for it, so nothing that goes wrong is an error.
    """
    quick = [test for test in plan.examples if (cell := plan.baseline(test)) and not cell.sdist]
    with progress_of(parsed) as progress:
        try:
            missing = record.record_runs(
                replace(plan, examples=tuple(quick)), results, RunOptions(timeout=_SHORT_RUN),
                progress,
            )  # fmt: skip
        except (UserError, IndexUnavailableError) as error:
            progress.say(f"no run is recorded: {error}")
            return
        for test, why in missing.items():
            progress.say(f"{test} is not recorded: {why} (--no-record leaves that out)")


def _fix(parsed: Namespace, plan: Plan, shown: Sequence[Release], results: Path) -> int:
    """Rewrite scripts for a release, print what became of that, and write it if that is wanted."""
    if len(shown) != 1:
        msg = f"--fix is for one release, and --release names {len(shown)}; name one"
        raise SelectionError(msg)
    with progress_of(parsed) as progress:
        answers = fixes.try_fixes(
            plan, forecast(plan), str(shown[0]), results, RunOptions(), progress
        )
    name = plan.study.analysis.dependency
    if parsed.json:
        print(strict_json(as_json(fix_form.printed(name, answers)), indent=1))
    else:
        print(fix_form.text(name, answers))
    for answer in answers if parsed.write else ():
        if answer.patch:
            _write(answer.file, answer.text)
    unknown = any(answer.verdict is Verdict.UNKNOWN for answer in answers)
    return IndexUnavailableError.exit_code if unknown else 0


def _write(file: Path, text: str) -> None:
    try:
        replace_content(file, text.encode("utf-8"))
    except OSError as error:
        msg = f"--write: cannot write {file}: {error.strerror}"
        raise SelectionError(msg) from None
    print(f"wrote {file}", file=sys.stderr)


def _confirmed(
    parsed: Namespace, plan: Plan, found: Sequence[ScriptForecast], shown: Sequence[Release]
) -> tuple[ScriptForecast, ...]:
    """Return what was found with what environments of the shown releases say of it."""
    versions = {release.version for release in shown}
    cells = {cell.release: cell for cell in plan.cells if cell.version in versions}
    with progress_of(parsed) as progress:
        settings = RunOptions().settings(plan.study)
        with open_builder(plan, settings, progress) as builder:
            confirmer = Confirmer(builder=builder, roots=roots_of(plan), cells=cells)
            return confirmer.confirm(found)


def _chosen(plan: Plan, specs: Sequence[str]) -> tuple[Release, ...]:
    """Return the releases that ``--release`` names, by default every stable one."""
    try:
        requested = [parse_release_spec(spec) for spec in specs]
    except ValueError as error:
        raise SelectionError(str(error)) from None
    known = plan.index.releases(plan.study.analysis.dependency)
    return grid.select((ALL_RELEASES,), requested, known)


def _with(plan: Plan, chosen: Sequence[Release]) -> Plan:
    """Return a plan with cells for some more releases, such as previews that were named."""
    here = {cell.version for cell in plan.cells}
    more = plan.factory.cells(one for one in chosen if one.version not in here)
    return replace(plan, cells=tuple(sorted((*plan.cells, *more), key=lambda cell: cell.version)))
