"""``tfcompat report``: render stored results."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import SelectionError
from tfcompat.planning.study import FILE_NAME
from tfcompat.report import render, watch

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

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


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("results", nargs="*", type=Path, metavar="RESULTS",
        help="results folders; of two, the page shows what changed")  # fmt: skip
    add("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    add(
        "--output",
        type=Path,
        metavar="DIR",
        help="default: RESULTS/report; without a form, all of them are written there",
    )
    add("--open", action="store_true", help="show the page in a browser")
    add("--watch", action="store_true",
        help="write the page whenever a cell has ended, until no command runs cells")  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    for name, what in _FORMS.items():
        form.add_argument(f"--{name}", action="store_const", const=name, dest="form", help=what)


def run(parsed: Namespace) -> int:
    """Write the report in the form that is named, or else in all of them."""
    if parsed.open and parsed.form is not None:
        msg = f"--open shows the page, and --{parsed.form} writes none; leave out one of them"
        raise SelectionError(msg)
    shown = webbrowser.open if parsed.open else None
    if parsed.watch:
        if parsed.form is not None:
            msg = f"--watch writes the page, and --{parsed.form} is none; leave out one of them"
            raise SelectionError(msg)
        return watch.watch(parsed.results, parsed.config, parsed.output, shown)
    return render.command(parsed.results, parsed.config, parsed.output, parsed.form, shown)
