"""How far apart two printed numbers may be and still count as equal. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.judging.output.lines import Line
    from tfcompat.judging.output.masks import Pattern


FIGURES = 5.0
"""How far apart two figures may be, of 255, unless a study sets another number."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two numbers may be: the larger of the two allowances counts.

    ``lines`` are exceptions: the first whose pattern is found in a line counts for its numbers.
    ``figures`` is how far apart two figures may be, by ``pictures.distance``.
    """

    relative: float = 1e-5
    absolute: float = 1e-8
    lines: tuple[tuple[Pattern, Tolerance], ...] = ()
    figures: float = FIGURES

    def __post_init__(self) -> None:
        """Refuse what would make every number differ, or none."""
        for name in ("relative", "absolute", "figures"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"tolerance: {name} must be 0 or more, and finite")

    def at(self, *values: float) -> float:
        """Return the allowance between numbers of these sizes."""
        return max(self.absolute, self.relative * max(abs(value) for value in values))

    def of(self, *lines: Line) -> Tolerance:
        """Return the tolerance for lines that stand at one place, whichever of them is named."""
        for pattern, tolerance in self.lines:
            if any(pattern.search(line.raw) for line in lines):
                return tolerance
        return self


def close(a: float, b: float, tolerance: Tolerance) -> bool:
    """Tell whether two numbers count as equal; nan equals nan, inf the inf of its sign."""
    if a == b or (a != a and b != b):  # noqa: PLR0124 - nan alone differs from itself
        return True
    if not (math.isfinite(a) and math.isfinite(b)):
        return False
    return abs(a - b) <= tolerance.at(a, b)


def are_apart(ours: Sequence[float], theirs: Sequence[float], tolerance: Tolerance) -> bool:
    """Tell whether all numbers of one side are below all of the other, by more than the tolerance.

    nan is apart from all but itself.
    """
    own, other = ([value for value in side if not math.isnan(value)] for side in (ours, theirs))
    if len(own) < len(ours) and len(other) < len(theirs):
        return False
    if not own or not other:
        return True
    lower, upper = (max(own), min(other)) if max(own) < min(other) else (max(other), min(own))
    return lower < upper and not close(lower, upper, tolerance)
