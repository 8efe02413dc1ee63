"""A campaign for a repository: its result files, without what need not be kept for good.

Run as ``python -m tfcompat.publishing RESULTS TARGET``. Left out is what runs that ended well wrote
to standard error: notices of the library with the time of day, several times as large as all else,
and part of no verdict.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.campaign import Campaign

if TYPE_CHECKING:
    from tfcompat.results import CellResult, Example


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
    """Copy the finished cells of a campaign to a folder, slimmed; return how many there are."""
    cells = Campaign(source).cells()
    for cell in cells.values():
        Campaign(target).write(slim(cell))
    return len(cells)


if __name__ == "__main__":
    print(publish(Path(sys.argv[1]), Path(sys.argv[2])), "cells")  # noqa: T201 - a script
