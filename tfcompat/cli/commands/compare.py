"""``tfcompat compare``: show what changed between two campaigns, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.judging.campaign_diff import diff_campaigns
from tfcompat.report import campaign_diff as diff_report
from tfcompat.report import render

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("old", type=Path, metavar="OLD", help="a results folder")
    add("new", type=Path, metavar="NEW", help="a results folder")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--page", type=Path, metavar="DIR", help="write the report of both there")


def run(parsed: Namespace) -> int:
    """Print what changed, or write the page that shows both campaigns."""
    if parsed.page:
        return render.write_page([parsed.old, parsed.new], parsed.page)
    changes = diff_campaigns(diff_report.load(parsed.old), diff_report.load(parsed.new))
    if parsed.json:
        print(diff_report.as_json(changes), end="")
    elif parsed.markdown:
        print(diff_report.as_markdown(changes), end="")
    else:
        print(diff_report.text(changes))
    return 0
