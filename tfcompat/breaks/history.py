"""The surfaces of the releases of a library: asked where they are kept, else read from sources."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tfcompat.breaks.prediction import Offer
from tfcompat.breaks.read import ReadSurface
from tfcompat.breaks.sources import Shared, Sources
from tfcompat.breaks.store import SurfaceStore
from tfcompat.environments.index.contents import contents_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tfcompat.breaks.surface import Surface
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

    ``names``, each with whether it is of an instance, are looked up in all of them beforehand: that
    is what takes time where sources are fetched. What was read is kept at the end.
    """
    store = SurfaceStore(cache=plan.cache)
    shared = Shared()
    with ExitStack() as stack, ThreadPoolExecutor(_THREADS) as threads:

        def surface(cell: Cell) -> Surface | None:
            asked = store.find(cell)
            if asked is not None or cell.file is None:
                return asked
            return _read(plan.index, cell, roots, names, shared, stack)

        found = tuple(threads.map(surface, cells))
        yield tuple(
            Offer(release=cell.release, python=cell.python, surface=one)
            for cell, one in zip(cells, found, strict=True)
        )


def _read(
    index: PackageIndex,
    cell: Cell,
    roots: Sequence[str],
    names: Collection[tuple[str, bool]],
    shared: Shared,
    stack: ExitStack,
) -> Surface | None:
    """Return the surface that the sources of a release have; None where they cannot be read."""
    assert cell.file is not None  # noqa: S101 - the caller has looked
    sources = stack.enter_context(Sources(index, cell.file, roots, shared))
    if sources.layout is None or not sources.layout.modules:
        return None
    surface = ReadSurface(sources, roots)
    for name, is_member in names:
        surface.find(name, is_member=is_member)
    sources.close()
    return surface
