"""Which pairs of cells of a search are to be explained: those between which a result differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.counterfactual.explain import Neighbours
from tfcompat.judging.ranges import Level, Outcome
from tfcompat.search.range_ends import beyond_release, found_edges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.search.other_pythons import PythonEdge
    from tfcompat.search.strategy import Search


def differing_pairs(
    search: Search, cells: Mapping[str, Sequence[Cell]], left: Iterable[PythonEdge]
) -> list[Neighbours]:
    """Return the edges beyond which a script gives another result, as pairs of cells.

    ``cells`` are those of each script by the numbers of releases, ``left`` the edges that a Python
    made, which the search went past.
    """
    pairs = [pair for script in search.baselines for pair in _of(search, script, cells[script])]
    past = [edge for edge in left if edge.outcome is Outcome.DIFFERENT]
    return pairs + [Neighbours(test=one.script, old=one.good, new=one.bad) for one in past]


def failing_pairs(search: Search, cells: Mapping[str, Sequence[Cell]]) -> Iterator[Neighbours]:
    """Yield the edges beyond which a script fails on the same Python, as pairs of cells."""
    for script in search.baselines:
        for edge in found_edges(search, script):
            old, new = cells[script][edge.last], cells[script][edge.stops]
            if search.known[script][edge.stops] is Outcome.FAILED and old.python == new.python:
                yield Neighbours(test=script, old=old, new=new)


def _of(search: Search, script: str, cells: Sequence[Cell]) -> Iterator[Neighbours]:
    known = search.known[script]
    for edge in found_edges(search, script):
        if edge.level is Level.SAME and known[edge.stops] is Outcome.DIFFERENT:
            beyond = beyond_release(search, edge.stops, edge.direction)
            yield Neighbours(
                test=script,
                old=cells[edge.last],
                new=cells[edge.stops],
                beyond=tuple(cells[release] for release in beyond if release in known),
            )
