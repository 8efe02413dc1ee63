"""The records of a report: campaigns, cells, examples, and what became of each example in a cell.

``build`` fills them. Every count is a ``tally`` of the same entries, so that no two can disagree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from packaging.version import InvalidVersion, Version

from tfcompat.judging import failure_groups
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfcompat.breaks.findings import Break
    from tfcompat.judging.campaign_diff import CampaignDiff
    from tfcompat.judging.failure_groups import FailureGroup
    from tfcompat.report.predicted import Predicted
    from tfcompat.report.sources import Excerpt, Sources
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Basis, Cause

SEARCHED = Path("frontier", "frontier.json")
"""Where a results folder keeps the findings of the last search for edges."""

PAGE = "index.html"
"""The file of the page in the folder of a report."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What one results folder holds: finished cells, and those that could not be tried.

    ``label`` is what the report calls it. ``searched``: a search for edges was made, which does
    not run what it can infer. ``predicted`` is what was predicted to break. ``sources`` are its
    scripts, where they may be read.
    """

    label: str
    campaign: Campaign
    cells: Mapping[str, CellResult]
    unknown: Mapping[str, CellResult]
    searched: bool = False
    predicted: Predicted = field(default_factory=dict)
    sources: Sources | None = None
    _others: dict[str, CellResult | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show, not even damage."""
        return not (self.cells or self.unknown or self.campaign.damaged)

    def baseline_run(self, identifier: str | None, example: str) -> Example | None:
        """Return the runs of an example's baseline; None where they are not stored.

        Its cell, which is named by its identifier, may still be unfinished.
        """
        # The name comes from a file of unknown origin.
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


@dataclass(frozen=True, kw_only=True)
class Column:
    """One cell of one campaign. ``key`` is unique in the report."""

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

    ``run`` is None where it never ran; ``baseline_run`` is what it was compared with, if stored.
    ``source`` has the lines of the script around the one at which it failed, where known.
    """

    example: str
    column: Column
    verdict: Verdict
    basis: Basis | None = None
    cause: Cause | None = None
    baseline: str | None = None
    run: Example | None = None
    baseline_run: Example | None = None
    source: Excerpt | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether this is what the example's other runs are compared with."""
        return self.run is not None and self.baseline == self.column.cell.identifier

    @property
    def alone(self) -> bool:
        """Whether it differs by a single run of each side, which may be noise."""
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
    """Examples by cells; ``entries`` are by the path of the example and the key of the column.

    An example that was not to run in a cell has no entry there. Where one can be inferred,
    ``inferred`` has its sign (see ``inference``) under the same key. ``damaged`` has a line for
    each file that could not be read. ``predicted`` is what was predicted to break, likewise.
    ``comparison`` is of two campaigns, the older one first.
    """

    dependency: str
    campaigns: tuple[str, ...]
    families: tuple[Family, ...]
    columns: tuple[Column, ...]
    entries: Mapping[tuple[str, str], Entry]
    damaged: tuple[str, ...] = ()
    inferred: Mapping[tuple[str, str], str] = field(default_factory=dict)
    predicted: Mapping[tuple[str, str], Sequence[Break]] = field(default_factory=dict)
    comparison: CampaignDiff | None = None

    def entry(self, example: str, column: Column) -> Entry | None:
        """Return what became of an example in a cell, or None."""
        return self.entries.get((example, column.key))

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


def version_key(text: str) -> tuple[bool, Version, str]:
    """Return a key that sorts versions; a text that is no version comes before all of them."""
    try:
        return True, Version(text), text
    except InvalidVersion:
        return False, Version("0"), text
