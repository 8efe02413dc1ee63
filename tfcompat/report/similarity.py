"""How similar the environments of the releases are. Pure; ``figures`` draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.campaign_diff import freeze_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.report.model import Column, Report


def environments(report: Report) -> list[Column]:
    """Return one cell for each release and campaign: of those with a freeze, the newest Python."""
    found = {
        (column.campaign, column.release): column for column in report.columns if column.cell.freeze
    }
    return list(found.values())


def similarity(columns: Sequence[Column], *, versions: bool) -> list[list[float]]:
    """Return the similarity of the packages of each two cells, from 0 to 1, as a square matrix.

    It is the Jaccard index (https://en.wikipedia.org/wiki/Jaccard_index): the number of packages in
    both cells, divided by the number in at least one. With ``versions``, a package counts as common
    only in the same version.
    """
    freezes = [freeze_of(column.cell) for column in columns]
    sets = [frozenset(freeze.items() if versions else freeze) for freeze in freezes]
    return [[_jaccard_index(one, other) for other in sets] for one in sets]


def _jaccard_index(one: frozenset[object], other: frozenset[object]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
