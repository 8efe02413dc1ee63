"""``tfcompat culprit``: find the package that broke a release since its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.cli.arguments.drifts import add_question, question_of
from tfcompat.cli.arguments.running import run_options_of
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.counterfactual.drift_findings import Outcome
from tfcompat.errors import IndexUnavailableError
from tfcompat.report import drifts as drift_report
from tfcompat.search import drifts
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add_question(parser)
    add = parser.add_argument
    add("--good", default=drifts.OF_RELEASE, metavar="DATE|release",
        help="the day with whose packages it works; default: that of the release")  # fmt: skip
    add("--bad", default=drifts.LATEST, metavar="DATE|latest",
        help="the day with whose packages it does not; default: today")  # fmt: skip
    add("--json", action="store_true", help="print JSON")


def run(parsed: Namespace) -> int:
    """Search and print what was found; return 3 where one of the environments cannot be made."""
    with progress_of(parsed) as progress:
        answer = drifts.find_culprit(question_of(parsed), run_options_of(parsed), progress)
    if parsed.json:
        print(strict_json(drift_report.culprit_json(answer), indent=1))
    else:
        print(drift_report.culprit_text(answer))
    untried = answer.finding.outcome in (Outcome.NO_GOOD, Outcome.NO_BAD)
    return IndexUnavailableError.exit_code if untried else 0
