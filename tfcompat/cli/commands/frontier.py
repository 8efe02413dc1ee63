"""``tfcompat frontier``: find the releases between which scripts work, and what stops them."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcompat.cli.arguments.running import add_dask, run_options_of
from tfcompat.cli.arguments.searching import add_search_request, search_request_of
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.cli.arguments.values import at_least_zero, minutes
from tfcompat.errors import IndexUnavailableError, SelectionError
from tfcompat.execution.dask_site import open_site
from tfcompat.report import batch as batch_report
from tfcompat.report import model
from tfcompat.report import planes as plane_report
from tfcompat.report import search as search_report
from tfcompat.results.printed import as_json
from tfcompat.search import adhoc, planes, request, summary, write_back
from tfcompat.search.batch import run_batch, worst
from tfcompat.search.batch_requests import BatchRequests
from tfcompat.search.cases import read_cases
from tfcompat.search.search import SearchOptions
from tfcompat.search.vary import check_held, vary
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence

    from tfcompat.execution.sites import Site
    from tfcompat.search.cases import Case
    from tfcompat.search.findings import Findings
    from tfcompat.search.request import SearchRequest

# As many packages can be varied at once as a table has sides.
_AXES = 2


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add_search_request(parser, needs_scripts=False)
    add = parser.add_argument
    add("--walk", action="store_true", help="go release by release until something stops a script")
    add("--spot", type=at_least_zero, metavar="N",
        help="check N releases inside inferred ranges, N beyond, and up to 3 N that may be holes; "
        "default: 1, once")  # fmt: skip
    add("--minutes", type=minutes, metavar="N",
        help="end each search after so many minutes, with what is found by then")  # fmt: skip
    add("--vary", metavar="NAME", action="append", default=[],
        help="hold the release of --release, and search those of another package, or of two that "
        "are given, for which go together")  # fmt: skip
    add("--lock", type=Path, metavar="FILE",
        help="write locked requirements of the newest release with the same result there, "
        "and a Containerfile beside them")  # fmt: skip
    add("--write", action="store_true",
        help="write the range with the same result into the script (its block of PEP 723, made "
        "where it has none), or into the pyproject.toml of --requirements")  # fmt: skip
    add("--batch", type=Path, metavar="FILE",
        help="search the cases of a table (.csv or .jsonl) with the columns script, dependency, "
        "baseline, python, requirements, expected")  # fmt: skip
    add_dask(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print a Markdown table")
    form.add_argument(
        "--specifier", action="store_true", help="print the range with the same result, for pip"
    )


def run(
    parsed: Namespace,
    tools_at: Callable[[Site], adhoc.Tools] = adhoc.Tools.at,
) -> int:
    """Search, store what was found, and print it; return 3 where a script could not be tried."""
    if parsed.batch is not None:
        return _run_batch(parsed, tools_at)
    asked = search_request_of(parsed)
    held: tuple[str, ...] = ()
    if len(parsed.vary) > 1:
        return _run_plane(parsed, asked)
    options = _options(parsed)
    # Standard output has the result alone, for a program that reads it.
    with progress_of(parsed) as progress, open_site(options.run, progress) as site:
        if parsed.vary:
            varied = vary(asked, parsed.vary[0], partial(request.selected, site=site))
            asked, held = varied.request, (varied.held,)
        if parsed.write:
            write_back.check_writable(asked)
        answer = adhoc.search_request(asked, options, progress, tools_at(site))
    findings = summary.summarize(answer.result, (*held, *answer.added))
    document = search_report.as_json(findings, walk=parsed.walk)
    search_report.store(answer.results / model.SEARCHED, document)
    _show(parsed, findings, document)
    if findings.stopped and (parsed.lock or parsed.write):
        print("nothing was written, as the search is not finished", file=sys.stderr)
        return findings.exit_code
    if parsed.lock:
        print(request.write_lock(parsed.lock, answer.result), file=sys.stderr)
    if parsed.write:
        for line in write_back.write_answers(asked, answer.result.plan.study, findings):
            print(line, file=sys.stderr)
    return findings.exit_code


def _run_plane(parsed: Namespace, asked: SearchRequest) -> int:
    """Search the releases of two packages, and print which go together; return 3 if untried."""
    others = ("walk", "spot", "minutes", "lock", "write", "markdown", "specifier", "dask")
    given = next((f"--{name}" for name in others if getattr(parsed, name)), None)
    if len(parsed.vary) > _AXES:
        msg = f"--vary takes two packages at most, and {len(parsed.vary)} are named"
        raise SelectionError(msg)
    if given:
        msg = f"{given} is for one --vary; leave it out, or one of the packages"
        raise SelectionError(msg)
    check_held(asked)
    with progress_of(parsed) as progress:
        answer = planes.find_plane(asked, parsed.vary, run_options_of(parsed), progress)
    if parsed.json:
        print(strict_json(as_json(plane_report.printed(answer)), indent=1))
    else:
        print(plane_report.text(answer))
    return 0 if answer.is_settled else IndexUnavailableError.exit_code


def _show(parsed: Namespace, findings: Findings, document: dict[str, Any]) -> None:
    """Print what was found in the form that is wanted; ``document`` is that of JSON."""
    if parsed.markdown:
        print(search_report.markdown(findings))
    elif parsed.json or parsed.specifier:
        specifiers = search_report.specifiers
        print(strict_json(document, indent=1) if parsed.json else specifiers(findings))
        if findings.stopped:
            # The other forms say so themselves.
            print(search_report.stopped(findings.stopped), file=sys.stderr)
    else:
        print(search_report.text(findings))


def _options(parsed: Namespace) -> SearchOptions:
    return SearchOptions(
        walk=parsed.walk,
        spot_checks=parsed.spot,
        joint=parsed.lock is not None,
        minutes=parsed.minutes,
        run=replace(run_options_of(parsed), dask=parsed.dask),
    )


def _run_batch(parsed: Namespace, tools_at: Callable[[Site], adhoc.Tools]) -> int:
    """Search the cases of a table, print one table of them, and return the worst exit code."""
    if parsed.scripts or parsed.lock or parsed.specifier or parsed.write or parsed.vary:
        msg = (
            "--batch names the scripts; no SCRIPT, --lock or --specifier goes with it, nor --write "
            "or --vary"
        )
        raise SelectionError(msg)
    cases = read_cases(parsed.batch)
    requests = BatchRequests(search_request_of(parsed))
    options = _options(parsed)
    with progress_of(parsed) as progress, open_site(options.run, progress) as site:
        tools = tools_at(site)

        def search(group: Sequence[Case]) -> Findings:
            answer = adhoc.search_request(
                requests.of(group), options, progress, tools, adds=len(group) == 1
            )
            findings = summary.summarize(answer.result, answer.added)
            document = search_report.as_json(findings, walk=parsed.walk)
            search_report.store(answer.results / model.SEARCHED, document)
            return findings

        results = run_batch(cases, requests.key, search)
    if parsed.json:
        print(strict_json(batch_report.as_json(results, walk=parsed.walk), indent=1))
    elif parsed.markdown:
        print(batch_report.markdown(results))
    else:
        print(batch_report.text(results))
    return worst(result.exit_code for result in results)
