"""``tfcompat mend``: find what makes a release work again as it is installed today."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.drifts import add_question, question_of
from tfcompat.cli.arguments.running import run_options_of
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.environments import export
from tfcompat.errors import ClaimError, SelectionError
from tfcompat.report import drifts as drift_report
from tfcompat.search import drifts
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tfcompat.search.drift_answers import MendAnswer


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add_question(parser)
    parser.set_defaults(good=drifts.OF_RELEASE, bad=drifts.LATEST)
    add = parser.add_argument
    add("--lock", type=Path, metavar="FILE",
        help="write locked requirements of the environment that works, with hashes, and a "
        "Containerfile beside them")  # fmt: skip
    add("--constraints", type=Path, metavar="FILE", help="write the bounds, for pip --constraint")
    add("--json", action="store_true", help="print JSON")


def run(parsed: Namespace) -> int:
    """Search, and print what was found. Raises ClaimError where nothing makes it work."""
    with progress_of(parsed) as progress:
        answer = drifts.find_bounds(question_of(parsed), run_options_of(parsed), progress)
    if parsed.json:
        print(strict_json(drift_report.mend_json(answer), indent=1))
    else:
        print(drift_report.mend_text(answer))
    if not answer.mending.works:
        msg = "no bounds were found that make it work"
        raise ClaimError(msg)
    _write(parsed, answer)
    return 0


def _write(parsed: Namespace, answer: MendAnswer) -> None:
    try:
        if parsed.lock and answer.environment:
            beside = export.write_lock(parsed.lock, answer.subject.dependency, answer.environment)
            print(f"wrote {parsed.lock} and {beside}", file=sys.stderr)
        if parsed.constraints:
            lines = "".join(f"{bound}\n" for bound in answer.mending.bounds)
            parsed.constraints.write_text(lines, encoding="utf-8")
            print(f"wrote {parsed.constraints}", file=sys.stderr)
    except OSError as error:
        msg = f"cannot write {error.filename or 'a file'}: {error.strerror}"
        raise SelectionError(msg) from None
