"""What differs between two campaigns: which verdicts changed, and which package is likely why.

Pure. Meant above all for one study resolved as of its releases and as of today: what fails only
today fails by a package that has moved on, and the two freezes show which ones have.

Fields are named as ``tfcompat compare --json`` names them, which other programs rely on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tfcompat.judging import failure_groups, tracebacks
from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import RUNS, Cause, Verdict
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.results.schema import CellResult, Example


@dataclass(frozen=True, kw_only=True)
class Change:
    """One example in one cell whose verdict is another one in the newer campaign.

    ``test`` is the example's path. Of what fails no longer, ``cause`` and ``error`` (stderr, by
    lines) are those of the older campaign, else of the newer one.
    """

    identifier: str
    test: str
    old: Verdict
    new: Verdict
    cause: Cause | None
    error: tuple[str, ...] = ()

    @property
    def release(self) -> str:
        """The release of its cell."""
        return parse_identifier(self.identifier).release


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A package with another version in the newer campaign, and how likely it is the reason.

    ``named``: the error itself names it. ``seen``: it is in the traceback. ``cells``: in how many
    of the cells concerned its version changed. ``elsewhere``: of the cells in which no verdict
    changed, the share (0 to 1) in which its version did.
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

    ``reason`` is why most of those stopped that no longer do, and ``suspect`` the package that is
    likely behind it; both are None where none stopped.
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
class CampaignDiff:
    """What differs between two campaigns. ``judged`` counts the verdicts that both have.

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


_Pair = tuple["CellResult", "CellResult"]
_Versions = tuple["str | None", "str | None"]


def diff_campaigns(old: Mapping[str, CellResult], new: Mapping[str, CellResult]) -> CampaignDiff:
    """Return what differs between the cells of two campaigns, which are given by identifier."""
    both = {name: (old[name], new[name]) for name in old if name in new}
    verdicts = [
        _change(name, example, *pair) for name, pair in both.items() for example in _examples(*pair)
    ]
    groups = _groups([change for change in verdicts if change.old is not change.new], both)
    by_cell: dict[str, dict[str, Group]] = {name: {} for name in both}
    for group in groups:
        for change in group.changes:
            by_cell[change.identifier][change.test] = group
    return CampaignDiff(
        groups=groups,
        standings=tuple(_cell_delta(*pair, by_cell[name]) for name, pair in both.items()),
        cells=len(both),
        judged=len(verdicts),
        frozen=sum(bool(before.freeze and after.freeze) for before, after in both.values()),
        drift=tuple(_package_changes(both.values())),
        only_old=tuple(identifier for identifier in old if identifier not in new),
        only_new=tuple(identifier for identifier in new if identifier not in old),
    )


def _groups(changes: Sequence[Change], both: Mapping[str, _Pair]) -> tuple[Group, ...]:
    """Group changes by verdicts and reason; the largest group comes first."""
    changed_cells = {change.identifier for change in changes}
    unchanged_cells = [pair for name, pair in both.items() if name not in changed_cells]
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        key = (change.old, change.new, _signature(change.cause))
        groups.setdefault(key, []).append(change)
    found = [
        Group(
            old=members[0].old,
            new=members[0].new,
            title=_title(members[0]),
            changes=tuple(members),
            suspects=tuple(_suspects(members, both, unchanged_cells)),
        )
        for members in groups.values()
    ]
    return tuple(sorted(found, key=lambda group: -len(group.changes)))


def _cell_delta(before: CellResult, after: CellResult, groups: Mapping[str, Group]) -> CellDelta:
    """Return what became of a cell; ``groups`` are those of its examples that changed."""
    both = set(_examples(before, after))
    ran, runs = _running(before) & both, _running(after) & both
    stopped = ran - runs
    blamed = [groups[example] for example in sorted(stopped) if example in groups]
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
    return {example for example, runs in cell.examples.items() if runs.failure is None}


def _examples(before: CellResult, after: CellResult) -> list[str]:
    """Return the examples on which both cells have a verdict."""
    listed = [
        set(cell.examples) | (set(cell.inputs.tests.splitlines()) if cell.verdict else set())
        for cell in (before, after)
    ]
    return sorted(listed[0] & listed[1])


def _change(identifier: str, example: str, before: CellResult, after: CellResult) -> Change:
    """Return both verdicts on an example, which may be equal, and why it failed."""
    new = _verdict(after, example)
    # Of what runs again, the reason is why it did not.
    failing = before if new in RUNS else after
    runs = None if failing.verdict else failing.examples.get(example)
    return Change(
        identifier=identifier,
        test=example,
        old=_verdict(before, example),
        new=new,
        cause=_cause(failing, example, runs),
        error=tuple(runs.error) if runs else (),
    )


def _verdict(cell: CellResult, example: str) -> Verdict:
    runs = cell.examples.get(example)
    if cell.verdict is not None:
        return cell.verdict
    if runs is None:
        return Verdict.UNKNOWN
    return Verdict.FAILED if _fails_as_well(runs) else runs.verdict


def _cause(cell: CellResult, example: str, runs: Example | None) -> Cause | None:
    if cell.verdict or runs is None:
        return cell.cause
    failed = runs.failure if _fails_as_well(runs) else None
    if failed is None:
        return runs.cause
    python = parse_identifier(cell.identifier).python or None
    return diagnose(failed, example, cell.inputs.dependency, python=python)


def _fails_as_well(runs: Example) -> bool:
    """Tell whether an example without a baseline does not even run: that is what changed here."""
    return runs.verdict is Verdict.NO_BASELINE and runs.failure is not None


def _signature(cause: Cause | None) -> tuple[str, ...]:
    return failure_groups.signature(cause) if cause else ()


def _title(change: Change) -> str:
    if change.cause is None:
        return "it prints something else"
    if change.new is Verdict.NO_BASELINE:
        # It is the baseline that failed, not this cell.
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
    changes: Sequence[Change], both: Mapping[str, _Pair], unchanged_cells: Sequence[_Pair]
) -> list[Suspect]:
    """Return the packages that moved in the cells concerned, the likeliest first."""
    concerned = sorted({change.identifier for change in changes})
    moved = _moved(both[identifier] for identifier in concerned)
    elsewhere = Counter(package for pair in unchanged_cells for package, _ in _moved_in(*pair))
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
            elsewhere=elsewhere[package] / len(unchanged_cells) if unchanged_cells else 0.0,
        )
        for package, versions in moved.items()
    ]
    return sorted(suspects, key=_likeliest_first)


def _likeliest_first(suspect: Suspect) -> tuple[object, ...]:
    return (
        not suspect.named,
        not suspect.seen,
        -suspect.cells,
        suspect.elsewhere,
        not suspect.major,
        suspect.package,
    )


def _moved_in(before: CellResult, after: CellResult) -> Iterator[tuple[str, _Versions]]:
    """Yield the packages of a cell whose versions changed, with the old version and the new one."""
    old, new = freeze_of(before), freeze_of(after)
    for package in sorted({*old, *new}):
        if old.get(package) != new.get(package):
            yield package, (old.get(package), new.get(package))


def _moved(pairs: Iterable[_Pair]) -> dict[str, list[_Versions]]:
    """Return the packages whose versions changed, with both versions in each such cell."""
    moved: dict[str, list[_Versions]] = {}
    for pair in pairs:
        for package, versions in _moved_in(*pair):
            moved.setdefault(package, []).append(versions)
    return moved


def _package_changes(pairs: Iterable[_Pair]) -> list[PackageChange]:
    """Return the packages whose versions changed, that of most cells first."""
    moved = _moved(pair for pair in pairs if all(cell.freeze for cell in pair))
    found = [
        PackageChange(
            package=package, cells=len(versions), old=versions[-1][0], new=versions[-1][1]
        )
        for package, versions in moved.items()
    ]
    return sorted(found, key=lambda change: (-change.cells, change.package))


def _major(version: str | None) -> object:
    """Return the first number of a version; a text that is none counts as a whole."""
    try:
        return Version(version).release[0] if version else None
    except InvalidVersion:
        return version
