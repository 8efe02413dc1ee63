"""The search replayed over truth tables: exact where ranges are contiguous, modest elsewhere."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tfcompat.judging.ranges import Level, Outcome
from tfcompat.search.strategy import (
    Known,
    Probe,
    Search,
    chances_of,
    inferred,
    next_joint,
    next_probes,
    next_sought,
    ranges,
    spot_checks,
)
from tfcompat.search.walk import next_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

S, D, F, G = Outcome.SAME, Outcome.DIFFERENT, Outcome.FAILED, Outcome.UNBUILDABLE
LETTERS = {"S": S, "D": D, "F": F, "-": G, "?": Outcome.UNKNOWN}
Truth = dict[str, list[Outcome]]
Next = "Callable[[Search], Probe | None]"


def table(**rows: str) -> Truth:
    return {script: [LETTERS[letter] for letter in row] for script, row in rows.items()}


def search(truth: Truth, baselines: dict[str, int], known: Known | None = None) -> Search:
    releases = len(next(iter(truth.values())))
    return Search(baselines=baselines, releases=releases, known=known or {})


def replay(
    truth: Truth,
    baselines: dict[str, int],
    steps: Callable[[Search], Iterator[Probe]] = next_probes,
    jobs: int = 1,
) -> tuple[Search, list[int]]:
    """Answer the search from the truth; return what it knows in the end, and what was built."""
    known: Known = {}
    built: list[int] = []
    while probes := list(islice(steps(search(truth, baselines, known)), jobs)):
        for probe in probes:
            assert probe.scripts
            built.append(probe.release)
            for script in probe.scripts:
                tried = known.setdefault(script, {})
                assert probe.release not in tried, "nothing is probed twice"
                tried[probe.release] = truth[script][probe.release]
    return search(truth, baselines, known), built


def next_probe(asked: Search) -> Probe | None:
    return next(next_probes(asked), None)


def edges(row: list[Outcome], level: Level) -> set[tuple[int, int]]:
    """Return the neighbours between which an answer changes, gaps aside."""
    told = [(r, level.holds(outcome)) for r, outcome in enumerate(row) if outcome is not G]
    return {(a, b) for (a, one), (b, two) in pairwise(told) if one != two}


def found_edges(done: Search, script: str, level: Level) -> set[tuple[int, int]]:
    outcomes = done.outcomes(script)
    return {
        (a, b) for a, b in pairwise(outcomes)
        if level.holds(outcomes[a]) != level.holds(outcomes[b])
    }  # fmt: skip


def made_up(chance: random.Random, kind: str) -> tuple[Truth, dict[str, int]]:
    """Return a truth table of some kind, in which scripts tend to break with the same releases."""
    releases = chance.choice([5, 20, 39, 105])
    breaking = sorted(chance.sample(range(1, releases), min(releases - 1, chance.randint(2, 8))))
    gaps = set(chance.sample(range(releases), releases // 5)) if kind == "gaps" else set()
    truth: Truth = {}
    baselines: dict[str, int] = {}
    for number in range(chance.choice([1, 3, 20])):
        baseline = chance.choice([r for r in range(releases) if r not in gaps])
        low, high = span(chance, breaking, baseline, 0, releases)
        low_same, high_same = span(chance, breaking, baseline, low, high)
        row = [
            S if low_same <= r < high_same else D if low <= r < high else F for r in range(releases)
        ]
        if kind == "islands":
            for release in chance.sample(range(releases), max(1, releases // 10)):
                row[release] = chance.choice([S, D, F])
            row[baseline] = S
        truth[f"s{number}"] = [G if r in gaps else outcome for r, outcome in enumerate(row)]
        baselines[f"s{number}"] = baseline
    return truth, baselines


def span(
    chance: random.Random, breaking: list[int], baseline: int, low: int, high: int
) -> tuple[int, int]:
    below = [r for r in breaking if low < r <= baseline] + [low]
    above = [r for r in breaking if baseline < r < high] + [high]
    return chance.choice(below), chance.choice(above)


@pytest.mark.parametrize("kind", ["contiguous", "gaps"])
@pytest.mark.parametrize("seed", range(150))
def test_the_edges_of_contiguous_ranges_are_exact(kind: str, seed: int) -> None:
    truth, baselines = made_up(random.Random(f"{kind} {seed}"), kind)
    done, built = replay(truth, baselines)
    for script, row in truth.items():
        for level in Level:
            assert found_edges(done, script, level) == edges(row, level)
            for release, holds in inferred(done, script, level).items():
                assert row[release] is G or level.holds(row[release]) == holds
    assert len(set(built)) <= len(next(iter(truth.values())))


@pytest.mark.parametrize("seed", range(300))
def test_of_islands_nothing_is_claimed_that_is_not_known(seed: int) -> None:
    truth, baselines = made_up(random.Random(f"islands {seed}"), "islands")
    done, _ = replay(truth, baselines)
    for script, row in truth.items():
        tried = done.known[script]
        for level in Level:
            # Every edge that is reported was seen from both sides.
            assert found_edges(done, script, level) <= edges(row, level)
            for low, high in ranges(done, script, level):
                assert level.holds(tried[low])
                assert level.holds(tried[high])
            assert not inferred(done, script, level).keys() & tried.keys()


def test_the_search_is_the_same_every_time() -> None:
    truth, baselines = made_up(random.Random(1), "gaps")
    assert replay(truth, baselines)[1] == replay(truth, baselines)[1]


@pytest.mark.parametrize("kind", ["contiguous", "gaps"])
@pytest.mark.parametrize("seed", range(100))
def test_side_by_side_the_same_edges_are_found(kind: str, seed: int) -> None:
    truth, baselines = made_up(random.Random(f"{kind} {seed}"), kind)
    done, _ = replay(truth, baselines, jobs=3)
    for script, row in truth.items():
        for level in Level:
            found = found_edges(done, script, level)
            # Beyond a few releases that cannot be built, the order decides how far is looked.
            assert found <= edges(row, level) if kind == "gaps" else found == edges(row, level)


@pytest.mark.parametrize("kind", ["contiguous", "gaps"])
@pytest.mark.parametrize("seed", range(100))
def test_whatever_is_predicted_the_same_edges_are_found(kind: str, seed: int) -> None:
    chance = random.Random(f"predicted {kind} {seed}")
    truth, baselines = made_up(chance, kind)
    releases = len(next(iter(truth.values())))
    some = chance.sample(sorted(truth), chance.randint(0, len(truth)))
    predicted = {
        script: frozenset(chance.sample(range(releases), chance.randint(0, releases // 2)))
        for script in some
    }
    known: Known = {}
    while True:
        asked = replace(search(truth, baselines, known), predicted=predicted)
        probe = next_probe(asked)
        if probe is None:
            break
        for script in probe.scripts:
            known.setdefault(script, {})[probe.release] = truth[script][probe.release]
    for script, row in truth.items():
        for level in Level:
            found = found_edges(asked, script, level)
            assert found <= edges(row, level) if kind == "gaps" else found == edges(row, level)


def test_a_right_prediction_saves_what_it_can() -> None:
    truth = table(a="F" * 30 + "S" * 20 + "F" * 50)
    right = {"a": frozenset({29, 49})}
    counts = []
    for predicted in ({}, right):
        known: Known = {}
        while probe := next_probe(replace(search(truth, {"a": 40}, known), predicted=predicted)):
            known.setdefault("a", {})[probe.release] = truth["a"][probe.release]
        counts.append(len(known["a"]))
    # The least are five: the baseline, and both sides of both edges.
    assert 5 <= counts[1] <= 7
    assert counts[1] + 4 <= counts[0]


def test_where_nothing_is_predicted_the_end_is_tried_first() -> None:
    asked = search(table(a="S" * 50), {"a": 0}, {"a": {0: S}})
    probe = next_probe(replace(asked, predicted={"a": frozenset()}))
    assert probe is not None
    assert probe.release == 49


def test_both_edges_of_a_script_are_narrowed_at_once() -> None:
    truth = table(a="FFFFFSSSSSSSSSSFFFFF")
    known: Known = {"a": {9: S}}
    above, below, *others = sorted(
        (probe.release for probe in next_probes(search(truth, {"a": 9}, known))), reverse=True
    )
    assert above > 9 > below
    assert others == []


def test_baselines_come_first_and_serve_all_scripts_that_have_them() -> None:
    truth = table(a="FSSF", b="FSSF", c="SSSS")
    assert next_probe(search(truth, {"a": 1, "b": 1, "c": 2})) == Probe(
        release=1, scripts=("a", "b")
    )


def test_a_script_that_does_not_run_at_its_baseline_is_left_alone() -> None:
    for outcome in "F-":
        done, built = replay(table(a=f"SS{outcome}SS"), {"a": 2})
        assert built == [2]
        assert ranges(done, "a", Level.RUNS) == []


def test_gaps_are_stepped_over() -> None:
    done, _ = replay(table(a="SS---FF"), {"a": 0})
    assert found_edges(done, "a", Level.RUNS) == {(1, 5)}
    assert ranges(done, "a", Level.RUNS) == [(0, 1)]


@pytest.mark.parametrize(
    ("row", "baseline", "gaps"),
    [
        # Each that a machine gives up on takes minutes: two, and the one next to the last answer.
        ("SSSS" + 20 * "?", 0, 3),
        (20 * "?" + "SSSS", 23, 3),
        # What cannot be built is known sooner.
        ("SSSS" + 20 * "-", 0, 7),
    ],
)
def test_few_are_tried_on_which_the_machine_gives_up(row: str, baseline: int, gaps: int) -> None:
    done, built = replay(table(a=row), {"a": baseline})
    assert len([release for release in built if row[release] != "S"]) <= gaps
    last = 3 if baseline == 0 else 20
    assert last in built
    assert (last + 1 if baseline == 0 else last - 1) in built
    assert ranges(done, "a", Level.RUNS) == [(min(baseline, last), max(baseline, last))]


@pytest.mark.parametrize(
    ("known", "costs", "release"),
    [
        # One slow build that came to nothing: the next one beyond the last answer.
        ({20: S, 21: S, 3: G}, (), 19),
        # That one, too: there is nothing more to try.
        ({20: S, 21: S, 3: G, 19: G}, (), None),
        # The last answer is of a release that was built: halfway there.
        ({20: S, 21: S, 3: G, 19: S}, tuple(4.0 if r < 20 else 1.0 for r in range(22)), 11),
        ({20: S, 21: S, 3: G, 9: G}, (*(4.0 for r in range(20)), 1.0, 1.0), None),
        # What needs no build is tried first, the nearer half of it, whatever builds came to.
        ({20: S, 21: S, 3: G, 9: G}, tuple(4.0 if r < 10 else 1.0 for r in range(22)), 15),
        ({11: S, 21: S, 3: G}, tuple(4.0 if r < 10 else 1.0 for r in range(22)), 10),
        ({10: S, 21: S, 3: G}, tuple(4.0 if r < 10 else 1.0 for r in range(22)), 9),
    ],
)
def test_slow_builds_that_come_to_nothing_are_few(
    known: dict[int, Outcome], costs: tuple[float, ...], release: int | None
) -> None:
    asked = Search(
        baselines={"a": 21},
        releases=22,
        known={"a": known},
        costs=costs,
        slow=frozenset(r for r, outcome in known.items() if outcome is G),
    )
    probe = next(next_probes(asked), None)
    assert (probe and probe.release) == release


@pytest.mark.parametrize(
    ("known", "wheels", "release"),
    [
        # Three came to nothing, and the last answer is a wheel's: the next one beyond it.
        ({20: S, 21: S, 2: G, 3: G, 4: G}, 20, 19),
        # Nor that one: there is nothing more to try.
        ({20: S, 21: S, 2: G, 3: G, 4: G, 19: G}, 20, None),
        # That one was built: halfway there.
        ({20: S, 21: S, 2: G, 3: G, 4: G, 19: S}, 20, 12),
        # Wheels are left: halfway there.
        ({20: S, 21: S, 2: G, 3: G, 4: G}, 10, 12),
    ],
)
def test_builds_that_come_to_nothing_are_few(
    known: dict[int, Outcome], wheels: int, release: int | None
) -> None:
    asked = Search(
        baselines={"a": 21},
        releases=22,
        known={"a": known},
        costs=tuple(4.0 if r < wheels else 1.0 for r in range(22)),
    )
    probe = next(next_probes(asked), None)
    assert (probe and probe.release) == release


def test_an_edge_that_one_script_has_is_looked_for_in_others() -> None:
    known: Known = {"a": {0: S, 4: S, 5: F, 15: F}, "b": {0: S, 15: F}}
    truth = table(a="SSSSSFFFFFFFFFFF", b="SSSSSFFFFFFFFFFF")
    probe = next_probe(search(truth, {"a": 0, "b": 0}, known))
    assert probe is not None
    assert probe.release in (4, 5)


@pytest.mark.parametrize(
    ("row", "built"),
    [
        ("FSSSSF", [2, 1, 0, 3, 4, 5]),
        ("SSSSFS", [2, 1, 0, 3, 4]),
        ("SSSDFF", [2, 1, 0, 3]),
        ("S-S?SF", [2, 1, 3, 4, 5]),
        ("SFDDFF", [2, 1, 3, 4]),
    ],
)
def test_a_walk_goes_outward_until_something_stops_it(row: str, built: list[int]) -> None:
    assert replay(table(a=row), {"a": 2}, next_steps)[1] == built


def test_spots_are_where_most_is_inferred() -> None:
    done, built = replay(table(a="FFFFFSSSSSSSSSSFFFFF"), {"a": 9})
    probes = spot_checks(done, 2)
    assert [probe.scripts for probe in probes] == [("a",)] * 4
    inside = inferred(done, "a", Level.RUNS)
    assert [inside[probe.release] for probe in probes] == [True, True, False, False]
    assert not {probe.release for probe in probes} & set(built)


def test_suspects_are_tried_where_it_is_inferred_that_they_run() -> None:
    done, built = replay(table(a="FFFFFSSSSSSSSSSFFFFF"), {"a": 9})
    inside = sorted(r for r, holds in inferred(done, "a", Level.RUNS).items() if holds)
    suspicions = [0.9] * 20  # most of them ran, or are inferred to fail
    for rank, release in enumerate(inside):
        suspicions[release] = 0.2 + rank / 10
    asked = replace(done, suspicions=suspicions)
    probes = spot_checks(asked, 0, 3)
    assert [probe.release for probe in probes] == inside[:0:-1][:3]
    assert {probe.scripts for probe in probes} == {("a",)}
    assert not {probe.release for probe in probes} & set(built)
    # The least suspect one is as good as any other, and without suspicions there are no suspects.
    assert len(spot_checks(asked, 0, 20)) == len(inside) - 1
    assert spot_checks(done, 0, 3) == []


def test_no_release_is_built_for_a_spot_where_others_have_wheels() -> None:
    done, _ = replay(table(a="FFFFFFFFFFSSSSSSSSSS"), {"a": 19})
    built = replace(done, costs=(*(5.0 for _ in range(6)), *(1.0 for _ in range(14))))
    assert min(probe.release for probe in spot_checks(built, 2)) > 5
    all_built = replace(done, costs=(5.0,) * 20)
    assert spot_checks(all_built, 2) == spot_checks(done, 2)


def test_an_island_that_a_spot_finds_is_searched() -> None:
    truth = table(a="SSSSSFFFFFFFFSSSFFFF")
    done, _ = replay(truth, {"a": 0})
    assert ranges(done, "a", Level.RUNS) == [(0, 4)]
    known = {"a": {**done.known["a"], 14: S}}
    while (probe := next_probe(search(truth, {"a": 0}, known))) is not None:
        known["a"][probe.release] = truth["a"][probe.release]
    assert ranges(search(truth, {"a": 0}, known), "a", Level.RUNS) == [(0, 4), (13, 15)]


def used(built: Collection[int]) -> int:
    return len(set(built))


def test_it_builds_less_than_bisecting_each_script_alone() -> None:
    mine = alone = 0
    for seed in range(40):
        truth, baselines = made_up(random.Random(f"cost {seed}"), "contiguous")
        mine += used(replay(truth, baselines)[1])
        each = [replay({s: truth[s]}, {s: baselines[s]})[1] for s in truth]
        alone += used([release for built in each for release in built])
    assert mine < alone


@pytest.mark.parametrize(
    ("row", "newest"),
    [
        ("SSSSSSSS", 7),
        ("SFFFFFFFFFFFFFFF", 0),
        ("FFSSSSSSFFFFFFFFFFFFFF", 7),
        ("FFFFFFFFFFFFFSSF-FFFFF", 14),
        ("SSSSSS----", 5),
        ("FFFFFSFFFF", 5),
        ("FFFFF", None),
        ("-----", None),
        ("", None),
    ],
)
def test_the_newest_release_that_runs_is_sought_from_the_newest_back(
    row: str, newest: int | None
) -> None:
    tried: dict[int, Outcome] = {}
    while (release := next_sought(tried, len(row))) is not None:
        assert release not in tried
        tried[release] = LETTERS[row[release]]
    assert max((r for r, o in tried.items() if Level.RUNS.holds(o)), default=None) == newest
    if newest is None:
        assert len(tried) == len(row)


def test_seeking_takes_few_steps() -> None:
    tried: dict[int, Outcome] = {}
    while (release := next_sought(tried, 105)) is not None:
        tried[release] = S if release <= 37 else F
    assert max(r for r, o in tried.items() if o is S) == 37
    assert len(tried) <= 14


def test_an_edge_is_likelier_between_majors_than_minors_than_patches() -> None:
    versions = [
        Version(text) for text in ("1.4.0", "1.4.1", "1.5.0", "1.15.5", "2.0.0", "2.0.1rc1")
    ]
    patch, minor, far, major, candidate, end = chances_of(versions)
    assert patch == candidate == end < minor == far < major


def test_the_search_looks_first_where_releases_break() -> None:
    chances = [0.1] * 16
    chances[11] = 1.0
    known: Known = {"a": {0: S, 15: F}}
    probe = next_probe(Search(baselines={"a": 0}, releases=16, known=known, chances=chances))
    assert probe is not None
    assert probe.release in (11, 12)


@pytest.mark.parametrize(
    ("rows", "release", "scripts"),
    [
        (("SSSSFF",), 3, ()),
        (("SSSSFF", "SSSDDD"), 2, ("a",)),
        (("SSFFFF", "FFFFSS"), None, ()),
    ],
)
def test_the_newest_release_that_is_the_same_for_all(
    rows: tuple[str, ...], release: int | None, scripts: tuple[str, ...]
) -> None:
    truth = table(**dict(zip("ab", rows, strict=False)))
    known: Known = {
        script: {r: row[r] for r in (0, 3, 4, 5) if script == "a" or r != 4} | {2: row[2]}
        for script, row in truth.items()
    }
    if scripts:
        known["a"].pop(2)
    probe = next_joint(search(truth, dict.fromkeys(truth, 0), known))
    assert probe == (Probe(release=release, scripts=scripts) if scripts and release else None)


def test_a_release_that_costs_more_is_tried_where_others_tell_less() -> None:
    known: Known = {"a": {9: Outcome.SAME}}
    even = Search(baselines={"a": 9}, releases=10, known=known)
    dear = replace(even, costs=[4.0] * 6 + [1.0] * 4)
    first, cheap = next_probe(even), next_probe(dear)
    assert first is not None
    assert cheap is not None
    assert first.release < 6 <= cheap.release


@pytest.mark.parametrize(
    ("row", "most"),
    [
        # Dozens that cannot be built, before those that run.
        ("-" * 40 + "S" * 20, 14),
        ("-" * 57 + "SSS", 14),
        ("S" * 20 + "-" * 40, 14),
    ],
)
def test_many_that_cannot_be_built_are_not_all_tried(row: str, most: int) -> None:
    truth = table(a=row)
    middle = row.index("S") + row.count("S") // 2
    found, built = replay(truth, {"a": middle})
    assert len(built) <= most
    ran = found.outcomes("a")
    assert (min(ran), max(ran)) == (row.index("S"), row.rindex("S"))


@pytest.mark.parametrize(
    ("row", "newest"), [("SSSDDD", 2), ("FSSDDDDDDDFF", 2), ("DDD", None), ("SDDDDDDDDDDD", 0)]
)
def test_the_newest_release_with_the_same_result_is_sought_likewise(
    row: str, newest: int | None
) -> None:
    tried: dict[int, Outcome] = {}
    while (release := next_sought(tried, len(row), Level.SAME)) is not None:
        tried[release] = LETTERS[row[release]]
    assert max((r for r, o in tried.items() if o is S), default=None) == newest
