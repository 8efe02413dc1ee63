"""How alike the environments of the releases are. Pure; what is drawn of it is in ``pictures``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.campaign_diff import freeze_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.report.model import Column, Report


def environments(report: Report) -> list[Column]:
    """Return a cell for each release and campaign, that on the newest Python that has a freeze."""
    found = {
        (column.campaign, column.release): column for column in report.columns if column.cell.freeze
    }
    return list(found.values())


def similarity(columns: Sequence[Column], *, versions: bool) -> list[list[float]]:
    """Return how alike the packages of each two cells are, from 0 to 1, with versions or without.

    This is the Jaccard index: packages that both have, by those that at least one of them has.
    """
    freezes = [freeze_of(column.cell) for column in columns]
    sets = [frozenset(freeze.items() if versions else freeze) for freeze in freezes]
    return [[_jaccard(one, other) for other in sets] for one in sets]


def _jaccard(one: frozenset[object], other: frozenset[object]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
