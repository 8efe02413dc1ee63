"""``tfcompat import``: judge result files of the original caliper, and store them as a campaign."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.values import baseline_of_folder
from tfcompat.execution.import_caliper import import_folder

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("source", type=Path, metavar="DIR", help="caliper's data folder")
    add("--results", type=Path, metavar="DIR", required=True, help="store here")
    add("--baseline", type=baseline_of_folder, action="append", default=[],
        metavar="FOLDER=RELEASE", dest="baselines",
        help="what a folder's examples were written for; else the newest that runs")  # fmt: skip


def run(parsed: Namespace) -> int:
    """Import the folder, and print how many runs came to which verdict."""
    done = import_folder(parsed.source, parsed.results, dict(parsed.baselines))
    counts = ", ".join(f"{number} {verdict.value}" for verdict, number in done.counts.items())
    print(f"{parsed.results}: {done.cells} cells, {done.runs} runs: {counts}")
    if done.alone:
        print(f"caliper ran everything once: {done.alone} `different` may be noise")
    if done.missing:
        print(f"{done.missing} examples have no run, or no output, in a cell that lists them")
    for line in done.skipped:
        print(f"skipped: {line}", file=sys.stderr)
    return 0
