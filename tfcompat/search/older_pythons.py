"""Where a release's own dependencies cannot be built on the Python of its day.

Days after a Python came out, much of what a release depends on does not serve it yet, whatever the
release itself admits: people had it on the Python before. So such a release is tried on the next
older Python that is here, where the user named none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from tfcompat.results.verdicts import CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult
    from tfcompat.results.verdicts import Cause

# So many Pythons older than that of its day is a release tried on.
_MOST_OLDER = 2


def older_cell(plan: Plan, cell: Cell, result: CellResult) -> Cell | None:
    """Return the cell of a release on the next older Python, where only its dependencies fail.

    None where it has an environment or fails for itself, where there is no older Python 3 here that
    admits it among those that the user named, if any, and where it was tried on some already.
    """
    cause = result.cause
    if result.verdict is not Verdict.UNBUILDABLE or cause is None:
        return None
    if not _is_of_a_dependency(cause, cell):
        return None
    default = plan.cell(cell.release).python
    return next(
        (
            other
            for python in _older(plan, default)
            if Version(python) < Version(cell.python)
            and (other := plan.cell(cell.release, python)).cause is None
            and other.file is not None
        ),
        None,
    )


def _older(plan: Plan, python: str) -> Iterator[str]:
    """Yield the Pythons that are older than one, the nearest first, as many as are tried."""
    named = plan.factory.rule.among
    here = sorted({one.python for one in plan.factory.available.found}, key=Version, reverse=True)
    older = [one for one in here if Version("3") <= Version(one) < Version(python)]
    yield from [one for one in older if not named or one in named][:_MOST_OLDER]


def _is_of_a_dependency(cause: Cause, cell: Cell) -> bool:
    """Tell whether it is a package beside the release that cannot be had on its Python."""
    if cause.kind is CauseKind.BUILD_ERROR:
        if cause.package is None:
            # A release that has a wheel is not built.
            return cell.wheel is not None
        return cause.package != canonicalize_name(cell.dependency)
    return cause.kind is CauseKind.CONFLICT and "depends on Python" in cause.message
