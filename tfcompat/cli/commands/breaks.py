"""``tfcompat breaks``: everything that would stop scripts at each release, without running them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.breaks.forecast import forecast
from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.report import breaks as form
from tfcompat.search import request
from tfcompat.search.request import SearchRequest
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from tfcompat.planning.plan import Plan


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add_selection(parser)
    add = parser.add_argument
    add("scripts", nargs="+", type=Path, metavar="SCRIPT", help="a script or a notebook")
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print JSON")
    shown.add_argument("--markdown", action="store_true", help="print a Markdown table")


def run(
    parsed: Namespace,
    plan_of: Callable[[SearchRequest], tuple[Plan, Path]] = request.plan_of,
) -> int:
    """Print what breaks at each release, oldest first."""
    plan, _ = plan_of(
        SearchRequest(
            selection=selection_of(parsed),
            scripts=tuple(parsed.scripts),
            dependency=parsed.dependency,
        )
    )
    found = forecast(plan)
    name = plan.study.analysis.dependency
    if parsed.json:
        print(strict_json(form.as_json(name, found), indent=1))
    elif parsed.markdown:
        print(form.markdown(name, found))
    else:
        print(form.text(name, found))
    return 0
