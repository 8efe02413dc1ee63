"""``tfcompat status``: how far the commands are that work on a campaign."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import ResultsError
from tfcompat.planning.study import FILE_NAME, load_study
from tfcompat.report import status
from tfcompat.results.campaign import Campaign
from tfcompat.results.commands import running
from tfcompat.results.printed import as_json
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("results", nargs="?", type=Path, metavar="RESULTS", help="default: those of the study")
    add("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    add("--json", action="store_true", help="print JSON")


def run(parsed: Namespace) -> int:
    """Print how far each command is; it may run in any terminal of this machine."""
    results: Path = parsed.results or load_study(parsed.config).results
    if not results.is_dir():
        msg = f"{results} is no folder; name the results folder of a campaign"
        raise ResultsError(msg)
    campaign = Campaign(results)
    now = dt.datetime.now(dt.timezone.utc)
    found = tuple(status.status_of(campaign, one, now) for one in running(results))
    if parsed.json:
        print(strict_json(as_json(status.printed(found)), indent=1))
    else:
        print(status.text(results, found, len(campaign.cells())))
    return 0
