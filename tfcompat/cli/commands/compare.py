"""``tfcompat compare``: show what changed between two campaigns, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.shown import progress_of
from tfcompat.errors import SelectionError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.judging.campaign_diff import diff_campaigns
from tfcompat.planning.study import FILE_NAME
from tfcompat.report import campaign_diff as diff_report
from tfcompat.report import proofs as proof_report
from tfcompat.report import render
from tfcompat.search.proofs import prove

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tfcompat.search.proof_answers import Proof


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("old", type=Path, metavar="OLD", help="a results folder")
    add("new", type=Path, metavar="NEW", help="a results folder")
    add("--prove", action="store_true",
        help="find by environments which packages cost the newer one its scripts")  # fmt: skip
    add("--config", type=Path, default=Path(FILE_NAME), metavar="FILE",
        help=f"the study of both, for --prove; default: {FILE_NAME}")  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--page", type=Path, metavar="DIR", help="write the report of both there")


def run(parsed: Namespace) -> int:
    """Print what changed, or write the page that shows both campaigns."""
    if parsed.page and parsed.prove:
        msg = "--page writes the report, and --prove is printed; leave out one of them"
        raise SelectionError(msg)
    if parsed.page:
        return render.write_page([parsed.old, parsed.new], parsed.page)
    old, new = diff_report.load(parsed.old), diff_report.load(parsed.new)
    changes = diff_campaigns(old, new)
    found: tuple[Proof, ...] = ()
    if parsed.prove:
        with progress_of(parsed) as progress:
            found = prove(old, new, parsed.config, RunOptions(), progress)
    if parsed.json:
        print(diff_report.as_json(changes, found if parsed.prove else None), end="")
    elif parsed.markdown:
        print(diff_report.as_markdown(changes), end="")
        if parsed.prove:
            print(f"\n{proof_report.markdown(found)}")
    else:
        print(diff_report.text(changes))
        if parsed.prove:
            print(proof_report.text(found))
    return 0
