"""``tfcompat why``: all that is known of one example in one cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.planning.study import FILE_NAME
from tfcompat.report import render, why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("cell", metavar="CELL", help="its identifier, or the release: 1.4.0")
    add("example", metavar="EXAMPLE", help="its path, or the end of it: linear_regression.py")
    add("--results", action="append", type=Path, default=[], metavar="DIR",
        help="default: the study's, else those published with it")  # fmt: skip
    add("--config", type=Path, default=Path(FILE_NAME), metavar="FILE", help="the study's file")


def run(parsed: Namespace) -> int:
    """Print what is known of each entry that is named."""
    report = render.read_report(parsed.results, parsed.config)
    found = why.find_entries(report, parsed.cell, parsed.example)
    print("\n\n".join(why.as_text(entry, report) for entry in found))
    return 0
