"""Failures that have one reason, told once: since when a symbol is gone, and who it concerns. Pure.

Which release took a symbol away is looked up among the cells of the campaign: the releases on which
an example that needs it failed without it, and those on which the same example ran through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from packaging.version import InvalidVersion, Version

from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import package_names
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tfcompat.results.schema import CellResult, Example

_DATED = (CauseKind.REMOVED_API, CauseKind.CHANGED_API)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One example that failed in one cell."""

    cell: str
    release: str
    test: str
    cause: Cause
    example: Example


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """All failures with one reason."""

    title: str
    cases: tuple[Case, ...]

    def __str__(self) -> str:
        """Return the title, the numbers of examples and releases, and one of the cases."""
        first = self.cases[0]
        return f"{self.title}: {extent(self.cases)} (such as {first.test} in {first.cell})"


def extent(cases: Iterable[Case]) -> str:
    """Return how many examples and releases some cases concern."""
    cases = list(cases)
    examples, releases = {case.test for case in cases}, {case.release for case in cases}
    return f"{plural(len(examples), 'example')}, {plural(len(releases), 'release')}"


def clusters(cells: Iterable[CellResult]) -> tuple[Cluster, ...]:
    """Group the failures of a campaign by their reason; what concerns most comes first."""
    groups: dict[tuple[str, ...], list[Case]] = {}
    for case in _failed(cells):
        groups.setdefault(signature(case.cause), []).append(case)
    found = [Cluster(title=title(cases[0].cause), cases=tuple(cases)) for cases in groups.values()]
    return tuple(sorted(found, key=lambda cluster: (-len(cluster.cases), cluster.title)))


def _failed(cells: Iterable[CellResult]) -> Iterator[Case]:
    for cell in cells:
        for test, example in cell.examples.items():
            if example.verdict is Verdict.FAILED:
                unnamed = Cause(kind=CauseKind.OTHER, message=f"exit code {example.retval}")
                yield Case(
                    cell=cell.identifier,
                    release=cell.environment.release if cell.environment else "",
                    test=test,
                    cause=example.cause or unnamed,
                    example=example,
                )


def signature(cause: Cause) -> tuple[str, ...]:
    """Return what causes with one reason have in common."""
    if cause.kind in _DATED and cause.symbol:
        return cause.kind.value, cause.symbol, cause.gone_in or "", cause.added_in or ""
    if cause.kind in (CauseKind.TIMEOUT, CauseKind.OUT_OF_MEMORY, CauseKind.CPU_INSTRUCTION):
        return (cause.kind.value,)
    return cause.kind.value, cause.package or "", normalised(cause.message)


_CHANGING = (
    (re.compile(r"0x[0-9a-fA-F]+"), "<address>"),
    (re.compile(r"(?:/[^\s/:'\"]+)+/(?=[^\s/:'\"]+)"), ""),
    (re.compile(r"(?<![A-Za-z])\d+(?:\.\d+)*"), "N"),
    (re.compile(r"(?<=[A-Za-z])_\d+\b"), "_N"),
)


def normalised(message: str) -> str:
    """Return a message without what changes from run to run: numbers, addresses, folders."""
    for pattern, stands in _CHANGING:
        message = pattern.sub(stands, message)
    return message


def title(cause: Cause) -> str:
    """Return what happened as a person would head it."""
    said = cause.message.partition(": ")[2] or cause.message
    if cause.kind is CauseKind.REMOVED_API and cause.symbol:
        return f"`{package_names.to_alias(cause.symbol)}` {_history(cause, 'removed in', 'is missing')}"
    if cause.kind is CauseKind.CHANGED_API and cause.symbol:
        name = f"`{package_names.to_alias(cause.symbol.partition('(')[0])}`"
        return f"{name} {_history(cause, 'changed in', 'is called in another way')}: {said}"
    if cause.package:
        return f"{cause.package}: {said}"
    return cause.message


def _history(cause: Cause, gone: str, missing: str) -> str:
    if cause.gone_in:
        return f"{gone} {cause.gone_in} (last seen in {cause.last_in})"
    if cause.added_in:
        what = "is not there yet" if cause.kind is CauseKind.REMOVED_API else "is not like this yet"
        return f"{what} (first seen in {cause.added_in})"
    return missing


def dated(cells: Mapping[str, CellResult]) -> dict[str, CellResult]:
    """Return the cells with each missing symbol's last release and the first without it.

    Of one that is missing only because it is not there yet, the first release that is known to have
    it: an example that needs it runs there, or misses something in it. What is not known stays
    None: a symbol that no release of the campaign is known to have.
    """
    missing: dict[tuple[CauseKind, str], set[Version]] = {}
    users: dict[tuple[CauseKind, str], set[str]] = {}
    passed: dict[str, set[Version]] = {}
    holders: dict[str, set[Version]] = {}
    for release, test, example in _runs(cells.values()):
        cause = example.cause
        if cause is not None and cause.kind in _DATED and cause.symbol:
            missing.setdefault((cause.kind, cause.symbol), set()).add(release)
            users.setdefault((cause.kind, cause.symbol), set()).add(test)
            for holder in _holders(cause.symbol):
                holders.setdefault(holder, set()).add(release)
        elif example.failure is None:
            passed.setdefault(test, set()).add(release)
    spans = {
        (kind, symbol): _span(
            holders.get(symbol, set()).union(*(passed.get(test, set()) for test in tests)),
            missing[kind, symbol],
        )
        for (kind, symbol), tests in users.items()
    }

    def date(cell: CellResult) -> CellResult:
        release = _version(cell)
        return cell.model_copy(
            update={
                "examples": {
                    test: _date(example, release, spans) for test, example in cell.examples.items()
                }
            }
        )

    return {identifier: date(cell) for identifier, cell in cells.items()}


def _holders(symbol: str) -> Iterator[str]:
    """Yield the modules and classes that a symbol is looked for in, outermost first."""
    parts = symbol.partition("(")[0].split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end])


def _runs(cells: Iterable[CellResult]) -> Iterator[tuple[Version, str, Example]]:
    for cell in cells:
        release = _version(cell)
        if release is not None:
            for test, example in cell.examples.items():
                yield release, test, example


def _version(cell: CellResult) -> Version | None:
    try:
        return Version(cell.environment.release) if cell.environment else None
    except InvalidVersion:
        return None


class _Span(NamedTuple):
    """The first and the last release that has a symbol, and the first after that without it."""

    first: Version
    last: Version
    gone_in: Version | None


def _span(have: set[Version], lack: set[Version]) -> _Span | None:
    if not have:
        return None
    last = max(have)
    return _Span(min(have), last, min((v for v in lack if v > last), default=None))


def _date(
    example: Example,
    release: Version | None,
    spans: Mapping[tuple[CauseKind, str], _Span | None],
) -> Example:
    cause = example.cause
    if cause is None or cause.kind not in _DATED or not cause.symbol or release is None:
        return example
    span = spans.get((cause.kind, cause.symbol))
    gone_in = last_in = added_in = None
    if span and span.gone_in and release > span.last:
        gone_in, last_in = str(span.gone_in), str(span.last)
    elif span and release < span.first:
        added_in = str(span.first)
    dated_cause = replace(cause, gone_in=gone_in, last_in=last_in, added_in=added_in)
    return example.model_copy(update={"cause": dated_cause})
