"""With which releases of two packages a script gives the same result: the border in a plane. Pure.

A row is one release of the first package. In a row the releases of the second that work are taken
to lie side by side, as they do on a line; their two ends are searched by halves, or tried where the
row next to it has them. Rows are searched where those on both sides have other ends: between two
rows that are alike nothing is tried.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tfcompat.counterfactual.expected import error_of, observed_in
from tfcompat.counterfactual.experiment import Request
from tfcompat.counterfactual.plane_findings import Point, Row, Span
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tfcompat.counterfactual.expected import Expected
    from tfcompat.counterfactual.experiment import Steps
    from tfcompat.execution.variants import Variant

# Where nothing is known to work in a row, so many of its releases are tried before it is given up.
_SPREAD = 4


@dataclass(frozen=True, kw_only=True)
class Plane:
    """Releases of two packages, by number, oldest first, and how to try two of them.

    ``rows`` and ``columns`` are how many there are, ``start`` the pair as of the day of the release
    that is held, with which the script works as ``expected``.
    """

    rows: int
    columns: int
    start: tuple[int, int]
    expected: Expected
    variant: Callable[[int, int], Variant]


@dataclass
class PlaneSearch:
    """The search for the border; ``points`` are all pairs that were tried."""

    plane: Plane
    points: dict[tuple[int, int], Point] = field(default_factory=dict)
    spans: dict[int, Span | None] = field(default_factory=dict)

    def wanted(self) -> tuple[int, ...]:
        """Return which rows to search next, side by side; none where the border is known."""
        last, begin = self.plane.rows - 1, self.plane.start[0]
        if begin not in self.spans:
            return (begin,)
        if ends := tuple(row for row in dict.fromkeys((0, last)) if row not in self.spans):
            return ends
        known = sorted(self.spans)
        between = tuple(
            (low + high) // 2
            for low, high in pairwise(known)
            if high - low > 1 and self.spans[low] != self.spans[high]
        )
        return between or tuple(filter(self._may_hold_more, known))

    def _may_hold_more(self, row: int) -> bool:
        """Tell whether nothing works in a row as yet, and a row beside it, known since, has hints.

        What works goes on from row to row, so something may work where the one beside it ends.
        """
        beside = (self.spans.get(row - 1), self.spans.get(row + 1))
        ends = (end for span in beside if span for end in (span.low, span.high))
        return self.spans[row] is None and any((row, end) not in self.points for end in ends)

    def steps(self) -> dict[int, Steps[Span | None]]:
        """Return the searches of the rows that are wanted next, by number."""
        return {row: self._row(row) for row in self.wanted()}

    def learn(self, found: Mapping[int, Span | None]) -> None:
        """Take in what was found in some rows."""
        self.spans.update(found)

    def result(self) -> tuple[Row, ...]:
        """Return all rows, oldest first; those between two that are alike are as these."""
        nearest: Span | None = None
        rows = []
        for number in range(self.plane.rows):
            is_tried = number in self.spans
            nearest = self.spans[number] if is_tried else nearest
            rows.append(Row(span=nearest, is_tried=is_tried))
        return tuple(rows)

    def _row(self, row: int) -> Steps[Span | None]:
        hints = [self.spans[near] for near in self._nearest(row)]
        spans = [span for span in hints if span is not None]
        for column in self._likely(row, spans):
            if (yield from self._is_good(row, column)):
                return (yield from self._span(row, column, spans))
        return None

    def _nearest(self, row: int) -> list[int]:
        """Return two other rows that are known already, the nearest first."""
        others = (other for other in self.spans if other != row)
        return sorted(others, key=lambda other: abs(other - row))[:2]

    def _likely(self, row: int, spans: list[Span]) -> Iterator[int]:
        """Yield the columns in which something may work, the likeliest first."""
        last, (begin, column) = self.plane.columns - 1, self.plane.start
        likely = [end for span in spans for end in (span.high, span.low)]
        likely += [(span.low + span.high) // 2 for span in spans]
        spread = [last * part // (_SPREAD - 1) for part in range(_SPREAD)]
        # Newer releases go with newer ones.
        spread.sort(reverse=row > begin)
        first = [column, *likely] if row == begin else [*likely, column]
        yield from dict.fromkeys([*first, *spread])

    def _span(self, row: int, good: int, spans: list[Span]) -> Steps[Span]:
        low = yield from self._end(row, good, 0, [span.low for span in spans])
        high = yield from self._end(row, good, self.plane.columns - 1, [s.high for s in spans])
        return Span(low=low, high=high)

    def _end(self, row: int, good: int, limit: int, hints: list[int]) -> Steps[int]:
        """Return the last column that works from a good one on to a limit."""
        step = 1 if limit >= good else -1
        bad = limit + step
        # Where a row beside this one ends, this one may as well; then the limit itself.
        for tried in dict.fromkeys([*hints, *(hint + step for hint in hints), limit]):
            if (tried - good) * step > 0 and (bad - tried) * step > 0:
                if (yield from self._is_good(row, tried)):
                    good = tried
                else:
                    bad = tried
        while (bad - good) * step > 1:
            middle = (good + bad) // 2
            if (yield from self._is_good(row, middle)):
                good = middle
            else:
                bad = middle
        return good

    def _is_good(self, row: int, column: int) -> Steps[bool]:
        """Tell whether the script gives the same result with two releases."""
        if (row, column) not in self.points:
            self.points[row, column] = yield from self._point(row, column)
        return self.points[row, column].is_good

    def _point(self, row: int, column: int) -> Steps[Point]:
        plane = self.plane
        variant, test = plane.variant(row, column), plane.expected.test
        result = yield Request(variant=variant, example=test)
        side = observed_in(test, variant, result)
        if side is None:
            verdict = result.verdict if result and result.verdict else Verdict.UNKNOWN
            cause = result.cause if result else None
            return Point(verdict=verdict, why=cause.message if cause else "")
        if side.example.failure is not None:
            return Point(verdict=Verdict.FAILED, why=error_of(side, test, variant.cell.dependency))
        is_same = yield from plane.expected.is_given_by(side)
        return Point(verdict=Verdict.SAME if is_same else Verdict.DIFFERENT)
