"""Is it the release or its Python? Tries both sides of an edge on the Python of each other.

An edge between two releases that ran on two Pythons has two changes in it. The release beyond it is
tried on the Python before it, and the release before it on the Python beyond it. Where the release
beyond it holds so, the edge is none of its own: the search goes on from there on that Python.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.search.findings import Blame
from tfcompat.search.range_ends import beyond_release, found_edges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellResult
    from tfcompat.search.range_ends import FoundEdge
    from tfcompat.search.strategy import Search
    from tfcompat.search.trials import Trials


@dataclass(frozen=True, kw_only=True)
class PythonEdge:
    """An edge of a script between two Pythons, and the cells that tell the two changes apart.

    ``good`` is the cell that holds, ``bad`` the one that does not. ``bad_elsewhere`` is the release
    of ``bad`` on the Python of ``good``, or on another one that is nearer to it than its own;
    ``good_elsewhere`` is the release of ``good`` on the Python of ``bad``. Each is None where it
    cannot be had. ``outcome`` is that of ``bad``.
    """

    script: str
    edge: FoundEdge
    good: Cell
    bad: Cell
    bad_elsewhere: Cell | None
    good_elsewhere: Cell | None
    outcome: Outcome

    @property
    def key(self) -> tuple[str, int, int]:
        """The script, and the two releases of the edge: the one that holds first."""
        return self.script, self.edge.last, self.edge.stops

    @property
    def elsewhere(self) -> tuple[Cell, ...]:
        """The cells on other Pythons, as far as they can be had."""
        return tuple(cell for cell in (self.bad_elsewhere, self.good_elsewhere) if cell)

    @property
    def is_exact(self) -> bool:
        """Whether the release beyond the edge is tried on the very Python of the one before it."""
        return self.bad_elsewhere is not None and self.bad_elsewhere.python == self.good.python

    def waits(self, cell: Cell) -> bool:
        """Tell whether a cell elsewhere is built from source, and may not be needed."""
        return (
            cell is self.good_elsewhere
            and cell.sdist is not None
            and self.bad_elsewhere is not None
        )

    def outcomes(self, results: Mapping[str, CellResult]) -> tuple[Outcome | None, Outcome | None]:
        """Return what became of the bad and of the good release elsewhere; None: no answer."""
        bad, good = (
            _outcome(cell, self.script, results)
            for cell in (self.bad_elsewhere, self.good_elsewhere)
        )
        return bad, good

    def blame(self, results: Mapping[str, CellResult]) -> Blame:
        """Return what the edge is owed to."""
        bad, good = self.outcomes(results)
        return blame(self.edge.level, bad, good, is_exact=self.is_exact)


def _outcome(cell: Cell | None, script: str, results: Mapping[str, CellResult]) -> Outcome | None:
    if cell is None or cell.identifier not in results:
        return None
    outcome = outcome_of(results[cell.identifier], script)
    return None if outcome.is_gap else outcome


def blame(
    level: Level, bad: Outcome | None, good: Outcome | None, *, is_exact: bool = True
) -> Blame:
    """Return what an edge between two Pythons is owed to.

    ``bad`` is what the release beyond it does on the Python before it (``is_exact``, else on one
    near to it), ``good`` what the release before it does on the Python beyond it; each is None
    where there is no answer. Both changes are to blame where each is enough, or neither alone.
    """
    release_alone = None if bad is None else not level.holds(bad)
    python_alone = None if good is None else not level.holds(good)
    if release_alone and not is_exact:
        # That other Python may be what stops it.
        release_alone = None
    if release_alone is None and python_alone is None:
        return Blame.UNKNOWN
    if release_alone is None:
        return Blame.PYTHON if python_alone else Blame.RELEASE
    if python_alone is None:
        return Blame.RELEASE if release_alone else Blame.PYTHON
    if release_alone == python_alone:
        return Blame.BOTH
    return Blame.RELEASE if release_alone else Blame.PYTHON


class OtherPythons:
    """Tries the edges of a search on other Pythons, each once.

    ``tried`` are those edges by their keys. ``left`` are the edges that a Python made, in the order
    in which the search went past them.
    """

    def __init__(self, plan: Plan, trials: Trials, store: CampaignStore) -> None:
        self._plan = plan
        self._trials = trials
        self._store = store
        self.tried: dict[tuple[str, int, int], PythonEdge] = {}
        self.left: list[PythonEdge] = []

    def try_edges(self, search: Search) -> bool:
        """Try the edges between Pythons; tell whether the search has to go on after that.

        It has where a release holds on another Python: it and those beyond it are then in cells of
        that Python, or of the one that is nearest to it.
        """
        edges = [edge for edge in self._between_pythons(search) if edge.key not in self.tried]
        self.tried |= {edge.key: edge for edge in edges}
        wanted = [(edge, cell) for edge in edges for cell in edge.elsewhere]
        # What has to be compiled takes minutes, and often tells nothing more.
        slow = [(edge, cell) for edge, cell in wanted if self._is_compiled and edge.waits(cell)]
        results = self._evaluate([one for one in wanted if one not in slow])
        still_open = [one for one in slow if one[0].blame(results) is Blame.UNKNOWN]
        results |= self._evaluate(still_open)
        moved = [self._go_past(search, edge) for edge in edges if _is_past(edge, results)]
        if any(moved):
            self._trials.recall()
        return any(moved)

    @property
    def _is_compiled(self) -> bool:
        """Whether the library has code that is compiled, as its wheels show."""
        wheels = (cell.wheel.filename for cell in self._plan.cells if cell.wheel)
        return any(not name.endswith("-any.whl") for name in wheels)

    def _evaluate(self, wanted: Sequence[tuple[PythonEdge, Cell]]) -> dict[str, CellResult]:
        """Bring cells to their results, each with the scripts of the edges that want it."""
        cells = {cell.identifier: cell for _, cell in wanted}
        tests: defaultdict[str, list[str]] = defaultdict(list)
        for edge, cell in wanted:
            tests[cell.identifier].append(edge.script)
        requests = {cell: tuple(dict.fromkeys(tests[name])) for name, cell in cells.items()}
        if not requests:
            return {}
        return {result.identifier: result for result in self._trials.evaluate(requests)}

    def _between_pythons(self, search: Search) -> Iterator[PythonEdge]:
        for script in search.baselines:
            cells = self._trials.cells[script]
            for edge in found_edges(search, script):
                good, bad = cells[edge.last], cells[edge.stops]
                if good.python != bad.python:
                    yield PythonEdge(
                        script=script,
                        edge=edge,
                        good=good,
                        bad=bad,
                        bad_elsewhere=self._nearer(bad, good.python),
                        good_elsewhere=self._as_of(good, bad.python),
                        outcome=search.outcomes(script)[edge.stops],
                    )

    def _pythons(self) -> set[str]:
        """Return the Pythons that the search uses."""
        return {cell.python for cells in self._trials.cells.values() for cell in cells}

    def _nearer(self, cell: Cell, python: str) -> Cell | None:
        """Return a release on the Python that is nearest to one, and nearer than its own.

        None where there is no such Python that it can be tried on.
        """
        for near in sorted(self._pythons() | {python}, key=lambda one: _distance(one, python)):
            if _distance(near, python)[0] >= _distance(cell.python, python)[0]:
                return None
            other = self._as_of(cell, near)
            if other is not None:
                return other
        return None

    def _as_of(self, cell: Cell, python: str) -> Cell | None:
        """Return a release on another Python, as of the same day; None where it cannot be tried.

        With the same release, the same cut-off and another Python, the rest is as it was.
        """
        other = self._plan.cell(cell.release, python)
        if other.cause is not None:
            return None
        stored = self._store.cell(other.identifier)
        if stored is not None and self._trials.is_current(other, stored):
            # A cell of the campaign in its own right: minutes earlier or later, and to be kept.
            return other
        return replace(other, as_of=cell.cut_off)

    def _go_past(self, search: Search, edge: PythonEdge) -> bool:
        """Have the releases from an edge on tried on the Python on which its release holds."""
        assert edge.bad_elsewhere is not None  # noqa: S101 - it holds there
        script, python = edge.script, edge.bad_elsewhere.python
        self.left.append(edge)
        cells = self._trials.cells[script]
        moved = False
        for number in beyond_release(search, edge.edge.last, edge.edge.direction):
            other = self._nearer(cells[number], python)
            if other is not None:
                self._trials.move(script, number, replace(other, as_of=None))
                moved = True
        return moved


def _is_past(edge: PythonEdge, results: Mapping[str, CellResult]) -> bool:
    """Tell whether the release beyond an edge holds on another Python."""
    bad, _ = edge.outcomes(results)
    return bad is not None and edge.edge.level.holds(bad)


def _distance(python: str, other: str) -> tuple[int, int]:
    """Return how far one Python is from another; of two that are as far, the newer is nearer."""
    return abs(_place(python) - _place(other)), -_place(python)


def _place(python: str) -> int:
    """Return where a Python stands in their order: 2.7 right before 3.3."""
    major, minor = map(int, python.split("."))
    return minor if major == 3 else 2
