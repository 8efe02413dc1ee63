"""The search for where scripts break: which release to try next, given what is known. Pure.

Releases are numbers from old to new, and each script has a baseline among them. Two questions are
asked of a release: does the script run with it, and does it give the same result? Between two
releases that are known to answer differently lies an edge, and the search narrows it until the two
are neighbours. What lies between equal answers is inferred, and never said to have run.

One environment serves all scripts, so the next release is the one that tells most about all of
them: the one with the largest sum of information gains, where an edge that other scripts have is
taken to be the likelier for one that is still open.
(https://en.wikipedia.org/wiki/Information_gain_(decision_tree))
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tfcompat.judging import ranges as answered
from tfcompat.judging.ranges import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version

# How much likelier an edge is where another script has one, against a place where none has.
_SHARED = 6.0

# How much likelier an edge is where one is predicted, against a place where none is.
_PREDICTED = 100.0

# How likely an edge is between two releases, by the first number in which they differ: those who
# number by https://semver.org mean to break scripts with the first, and at times do with others.
_NUMBERED = (2.0, 1.0, 0.1)

# So many releases beyond the last answer that cannot be built are taken for all beyond them.
_GAPS = 3

# So many on which this machine gave up, as for want of a network, likewise.
_GIVEN_UP = 2

# So many whose builds took long and came to nothing.
_MOST_SLOW = 2

# Less suspect than that, a release is as good as any other.
_SUSPECT = 0.25

# How likely nothing stops a script up to an end of the list, against that something does.
_OPEN_END = 1.0


Known = dict[str, dict[int, Outcome]]
"""What each script is known to do with each release that it was tried with."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An edge that is not settled: it lies between two releases, of which ``low`` is the older.

    ``open`` are the releases between them that can still be tried. At an end of the list (-1, or
    the number of releases) there may be no edge at all.
    """

    script: str
    level: Level
    low: int
    high: int
    open: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Search:
    """The scripts with their baselines, the number of releases, and what is known so far.

    ``chances`` are how likely an edge lies just above each release, and ``costs`` what a probe of
    it costs, both against others; all the same where they are not given. ``untriable`` are the
    releases that cannot be tried at all, which is known beforehand. ``predicted`` are the releases
    just above which an edge of a script is predicted, by scripts: a prediction decides what is
    tried first, and nothing else. ``slow`` are releases whose builds took long and came to nothing.
    ``suspicions`` are how likely each release is to be a hole (see `suspects`).
    """

    baselines: Mapping[str, int]
    releases: int
    known: Known
    chances: Sequence[float] = ()
    costs: Sequence[float] = ()
    untriable: frozenset[int] = frozenset()
    predicted: Mapping[str, frozenset[int]] = field(default_factory=dict)
    slow: frozenset[int] = frozenset()
    suspicions: Sequence[float] = ()

    def outcomes(self, script: str) -> dict[int, Outcome]:
        """Return what a script is known to do, in order of releases, without the gaps."""
        return answered.without_gaps(self.known.get(script, {}))

    def begun(self, script: str) -> bool:
        """Tell whether a script has been tried at its baseline."""
        return self.baselines[script] in self.known.get(script, {})

    def has_baseline(self, script: str) -> bool:
        """Tell whether a script is known to run at its baseline."""
        outcome = self.known.get(script, {}).get(self.baselines[script])
        return outcome in (Outcome.SAME, Outcome.DIFFERENT)

    def intervals(self) -> Iterator[Interval]:
        """Yield every edge that further probes can narrow."""
        for script in self.baselines:
            if not self.has_baseline(script):
                # Not tried yet, or it does not run where it should: there is nothing to narrow.
                continue
            tried = self.known[script]
            for level in Level:
                ends = answered.open_ends(tried, level, self.releases)
                for low, high in (*answered.edges(tried, level), *ends):
                    between = tuple(r for r in range(low + 1, high) if r not in tried)
                    if low < 0 or high == self.releases:
                        between = self._worth_trying(script, low, high, between)
                    if between:
                        yield Interval(script=script, level=level, low=low, high=high, open=between)

    def _worth_trying(
        self, script: str, low: int, high: int, between: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return which releases beyond the last answer of a script are worth a try.

        Old releases often cannot be built, dozens in a row. After a few of these, releases nearer
        to the last answer are tried, by halves, and then the next ones beyond it. Where this
        machine gave up on some, only the very next one is tried. So it is where a build took long
        and came to nothing, or a few did and only such are left, unless the last answer is one of a
        release that was built: then builds may succeed, and a few are tried, by halves. Of releases
        that need no build, the nearer half is tried first.
        """
        tried = self.known[script]
        gaps = [r for r in range(low + 1, high) if r in tried and r not in self.untriable]
        slow_ones = [r for r in gaps if r in self.slow]
        slow = len(slow_ones)
        if slow and all(map(self.was_built, slow_ones)):
            wheels = [r for r in between if not self.was_built(r)]
            half = (len(wheels) + 1) // 2
            if half:
                return tuple(wheels[-half:] if low < 0 else wheels[:half])
        given_up = sum(tried[r] is Outcome.UNKNOWN for r in gaps) >= _GIVEN_UP
        if slow >= _MOST_SLOW:
            return ()
        was_built = self.was_built(high if low < 0 else low)
        in_vain = len(gaps) >= _GAPS and all(map(self.was_built, (*gaps, *between)))
        if given_up or ((slow or in_vain) and not was_built):
            nearest = high - 1 if low < 0 else low + 1
            return tuple(release for release in between if release == nearest)
        if len(gaps) < _GAPS and not slow:
            return between
        if low < 0:
            nearer = tuple(release for release in between if release > max(gaps))
            halfway, next_ones = nearer[len(nearer) // 2 :], range(high - _GAPS, high)
        else:
            nearer = tuple(release for release in between if release < min(gaps))
            halfway, next_ones = nearer[: len(nearer) // 2 + 1], range(low + 1, low + 1 + _GAPS)
        return halfway or tuple(release for release in between if release in next_ones)

    def was_built(self, release: int) -> bool:
        """Tell whether a release costs more than others: it is built from source, they are not."""
        return bool(self.costs) and self.costs[release] > min(self.costs)

    def settled_edges(self) -> Counter[int]:
        """Return how many edges of scripts lie just above each release."""
        found: Counter[int] = Counter()
        for script in self.baselines:
            tried = self.known.get(script, {})
            found.update(
                {
                    low
                    for level in Level
                    for low, high in answered.edges(tried, level)
                    if all(r in tried for r in range(low + 1, high))
                }
            )
        return found


def chances_of(releases: Sequence[Version]) -> list[float]:
    """Return how likely an edge lies just above each of some releases, oldest first.

    By their numbers: between two major releases more than between two minor ones, and there more
    than between two patches.
    """
    found = []
    for old, new in pairwise(releases):
        parts = zip(_NUMBERED[:2], old.release, new.release, strict=False)
        found.append(next((weight for weight, a, b in parts if a != b), _NUMBERED[-1]))
    return [*found, _NUMBERED[-1]]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A release to try next, and the scripts to try with it."""

    release: int
    scripts: tuple[str, ...]


def next_probes(search: Search) -> Iterator[Probe]:
    """Yield releases to try next, side by side: the best one first, none when all is settled.

    Baselines come before all others. Of equals it is the oldest, so that the order never varies.
    Each narrows edges that those before it leave alone, so that no answer makes another one of them
    needless: of one script, one edge above its baseline and one below.
    """
    waiting = {search.baselines[s] for s in search.baselines if not search.begun(s)}
    if waiting:
        for release in sorted(waiting):
            scripts = (s for s in search.baselines if search.baselines[s] == release)
            yield Probe(release=release, scripts=tuple(s for s in scripts if not search.begun(s)))
        return
    every = intervals = list(search.intervals())
    while intervals:
        release = _most_telling(search, intervals)
        yield Probe(release=release, scripts=_scripts(every, release))
        intervals = [one for one in intervals if not one.low < release < one.high]


def _most_telling(search: Search, intervals: Iterable[Interval]) -> int:
    """Return the release whose probe is expected to tell most, for what it costs."""
    shared = search.settled_edges()
    chances = search.chances or [1.0] * search.releases
    gains: defaultdict[int, float] = defaultdict(float)
    for interval in intervals:
        predicted = search.predicted.get(interval.script)
        for release, gain in _gains(interval, chances, shared, predicted):
            gains[release] += gain
    costs = search.costs or [1.0] * search.releases
    return max(sorted(gains), key=lambda r: round(gains[r] / costs[r], 9))


def _scripts(intervals: Iterable[Interval], release: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i.script for i in intervals if release in i.open))


def _gains(
    interval: Interval,
    chances: Sequence[float],
    shared: Mapping[int, int],
    predicted: frozenset[int] | None,
) -> Iterator[tuple[int, float]]:
    """Yield what a probe of each open release is expected to tell, in bits."""
    # The edge lies between two neighbours of these: those between them have no answer.
    places = list(pairwise([interval.low, *interval.open, interval.high]))
    weights = [
        max(chances[max(low, 0) : high], default=1.0) * (1.0 + _SHARED * shared.get(low, 0))
        for low, high in places
    ]
    boosts = [_boost(low, high, predicted) for low, high in places]
    end = 0 if interval.low < 0 else -1 if interval.high == len(chances) else None
    if end is not None:
        weights[end] = _OPEN_END * (sum(weights) - weights[end])
        boosts[end] = 1.0
        if predicted is not None and max(boosts) == 1.0:
            boosts[end] = _PREDICTED  # nothing is predicted to stop it up to there
    weights = [weight * boost for weight, boost in zip(weights, boosts, strict=True)]
    whole = sum(weights)
    below = 0.0
    for weight, release in zip(weights, interval.open, strict=False):
        below += weight
        share = below / whole
        yield release, -share * math.log2(share) - (1 - share) * math.log2(1 - share)


def _boost(low: int, high: int, predicted: frozenset[int] | None) -> float:
    """Return how much likelier an edge is between two releases for what is predicted."""
    found = predicted is not None and any(r in predicted for r in range(max(low, 0), high))
    return _PREDICTED if found else 1.0


def next_sought(
    tried: Mapping[int, Outcome], releases: int, level: Level = Level.RUNS
) -> int | None:
    """Return the release to try next to find the newest one with which a script runs.

    With another ``level`` it is the newest one with which that holds.

    None when it is found, or when every release was tried. From the newest one back in steps that
    double, then halfway into the longest stretch that was not tried yet; once one runs, by halves
    up to the nearest newer one that does not.
    """
    running = [r for r, outcome in tried.items() if level.holds(outcome)]
    if running:
        low = max(running)
        high = min((r for r, o in tried.items() if r > low and not o.is_gap), default=releases)
        untried = [r for r in range(low + 1, high) if r not in tried]
        return untried[len(untried) // 2] if untried else None
    step = 1
    while step <= releases:
        # Where a release has no answer, the next older one serves, short of the next step.
        for release in range(releases - step, max(releases - 2 * step, -1), -1):
            if release not in tried:
                return release
            if not tried[release].is_gap:
                break
        step *= 2
    fences = sorted([-1, *tried, releases])
    low, high = max(pairwise(fences), key=lambda pair: pair[1] - pair[0])
    return (low + high) // 2 if high - low > 1 else None


def next_joint(search: Search) -> Probe | None:
    """Return what to try next to find the newest release that gives every script the same result.

    That is where each was seen to, or is inferred to: it is tried with those that were not. None
    when it is found, or when there is none.
    """
    claims = {script: inferred(search, script, Level.SAME) for script in search.baselines}
    for release in reversed(range(search.releases)):
        untried = tuple(s for s, claimed in claims.items() if claimed.get(release))
        seen = (search.known[s].get(release) is Outcome.SAME for s in claims if s not in untried)
        if all(seen):
            return Probe(release=release, scripts=untried) if untried else None
    return None


def spot_checks(search: Search, number: int, suspects: int = 0) -> list[Probe]:
    """Return probes that check what is inferred: ``number`` inside ranges, as many beyond edges.

    Each is the release with the most scripts for which it is inferred; of equals the one that is
    farthest from what was tried already. After these come as many ``suspects`` inside ranges: those
    that are likeliest to be a hole. Where releases have wheels, none is built for that.
    """
    chosen: list[Probe] = []
    for inside in (True, False):
        for _ in range(number):
            claims = _claims(search, chosen, inside=inside)
            if not claims:
                break
            tried = {r for known in search.known.values() for r in known}
            tried.update(probe.release for probe in chosen)
            release = max(
                sorted(claims),
                key=lambda r: (len(claims[r]), min((abs(r - t) for t in tried), default=0)),
            )
            chosen.append(Probe(release=release, scripts=claims[release]))
    for _ in range(suspects if search.suspicions else 0):
        claims = _claims(search, chosen, inside=True)
        release = max(sorted(claims), key=lambda r: search.suspicions[r], default=-1)
        if release < 0 or search.suspicions[release] < _SUSPECT:
            break
        chosen.append(Probe(release=release, scripts=claims[release]))
    return chosen


def _claims(search: Search, chosen: Sequence[Probe], *, inside: bool) -> dict[int, tuple[str, ...]]:
    """Return the releases of which it is inferred that scripts run, or do not, and these scripts.

    Without those that are ``chosen`` already, and without those that have to be built.
    """
    taken = {probe.release for probe in chosen}
    claims: dict[int, tuple[str, ...]] = {}
    for script in search.baselines:
        for release, holds in inferred(search, script, Level.RUNS).items():
            if holds is inside and release not in taken and not search.was_built(release):
                claims[release] = (*claims.get(release, ()), script)
    return claims


def inferred(search: Search, script: str, level: Level) -> dict[int, bool]:
    """Return what is inferred of releases that a script was not tried with."""
    return answered.inferred(search.known.get(script, {}), level, search.releases)


def ranges(search: Search, script: str, level: Level) -> list[tuple[int, int]]:
    """Return the ranges in which an answer is yes, each as its oldest and newest known release.

    The one around the baseline comes first; all others are islands.
    """
    baseline = search.baselines[script]
    found = answered.ranges(search.known.get(script, {}), level)
    return sorted(found, key=lambda ends: not ends[0] <= baseline <= ends[1])
