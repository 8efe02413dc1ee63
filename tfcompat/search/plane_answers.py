"""With which releases of two packages a script works beside one release of the library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.counterfactual.plane_findings import Point, Row
    from tfcompat.search.drift_answers import DriftSubject


@dataclass(frozen=True, kw_only=True)
class VariedPackage:
    """A package whose releases are searched, oldest first.

    So many ``others`` have no wheel for the Python, and are not tried.
    """

    name: str
    releases: tuple[str, ...]
    others: int = 0


@dataclass(frozen=True, kw_only=True)
class PlaneAnswer:
    """What was found of a script; ``day`` is that as of which all else is resolved.

    ``rows`` are the releases of the first package, ``points`` the pairs that were tried, by the
    numbers of their releases, and ``start`` the pair of that day.
    """

    subject: DriftSubject
    day: str | None
    packages: tuple[VariedPackage, VariedPackage]
    start: tuple[int, int]
    rows: tuple[Row, ...]
    points: Mapping[tuple[int, int], Point]
    environments: int
    seconds: float

    @property
    def is_settled(self) -> bool:
        """Whether all that was tried could be tried here."""
        return all(point.verdict is not Verdict.UNKNOWN for point in self.points.values())
