"""The other direction: one release of a library is held, and another package's are searched."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.errors import SelectionError
from tfcompat.search.drifts import OF_RELEASE, the_cell
from tfcompat.search.request import selected

if TYPE_CHECKING:
    from tfcompat.search.drifts import PlanOf
    from tfcompat.search.request import SearchRequest


@dataclass(frozen=True, kw_only=True)
class Varied:
    """A request to search the releases of a package, and what is ``held`` in it, in words."""

    request: SearchRequest
    held: str


def vary(request: SearchRequest, package: str, plan_of: PlanOf = selected) -> Varied:
    """Return how to search the releases of a package beside one release of the library.

    That release, its Python and its day are held: all else is resolved as of that day, and only the
    package may be newer. Raises SelectionError where no single release is named, or the package is
    the library itself; UserError where the release cannot be tried.
    """
    check_held(request)
    plan, _ = plan_of(replace(request, resolve=OF_RELEASE))
    analysis, cell = plan.study.analysis, the_cell(plan)
    library = analysis.dependency
    if canonicalize_name(package) == canonicalize_name(library):
        msg = f"--vary names a package beside {library}, whose release is held"
        raise SelectionError(msg)
    # The end of its day: what was published within it can be had.
    day = (cell.cut_off or dt.datetime.now(dt.timezone.utc)) + dt.timedelta(days=1)
    pin = f"{library}=={cell.release}"
    varied = replace(
        request,
        selection=replace(request.selection, releases=(), pythons=(cell.python,)),
        dependency=package,
        requirements=(*analysis.requirements, pin),
        resolve=day.date().isoformat(),
    )
    held = f"beside {plan.study.library} {cell.release}, as of {varied.resolve}"
    return Varied(request=varied, held=held)


def check_held(request: SearchRequest) -> None:
    """Raise SelectionError where no script or no release is named, or another day is wanted."""
    if not request.scripts or not request.selection.releases:
        msg = "--vary holds one release of the library: name a script, and the release by --release"
        raise SelectionError(msg)
    if request.baseline or request.resolve:
        msg = "--vary is as of the day of the held release; leave out --baseline and --resolve"
        raise SelectionError(msg)
