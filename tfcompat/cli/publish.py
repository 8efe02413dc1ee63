"""A campaign for a repository: its result files, without what need not be kept for good.

Run as ``python -m tfcompat.publishing RESULTS TARGET``. Left out is what runs that ended well wrote
to standard error: notices of the library with the time of day, several times as large as all else,
and part of no verdict.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import ResultsError
from tfcompat.judging import failure_groups
from tfcompat.results.campaign import Campaign

if TYPE_CHECKING:
    from tfcompat.results.schema import CellResult, Example


def slim(cell: CellResult) -> CellResult:
    """Return a cell without the standard error of runs that ended well."""
    return cell.model_copy(update={"examples": {t: _slim(e) for t, e in cell.examples.items()}})


def _slim(example: Example) -> Example:
    # Of a repeat, None would stand for what the first run wrote.
    runs = [
        run.model_copy(update={"error": []}) if run.retval == 0 else run for run in example.runs
    ]
    kept = [] if example.retval == 0 else example.error
    return example.model_copy(update={"error": kept, "runs": runs})


def publish(source: Path, target: Path) -> int:
    """Copy the finished cells of a campaign to a folder, slimmed; return how many there are.

    Raises ResultsError where a cell cannot be read, or there is none.
    """
    campaign = Campaign(source)
    cells = failure_groups.date_missing_symbols(campaign.cells())
    if campaign.damaged or not cells:
        msg = "; ".join(campaign.damaged) or f"{source} holds no results"
        raise ResultsError(msg)
    for cell in cells.values():
        Campaign(target).write(slim(cell))
    return len(cells)


def main() -> int:
    """Run the command, and return its exit code."""
    parser = argparse.ArgumentParser(prog="tfcompat.cli.publish", description=__doc__)
    parser.add_argument("source", type=Path, metavar="RESULTS")
    parser.add_argument("target", type=Path, metavar="TARGET")
    parsed = parser.parse_args()
    try:
        print(publish(parsed.source, parsed.target), "cells")  # noqa: T201 - a command of its own
    except ResultsError as error:
        print(f"tfcompat: {error}", file=sys.stderr)  # noqa: T201 - likewise
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
