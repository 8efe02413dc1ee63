"""Why a run gives another result, as far as stored runs tell. Pure.

Only experiments tell a release from its packages: they are made elsewhere, and what they found is
kept as long as the difference is the one that it was found for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.judging.output.display import only_display
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.judging.output.lines import Transcript
    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.tolerance import Tolerance
    from tfcompat.results.differences import Difference
    from tfcompat.results.schema import CellResult, Example

NOT_TRIED = "no experiment was made to find out why; `tfcompat frontier` makes them"


def cause_from_outputs(
    baseline: Sequence[Transcript],
    observed: Sequence[Transcript],
    masks: Sequence[Mask],
    tolerance: Tolerance,
) -> Cause:
    """Return the cause that the outputs of two samples of runs tell by themselves."""
    display = only_display(baseline, observed, masks, tolerance)
    if display is not None:
        return Cause(kind=CauseKind.DISPLAY, message=f"only how it is printed differs: {display}")
    return Cause(kind=CauseKind.UNEXPLAINED, message=NOT_TRIED)


def kept_cause(
    before: Example, baseline: str | None, first_difference: Difference | None
) -> Cause | None:
    """Return the cause that an experiment gave this very difference from this baseline.

    ``before`` is the record as it was judged last; the runs are the same.
    """
    cause = before.cause
    if before.verdict is not Verdict.DIFFERENT or cause is None or cause.first_in is None:
        return None
    same = (before.baseline, before.first_difference) == (baseline, first_difference)
    return cause if same else None


def blame_pythons(cells: Mapping[str, CellResult]) -> dict[str, CellResult]:
    """Return the cells of a campaign with the cause ``python`` where Python alone makes a result.

    That is where the same release, with the same packages, gives the result of the baseline on
    another Python. Causes that an experiment found stay.
    """
    by_release: dict[str, list[CellResult]] = {}
    for cell in cells.values():
        by_release.setdefault(parse_identifier(cell.identifier).release, []).append(cell)
    return {name: _with_pythons(cell, by_release) for name, cell in cells.items()}


def _with_pythons(cell: CellResult, by_release: Mapping[str, Sequence[CellResult]]) -> CellResult:
    others = [
        other
        for other in by_release[parse_identifier(cell.identifier).release]
        if other is not cell and cell.freeze and freeze_of(other) == freeze_of(cell)
    ]
    if not others:
        return cell
    examples = {test: _by_python(cell, test, runs, others) for test, runs in cell.examples.items()}
    return cell.model_copy(update={"examples": examples})


def _by_python(cell: CellResult, test: str, runs: Example, others: Sequence[CellResult]) -> Example:
    cause = runs.cause
    if runs.verdict is not Verdict.DIFFERENT or (cause and (cause.first_in or cause.old)):
        # It is known already: by an experiment, or of runs of another day, which keep their cause.
        return runs
    for other in others:
        found = other.examples.get(test)
        if found and found.verdict is Verdict.SAME and found.baseline == runs.baseline:
            pythons = [parse_identifier(one.identifier).python for one in (other, cell)]
            return runs.model_copy(update={"cause": by_python(cause, *pythons)})
    return runs


def by_python(told: Cause | None, old: str, new: str, evidence: str | None = None) -> Cause:
    """Return the cause of a result that one Python gives and another one does not.

    ``told`` is what the outputs tell: where they are only printed differently, that stays the kind.
    """
    since = f"since Python {old} → {new}"
    return _blamed(told, CauseKind.PYTHON, since, old=old, new=new, evidence=evidence)


def by_packages(
    told: Cause | None, moved: Sequence[tuple[str, str, str]], library: str, evidence: str
) -> Cause:
    """Return the cause of a result that packages beside the library make.

    ``moved`` are the packages that it takes, each with its versions without and with that result.
    """
    package, old, new = moved[0]
    names = [f"{name} {before} → {after}" for name, before, after in moved]
    since = f"since {' together with '.join(names)}, not {library} itself"
    fields = {"package": package, "old": old, "new": new, "evidence": evidence}
    return _blamed(told, CauseKind.DEPENDENCY, since, **fields)


def by_library(told: Cause | None, library: str, evidence: str, tied: Sequence[str] = ()) -> Cause:
    """Return the cause of a result that the release itself makes.

    ``tied`` are packages that it requires in versions of its own: they may be what made it.
    """
    since = f"{library} itself changed it"
    if tied:
        since += f", or what comes with it ({', '.join(tied)})"
    return _blamed(told, CauseKind.LIBRARY, since, evidence=evidence)


def by_default(symbol: str, argument: str, old: str, new: str, evidence: str) -> Cause:
    """Return the cause of a result that a changed default makes; the values are source text."""
    owner = symbol.split(".")
    # A method is known by its class.
    name = ".".join(owner[-2:] if len(owner) > 2 and owner[-2][:1].isupper() else owner[-1:])
    return Cause(
        kind=CauseKind.DEFAULT,
        message=f"the default of `{argument}` of `{name}` went from {old} to {new}",
        symbol=symbol,
        argument=argument,
        old=old,
        new=new,
        evidence=evidence,
    )


def _blamed(told: Cause | None, kind: CauseKind, since: str, **fields: str | None) -> Cause:
    if told is not None and told.kind is CauseKind.DISPLAY:
        kind, since = told.kind, f"{told.message}; {since}"
    return Cause(kind=kind, message=since, **fields)
