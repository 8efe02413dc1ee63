"""One example over the releases: from which one to which its verdict, cause or output changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.judging.failure_groups import signature, title
from tfcompat.judging.output.compare import compare_outputs
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.normalize import Versions
from tfcompat.judging.output.sides import Side, read_both
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.search import reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.report.model import Column, Entry, Report
    from tfcompat.results.schema import Example
    from tfcompat.results.verdicts import Cause

_LONGEST = 300  # letters of what is said of a change
# Letters of the outputs that are compared anew, of two runs and of a whole report: 5 s at most.
_MOST_OF_A_PAIR, _MOST = 400_000, 10_000_000
# Runs of each side without which no difference between them is told from noise.
_FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class Step:
    """What changed for an example from one column to the next of its campaign that was tried.

    ``changes`` are of ``verdict``, ``cause`` and ``output``, each with what became of it.
    """

    before: Column
    after: Column
    changes: tuple[tuple[str, str], ...]


class Histories:
    """The changes of the examples of a report.

    The outputs of two runs that both differ from the baseline are compared with each other, as
    long as there are not too many of them.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._left = _MOST

    def steps(self, example: str) -> list[Step]:
        """Return where anything changed for an example, in the order of the columns.

        What could not be tried is passed over: it tells nothing of its release.
        """
        found = []
        last: dict[str, Entry] = {}
        for column in self._report.columns:
            entry = self._report.entry(example, column)
            if entry is None or entry.verdict is Verdict.UNKNOWN:
                continue
            before = last.get(column.campaign)
            last[column.campaign] = entry
            changes = tuple(self._changes(before, entry)) if before else ()
            if before and changes:
                found.append(Step(before=before.column, after=column, changes=changes))
        return found

    def _changes(self, before: Entry, after: Entry) -> Iterator[tuple[str, str]]:
        """Yield what is another from one entry to the next, with what it is now."""
        old, new = _cause(before), _cause(after)
        if before.verdict is not after.verdict:
            yield "verdict", f"{before.verdict.value} → {after.verdict.value}"
            if new is not None:
                yield "cause", _cut(title(new))
        elif old is not None and new is not None and signature(old) != signature(new):
            yield "cause", _cut(title(new))
        printed = self._printed(before, after)
        if printed:
            yield "output", _cut(printed)

    def _printed(self, before: Entry, after: Entry) -> str:
        """Return where the output is another one, beyond noise and tolerance, if it is.

        Of what is different now and was not before, it is where that differs from the baseline.
        """
        one, other = _passed(before), _passed(after)
        if other is None or after.verdict is Verdict.SAME:
            return ""
        if after.verdict is Verdict.DIFFERENT and before.verdict is not Verdict.DIFFERENT:
            return reasons.difference(other.first_difference)
        if one is None or one.output == other.output:
            return ""
        runs = 1 + min(len(one.runs), len(other.runs))
        letters = sum(map(len, one.output)) + sum(map(len, other.output))
        if runs < _FEWEST or letters > min(_MOST_OF_A_PAIR, self._left):
            return ""
        self._left -= letters
        return _between(before, after, runs)


def _between(before: Entry, after: Entry, runs: int) -> str:
    """Return where the outputs of two entries differ that have at least so many runs."""
    sides = reasons.Compared(masks=load_masks(), baseline=_side(before), observed=_side(after))
    transcripts = read_both(sides.masks, sides.baseline, sides.observed)
    found = compare_outputs(*transcripts, Tolerance(), repeats=runs)
    return reasons.difference(found.first_difference, sides) if found.wanted is None else ""


def _side(entry: Entry) -> Side:
    versions = Versions.of(entry.column.python, freeze_of(entry.column.cell))
    return Side(runs=entry.run.all_runs if entry.run else [], versions=versions)


def _passed(entry: Entry) -> Example | None:
    """Return the runs of an entry that ended with exit 0 each time, if any."""
    return entry.run if entry.run and entry.run.failure is None else None


def _cause(entry: Entry) -> Cause | None:
    """Return the cause of an entry, unless it is that nobody looked for one."""
    cause = entry.cause
    return None if cause is None or cause.kind is CauseKind.UNEXPLAINED else cause


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
