"""What a report shows, built from stored campaigns and nothing else.

Every count of a report is a ``tally`` of the same entries, so that no two of them can disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from packaging.version import InvalidVersion, Version

from tfcompat.judging import failure_groups
from tfcompat.report import inference
from tfcompat.results.campaign import Campaign
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.judging.campaign_diff import CampaignDiff
    from tfcompat.judging.failure_groups import FailureGroup
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Basis, Cause


# What studies call the folder of all examples; caliper's own has tests.
_ALL_EXAMPLES = ("examples", "tests")

SEARCHED = Path("frontier", "frontier.json")
"""What the last search for edges found, in a results folder."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What one results folder holds: finished cells, and those that could not be tried.

    ``searched`` tells that a search for edges was made, which leaves out what it can infer.
    """

    label: str
    campaign: Campaign
    cells: Mapping[str, CellResult]
    unknown: Mapping[str, CellResult]
    searched: bool = False
    _others: dict[str, CellResult | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show, not even damage."""
        return not (self.cells or self.unknown or self.campaign.damaged)

    def baseline(self, identifier: str | None, example: str) -> Example | None:
        """Return the runs of an example's baseline; its cell may still be unfinished."""
        # The name stands in a file that anybody may have written.
        if identifier is None or Path(identifier).name != identifier:
            return None
        done = self.cells.get(identifier)
        if done is not None and example in done.examples:
            return done.examples[example]
        if identifier not in self._others:
            try:
                self._others[identifier] = self.campaign.known(identifier)
            except OSError:  # such as a name that is too long
                self._others[identifier] = None
        other = self._others[identifier]
        return other.examples.get(example) if other else None


def read(folder: Path) -> Stored:
    """Read one results folder; what is damaged is noted in its campaign, and left out."""
    campaign = Campaign(folder)
    return Stored(
        label=folder.resolve().name,
        campaign=campaign,
        cells=campaign.cells(),
        unknown=campaign.unknown(),
        searched=(folder / SEARCHED).exists(),
    )


@dataclass(frozen=True, kw_only=True)
class Column:
    """One cell of one campaign. ``key`` tells it from all others of the report."""

    key: str
    campaign: str
    release: str
    python: str
    cell: CellResult

    @property
    def dependency(self) -> str:
        """The name of the library."""
        return self.cell.inputs.dependency


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What became of one example in one cell.

    ``run`` is None where it never ran; ``baseline_run`` is what it was held against, if stored.
    """

    example: str
    column: Column
    verdict: Verdict
    basis: Basis | None = None
    cause: Cause | None = None
    baseline: str | None = None
    run: Example | None = None
    baseline_run: Example | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether this is what the example's other runs are held against."""
        return self.run is not None and self.baseline == self.column.cell.identifier

    @property
    def alone(self) -> bool:
        """Whether it is found different by one run of each side, which may as well be noise."""
        if self.verdict is not Verdict.DIFFERENT or self.run is None or self.baseline_run is None:
            return False
        return not (self.run.runs or self.baseline_run.runs)

    @property
    def seconds(self) -> float | None:
        """How long the first run took."""
        return self.run.seconds if self.run else None


@dataclass(frozen=True, kw_only=True)
class Family:
    """Examples written for one baseline release: a folder, and what is below it."""

    name: str
    examples: tuple[str, ...]


Failure: TypeAlias = "FailureGroup[Entry]"
"""All entries that are not the same for one reason."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Examples by cells. ``entries`` has none where an example was not asked for in a cell.

    ``searched`` are the campaigns in which what has no entry may be inferred; ``comparison`` is of
    two campaigns, the older one first.
    """

    dependency: str
    campaigns: tuple[str, ...]
    families: tuple[Family, ...]
    columns: tuple[Column, ...]
    entries: Mapping[tuple[str, str], Entry]
    damaged: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    comparison: CampaignDiff | None = None

    def entry(self, example: str, column: Column) -> Entry | None:
        """Return what became of an example in a cell, or None."""
        return self.entries.get((example, column.key))

    @cached_property
    def inferred(self) -> dict[tuple[str, str], str]:
        """The sign of what is inferred where there is no entry, by example and key of the cell."""
        return inference.signs(self)

    @cached_property
    def counts(self) -> dict[Verdict, int]:
        """How often each verdict was given."""
        return tally(self.entries.values())

    def counts_of(self, column: Column) -> dict[Verdict, int]:
        """How often each verdict was given in one cell."""
        return tally(self._by_column.get(column.key, ()))

    @cached_property
    def _by_column(self) -> dict[str, list[Entry]]:
        entries: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            entries.setdefault(entry.column.key, []).append(entry)
        return entries

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that is not the same, by reason; what concerns most entries comes first."""
        return failure_groups.group_failures(self.entries.values())


def tally(entries: Iterable[Entry]) -> dict[Verdict, int]:
    """Count entries by verdict, in the order of the enum and zeros included."""
    counts = Counter(entry.verdict for entry in entries)
    return {verdict: counts[verdict] for verdict in Verdict}


def build(campaigns: Sequence[Stored]) -> Report:
    """Return the report of some campaigns."""
    columns = {
        column.key: (stored, column)
        for stored in campaigns
        for column in _columns(stored, campaigns)
    }
    order = sorted(columns, key=lambda key: _column_order(columns[key][1]))
    named = {test for stored, column in columns.values() for test in _tests(stored, column)}
    entries = {
        (entry.example, key): entry for key in order for entry in _entries(*columns[key], named)
    }
    groups: dict[str, list[str]] = {}
    for example in sorted({example for example, _ in entries}, key=_natural):
        groups.setdefault(family_of(example), []).append(example)
    return Report(
        dependency=", ".join(sorted({column.dependency for _, column in columns.values()})),
        campaigns=tuple(stored.label for stored in campaigns),
        families=tuple(
            Family(name=name, examples=tuple(groups[name])) for name in sorted(groups, key=_natural)
        ),
        columns=tuple(columns[key][1] for key in order),
        entries=entries,
        searched=tuple(stored.label for stored in campaigns if stored.searched),
        damaged=tuple(line for stored in campaigns for line in stored.campaign.damaged),
    )


def _columns(stored: Stored, campaigns: Sequence[Stored]) -> Iterator[Column]:
    # What is finished stays a result, also where a later attempt could not be made.
    for identifier, cell in {**stored.unknown, **stored.cells}.items():
        release, python = names_of(cell)
        yield Column(
            key=f"{stored.label}/{identifier}" if len(campaigns) > 1 else identifier,
            campaign=stored.label,
            release=release,
            python=python,
            cell=cell,
        )


def names_of(cell: CellResult) -> tuple[str, str]:
    """Return the release and the Python of a cell."""
    if cell.environment is not None:
        return cell.environment.release, cell.environment.python
    return parse_identifier(cell.identifier)


def _tests(stored: Stored, column: Column) -> set[str]:
    """Return the examples that a cell was asked for."""
    cells = (column.cell, stored.unknown.get(column.cell.identifier))
    return {
        test
        for cell in cells
        if cell is not None
        for test in (*cell.examples, *(_listed(cell) if cell.verdict is not None else ()))
    }


def _listed(cell: CellResult) -> list[str]:
    return [line for line in cell.inputs.tests.splitlines() if line.strip()]


def _entries(stored: Stored, column: Column, named: set[str]) -> Iterator[Entry]:
    """Yield the entries of one column; an environment that was not made counts for each example."""
    cell = column.cell
    attempt = stored.unknown.get(cell.identifier)
    given = set(cell.examples)
    if cell.verdict is not None:
        given |= set(_listed(cell) or named)
    elif attempt is not None:
        given |= set(_listed(attempt))
    for test in sorted(given, key=_natural):
        run = cell.examples.get(test)
        if cell.verdict is not None:
            yield Entry(
                example=test, column=column, verdict=cell.verdict, cause=cell.cause, run=run
            )
        elif run is not None:
            yield Entry(
                example=test,
                column=column,
                verdict=run.verdict,
                basis=run.basis,
                cause=run.cause,
                baseline=run.baseline,
                run=run,
                baseline_run=stored.baseline(run.baseline, test),
            )
        elif attempt is not None:
            yield Entry(example=test, column=column, verdict=Verdict.UNKNOWN, cause=attempt.cause)


def family_of(example: str) -> str:
    """Return the family of an example: its folder up to the part below that of all examples."""
    folders = PurePosixPath(example).parts[:-1]
    depth = next((at + 2 for at, name in enumerate(folders) if name in _ALL_EXAMPLES), 1)
    return "/".join(folders[:depth]) or "."


def _column_order(column: Column) -> tuple[object, ...]:
    return *version_key(column.release), *version_key(column.python), column.campaign, column.key


def version_key(text: str) -> tuple[bool, Version, str]:
    """Return a key that sorts versions, with whatever is none before them."""
    try:
        return True, Version(text), text
    except InvalidVersion:
        return False, Version("0"), text


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``10_x`` after ``9_x``."""
    parts = re.findall(r"(\d{1,18})|(\D+)", text)
    return [(int(digits or -1), word) for digits, word in parts]
