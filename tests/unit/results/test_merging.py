"""Joining results of several folders: which one counts, and what is said."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import TYPE_CHECKING

from tfcompat.results.merging import Merged, Source, incomplete, merge
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Example, Inputs, Repeat
from tfcompat.results.shards import ShardRecord
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE, TWO, THREE = (f"pypi-foo-{number}.0-python-cp36" for number in (1, 2, 3))


def example(verdict: Verdict = Verdict.SAME, *, repeats: int = 0, started: str = "") -> Example:
    runs = [Repeat(retval=0, seconds=1.0)] * repeats
    return Example(retval=0, seconds=1.0, verdict=verdict, runs=runs, started=started or None)


def cell(name: str, version: str = "1.0", **examples: Example) -> CellResult:
    environment = CellEnvironment(
        release="1.0", python="3.6", resolve="release", tool={"version": version}
    )
    return CellResult(
        inputs=Inputs(dependency="foo", name=name),
        environment=environment,
        build=Build(retval=0),
        examples=examples,
    )


def without(name: str, verdict: Verdict) -> CellResult:
    cause = Cause(kind=CauseKind.NETWORK, message="no route")
    return CellResult(inputs=Inputs(dependency="foo", name=name), verdict=verdict, cause=cause)


def record(
    number: int, *, cells: Sequence[Sequence[str]] = ((ONE,), (TWO, THREE)), named: bool = True
) -> ShardRecord:
    return ShardRecord(
        number=number,
        of=len(cells),
        dependency="foo",
        resolve="release",
        examples=("a",),
        unnamed=() if named else ("a",),
        cells=tuple(map(tuple, cells)),
    )


def source(
    name: str, *cells: CellResult, records: Sequence[ShardRecord] = (), is_target: bool = False
) -> Source:
    finished = {one.identifier: one for one in cells if one.verdict is not Verdict.UNKNOWN}
    unknown = {one.identifier: one for one in cells if one.verdict is Verdict.UNKNOWN}
    return Source(name=name, cells=finished, unknown=unknown, records=records, is_target=is_target)


def missing(merged: Merged) -> dict[str, str]:
    return incomplete(merged.cells, merged.unknown, merged.records)


def test_the_more_complete_result_counts_then_the_newer_tool_then_the_later_one() -> None:
    ranked = [
        cell(ONE, "9.0", a=example(Verdict.UNKNOWN)),
        cell(ONE, "1.0", a=example(started="2026-02")),
        cell(ONE, "1.9", a=example(started="2026-01")),
        cell(ONE, "1.10", a=example(started="2026-01")),
        cell(ONE, "1.10", a=example(started="2026-03")),
        cell(ONE, "1.10", a=example(started="2026-03", repeats=2)),
        cell(ONE, "1.0", a=example(), b=example()),
    ]
    for worse, better in pairwise(ranked):
        for order in permutations([source("x", worse), source("y", better)]):
            assert merge(order).cells[ONE] == better


def test_the_order_of_the_folders_does_not_matter() -> None:
    results = [cell(ONE, a=example()), cell(ONE, a=Example(retval=0, seconds=1.0, output=["x\n"]))]
    sources = [source(str(number), one) for number, one in enumerate(results)]
    assert merge(sources).cells == merge(sources[::-1]).cells


def test_merging_what_is_merged_changes_nothing() -> None:
    sources = [source("x", cell(ONE, a=example())), source("y", cell(TWO, a=example()))]
    merged = merge(sources)
    again = merge([*sources, source("z", *merged.cells.values(), is_target=True)])
    assert again == merged


def test_a_contradiction_is_told() -> None:
    sources = [
        source("x", cell(ONE, a=example(Verdict.SAME))),
        source("y", cell(ONE, a=example(Verdict.FAILED, repeats=1))),
    ]
    (line,) = merge(sources).contradictions
    assert line == f"a in {ONE} is same in x, but failed in y; kept that of y"


def test_what_is_unknown_contradicts_nothing() -> None:
    sources = [
        source("x", cell(ONE, a=example(Verdict.UNKNOWN))),
        source("y", cell(ONE, a=example(Verdict.FAILED))),
    ]
    assert merge(sources).contradictions == []


def test_a_cell_with_an_environment_contradicts_one_without() -> None:
    sources = [
        source("x", without(ONE, Verdict.UNBUILDABLE)),
        source("y", cell(ONE, a=example())),
    ]
    merged = merge(sources)
    assert merged.contradictions == [f"{ONE} is unbuildable in x, but built in y; kept that of y"]


def test_of_an_unnamed_baseline_only_failures_contradict() -> None:
    plan = record(1, cells=[[ONE]], named=False)

    def told(one: Verdict, other: Verdict) -> int:
        sources = [
            source("x", cell(ONE, a=example(one)), records=[plan]),
            source("y", cell(ONE, a=example(other))),
        ]
        return len(merge(sources).contradictions)

    assert told(Verdict.SAME, Verdict.DIFFERENT) == 0
    assert told(Verdict.SAME, Verdict.FAILED) == 1


def test_what_a_lost_shard_owed_is_unknown() -> None:
    merged = merge([source("x", cell(ONE, a=example()), records=[record(1)])])
    assert merged.unknown.keys() == {TWO, THREE}
    cause = merged.unknown[TWO].cause
    assert cause is not None
    assert cause.message == "it was for shard 2/2, and no merged folder has it"
    assert missing(merged)[TWO] == f"unknown: {cause.message}"
    assert merged.notes == ["shard 2/2 is in none of the folders"]


def test_the_reason_of_a_shard_is_kept() -> None:
    sources = [
        source("x", cell(ONE, a=example()), records=[record(1)]),
        source("y", without(TWO, Verdict.UNKNOWN), cell(THREE, a=example()), records=[record(2)]),
    ]
    assert missing(merge(sources)) == {TWO: "unknown: no route (shard 2/2)"}


def test_a_cell_that_came_later_is_no_longer_unknown() -> None:
    plans = [record(1), record(2)]
    earlier = source("t", without(TWO, Verdict.UNKNOWN), records=plans, is_target=True)
    later = source("x", *(cell(name, a=example()) for name in (ONE, TWO, THREE)))
    merged = merge([later, earlier])
    assert (merged.unknown, missing(merged)) == ({}, {})


def test_an_example_that_did_not_run_is_missing() -> None:
    cells = [cell(ONE), cell(TWO, a=example(Verdict.UNKNOWN)), cell(THREE, a=example())]
    merged = merge([source("x", *cells, records=[record(1), record(2)])])
    assert missing(merged) == {
        ONE: "no verdict (shard 1/2) on a",
        TWO: "no verdict (shard 2/2) on a",
    }


def test_a_shard_that_ran_twice_is_told() -> None:
    done = cell(ONE, a=example(started="2026-01"))
    twice = cell(ONE, a=example(started="2026-02"))
    plan = record(1, cells=[[ONE]])
    first = source("x", done, records=[plan])
    assert merge([first, source("y", twice, records=[plan])]).notes == [
        "shard 1/1 ran more than once, into x and y"
    ]
    # What was merged before is no second run.
    assert merge([first, source("t", done, records=[plan], is_target=True)]).notes == []
    assert merge([first, source("t", twice, records=[plan], is_target=True)]).notes == [
        "shard 1/1 ran more than once, into x and t"
    ]


def test_machines_that_divided_in_different_ways_are_told() -> None:
    sources = [
        source("x", cell(ONE, a=example()), records=[record(1)]),
        source("y", records=[record(2, cells=[[ONE, TWO], [THREE]])]),
    ]
    merged = merge(sources)
    (line,) = merged.notes
    assert f"{TWO} is for shard 2/2 or 1/2" in line
    assert "shard 2/2 or 1/2" in missing(merged)[TWO]
