"""What a report infers where nothing ran: between releases that gave an example the same answer.

It is never an entry, and never counted as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.ranges import Level, Outcome, inferred, outcome_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.report.model import Column, Report

RUNS, FAILS = ".", "-"
"""The signs of what is inferred: it runs there, or it does not."""

WORDS = {RUNS: "inferred to run, not tried", FAILS: "inferred not to run, not tried"}


def signs(report: Report) -> dict[tuple[str, str], str]:
    """Return the sign of every place without an entry, by example and key of the column.

    Only of campaigns in which edges were searched for: elsewhere nothing was left out on purpose.
    """
    found = {}
    for campaign in report.searched:
        columns = [column for column in report.columns if column.campaign == campaign]
        for family in report.families:
            for example in family.examples:
                for number, runs in _inferred(report, example, columns).items():
                    found[example, columns[number].key] = RUNS if runs else FAILS
    return found


def _inferred(report: Report, example: str, columns: Sequence[Column]) -> dict[int, bool]:
    known: dict[int, Outcome] = {}
    for number, column in enumerate(columns):
        if report.entry(example, column) is not None:
            known[number] = outcome_of(column.cell, example)
    return inferred(known, Level.RUNS, len(columns))
