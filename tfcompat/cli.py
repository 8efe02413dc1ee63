"""The command line. Every error becomes one message and an exit code here, and nowhere else."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from tfcompat import __version__, ask, explore, findings, pipeline, planning, progress
from tfcompat.errors import (
    ClaimError,
    IndexUnavailableError,
    InterruptedRunError,
    TfcompatError,
    UserError,
    near_miss,
    sentence,
)
from tfcompat.results import count, strict_json, write_json
from tfcompat.study import FILE_NAME
from tfcompat.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfcompat.grid import Cell

_FAILURES_SHOWN = 40
_STOPS = (signal.SIGTERM, signal.SIGHUP)
# The forms of a report; without one of them, all are written.
_FORMS = {
    "text": "a table for the terminal",
    "markdown": "a summary, as for the page of a CI job",
    "csv": "a line for each run",
    "json": "everything but what runs printed",
    "junit": "JUnit XML, a case for each example in each cell",
    "png": "pictures of grid, bars and environments",
    "svg": "the same as vector graphics",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    if sys.platform == "win32":
        print("tfcompat needs Linux (or macOS); on Windows, run it inside WSL", file=sys.stderr)
        return UserError.exit_code
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if parsed.verbose else logging.ERROR, format="%(message)s"
    )
    # A stop from outside ends a campaign as tidily as Ctrl-C does.
    for name in _STOPS:
        signal.signal(name, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        command: Callable[[argparse.Namespace], int] = parsed.command
        return command(parsed)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tfcompat",
        description="With which releases of its library does a script still get an environment, "
        "run, and give the same result?",
    )
    parser.add_argument("--version", action="version", version=f"tfcompat {__version__}")
    parser.add_argument("--verbose", action="store_true", help="show every process that is started")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    plan = commands.add_parser("plan", help="show the cells, and install nothing")
    _add_selection(plan)
    plan.add_argument("--json", action="store_true", help="print JSON")
    plan.set_defaults(command=_plan)
    run = commands.add_parser("run", help="evaluate cells and store their results")
    _add_selection(run)
    _add_run(run)
    run.set_defaults(command=_run)
    frontier = commands.add_parser(
        "frontier", help="find the releases between which scripts work, and what stops them"
    )
    _add_frontier(frontier)
    verify = commands.add_parser("verify", help="check both ends of a claimed range of releases")
    verify.add_argument("--specifier", required=True, metavar="SPEC", help="such as '>=1.4,<2'")
    _add_question(verify, scripts="+")
    verify.set_defaults(command=_verify)
    report = commands.add_parser("report", help="render stored results")
    report.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="results folders")
    report.add_argument("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    report.add_argument("--output", type=Path, metavar="DIR", help="default: RESULTS/report")
    form = report.add_mutually_exclusive_group()
    for name, what in _FORMS.items():
        form.add_argument(f"--{name}", action="store_const", const=name, dest="form", help=what)
    report.set_defaults(command=_report)
    examine = commands.add_parser("doctor", help="say what this machine can do")
    examine.add_argument("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    examine.add_argument("--offline", action="store_true", help="make no request")
    examine.add_argument("--json", action="store_true", help="print JSON")
    examine.set_defaults(command=_doctor)
    take_in = commands.add_parser("import", help="judge result files of the original caliper")
    take_in.add_argument("source", type=Path, metavar="DIR", help="caliper's data folder")
    take_in.add_argument("--results", type=Path, metavar="DIR", required=True, help="store here")
    take_in.add_argument("--baseline", type=_pair, action="append", default=[],
        metavar="FOLDER=RELEASE", dest="baselines",
        help="what a folder's examples were written for; else the newest that runs")  # fmt: skip
    take_in.set_defaults(command=_import)
    compare = commands.add_parser("compare", help="say what changed between two campaigns, and why")
    compare.add_argument("old", type=Path, metavar="OLD", help="a results folder")
    compare.add_argument("new", type=Path, metavar="NEW", help="a results folder")
    form = compare.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--page", type=Path, metavar="DIR", help="write the report of both there")
    compare.set_defaults(command=_compare)
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--config", type=Path, default=Path(FILE_NAME), metavar="FILE", help="the study's file")
    add("--release", "--tf", action="append", default=[], metavar="SPEC", dest="releases",
        help="a release, or a specifier that filters the study's; may repeat")  # fmt: skip
    add("--python", action="append", default=[], metavar="3.6", dest="pythons",
        help="try on this Python; may repeat")  # fmt: skip
    add("--test", action="append", default=[], metavar="GLOB", dest="tests",
        help="only these examples; may repeat")  # fmt: skip
    add("--offline", action="store_true", help="make no request")


def _add_question(parser: argparse.ArgumentParser, scripts: str) -> None:
    _add_selection(parser)
    add = parser.add_argument
    add("scripts", nargs=scripts, type=Path, metavar="SCRIPT", help="default: the study's examples")
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--baseline", metavar="RELEASE", help="default: the study's, or the newest that runs")
    add("--require", action="append", default=[], metavar="REQ", dest="requirements",
        help="install this beside the package; may repeat")  # fmt: skip
    _add_bench(parser)


def _add_frontier(parser: argparse.ArgumentParser) -> None:
    _add_question(parser, scripts="*")
    add = parser.add_argument
    add("--walk", action="store_true", help="go release by release until something stops a script")
    add("--spot", type=_natural, metavar="N",
        help="check N releases inside inferred ranges and N beyond; default: 1, once")  # fmt: skip
    add("--lock", type=Path, metavar="FILE",
        help="write locked requirements of the newest release with the same result")  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print a Markdown table")
    form.add_argument(
        "--specifier", action="store_true", help="print the range with the same result, for pip"
    )
    parser.set_defaults(command=_frontier)


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_bench(parser)
    add = parser.add_argument
    add("--force", action="store_true", help="run again what is stored")
    add("--only", metavar="failed|unknown|FILE",
        help="run again only these stored runs; FILE has lines CELL [EXAMPLE]")  # fmt: skip
    add("--summary", type=Path, metavar="FILE", help="write what became of each cell as JSON")
    add("--keep", action="store_true", help="keep environments, and say where they are")
    add("--fail-on", type=_verdicts, default=(), metavar="VERDICT,...",
        help="exit 1 if one of these occurs")  # fmt: skip


def _add_bench(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--results", type=Path, metavar="DIR", help="default: results/ beside the study's file")
    add("--jobs", type=_positive, metavar="N", help="runs at once; default: one a core")
    add("--resolve", metavar="release|latest|DATE", help="as of when dependencies are resolved")
    add("--isolation", choices=("warm", "fresh"), default="warm", help="how runs are started")
    add("--timeout", type=_positive, metavar="S", help="seconds for one run")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r} is no whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _natural(text: str) -> int:
    return 0 if text == "0" else _positive(text)


def _pair(text: str) -> tuple[str, str]:
    folder, mark, release = text.rpartition("=")
    if not mark or not folder or not release:
        msg = f"{text!r} is not of the form FOLDER=RELEASE, such as tests/tensorflow_v1=1.12.3"
        raise argparse.ArgumentTypeError(msg)
    return folder, release


def _verdicts(text: str) -> tuple[Verdict, ...]:
    known = [verdict.value for verdict in Verdict]
    chosen = []
    for word in text.split(","):
        if word not in known:
            hint = near_miss(word, known) or f"; verdicts are {', '.join(known)}"
            msg = f"{word!r} is no verdict{hint}"
            raise argparse.ArgumentTypeError(msg)
        chosen.append(Verdict(word))
    return tuple(chosen)


def _selection(parsed: argparse.Namespace) -> planning.Selection:
    return planning.Selection(
        config=parsed.config,
        releases=tuple(parsed.releases),
        pythons=tuple(parsed.pythons),
        tests=tuple(parsed.tests),
        offline=parsed.offline,
    )


def _plan(parsed: argparse.Namespace) -> int:
    plan = planning.make_plan(_selection(parsed))
    if parsed.json:
        print(json.dumps(planning.as_json(plan), indent=1))
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
        ended = pipeline.run(selection, options, shown)
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


def _run_options(parsed: argparse.Namespace) -> pipeline.RunOptions:
    return pipeline.RunOptions(
        results=parsed.results,
        jobs=parsed.jobs,
        resolve=parsed.resolve,
        isolation=parsed.isolation,
        timeout=parsed.timeout,
    )


def _question(parsed: argparse.Namespace) -> ask.Question:
    return ask.Question(
        selection=_selection(parsed),
        scripts=tuple(parsed.scripts),
        dependency=parsed.dependency,
        baseline=parsed.baseline,
        resolve=parsed.resolve,
        requirements=tuple(parsed.requirements),
        results=parsed.results,
    )


def _frontier(parsed: argparse.Namespace) -> int:
    from tfcompat.report import frontiers, model  # noqa: PLC0415 - likewise

    plan, results = ask.plan_of(_question(parsed))
    options = explore.Options(
        walk=parsed.walk,
        spots=parsed.spot,
        joint=parsed.lock is not None,
        run=replace(_run_options(parsed), results=results),
    )
    # What is printed is the answer alone, for whoever reads it.
    with progress.Progress(Console(stderr=True)) as shown:
        explored = explore.explore(plan, options, shown)
    found = findings.findings(explored)
    document = frontiers.as_json(explored, found, walk=parsed.walk)
    frontiers.store(results / model.SEARCHED, document)
    if parsed.json:
        print(strict_json(document, indent=1))
    elif parsed.markdown:
        print(frontiers.markdown(explored, found))
    elif parsed.specifier:
        print(frontiers.specifiers(found))
    else:
        print(frontiers.text(explored, found))
    if parsed.lock:
        print(ask.write_lock(parsed.lock, explored), file=sys.stderr)
    return 3 if any(finding.untried for finding in found) else 0


def _verify(parsed: argparse.Namespace) -> int:
    with progress.Progress(Console(stderr=True)) as shown:
        claims = ask.verify(_question(parsed), parsed.specifier, _run_options(parsed), shown)
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
    from tfcompat import report  # noqa: PLC0415 - Jinja2 is needed here alone

    return report.command(parsed.results, parsed.config, parsed.output, parsed.form)


def _doctor(parsed: argparse.Namespace) -> int:
    from tfcompat import doctor  # noqa: PLC0415 - likewise

    found = doctor.examine(parsed.config, offline=parsed.offline)
    if parsed.json:
        print(strict_json(doctor.as_json(found), indent=1))
    else:
        print("\n".join(doctor.lines(found)))
    return 0


def _import(parsed: argparse.Namespace) -> int:
    from tfcompat import importing  # noqa: PLC0415 - likewise

    done = importing.import_folder(parsed.source, parsed.results, dict(parsed.baselines))
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
    from tfcompat import comparison, report  # noqa: PLC0415 - likewise
    from tfcompat.report import changes  # noqa: PLC0415

    if parsed.page:
        return report.write_page([parsed.old, parsed.new], parsed.page)
    found = comparison.compare(changes.load(parsed.old), changes.load(parsed.new))
    if parsed.json:
        print(changes.as_json(found), end="")
    elif parsed.markdown:
        print(changes.as_markdown(found), end="")
    else:
        print(changes.text(found))
    return 0
