"""What ends the range of releases around a baseline, as far as a search knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tfcompat.judging.ranges import Level
from tfcompat.search.strategy import ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.search.strategy import Search

# So many releases that do not hold are a hole in a range, where those on both sides do.
_LARGEST_HOLE = 3


@dataclass(frozen=True, kw_only=True)
class FoundEdge:
    """Where a level ends next to a range: at release ``last``, since ``stops`` does not hold.

    ``direction`` is ``up`` or ``down``. Releases without an answer may lie between the two. Where
    only a few releases do not hold it is a ``hole``: the nearest of them and the farthest, and the
    release beyond them that holds again.
    """

    level: Level
    direction: str
    last: int
    stops: int
    hole: tuple[int, int, int] | None = None


def found_edges(search: Search, script: str) -> Iterator[FoundEdge]:
    """Yield what ends the range around a baseline; where it stops running comes first.

    What ends the range beyond a hole follows. An edge at which a script stops running also ends the
    same result, and is yielded once.
    """
    baseline = search.outcomes(script).get(search.baselines[script])
    for direction in ("up", "down"):
        seen: set[int] = set()
        for level in Level:
            if baseline is None or not level.holds(baseline):
                continue
            for edge in _edges_in(search, script, level, direction):
                if edge.stops not in seen:
                    seen.add(edge.stops)
                    yield edge


def is_settled(search: Search, script: str, edge: FoundEdge) -> bool:
    """Tell whether every release between the two sides of an edge was tried: it stays as it is."""
    low, high = sorted((edge.last, edge.stops))
    return all(release in search.known[script] for release in range(low + 1, high))


def _edges_in(search: Search, script: str, level: Level, direction: str) -> Iterator[FoundEdge]:
    """Yield the edges that a range has in a direction: after each hole the next one."""
    outcomes = search.outcomes(script)
    around, *others = ranges(search, script, level)
    step = 1 if direction == "up" else -1
    further = sorted((one for one in others if (one > around) is (step > 0)), reverse=step < 0)
    size = len(_with_answers(search, script, *around))
    for one, following in pairwise([around, *further, None]):
        assert one is not None  # noqa: S101 - the last alone is
        last = one[1] if step > 0 else one[0]
        beyond = beyond_release(search, last, direction)
        stops = next((release for release in beyond if release in outcomes), None)
        if stops is None:
            return
        hole = None
        if following is not None:
            again = following[0] if step > 0 else following[1]
            size = min(size, len(_with_answers(search, script, *following)))
            hole = _hole(search, script, (last, again), size)
        yield FoundEdge(level=level, direction=direction, last=last, stops=stops, hole=hole)
        if hole is None:
            return


def _hole(
    search: Search, script: str, ends: tuple[int, int], size: int
) -> tuple[int, int, int] | None:
    """Return the hole between two releases that hold; None where it is too large to be one.

    It is no larger than the ranges on either side, of which the smaller one has a ``size``.
    """
    last, again = ends
    between = _with_answers(search, script, min(ends) + 1, max(ends) - 1)
    if len(between) > min(_LARGEST_HOLE, size):
        return None
    near, far = between[0], between[-1]
    return (near, far, again) if last < again else (far, near, again)


def _with_answers(search: Search, script: str, low: int, high: int) -> list[int]:
    """Return the releases of a range that were tried, or that need not be."""
    known = search.known.get(script, {})
    return [r for r in range(low, high + 1) if r not in known or not known[r].is_gap]


def beyond_release(search: Search, release: int, direction: str) -> Sequence[int]:
    """Return the releases beyond one, the nearest first."""
    up = range(release + 1, search.releases)
    return up if direction == "up" else range(release - 1, -1, -1)
