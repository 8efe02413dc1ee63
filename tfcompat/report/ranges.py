"""With which releases an example works, as ranges: the same ones in every form of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.ranges import stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.report.model import Report
    from tfcompat.results.verdicts import Verdict

ReleaseRange = tuple[str, str]
"""The oldest and the newest release of a range, which may be one and the same."""


def ranges_with(report: Report, example: str, verdicts: frozenset[Verdict]) -> list[ReleaseRange]:
    """Return the ranges in which an example has one of some verdicts, on any Python.

    A release with which it was not tried neither ends a range nor begins one.
    """
    by_release: dict[str, bool] = {}
    for column in report.columns:
        entry = report.entry(example, column)
        if entry is not None:
            found = entry.verdict in verdicts
            by_release[column.release] = by_release.get(column.release, False) or found
    releases = list(by_release)
    places = stretches(dict(enumerate(by_release.values())))
    return [(releases[first], releases[last]) for first, last in places]


def text(ranges: Sequence[ReleaseRange]) -> str:
    """Return ranges as ``1.0 … 1.4, 1.6``, and ``none`` where there are none."""
    return ", ".join(" … ".join(dict.fromkeys(ends)) for ends in ranges) or "none"


def outermost(ranges: Sequence[ReleaseRange]) -> list[ReleaseRange]:
    """Return one range from the oldest release of some ranges to the newest; none of none."""
    return [(ranges[0][0], ranges[-1][1])] if ranges else []
