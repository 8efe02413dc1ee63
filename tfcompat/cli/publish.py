"""Makes a campaign ready for a repository: its result files, without what need not be kept.

Run as ``python -m tfcompat.cli.publish RESULTS TARGET``. Left out is what runs that ended well
wrote to standard error: notices of the library with the time of day, several times as large as
all else, and part of no verdict.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.main import exit_code_of
from tfcompat.errors import ResultsError
from tfcompat.judging import failure_groups
from tfcompat.results.campaign import Campaign
from tfcompat.results.campaign_store import CampaignStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.results.schema import CellResult, Example, Repeat


def main(words: Sequence[str] | None = None) -> int:
    """Publish the campaign that the words name, and return the exit code."""
    parser = argparse.ArgumentParser(prog="tfcompat.cli.publish", description=__doc__)
    parser.add_argument("source", type=Path, metavar="RESULTS")
    parser.add_argument("target", type=Path, metavar="TARGET")
    parsed = parser.parse_args(words)

    def command() -> int:
        print(publish(parsed.source, parsed.target), "cells")
        return 0

    return exit_code_of(command)


def publish(source: Path, target: Path) -> int:
    """Copy the finished cells of a campaign to a folder, slimmed; return how many there are.

    Raises ResultsError where a cell cannot be read, or there is none.
    """
    campaign = Campaign(source)
    cells = failure_groups.date_missing_symbols(campaign.cells())
    if campaign.damaged or not cells:
        msg = "; ".join(campaign.damaged) or f"{source} holds no results"
        raise ResultsError(msg)
    published = CampaignStore(target)
    for cell in cells.values():
        published.write(slim(cell))
    return len(cells)


def slim(cell: CellResult) -> CellResult:
    """Return a cell without the standard error of runs that ended well."""
    return cell.model_copy(update={"examples": {t: _slim(e) for t, e in cell.examples.items()}})


def _slim(example: Example) -> Example:
    kept = [] if example.retval == 0 else example.error
    runs = [
        _slim_repeat(run, example.error if kept != example.error else None) for run in example.runs
    ]
    return example.model_copy(update={"error": kept, "runs": runs})


def _slim_repeat(run: Repeat, left_out: Sequence[str] | None) -> Repeat:
    """Return a repeat without the standard error that is part of no verdict.

    ``left_out`` is what the first run no longer has: None in a repeat stands for it.
    """
    if run.retval == 0:
        return run.model_copy(update={"error": []})
    return run.model_copy(update={"error": left_out}) if run.error is None else run


if __name__ == "__main__":
    sys.exit(main())
