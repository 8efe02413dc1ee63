"""How many environments does the search for edges build? Replayed over made-up truth tables.

    python benchmarks/frontier.py [TABLES | FRONTIER.JSON]

For tables of each kind (default: 600 in all), the mean number of environments: of a walk outward
from each baseline; of the union of a bisection for each script (its baseline, both ends, and then
halves); of the search; and the least that can show every edge: the baselines, and both neighbours
of each distinct edge. ``excess`` is beyond that. A walk stops where a result differs, so it may
build less and tell less; an island is no edge for who never sees it, so there "the least" is more
than any search takes. ``rounds`` are how often the search asks, with one release each time or with
two that are tried side by side. Every table is checked: for contiguous ranges all that is inferred
is true. Of what a real search stored (`results/frontier/frontier.json`), the one table is what ran,
with the rest as it was inferred.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from packaging.version import Version
from rich.console import Console
from rich.table import Table

from tfcompat.judging.ranges import Level, Outcome
from tfcompat.search.strategy import (
    Known,
    Probe,
    Search,
    chances_of,
    inferred,
    next_probes,
    spot_checks,
)
from tfcompat.search.walk import next_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Steps: TypeAlias = "Callable[[Search], Iterator[Probe]]"

KINDS = ("contiguous", "unbuildable gaps", "no-wheel gaps", "unknowns", "islands")
TABLES = 600
# As in the study: scripts of a family share their baseline, and most break with few releases.
RELEASES = (20, 39, 105)
SCRIPTS = (1, 5, 20, 69)


@dataclass(frozen=True)
class Truth:
    """What every script does with every release; ``pruned`` is known without trying."""

    versions: list[Version]
    rows: dict[str, list[Outcome]]
    baselines: dict[str, int]
    pruned: frozenset[int]

    @property
    def releases(self) -> int:
        """The number of releases."""
        return len(self.versions)

    def only(self, script: str) -> Truth:
        """Return the table of one script."""
        return replace(
            self, rows={script: self.rows[script]}, baselines={script: self.baselines[script]}
        )


def made_up(chance: random.Random, kind: str) -> Truth:
    """Return a table of a kind."""
    versions, scripts = _versions(chance, chance.choice(RELEASES)), chance.choice(SCRIPTS)
    releases = len(versions)
    breaking = _breaking(chance, versions)
    gaps: frozenset[int] = frozenset()
    if kind not in ("contiguous", "islands"):
        gaps = frozenset(chance.sample(range(releases), releases // 6))
    homes = chance.sample([r for r in range(releases) if r not in gaps], 3)
    gap = Outcome.UNKNOWN if kind == "unknowns" else Outcome.UNBUILDABLE
    rows, baselines = {}, {}
    for number in range(scripts):
        home = chance.choice(homes)
        low, high = _range(chance, breaking, home, 0, releases)
        low_same, high_same = _range(chance, breaking, home, low, high)
        row = [
            Outcome.SAME if low_same <= r < high_same
            else Outcome.DIFFERENT if low <= r < high
            else Outcome.FAILED
            for r in range(releases)
        ]  # fmt: skip
        if kind == "islands":
            for release in chance.sample(range(releases), releases // 12):
                row[release] = chance.choice([Outcome.SAME, Outcome.DIFFERENT, Outcome.FAILED])
            row[home] = Outcome.SAME
        rows[f"s{number}"] = [gap if r in gaps else outcome for r, outcome in enumerate(row)]
        baselines[f"s{number}"] = home
    return Truth(versions, rows, baselines, gaps if kind == "no-wheel gaps" else frozenset())


def _versions(chance: random.Random, releases: int) -> list[Version]:
    """Return releases of two major numbers, with one to five patches each minor one."""
    numbers = [
        f"{major}.{minor}.{patch}"
        for major in (1, 2)
        for minor in range(releases)
        for patch in range(chance.randint(1, 5))
    ]
    half = releases // 2
    second = next(place for place, number in enumerate(numbers) if number[0] == "2")
    return list(map(Version, numbers[:half] + numbers[second : second + releases - half]))


def _breaking(chance: random.Random, versions: list[Version]) -> list[int]:
    """Return two to eight releases that break scripts, nine of ten the first of a minor one."""
    minors = [r for r in range(1, len(versions)) if versions[r].micro == 0]
    patches = [r for r in range(1, len(versions)) if versions[r].micro != 0]
    pools = chance.choices((minors, patches), (9, 1), k=chance.randint(2, 8))
    return sorted({chance.choice(pool or minors) for pool in pools})


def stored(path: Path) -> Truth:
    """Return the table of a real search: what ran, and the rest as it was inferred."""
    content = json.loads(path.read_text(encoding="utf-8"))["scripts"]
    scripts = [script for script in content if script["works"]]
    versions = [Version(mark["release"]) for mark in scripts[0]["marks"]]
    return Truth(
        versions,
        {s["script"]: [_outcome(mark) for mark in s["marks"]] for s in scripts},
        {s["script"]: versions.index(Version(s["baseline"])) for s in scripts},
        frozenset(),
    )


def _outcome(mark: dict[str, Any]) -> Outcome:
    if mark["verdict"]:
        return Outcome(mark["verdict"])
    if mark["runs"] is None:
        return Outcome.UNKNOWN
    if mark["same"]:
        return Outcome.SAME
    return Outcome.DIFFERENT if mark["runs"] else Outcome.FAILED


def _range(
    chance: random.Random, breaking: list[int], home: int, least: int, most: int
) -> tuple[int, int]:
    below = [b for b in breaking if least <= b <= home]
    above = [b for b in breaking if home < b <= most]
    low = chance.choice(below) if below and chance.random() < 0.8 else least
    high = chance.choice(above) if above and chance.random() < 0.8 else most
    return low, high


def replay(truth: Truth, steps: Steps, checks: int = 0, *, jobs: int = 1) -> tuple[Search, int]:
    """Answer a search from the truth until it asks no more; return it, and in how many rounds.

    In each round it asks for at most ``jobs`` releases side by side.
    """
    known: Known = {
        s: {r: row[r] for r in truth.pruned if row[r].is_gap} for s, row in truth.rows.items()
    }
    search = Search(
        baselines=truth.baselines,
        releases=truth.releases,
        known=known,
        chances=chances_of(truth.versions),
    )
    rounds = 0
    while True:
        probes = list(islice(steps(search), jobs))
        if not probes:
            if not checks:
                return search, rounds
            probes, checks = spot_checks(search, checks), 0
        rounds += 1
        for release, script in ((one.release, script) for one in probes for script in one.scripts):
            if release in known[script]:
                msg = f"{script} was tried with release {release} before"
                raise AssertionError(msg)
            known[script][release] = truth.rows[script][release]


def bisect(search: Search) -> Iterator[Probe]:
    """Yield the next probe of a plain bisection of one script: both ends, then halves."""
    waiting = next(search.intervals(), None)
    if waiting is None:
        yield from next_probes(search)
        return
    last = search.releases - 1
    if waiting.low < 0 or waiting.high > last:
        release = waiting.open[0] if waiting.low < 0 else waiting.open[-1]
    else:
        release = waiting.open[len(waiting.open) // 2]
    yield Probe(release=release, scripts=(waiting.script,))


def built(truth: Truth, search: Search) -> set[int]:
    """Return the releases of which an environment was built."""
    tried = {r for known in search.known.values() for r in known}
    return {r for r in tried if not any(row[r].is_gap for row in truth.rows.values())}


def bound(truth: Truth) -> set[int]:
    """Return the releases without which some edge could not be shown."""
    needed = set(truth.baselines.values())
    for row in truth.rows.values():
        told = [(r, outcome) for r, outcome in enumerate(row) if not outcome.is_gap]
        for level in Level:
            for (low, old), (high, new) in pairwise(told):
                if level.holds(old) != level.holds(new):
                    needed |= {low, high}
            needed |= {r for r, outcome in (told[0], told[-1]) if level.holds(outcome)}
    return needed


def check(truth: Truth, search: Search, *, contiguous: bool) -> None:
    """Raise AssertionError where the search says what is not so."""
    for script, row in truth.rows.items():
        for level in Level if contiguous else ():
            for release, holds in inferred(search, script, level).items():
                if not row[release].is_gap and level.holds(row[release]) != holds:
                    msg = f"{script} with release {release}: {level} is not {holds}"
                    raise AssertionError(msg)


@dataclass(frozen=True)
class Counts:
    """The environments that each way of searching a table builds."""

    kind: str
    scripts: int
    walk: int
    bisections: int
    search: int
    two: int
    least: int
    rounds: int
    two_rounds: int


def measure(truth: Truth, kind: str) -> Counts:
    """Search a table in each way."""
    search, rounds = replay(truth, next_probes)
    two, two_rounds = replay(truth, next_probes, jobs=2)
    for done in (search, two):
        check(truth, done, contiguous=kind != "islands")
    alone = map(truth.only, truth.rows)
    return Counts(
        kind=kind,
        scripts=len(truth.rows),
        walk=len(built(truth, replay(truth, next_steps)[0])),
        bisections=len(set().union(*(built(one, replay(one, bisect)[0]) for one in alone))),
        search=len(built(truth, search)),
        two=len(built(truth, two)),
        least=len(bound(truth)),
        rounds=rounds,
        two_rounds=two_rounds,
    )


def main() -> None:
    """Print a row for each kind, and for each number of scripts."""
    argument = sys.argv[1] if len(sys.argv) > 1 else str(TABLES)
    if not argument.isdecimal():
        print(measure(stored(Path(argument)), "islands"))
        return
    kinds = [KINDS[number % len(KINDS)] for number in range(int(argument))]
    found = [measure(made_up(random.Random(n), kind), kind) for n, kind in enumerate(kinds)]
    contiguous = [counts for counts in found if counts.kind != "islands"]
    rows = {kind: [counts for counts in found if counts.kind == kind] for kind in KINDS}
    for number in SCRIPTS:
        label = f"{number} scripts, without islands"
        rows[label] = [counts for counts in contiguous if counts.scripts == number]
    rows["all without islands"] = contiguous
    shown = Table("tables", "number", "walk", "bisections", "search", "two at once", "least",
                  "rounds", "of two", "excess of bisections", "excess of search")  # fmt: skip
    for label, chosen in rows.items():
        names = ("walk", "bisections", "search", "two", "least", "rounds", "two_rounds")
        means = [statistics.mean(getattr(counts, name) for counts in chosen) for name in names]
        excess = (means[1] - means[4], means[2] - means[4])
        shown.add_row(label, str(len(chosen)), *(f"{mean:.1f}" for mean in (*means, *excess)))
    Console(width=130).print(shown)


if __name__ == "__main__":
    main()
