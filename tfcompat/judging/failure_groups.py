"""Failures grouped by their reason, and since when a symbol that they miss is gone.

Pure. Which release took a symbol away is looked up among the cells of the campaign: the releases on
which an example that needs it failed without it, and those on which the same example ran through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from packaging.version import InvalidVersion, Version

from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import package_names, python_names
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tfcompat.results.schema import CellResult, Example

OTHER_RESULT = "it gives another result than its baseline"

# The kinds of which the release is looked up that took the symbol away, or brought it.
_OF_LIMITS = (
    CauseKind.TIMEOUT,
    CauseKind.OUT_OF_MEMORY,
    CauseKind.OUT_OF_DISK,
    CauseKind.CPU_INSTRUCTION,
)
_OF_SYMBOLS = (CauseKind.REMOVED_API, CauseKind.CHANGED_API)

# The kinds of another result of which something is known.
_OF_RESULTS = (
    CauseKind.LIBRARY,
    CauseKind.DEPENDENCY,
    CauseKind.DEFAULT,
    CauseKind.DISPLAY,
)


class Judged(Protocol):
    """What groups are made of: an example in a cell, with its verdict.

    ``alone``: it was found different by one run of each side, which may be noise.
    """

    @property
    def verdict(self) -> Verdict: ...  # noqa: D102 - above

    @property
    def cause(self) -> Cause | None: ...  # noqa: D102 - above

    @property
    def alone(self) -> bool: ...  # noqa: D102 - above


EntryT = TypeVar("EntryT", bound=Judged)


@dataclass(frozen=True, kw_only=True)
class FailureGroup(Generic[EntryT]):
    """All entries with one verdict for one reason; ``title`` says what happened."""

    verdict: Verdict
    title: str
    reason: str
    entries: tuple[EntryT, ...]


def group_failures(entries: Iterable[EntryT]) -> tuple[FailureGroup[EntryT], ...]:
    """Group what is not the same by verdict and reason; what concerns most entries comes first."""
    groups: dict[tuple[Verdict, tuple[str, ...]], list[EntryT]] = {}
    for entry in entries:
        if entry.verdict is not Verdict.SAME:
            key = (*(signature(entry.cause) if entry.cause else ()), str(entry.alone))
            groups.setdefault((entry.verdict, key), []).append(entry)
    found = [_group(verdict, tuple(members)) for (verdict, _), members in groups.items()]
    return tuple(sorted(found, key=lambda group: -len(group.entries)))


def _group(verdict: Verdict, entries: tuple[EntryT, ...]) -> FailureGroup[EntryT]:
    first = entries[0]
    once = " (one run of each: it may be noise)" if first.alone else ""
    if first.cause is None and verdict is Verdict.DIFFERENT:
        heading = reason = f"{OTHER_RESULT}{once}"
    elif first.cause is not None:
        heading = f"{title(first.cause)}{once}"
        reason = f"{first.cause.kind.value}: {heading}"
    else:
        heading = reason = "it has not been judged"
    return FailureGroup(verdict=verdict, title=heading, reason=reason, entries=entries)


@dataclass(frozen=True, kw_only=True)
class FailedExample:
    """One example, by its path, that failed in one cell, or could not be judged."""

    cell: str
    release: str
    example: str
    cause: Cause
    verdict: Verdict
    alone: bool = False


def failed_examples(
    cells: Iterable[CellResult], verdict: Verdict = Verdict.FAILED
) -> tuple[FailureGroup[FailedExample], ...]:
    """Group the failed examples of a campaign by reason; of equal groups the titles are sorted.

    With another ``verdict``, such as ``unknown``, those that have it.
    """
    groups = group_failures(_with_verdict(verdict, cells))
    return tuple(sorted(groups, key=lambda group: (-len(group.entries), group.title)))


def _with_verdict(verdict: Verdict, cells: Iterable[CellResult]) -> Iterator[FailedExample]:
    for cell in cells:
        for example, runs in cell.examples.items():
            if runs.verdict is verdict:
                exited = f"exit code {runs.retval}"
                said = exited if verdict is Verdict.FAILED else "it has not been judged"
                unnamed = Cause(kind=CauseKind.OTHER, message=said)
                yield FailedExample(
                    cell=cell.identifier,
                    release=cell.environment.release if cell.environment else "",
                    example=example,
                    cause=runs.cause or unnamed,
                    verdict=verdict,
                )


def summary(group: FailureGroup[FailedExample]) -> str:
    """Return in one line what happened, how many examples and releases it concerns, and one."""
    first = group.entries[0]
    return f"{group.title}: {extent(group.entries)} (such as {first.example} in {first.cell})"


def extent(failed: Iterable[FailedExample]) -> str:
    """Return how many examples and releases some failures concern."""
    failed = list(failed)
    examples, releases = {one.example for one in failed}, {one.release for one in failed}
    return f"{plural(len(examples), 'example')}, {plural(len(releases), 'release')}"


def signature(cause: Cause) -> tuple[str, ...]:
    """Return what causes with one reason have in common."""
    if cause.kind in _OF_SYMBOLS and cause.symbol:
        return cause.kind.value, cause.symbol, cause.gone_in or "", cause.added_in or ""
    if cause.kind in _OF_LIMITS:
        return (cause.kind.value,)
    if cause.kind is CauseKind.PYTHON and cause.symbol:
        return cause.kind.value, cause.symbol, cause.package or ""
    if cause.kind is CauseKind.UNEXPLAINED:
        return (cause.kind.value,)
    if cause.kind in _OF_RESULTS:
        fields = (cause.package, cause.symbol, cause.argument, cause.old, cause.new, cause.first_in)
        return cause.kind.value, *(field or "" for field in fields)
    return cause.kind.value, cause.package or "", normalised(cause.message)


_CHANGING = (
    (re.compile(r"0x[0-9a-fA-F]+"), "<address>"),
    (re.compile(r"(?:/[^\s/:'\"]+)+/(?=[^\s/:'\"]+)"), ""),
    (re.compile(r"(?<![A-Za-z])\d+(?:\.\d+)*"), "N"),
    (re.compile(r"(?<=[A-Za-z])_\d+\b"), "_N"),
)


def normalised(message: str) -> str:
    """Return a message without what changes from run to run: numbers, addresses, folders."""
    for pattern, replacement in _CHANGING:
        message = pattern.sub(replacement, message)
    return message


def title(cause: Cause) -> str:
    """Return what happened, as a heading."""
    detail = cause.message.partition(": ")[2] or cause.message
    if cause.kind is CauseKind.REMOVED_API and cause.symbol:
        history = _history(cause, "removed in", "is missing")
        return f"`{package_names.to_alias(cause.symbol)}` {history}"
    if cause.kind is CauseKind.CHANGED_API and cause.symbol:
        name = f"`{package_names.to_alias(cause.symbol.partition('(')[0])}`"
        return f"{name} {_history(cause, 'changed in', 'is called in another way')}: {detail}"
    if cause.kind is CauseKind.PYTHON:
        return _of_python(cause)
    if cause.kind in (*_OF_RESULTS, CauseKind.UNEXPLAINED):
        return _of_result(cause)
    if cause.package:
        return f"{cause.package}: {detail}"
    return cause.message


def _of_result(cause: Cause) -> str:
    if cause.kind is CauseKind.UNEXPLAINED:
        return OTHER_RESULT
    return f"{cause.message}{f' (from {cause.first_in} on)' if cause.first_in else ''}"


def _of_python(cause: Cause) -> str:
    """Return what Pythons lack, whichever of them the runs were on."""
    presence = python_names.presence(cause.symbol) if cause.symbol else None
    if presence is None:
        return cause.message
    user = f", and {cause.package} uses it" if cause.package else ""
    return f"`{cause.symbol}` {presence}{user}"


def _history(cause: Cause, gone: str, unknown: str) -> str:
    """Return since when a symbol is gone or there, or ``unknown`` where no release tells."""
    if cause.gone_in:
        return f"{gone} {cause.gone_in} (last seen in {cause.last_in})"
    if cause.added_in:
        what = "is not there yet" if cause.kind is CauseKind.REMOVED_API else "is not like this yet"
        return f"{what} (first seen in {cause.added_in})"
    return unknown


_Symbol = tuple[CauseKind, str]


class _Presence(NamedTuple):
    """The first and the last release that has a symbol, and the first after that without it."""

    first: Version
    last: Version
    gone_in: Version | None


def date_missing_symbols(cells: Mapping[str, CellResult]) -> dict[str, CellResult]:
    """Return the cells of a campaign with the releases between which each missing symbol went.

    Into the cause goes the last release that has the symbol and the first without it; of a symbol
    that is not there yet, the first release that is known to have it: an example that needs it runs
    there, or misses something in it. What is not known stays None, as of a symbol that no release
    of the campaign is known to have. Dates that the cells hold already are replaced.
    """
    presences = _presences(cells.values())
    dated = {}
    for identifier, cell in cells.items():
        release = _version(cell)
        examples = {
            example: _with_dates(runs, release, presences)
            for example, runs in cell.examples.items()
        }
        dated[identifier] = cell.model_copy(update={"examples": examples})
    return dated


def _presences(cells: Iterable[CellResult]) -> dict[_Symbol, _Presence]:
    """Return where each missing symbol is known to be, if anywhere."""
    without: dict[_Symbol, set[Version]] = {}
    users: dict[_Symbol, set[str]] = {}
    passed: dict[str, set[Version]] = {}
    containers: dict[str, set[Version]] = {}
    for release, example, runs in _examples(cells):
        cause = runs.cause
        if cause is not None and cause.kind in _OF_SYMBOLS and cause.symbol:
            without.setdefault((cause.kind, cause.symbol), set()).add(release)
            users.setdefault((cause.kind, cause.symbol), set()).add(example)
            for container in _containers(cause.symbol):
                containers.setdefault(container, set()).add(release)
        elif runs.failure is None:
            passed.setdefault(example, set()).add(release)
    presences = {}
    for symbol, examples in users.items():
        having = containers.get(symbol[1], set()).union(*(passed.get(e, set()) for e in examples))
        if having:
            last = max(having)
            gone_in = min((release for release in without[symbol] if release > last), default=None)
            presences[symbol] = _Presence(min(having), last, gone_in)
    return presences


def _containers(symbol: str) -> Iterator[str]:
    """Yield the modules and classes that a symbol is looked for in, outermost first."""
    parts = symbol.partition("(")[0].split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end])


def _examples(cells: Iterable[CellResult]) -> Iterator[tuple[Version, str, Example]]:
    for cell in cells:
        release = _version(cell)
        if release is not None:
            for example, runs in cell.examples.items():
                yield release, example, runs


def _version(cell: CellResult) -> Version | None:
    try:
        return Version(cell.environment.release) if cell.environment else None
    except InvalidVersion:
        return None


def _with_dates(
    runs: Example, release: Version | None, presences: Mapping[_Symbol, _Presence]
) -> Example:
    """Return an example's record with the dates of the symbol that it misses with a release."""
    cause = runs.cause
    if cause is None or cause.kind not in _OF_SYMBOLS or not cause.symbol or release is None:
        return runs
    presence = presences.get((cause.kind, cause.symbol))
    gone_in = last_in = added_in = None
    if presence and presence.gone_in and release > presence.last:
        gone_in, last_in = str(presence.gone_in), str(presence.last)
    elif presence and release < presence.first:
        added_in = str(presence.first)
    dated = replace(cause, gone_in=gone_in, last_in=last_in, added_in=added_in)
    return runs.model_copy(update={"cause": dated})
