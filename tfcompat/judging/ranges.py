"""What follows from verdicts for a sequence of releases: ranges, edges, inferred answers. Pure.

Releases are numbers from old to new. Two questions are asked of an example with a release: does it
run, and does it give the same result? A gap, which is a release without an answer, neither ends a
range nor extends one.
"""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tfcompat.results.schema import CellResult


class Outcome(Enum):
    """What became of an example with a release."""

    SAME = "same"
    DIFFERENT = "different"
    FAILED = "failed"
    UNBUILDABLE = "unbuildable"
    UNKNOWN = "unknown"

    @property
    def is_gap(self) -> bool:
        """Whether nothing is learned of the example: there is no environment, or no answer."""
        return self in (Outcome.UNBUILDABLE, Outcome.UNKNOWN)


def outcome_of(result: CellResult, example: str) -> Outcome:
    """Return what became of an example, by its path, in a judged cell."""
    if result.verdict is Verdict.UNBUILDABLE:
        return Outcome.UNBUILDABLE
    runs = result.examples.get(example)
    if result.verdict is not None or runs is None:
        return Outcome.UNKNOWN
    if runs.verdict is Verdict.NO_BASELINE:
        # It cannot be compared, but how it ended is known.
        return Outcome.DIFFERENT if runs.failure is None else Outcome.FAILED
    return {
        Verdict.SAME: Outcome.SAME,
        Verdict.DIFFERENT: Outcome.DIFFERENT,
        Verdict.FAILED: Outcome.FAILED,
    }.get(runs.verdict, Outcome.UNKNOWN)


class Level(Enum):
    """The two questions."""

    RUNS = "runs"
    SAME = "same"

    def holds(self, outcome: Outcome) -> bool:
        """Tell whether an outcome answers the question with yes."""
        return outcome is Outcome.SAME or (self is Level.RUNS and outcome is Outcome.DIFFERENT)


def without_gaps(known: Mapping[int, Outcome]) -> dict[int, Outcome]:
    """Return the outcomes that answer something, in the order of releases."""
    return {release: known[release] for release in sorted(known) if not known[release].is_gap}


def answers(known: Mapping[int, Outcome], level: Level) -> dict[int, bool]:
    """Return the answers to one question, in the order of releases and without gaps."""
    return {release: level.holds(outcome) for release, outcome in without_gaps(known).items()}


def stretches(answers: Mapping[int, bool]) -> list[tuple[int, int]]:
    """Return the stretches of yes in some answers, which are in order: both ends of each."""
    found: list[tuple[int, int]] = []
    before = False
    for release, holds in answers.items():
        if holds and before:
            found[-1] = (found[-1][0], release)
        elif holds:
            found.append((release, release))
        before = holds
    return found


def ranges(known: Mapping[int, Outcome], level: Level) -> list[tuple[int, int]]:
    """Return the ranges in which the answer is yes, each as its oldest and newest known release."""
    return stretches(answers(known, level))


def edges(known: Mapping[int, Outcome], level: Level) -> Iterator[tuple[int, int]]:
    """Yield neighbours among the known releases that answer differently, the older one first."""
    found = answers(known, level)
    yield from ((low, high) for low, high in pairwise(found) if found[low] != found[high])


def open_ends(
    known: Mapping[int, Outcome], level: Level, releases: int
) -> Iterator[tuple[int, int]]:
    """Yield the ends of all ``releases`` at which the answer is yes as far as it is known.

    There may be an edge between the two numbers of each, of which one is beyond the list: -1, or
    the number of releases.
    """
    found = answers(known, level)
    if not found:
        return
    first, last = min(found), max(found)
    if found[first]:
        yield -1, first
    if found[last]:
        yield last, releases


def inferred(known: Mapping[int, Outcome], level: Level, releases: int) -> dict[int, bool]:
    """Return what is inferred of those of ``releases`` that are not known, gaps included.

    Between two equal answers the answer is the same; beyond the last one that is no, no. Anything
    else is not known, and left out.
    """
    answered = answers(known, level)
    if not answered:
        return {}
    found: dict[int, bool] = {}
    for low, high in pairwise(answered):
        if answered[low] == answered[high]:
            found |= dict.fromkeys(range(low + 1, high), answered[low])
    first, last = min(answered), max(answered)
    if not answered[first]:
        found |= dict.fromkeys(range(first), False)
    if not answered[last]:
        found |= dict.fromkeys(range(last + 1, releases), False)
    return {release: holds for release, holds in sorted(found.items()) if release not in known}
