"""Which releases could not be tried, and why, in groups. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.results.verdicts import CauseKind
from tfcompat.search.findings import Untried

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.results.verdicts import Cause
    from tfcompat.search.search import SearchResult

# What kept releases from being tried, by the kind of their cause; all others could not be tried.
_REASONS = {
    CauseKind.NO_WHEEL: "have no file that can be installed here",
    CauseKind.CONFLICT: "could not be built (requirements in conflict)",
    CauseKind.BUILD_ERROR: "could not be built (build error)",
    CauseKind.NETWORK: "could not be tried (network)",
    CauseKind.DISK: "could not be tried (disk)",
    CauseKind.NO_UPLOAD_TIMES: "could not be tried (the index gives no upload times)",
}

# So many ranges of releases are shown; of more, the first ones and the last.
_MOST_RANGES = 6


def group_untried(result: SearchResult) -> tuple[Untried, ...]:
    """Return the releases with which no script of a search got an answer, by reason.

    Those that nobody needed to try are not among them.
    """
    groups: dict[str, list[int]] = {}
    for number in range(result.search.releases):
        known = [by.get(number) for by in result.search.known.values()]
        if known and all(outcome is not None and outcome.is_gap for outcome in known):
            script = next(iter(result.search.known))
            groups.setdefault(_reason(result, result.cells[script][number]), []).append(number)
    releases = [cell.release for cell in result.plan.cells]
    return tuple(
        Untried(
            reason=reason,
            releases=tuple(releases[number] for number in numbers),
            shown=_shown(list(_ranges(numbers, releases))),
        )
        for reason, numbers in groups.items()
    )


def _reason(result: SearchResult, cell: Cell) -> str:
    stored = result.results.get(cell.identifier)
    cause = cell.cause or (stored.cause if stored else None)
    if cause is None:
        return "gave no answer"
    return _worded(cause, cell)


def _worded(cause: Cause, cell: Cell) -> str:
    if cause.kind is CauseKind.NO_INTERPRETER:
        return f"have no Python here ({cell.python})"
    if cause.kind is CauseKind.BUILD_ERROR and cell.wheel is None:
        return "could not be built (sdist only: build error)"
    return _REASONS.get(cause.kind, f"could not be tried ({cause.message})")


def _shown(ranges: list[str]) -> str:
    if len(ranges) > _MOST_RANGES:
        ranges = [*ranges[: _MOST_RANGES - 1], "…", ranges[-1]]
    return ", ".join(ranges)


def _ranges(numbers: Sequence[int], releases: Sequence[str]) -> Iterator[str]:
    """Yield releases that are neighbours as ranges."""
    begin = numbers[0]
    for number, following in zip(numbers, [*numbers[1:], None], strict=True):
        if following != number + 1:
            ends = dict.fromkeys((releases[begin], releases[number]))
            yield " … ".join(ends)
            begin = following if following is not None else begin
