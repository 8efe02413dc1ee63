"""How likely chance alone keeps two samples of runs apart, and how many runs it takes to tell.

Pure. If nothing has changed, it is by chance that these runs are the baseline's and those the
observed ones: of n + m runs, each of the C(n + m, n) ways to divide them is as likely as any other
(a permutation test: Pitman 1937, https://doi.org/10.2307/2984124). So two samples of one number lie
wholly apart with a probability of 2 / C(n + m, n), whatever its distribution, as its n lowest or
its n highest values have to be the baseline's: the extreme of the rank test of Mann and Whitney
(1947, https://doi.org/10.1214/aoms/1177730491).

Of many places, some may lie apart by chance. How likely that is follows from the same divisions:
it is the share of those by which any place would lie apart (the permutation of the maximum:
Westfall and Young, Resampling-Based Multiple Testing, 1993). Places that rise and fall together
have their divisions in common, and count as one.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

ALPHA = 0.001
"""The largest probability with which chance may pass for a difference."""

REPEATS = 6
"""Runs a side that decide where nothing varies, unless a study sets another number."""

MOST_RUNS = 15
"""Runs a side after which there are no more: what is not certain then is noise."""


class Runs(NamedTuple):
    """A number of runs on each side."""

    baseline: int
    observed: int


class Division(NamedTuple):
    """A way to divide runs between two sides, as bit masks: all of them, and the baseline's."""

    runs: int
    baseline: int


def text_divisions(texts: Sequence[Hashable], baselines: int) -> Iterator[Division]:
    """Yield the divisions by which one side has one text alone, and the other never has it.

    ``texts`` are those of all runs, of which ``baselines`` belong to one side.
    """
    everyone = (1 << len(texts)) - 1
    groups: dict[Hashable, int] = {}
    for number, text in enumerate(texts):
        groups[text] = groups.get(text, 0) | 1 << number
    for group in groups.values():
        if group.bit_count() == baselines:
            yield Division(everyone, group)
        if group.bit_count() == len(texts) - baselines:
            yield Division(everyone, everyone ^ group)


def number_divisions(
    values: Sequence[tuple[float, int]], baselines: int, is_below: Callable[[float, float], bool]
) -> Iterator[Division]:
    """Yield the divisions by which all numbers of one side are below all those of the other.

    ``values`` are numbers, each with the bit of its run, of which ``baselines`` belong to one side.
    nan is neither below nor above: it is apart from all but itself.
    """
    # nan alone differs from itself.
    ordered = sorted(entry for entry in values if entry[0] == entry[0])
    everyone = sum(bit for _, bit in values)
    nans = everyone - sum(bit for _, bit in ordered)
    for own in {0, nans}:
        count = baselines - own.bit_count()
        if not 0 <= count <= len(ordered):
            continue
        for low in (count, len(ordered) - count):
            if 0 < low < len(ordered) and not is_below(ordered[low - 1][0], ordered[low][0]):
                continue
            lower = sum(bit for _, bit in ordered[:low])
            if low == count:
                yield Division(everyone, own | lower)
            if low == len(ordered) - count:
                yield Division(everyone, own | (everyone - nans - lower))


def is_certain(apart: Iterable[Runs], divisions: Iterable[Division]) -> bool:
    """Tell whether chance would keep any place apart with a probability of ALPHA at most.

    ``apart`` has the numbers of runs of each place that lies apart: where only some runs have a
    place, these are fewer than there are. ``divisions`` are all by which any place would lie apart.
    Each has the probability 1 / C(n + m, n); together they have at most the sum (Bonferroni).
    """
    most = max(int(ALPHA * comb(sum(runs), runs.baseline)) for runs in apart)
    distinct = set()
    for division in divisions:
        distinct.add(division)
        if len(distinct) > most:
            return False
    return True


def more_runs(have: Runs, repeats: int) -> Runs | None:
    """Return how many runs it takes to go on from those there are; None at the bound.

    First ``repeats`` on each side, then one more on the side that has fewer, or on both.
    """
    fewer = min(have)
    if fewer < repeats:
        return Runs(max(have.baseline, repeats), max(have.observed, repeats))
    if fewer >= MOST_RUNS:
        return None
    return Runs(max(have.baseline, fewer + 1), max(have.observed, fewer + 1))
