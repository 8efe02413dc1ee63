"""What the command line takes: commands, their options, and what these mean."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from tfcompat import __version__
from tfcompat.errors import near_miss
from tfcompat.planning.study import FILE_NAME
from tfcompat.results.verdicts import Verdict

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


def parser() -> argparse.ArgumentParser:
    """Return the parser; what it returns names the ``command``, and has its options."""
    made = argparse.ArgumentParser(
        prog="tfcompat",
        description="With which releases of its library does a script still get an environment, "
        "run, and give the same result?",
    )
    made.add_argument("--version", action="version", version=f"tfcompat {__version__}")
    made.add_argument("--verbose", action="store_true", help="show every process that is started")
    commands = made.add_subparsers(required=True, metavar="COMMAND", dest="command")
    plan = commands.add_parser("plan", help="show the cells, and install nothing")
    _add_selection(plan)
    plan.add_argument("--json", action="store_true", help="print JSON")
    run = commands.add_parser("run", help="evaluate cells and store their results")
    _add_selection(run)
    _add_run(run)
    frontier = commands.add_parser(
        "frontier", help="find the releases between which scripts work, and what stops them"
    )
    _add_frontier(frontier)
    verify = commands.add_parser("verify", help="check both ends of a claimed range of releases")
    verify.add_argument("--specifier", required=True, metavar="SPEC", help="such as '>=1.4,<2'")
    _add_question(verify, scripts="+")
    report = commands.add_parser("report", help="render stored results")
    report.add_argument("results", nargs="*", type=Path, metavar="RESULTS", help="results folders")
    report.add_argument("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    report.add_argument("--output", type=Path, metavar="DIR", help="default: RESULTS/report")
    form = report.add_mutually_exclusive_group()
    for name, what in _FORMS.items():
        form.add_argument(f"--{name}", action="store_const", const=name, dest="form", help=what)
    examine = commands.add_parser("doctor", help="say what this machine can do")
    examine.add_argument("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    examine.add_argument("--offline", action="store_true", help="make no request")
    examine.add_argument("--json", action="store_true", help="print JSON")
    take_in = commands.add_parser("import", help="judge result files of the original caliper")
    take_in.add_argument("source", type=Path, metavar="DIR", help="caliper's data folder")
    take_in.add_argument("--results", type=Path, metavar="DIR", required=True, help="store here")
    take_in.add_argument("--baseline", type=_pair, action="append", default=[],
        metavar="FOLDER=RELEASE", dest="baselines",
        help="what a folder's examples were written for; else the newest that runs")  # fmt: skip
    compare = commands.add_parser("compare", help="say what changed between two campaigns, and why")
    compare.add_argument("old", type=Path, metavar="OLD", help="a results folder")
    compare.add_argument("new", type=Path, metavar="NEW", help="a results folder")
    form = compare.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--page", type=Path, metavar="DIR", help="write the report of both there")
    return made


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
    what = "what to check" if scripts == "+" else "default: the study's examples"
    newest = "the newest of the range" if scripts == "+" else "the newest that runs"
    add("scripts", nargs=scripts, type=Path, metavar="SCRIPT", help=what)
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--baseline", metavar="RELEASE", help=f"default: the study's, or {newest}")
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
        help="write locked requirements of the newest release with the same result there, "
        "and a Containerfile beside them")  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print a Markdown table")
    form.add_argument(
        "--specifier", action="store_true", help="print the range with the same result, for pip"
    )


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
    add("--timeout", type=_seconds, metavar="S", help="seconds for one run")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r} is no whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        msg = f"{text!r} is no number of seconds above 0"
        raise argparse.ArgumentTypeError(msg)
    return seconds


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
