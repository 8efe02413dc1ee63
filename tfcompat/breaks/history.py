"""The surfaces of the releases of a library: asked where they are kept, else read from sources."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import groupby
from threading import Event
from typing import TYPE_CHECKING

from tfcompat.breaks.findings import Offer
from tfcompat.breaks.read import ReadSurface
from tfcompat.breaks.sources import Shared, Sources
from tfcompat.breaks.store import SurfaceStore
from tfcompat.breaks.surface import Absence
from tfcompat.environments.index.contents import contents_of
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tfcompat.breaks.surface import Surface, Thing
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan

# So many files of the index are read at once.
_THREADS = 12


def roots_of(plan: Plan) -> tuple[str, ...]:
    """Return the top modules of a plan's library: what scripts import, and what it brings.

    Raises IndexUnavailableError where the index cannot be asked.
    """
    contents = contents_of(plan.index, plan.study.analysis.dependency)
    modules = {*(contents.modules if contents else ()), plan.study.module}
    tops = (name for name in modules if not any(
        ".".join(name.split(".")[:length]) in modules for length in range(1, name.count(".") + 1)
    ))  # fmt: skip
    return tuple(sorted(tops))


@contextmanager
def offers(
    plan: Plan, cells: Sequence[Cell], roots: Sequence[str], names: Collection[tuple[str, bool]]
) -> Iterator[tuple[Offer, ...]]:
    """Yield what releases offer, one for each cell, with the surface that is best known.

    ``names``, each with whether it is of an instance, are looked up beforehand: that is what takes
    time where sources are fetched. Where the first and the last of some patches of one minor
    release offer the same for all of them, so do those in between. What was read is kept at the
    end.
    """
    store = SurfaceStore(cache=plan.cache)
    found: dict[str, Surface | None] = {cell.release: store.find(cell) for cell in cells}
    unasked = [cell for cell in cells if found[cell.release] is None and cell.file is not None]
    with ExitStack() as stack, ThreadPoolExecutor(_THREADS) as threads:
        reader = _Reader(plan.index, roots, names, stack)
        minors = groupby(unasked, key=lambda cell: cell.version.release[:2])
        try:
            for surfaces in threads.map(reader.read_alike, [list(group) for _, group in minors]):
                found.update(surfaces)
        except BaseException:
            # The threads are waited for.
            reader.stopped.set()
            raise
        yield tuple(
            Offer(release=cell.release, python=cell.python, surface=found[cell.release])
            for cell in cells
        )


class _Reader:
    """Reads the surfaces of releases; any thread may use it."""

    def __init__(
        self,
        index: PackageIndex,
        roots: Sequence[str],
        names: Collection[tuple[str, bool]],
        stack: ExitStack,
    ) -> None:
        self._index = index
        self._roots = roots
        self._names = names
        self._stack = stack
        self._shared = Shared()
        self.stopped = Event()

    def read_alike(self, cells: Sequence[Cell]) -> dict[str, Surface | None]:
        """Return the surfaces of neighbours, by release, reading no more of them than is needed."""
        first, last = cells[0], cells[-1]
        found = {first.release: self.read(first)}
        if last is not first:
            found[last.release] = self.read(last)
        self._fill(cells, found)
        return found

    def _fill(self, cells: Sequence[Cell], found: dict[str, Surface | None]) -> None:
        """Add those between the first and the last, which are there."""
        if len(cells) < 3:
            return
        one, other = found[cells[0].release], found[cells[-1].release]
        if one is not None and other is not None and self._offer_the_same(one, other):
            found.update({cell.release: one for cell in cells[1:-1]})
            return
        middle = len(cells) // 2
        found[cells[middle].release] = self.read(cells[middle])
        self._fill(cells[: middle + 1], found)
        self._fill(cells[middle:], found)

    def _offer_the_same(self, one: Surface, other: Surface) -> bool:
        return all(
            _as_used(one.find(name, is_member=is_member))
            == _as_used(other.find(name, is_member=is_member))
            for name, is_member in self._names
        )

    def read(self, cell: Cell) -> Surface | None:
        """Return the surface that the sources of a release have; None where there are none.

        Raises InterruptedRunError where everything is stopped.
        """
        if self.stopped.is_set():
            return None
        processes.raise_if_interrupted()
        assert cell.file is not None  # noqa: S101 - the caller has looked
        sources = self._stack.enter_context(
            Sources(self._index, cell.file, self._roots, self._shared)
        )
        if sources.layout is None or not sources.layout.modules:
            return None
        surface = ReadSurface(sources, self._roots)
        for name, is_member in self._names:
            surface.find(name, is_member=is_member)
        sources.close()
        return surface


def _as_used(found: Thing | Absence) -> object:
    """Return what decides on breaks: not where something is defined, nor what is said of it."""
    if isinstance(found, Absence):
        return found
    return replace(found, key="", deprecation="")
