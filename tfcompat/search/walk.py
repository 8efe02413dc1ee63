"""The walk: which releases to try next where a search goes outward one by one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.ranges import Level, Outcome
from tfcompat.search.strategy import Probe, next_probes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.search.strategy import Search


def next_steps(search: Search) -> Iterator[Probe]:
    """Yield the releases to try next on a walk: outward from each baseline, one by one.

    A direction ends with the first release that has no environment, or with which the script does
    not run or gives another result. What could not be tried is stepped over.
    """
    waiting = {search.baselines[s] for s in search.baselines if not search.begun(s)}
    if waiting:
        yield from next_probes(search)
        return
    wanted: dict[int, list[str]] = {}
    for script in search.baselines:
        for release in _outward(search, script):
            wanted.setdefault(release, []).append(script)
    for release, scripts in sorted(wanted.items()):
        yield Probe(release=release, scripts=tuple(scripts))


def _outward(search: Search, script: str) -> Iterator[int]:
    tried = search.known[script]
    baseline = search.baselines[script]
    if not Level.RUNS.holds(tried[baseline]):
        return
    for direction in (1, -1):
        release = baseline + direction
        # A baseline that nothing can be compared with only says how far the script runs.
        while tried.get(release) in (Outcome.SAME, Outcome.UNKNOWN, tried[baseline]):
            release += direction
        if 0 <= release < search.releases and release not in tried:
            yield release
