"""The command line. Every error becomes one message and an exit code here, and nowhere else."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from tfcompat.cli import arguments
from tfcompat.errors import (
    ClaimError,
    IndexUnavailableError,
    InterruptedRunError,
    TfcompatError,
    UserError,
    sentence,
)
from tfcompat.execution import campaign_run, progress
from tfcompat.planning import plan as plan_module
from tfcompat.results.schema import count
from tfcompat.results.verdicts import Verdict
from tfcompat.search import findings, request, search
from tfcompat.util.files import strict_json, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from tfcompat.planning.grid import Cell

_FAILURES_SHOWN = 40
_STOPS = (signal.SIGTERM, signal.SIGHUP)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if sys.platform == "win32":
        print("tfcompat needs Linux (or macOS); on Windows, run it inside WSL", file=sys.stderr)
        return UserError.exit_code
    parsed = arguments.parser().parse_args(words)
    logging.basicConfig(
        level=logging.INFO if parsed.verbose else logging.ERROR, format="%(message)s"
    )
    # A stop from outside ends a campaign as tidily as Ctrl-C does.
    for name in _STOPS:
        signal.signal(name, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        return COMMANDS[parsed.command](parsed)
    except KeyboardInterrupt:
        print(
            "interrupted; what finished is stored, and the next run goes on from there",
            file=sys.stderr,
        )
        return InterruptedRunError.exit_code
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if not isinstance(error, TfcompatError):
            logging.getLogger(__name__).info("", exc_info=True)
        print(f"tfcompat: {sentence(error)}", file=sys.stderr)
        return error.exit_code if isinstance(error, TfcompatError) else UserError.exit_code


def _interrupt(number: int, frame: object) -> None:
    del number, frame
    # One is enough: what is being ended tidily is not to be torn from that. Ctrl-C still does.
    for name in _STOPS:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


def _selection(parsed: argparse.Namespace) -> plan_module.Selection:
    return plan_module.Selection(
        config=parsed.config,
        releases=tuple(parsed.releases),
        pythons=tuple(parsed.pythons),
        tests=tuple(parsed.tests),
        offline=parsed.offline,
    )


def _plan(parsed: argparse.Namespace) -> int:
    plan = plan_module.make_plan(_selection(parsed))
    if parsed.json:
        print(json.dumps(plan_module.as_json(plan), indent=1))
        return 0
    table = Table(Column("cell", no_wrap=True), "Python", "wheel", "uploaded")
    for cell in plan.cells:
        table.add_row(cell.identifier, *_plan_row(cell))
    console = Console()
    console.print(table)
    console.print(f"cells: {len(plan.cells)}, examples: {len(plan.tests)}", highlight=False)
    # Each reason once: a missing Python is missing for many cells.
    reasons = dict.fromkeys(cell.cause.message for cell in plan.cells if cell.cause)
    for note in (*reasons, *plan.study.notes(), *plan.index.notes):
        console.print(note, markup=False, highlight=False)
    return 0


def _plan_row(cell: Cell) -> tuple[str, str, str]:
    wheel = cell.wheel
    who = cell.interpreter.version if cell.interpreter else "none"
    size = f"{wheel.size / 1e6:.0f} MB" if wheel and wheel.size else ""
    uploaded = f"{wheel.upload_time:%Y-%m-%d}" if wheel and wheel.upload_time else ""
    return who, size, uploaded


def _run(parsed: argparse.Namespace) -> int:
    selection = _selection(parsed)
    options = replace(
        _run_options(parsed),
        force=parsed.force,
        only=parsed.only,
        keep=parsed.keep,
    )
    console = Console()
    with progress.Progress(console) as shown:
        ended = campaign_run.run(selection, options, shown)
    console.print(progress.summary(ended.cells, ended.tests))
    lines = progress.failures(ended.cells, ended.tests)
    for line in lines[:_FAILURES_SHOWN]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(lines) > _FAILURES_SHOWN:
        console.print(f"and {len(lines) - _FAILURES_SHOWN} more", highlight=False)
    if parsed.summary:
        write_json(parsed.summary, ended.as_json())
    if ended.exit_code:
        return ended.exit_code
    tally = {verdict: count(ended.cells, ended.tests, verdict) for verdict in parsed.fail_on}
    named = ", ".join(f"{number} {verdict.value}" for verdict, number in tally.items() if number)
    if named:
        msg = f"--fail-on: {named}"
        raise ClaimError(msg)
    return 0


def _run_options(parsed: argparse.Namespace) -> campaign_run.RunOptions:
    return campaign_run.RunOptions(
        results=parsed.results,
        jobs=parsed.jobs,
        resolve=parsed.resolve,
        isolation=parsed.isolation,
        timeout=parsed.timeout,
    )


def _question(parsed: argparse.Namespace) -> request.SearchRequest:
    return request.SearchRequest(
        selection=_selection(parsed),
        scripts=tuple(parsed.scripts),
        dependency=parsed.dependency,
        baseline=parsed.baseline,
        resolve=parsed.resolve,
        requirements=tuple(parsed.requirements),
        results=parsed.results,
    )


def _frontier(parsed: argparse.Namespace) -> int:
    from tfcompat.report import model  # noqa: PLC0415 - only reports need Jinja2
    from tfcompat.report import search as search_report  # noqa: PLC0415

    plan, results = request.plan_of(_question(parsed))
    options = search.Options(
        walk=parsed.walk,
        spots=parsed.spot,
        joint=parsed.lock is not None,
        run=replace(_run_options(parsed), results=results),
    )
    # What is printed is the answer alone, for whoever reads it.
    with progress.Progress(Console(stderr=True)) as shown:
        explored = search.explore(plan, options, shown)
    found = findings.findings(explored)
    document = search_report.as_json(explored, found, walk=parsed.walk)
    search_report.store(results / model.SEARCHED, document)
    if parsed.json:
        print(strict_json(document, indent=1))
    elif parsed.markdown:
        print(search_report.markdown(explored, found))
    elif parsed.specifier:
        print(search_report.specifiers(found))
    else:
        print(search_report.text(explored, found))
    if parsed.lock:
        print(request.write_lock(parsed.lock, explored), file=sys.stderr)
    return 3 if any(finding.untried for finding in found) else 0


def _verify(parsed: argparse.Namespace) -> int:
    with progress.Progress(Console(stderr=True)) as shown:
        claims = request.verify(_question(parsed), parsed.specifier, _run_options(parsed), shown)
    for claim in claims:
        print(f"{claim.script}  {claim}")
    if any(claim.verdict is Verdict.UNKNOWN for claim in claims):
        return IndexUnavailableError.exit_code
    broken = [claim for claim in claims if not claim.holds]
    if broken:
        msg = f"{parsed.specifier} does not hold: {broken[0].script} {broken[0]}"
        raise ClaimError(msg)
    return 0


def _report(parsed: argparse.Namespace) -> int:
    from tfcompat.report import render  # noqa: PLC0415 - likewise

    return render.command(parsed.results, parsed.config, parsed.output, parsed.form)


def _doctor(parsed: argparse.Namespace) -> int:
    from tfcompat.cli import doctor  # noqa: PLC0415 - likewise

    found = doctor.examine(parsed.config, offline=parsed.offline)
    if parsed.json:
        print(strict_json(doctor.as_json(found), indent=1))
    else:
        print("\n".join(doctor.lines(found)))
    return 0


def _import(parsed: argparse.Namespace) -> int:
    from tfcompat.cli import import_caliper  # noqa: PLC0415 - likewise

    done = import_caliper.import_folder(parsed.source, parsed.results, dict(parsed.baselines))
    counts = ", ".join(f"{number} {verdict.value}" for verdict, number in done.counts.items())
    print(f"{parsed.results}: {done.cells} cells, {done.runs} runs: {counts}")
    if done.alone:
        print(f"caliper ran everything once: {done.alone} `different` may be noise")
    if done.missing:
        print(f"{done.missing} examples have no run, or no output, in a cell that lists them")
    for line in done.skipped:
        print(f"skipped: {line}", file=sys.stderr)
    return 0


def _compare(parsed: argparse.Namespace) -> int:
    from tfcompat.judging import campaign_diff  # noqa: PLC0415 - likewise
    from tfcompat.report import campaign_diff as diff_report  # noqa: PLC0415
    from tfcompat.report import render  # noqa: PLC0415

    if parsed.page:
        return render.write_page([parsed.old, parsed.new], parsed.page)
    found = campaign_diff.diff_campaigns(diff_report.load(parsed.old), diff_report.load(parsed.new))
    if parsed.json:
        print(diff_report.as_json(found), end="")
    elif parsed.markdown:
        print(diff_report.as_markdown(found), end="")
    else:
        print(diff_report.text(found))
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "plan": _plan,
    "run": _run,
    "frontier": _frontier,
    "verify": _verify,
    "report": _report,
    "doctor": _doctor,
    "import": _import,
    "compare": _compare,
}
