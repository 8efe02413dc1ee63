"""What can be inferred where nothing ran: between releases with which an example behaved the same.

It is never an entry of a report, and never counted as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.ranges import Level, inferred, outcome_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.results.schema import CellResult

RUNS, FAILS = ".", "-"
"""The signs of what is inferred: the example runs there, or it does not."""

MEANINGS = {RUNS: "inferred to run, not tried", FAILS: "inferred not to run, not tried"}


def signs(example: str, cells: Sequence[CellResult | None]) -> dict[int, str]:
    """Return the sign of each place at which an example's behaviour can be inferred.

    ``cells`` are those of one campaign from the oldest release to the newest, with None where the
    example was not tried. Places are counted from 0.
    """
    known = {at: outcome_of(cell, example) for at, cell in enumerate(cells) if cell is not None}
    answers = inferred(known, Level.RUNS, len(cells))
    return {at: RUNS if runs else FAILS for at, runs in answers.items()}
