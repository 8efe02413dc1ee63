"""``tfcompat frontier``: find the releases between which scripts work, and what stops them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tfcompat.cli.arguments.running import run_options_of
from tfcompat.cli.arguments.searching import add_search_request, search_request_of
from tfcompat.cli.arguments.values import at_least_zero
from tfcompat.execution.progress import Progress
from tfcompat.report import model
from tfcompat.report import search as search_report
from tfcompat.search import request, search, summary
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from tfcompat.planning.plan import Plan
    from tfcompat.search.request import SearchRequest


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add_search_request(parser, needs_scripts=False)
    add = parser.add_argument
    add("--walk", action="store_true", help="go release by release until something stops a script")
    add("--spot", type=at_least_zero, metavar="N",
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


def run(
    parsed: Namespace,
    plan_of: Callable[[SearchRequest], tuple[Plan, Path]] = request.plan_of,
) -> int:
    """Search, store what was found, and print it; return 3 where a script could not be tried."""
    plan, results = plan_of(search_request_of(parsed))
    options = search.SearchOptions(
        walk=parsed.walk,
        spot_checks=parsed.spot,
        joint=parsed.lock is not None,
        run=replace(run_options_of(parsed), results=results),
    )
    # Standard output has the result alone, for a program that reads it.
    with Progress(Console(stderr=True)) as progress:
        result = search.search(plan, options, progress)
    findings = summary.summarize(result)
    document = search_report.as_json(findings, walk=parsed.walk)
    search_report.store(results / model.SEARCHED, document)
    if parsed.json:
        print(strict_json(document, indent=1))
    elif parsed.markdown:
        print(search_report.markdown(findings))
    elif parsed.specifier:
        print(search_report.specifiers(findings))
    else:
        print(search_report.text(findings))
    if parsed.lock:
        print(request.write_lock(parsed.lock, result), file=sys.stderr)
    return 3 if any(finding.untried for finding in findings.scripts) else 0
