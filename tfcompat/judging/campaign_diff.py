"""Two campaigns held against each other: which verdicts changed, and which package is likely why.

Pure. Meant above all for one study resolved as of its releases and as of today: what fails only
today fails by a package that has moved on, and the two freezes tell which ones have.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tfcompat.judging import failure_groups, tracebacks
from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.identifiers import parts_of
from tfcompat.results.verdicts import RUNS, Cause, Verdict
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.results.schema import CellResult, Example


@dataclass(frozen=True, kw_only=True)
class Change:
    """One example in one cell whose verdict is another one in the newer campaign."""

    identifier: str
    test: str
    old: Verdict
    new: Verdict
    cause: Cause | None
    error: tuple[str, ...] = ()

    @property
    def release(self) -> str:
        """The release of its cell."""
        return parts_of(self.identifier)[0]


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A package with another version in the newer campaign, and what speaks against it.

    ``named`` tells that the error itself names it, ``seen`` that it is in the traceback, ``cells``
    in how many of the cells concerned its version changed, ``elsewhere`` the share of cells in
    which it changed too and no verdict did.
    """

    package: str
    old: str | None
    new: str | None
    named: bool
    seen: bool
    cells: int
    elsewhere: float

    @property
    def major(self) -> bool:
        """Whether the first part of its version changed, or there was none before or after."""
        first = [_major(version) for version in (self.old, self.new)]
        return first[0] != first[1]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The changes from one verdict to another for one reason, and the packages that may be it."""

    old: Verdict
    new: Verdict
    title: str
    changes: tuple[Change, ...]
    suspects: tuple[Suspect, ...]


@dataclass(frozen=True, kw_only=True)
class CellDelta:
    """How many examples ran to their end in a cell, in the older campaign and in the newer one.

    ``reason`` tells why most of those stopped that no longer do, and ``suspect`` which package
    that is likely to be; both are None where none stopped.
    """

    identifier: str
    ran: int
    runs: int
    stopped: int
    reason: str | None
    suspect: Suspect | None


@dataclass(frozen=True, kw_only=True)
class PackageChange:
    """A package that is another one in the newer campaign: in how many cells, and in one of them.

    A version is None where the package is absent.
    """

    package: str
    cells: int
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came of comparing two campaigns. ``judged`` counts the verdicts that both have.

    ``standings`` has each cell that is in both, and ``drift`` is how the freezes of the ``frozen``
    cells differ that have one in both.
    """

    groups: tuple[Group, ...]
    standings: tuple[CellDelta, ...]
    cells: int
    judged: int
    frozen: int
    drift: tuple[PackageChange, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]

    @property
    def changed(self) -> int:
        """How many verdicts changed."""
        return sum(len(group.changes) for group in self.groups)


def compare(old: Mapping[str, CellResult], new: Mapping[str, CellResult]) -> Comparison:
    """Compare two campaigns by the identifiers of their cells."""
    both = [identifier for identifier in old if identifier in new]
    groups: dict[tuple[object, ...], list[Change]] = {}
    judged = 0
    unchanged_cells = set(both)
    for identifier in both:
        before, after = old[identifier], new[identifier]
        for test in _tests(before, after):
            change = _change(identifier, test, before, after)
            judged += 1
            if change.old is not change.new:
                unchanged_cells.discard(identifier)
                key = (change.old, change.new, _signature(change.cause))
                groups.setdefault(key, []).append(change)
    found = sorted(
        (
            Group(
                old=changes[0].old,
                new=changes[0].new,
                title=_title(changes[0]),
                changes=tuple(changes),
                suspects=tuple(_suspects(changes, old, new, unchanged_cells)),
            )
            for changes in groups.values()
        ),
        key=lambda group: -len(group.changes),
    )
    reasons: dict[str, dict[str, Group]] = {name: {} for name in both}
    for group in found:
        for change in group.changes:
            reasons[change.identifier][change.test] = group
    return Comparison(
        groups=tuple(found),
        standings=tuple(_standing(old[name], new[name], reasons[name]) for name in both),
        cells=len(both),
        judged=judged,
        frozen=sum(bool(old[name].freeze and new[name].freeze) for name in both),
        drift=tuple(_drift((old[name], new[name]) for name in both)),
        only_old=tuple(identifier for identifier in old if identifier not in new),
        only_new=tuple(identifier for identifier in new if identifier not in old),
    )


def _standing(before: CellResult, after: CellResult, reasons: Mapping[str, Group]) -> CellDelta:
    both = set(_tests(before, after))
    ran, runs = _running(before) & both, _running(after) & both
    stopped = ran - runs
    blamed = [reasons[test] for test in sorted(stopped) if test in reasons]
    times = Counter(map(id, blamed))
    worst = max(blamed, key=lambda group: times[id(group)], default=None)
    return CellDelta(
        identifier=before.identifier,
        ran=len(ran),
        runs=len(runs),
        stopped=len(stopped),
        reason=worst.title if worst else None,
        suspect=_in_cell(worst.suspects[0], before, after) if worst and worst.suspects else None,
    )


def _in_cell(suspect: Suspect, before: CellResult, after: CellResult) -> Suspect:
    """Return a suspect with the versions of one cell."""
    old, new = freeze_of(before), freeze_of(after)
    return replace(suspect, old=old.get(suspect.package), new=new.get(suspect.package))


def _running(cell: CellResult) -> set[str]:
    """Return the examples of a cell that ended with exit 0 each time."""
    return {test for test, example in cell.examples.items() if example.failure is None}


def _tests(before: CellResult, after: CellResult) -> list[str]:
    """Return the examples that both cells say something of."""
    listed = [
        set(cell.examples) | (set(cell.inputs.tests.splitlines()) if cell.verdict else set())
        for cell in (before, after)
    ]
    return sorted(listed[0] & listed[1])


def _change(identifier: str, test: str, before: CellResult, after: CellResult) -> Change:
    old, _ = _verdict(before, test)
    new, example = _verdict(after, test)
    # What is mended is told by what was wrong.
    cell, shown = (before, before.examples.get(test)) if new in RUNS else (after, example)
    cause = _cause(cell, test, shown)
    error = tuple(shown.error) if shown else ()
    return Change(identifier=identifier, test=test, old=old, new=new, cause=cause, error=error)


def _verdict(cell: CellResult, test: str) -> tuple[Verdict, Example | None]:
    example = cell.examples.get(test)
    if cell.verdict is not None:
        return cell.verdict, None
    if example and _fails_as_well(example):
        return Verdict.FAILED, example
    return (example.verdict if example else Verdict.UNKNOWN), example


def _cause(cell: CellResult, test: str, example: Example | None) -> Cause | None:
    if cell.verdict or example is None:
        return cell.cause
    failed = example.failure if _fails_as_well(example) else None
    return diagnose(failed, test, cell.inputs.dependency) if failed else example.cause


def _fails_as_well(example: Example) -> bool:
    """Tell whether an example without a baseline does not even run: that is what changed here."""
    return example.verdict is Verdict.NO_BASELINE and example.failure is not None


def _signature(cause: Cause | None) -> tuple[str, ...]:
    return failure_groups.signature(cause) if cause else ()


def _title(change: Change) -> str:
    if change.cause is None:
        return "it prints something else"
    if change.new is Verdict.NO_BASELINE:
        # It is not here that anything went wrong.
        return change.cause.message
    return failure_groups.title(change.cause)


def freeze_of(cell: CellResult) -> dict[str, str]:
    """Return the packages of a cell with their versions, from its freeze."""
    found = {}
    for line in cell.freeze or ():
        name, mark, version = line.strip().partition("==")
        if not mark:
            name, _, version = line.strip().partition(" @ ")
        if name:
            found[str(canonicalize_name(name))] = version
    return found


def _suspects(
    changes: Sequence[Change],
    old: Mapping[str, CellResult],
    new: Mapping[str, CellResult],
    unchanged_cells: Iterable[str],
) -> list[Suspect]:
    """Return the packages that moved in the cells concerned, the likeliest first."""
    moved: dict[str, list[tuple[str | None, str | None]]] = {}
    concerned = {change.identifier for change in changes}
    for identifier in sorted(concerned):
        for package, versions in _moved(old[identifier], new[identifier]):
            moved.setdefault(package, []).append(versions)
    calm = [{package for package, _ in _moved(old[name], new[name])} for name in unchanged_cells]
    named = {change.cause.package for change in changes if change.cause}
    seen = {
        package_names.package_name(frame.package)
        for raised in tracebacks.exceptions(changes[0].error)
        for frame in raised.frames
        if frame.package
    }
    suspects = [
        Suspect(
            package=package,
            old=versions[0][0],
            new=versions[0][1],
            named=package in named,
            seen=package in seen,
            cells=len(versions),
            elsewhere=sum(package in cell for cell in calm) / len(calm) if calm else 0.0,
        )
        for package, versions in moved.items()
    ]
    return sorted(suspects, key=_blame)


def _blame(suspect: Suspect) -> tuple[object, ...]:
    return (
        not suspect.named,
        not suspect.seen,
        -suspect.cells,
        suspect.elsewhere,
        not suspect.major,
        suspect.package,
    )


def _moved(
    before: CellResult, after: CellResult
) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    old, new = freeze_of(before), freeze_of(after)
    for package in sorted({*old, *new}):
        if old.get(package) != new.get(package):
            yield package, (old.get(package), new.get(package))


def _drift(pairs: Iterable[tuple[CellResult, CellResult]]) -> list[PackageChange]:
    """Return the packages that moved, that of most cells first."""
    moved: dict[str, list[tuple[str | None, str | None]]] = {}
    for before, after in pairs:
        if before.freeze and after.freeze:
            for package, versions in _moved(before, after):
                moved.setdefault(package, []).append(versions)
    found = [
        PackageChange(
            package=package, cells=len(versions), old=versions[-1][0], new=versions[-1][1]
        )
        for package, versions in moved.items()
    ]
    return sorted(found, key=lambda drift: (-drift.cells, drift.package))


def _major(version: str | None) -> object:
    try:
        return Version(version).release[0] if version else None
    except InvalidVersion:
        return version
