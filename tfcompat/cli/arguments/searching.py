"""The arguments of commands that search among releases: scripts, and what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.running import add_run_options
from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.search.request import SearchRequest

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_search_request(parser: ArgumentParser, *, needs_scripts: bool) -> None:
    """Add the arguments of which ``search_request_of`` makes a SearchRequest, and run options.

    A command that ``needs_scripts`` checks a range of releases; others search for one.
    """
    add_selection(parser)
    add = parser.add_argument
    what = "what to check" if needs_scripts else "default: the study's examples"
    newest = "the newest of the range" if needs_scripts else "the newest that runs"
    count = "+" if needs_scripts else "*"
    add("scripts", nargs=count, type=Path, metavar="SCRIPT", help=what)
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--baseline", metavar="RELEASE",
        help=f"or RELEASE@PYTHON (2.0.0@3.10); default: the study's, or {newest}")  # fmt: skip
    add("--require", action="append", default=[], metavar="REQ", dest="requirements",
        help="install this beside the package; may repeat")  # fmt: skip
    add_run_options(parser)


def search_request_of(parsed: Namespace) -> SearchRequest:
    """Return which scripts to search for, and among which releases."""
    return SearchRequest(
        selection=selection_of(parsed),
        scripts=tuple(parsed.scripts),
        dependency=parsed.dependency,
        baseline=parsed.baseline,
        resolve=parsed.resolve,
        requirements=tuple(parsed.requirements),
        results=parsed.results,
    )
