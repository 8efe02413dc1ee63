"""Joins the results of several folders of one campaign. Pure: it reads and writes no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from packaging.version import InvalidVersion, Version

from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.schema import CellEnvironment, CellResult, Inputs
from tfcompat.results.verdicts import RUNS, Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tfcompat.results.shards import Shard, ShardRecord


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one folder holds: finished cells, those that could not be tried, records of shards.

    ``is_target``: results are merged into it, so it may hold those of other sources already.
    """

    name: str
    cells: Mapping[str, CellResult]
    unknown: Mapping[str, CellResult]
    records: Sequence[ShardRecord]
    is_target: bool = False


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The cells of all sources, each once, and those that none of them has.

    ``contradictions`` and ``notes`` are sentences for the user.
    """

    cells: Mapping[str, CellResult]
    unknown: Mapping[str, CellResult]
    contradictions: Sequence[str]
    notes: Sequence[str]
    records: Sequence[ShardRecord]


def merge(sources: Sequence[Source]) -> Merged:
    """Join sources. Of two results of a cell, the more complete one counts, then the newer tool's.

    What remains equal is decided by the time of the runs, their number and then the content, so the
    order of the sources does not matter.
    """
    held: dict[str, list[tuple[str, CellResult]]] = {}
    for source in sources:
        for name, cell in source.cells.items():
            held.setdefault(name, []).append((source.name, cell))
    chosen = {name: max(held[name], key=lambda one: rank(one[1])) for name in sorted(held)}
    cells = {name: cell for name, (_, cell) in chosen.items()}
    records = [record for source in sources for record in source.records]
    unnamed = {test for record in records for test in record.unnamed}
    contradictions = [
        f"{line}; kept that of {chosen[name][0]}"
        for name, ones in sorted(held.items())
        for line in _contradictions(name, ones, unnamed)
    ]
    owed = _owed(records)
    unknown = {
        name: cell
        for source in reversed(sources)
        for name, cell in source.unknown.items()
        if name not in cells
    }
    missing = {
        name: _missing_cell(name, shards, records)
        for name, shards in sorted(owed.items())
        if name not in cells and name not in unknown
    }
    unknown |= missing
    return Merged(
        cells=cells,
        unknown=unknown,
        contradictions=contradictions,
        notes=[*_doubled(sources), *_absent(records), *_planned_apart(owed)],
        records=records,
    )


Rank: TypeAlias = "tuple[int, Version, str, int, str]"


def rank(cell: CellResult) -> Rank:
    """Return how far a result of a cell is to be preferred to others, as what can be compared."""
    tests = cell.examples.values()
    tool = cell.environment.tool.get("version", "0") if cell.environment else "0"
    try:
        version = Version(tool)
    except InvalidVersion:
        version = Version("0")
    return (
        sum(test.verdict is not Verdict.UNKNOWN for test in tests),
        version,
        max((test.started or "" for test in tests), default=""),
        sum(1 + len(test.runs) for test in tests),
        cell.model_dump_json(),
    )


def _contradictions(
    name: str, held: Sequence[tuple[str, CellResult]], unnamed: Collection[str]
) -> Iterator[str]:
    """Yield a line for each verdict on a cell, or on an example of it, that folders disagree on.

    Examples without a named baseline are compared with another release in each folder, so of them
    only whether they failed counts.
    """
    of_cells = {where: cell.verdict for where, cell in held if cell.verdict}
    built = {where: "built" for where, cell in held if cell.verdict is None}
    if of_cells and (built or len(set(of_cells.values())) > 1):
        said = {where: verdict.value for where, verdict in of_cells.items()} | built
        yield f"{name} is {_in_folders(said)}"
    for test in sorted({test for _, cell in held for test in cell.examples}):
        verdicts = {
            where: _said(cell.examples[test].verdict, is_named=test not in unnamed)
            for where, cell in held
            if test in cell.examples and cell.examples[test].verdict is not Verdict.UNKNOWN
        }
        if len(set(verdicts.values())) > 1:
            yield f"{test} in {name} is {_in_folders(verdicts)}"


def _said(verdict: Verdict, *, is_named: bool) -> str:
    return verdict.value if is_named or verdict not in RUNS else "no failure"


def _in_folders(said: Mapping[str, str]) -> str:
    return ", but ".join(f"{word} in {where}" for where, word in said.items())


def _owed(records: Iterable[ShardRecord]) -> dict[str, list[Shard]]:
    """Return the shards that each cell of the campaign belongs to: one, if all planned alike."""
    owed: dict[str, dict[Shard, None]] = {}
    for record in records:
        for name, shard in record.owed().items():
            owed.setdefault(name, {})[shard] = None
    return {name: list(shards) for name, shards in owed.items()}


def _missing_cell(name: str, shards: Sequence[Shard], records: Sequence[ShardRecord]) -> CellResult:
    """Return the record of a cell that no folder has."""
    record = next(record for record in records if name in record.owed())
    release, python = parse_identifier(name)
    return CellResult(
        inputs=Inputs(
            dependency=record.dependency, name=name, tests="\n".join(record.examples), outdir="."
        ),
        environment=CellEnvironment(release=release, python=python, resolve=record.resolve),
        verdict=Verdict.UNKNOWN,
        cause=Cause(kind=CauseKind.INTERRUPTED, message=_why_missing(shards)),
    )


def _why_missing(shards: Iterable[Shard]) -> str:
    return f"it was for {_shards(shards)}, and no merged folder has it"


def _shards(shards: Iterable[Shard]) -> str:
    return "shard " + " or ".join(map(str, shards))


def _doubled(sources: Sequence[Source]) -> Iterator[str]:
    """Yield a line for each shard that ran into several folders."""
    where: dict[Shard, list[Source]] = {}
    for source in sources:
        for record in source.records:
            where.setdefault(record.shard, []).append(source)
    for shard, holding in where.items():
        ran = [source for source in holding if not source.is_target]
        ran += [one for one in holding if one.is_target and _has_other_runs(one, ran)]
        names = [source.name for source in ran]
        if len(names) > 1:
            yield f"shard {shard} ran more than once, into {' and '.join(names)}"


def _has_other_runs(target: Source, sources: Sequence[Source]) -> bool:
    """Tell whether a folder holds runs of cells of other folders that are no copies of theirs."""
    return any(
        _when(source.cells[name]) != _when(target.cells[name])
        for source in sources
        for name in source.cells.keys() & target.cells.keys()
    )


def _when(cell: CellResult) -> dict[str, str | None]:
    return {test: example.started for test, example in cell.examples.items()}


def _absent(records: Sequence[ShardRecord]) -> Iterator[str]:
    """Yield a line for each shard that had something to do, and that no folder is of."""
    there = {record.shard for record in records}
    owing = {shard for record in records for shard in record.owed().values()}
    for shard in sorted(owing - there, key=lambda one: (one.of, one.number)):
        yield f"shard {shard} is in none of the folders"


def _planned_apart(owed: Mapping[str, Sequence[Shard]]) -> Iterator[str]:
    apart = [name for name, shards in owed.items() if len(shards) > 1]
    if apart:
        yield (
            f"the folders divide the campaign in different ways: {apart[0]} is for "
            f"{_shards(owed[apart[0]])} (cells: {len(apart)}); name one N, and the same study, "
            "Pythons and recorded results on all machines"
        )


def incomplete(
    cells: Mapping[str, CellResult],
    unknown: Mapping[str, CellResult],
    records: Sequence[ShardRecord],
) -> dict[str, str]:
    """Return by cell what is missing of a merged campaign, with the shard that had to do it."""
    owed = _owed(records)
    wanted = dict.fromkeys(test for record in records for test in record.examples)
    found = {}
    for name in sorted({*unknown, *cells}):
        by = f" ({_shards(owed[name])})" if name in owed else ""
        if name in unknown:
            cause = unknown[name].cause
            why = cause.message if cause else "not tried"
            is_ours = name in owed and why == _why_missing(owed[name])
            found[name] = f"unknown: {why}{'' if is_ours else by}"
        elif cells[name].verdict is None:
            tests = cells[name].examples
            listed = wanted if name in owed else tests
            without = [t for t in listed if t not in tests or tests[t].verdict is Verdict.UNKNOWN]
            if without:
                found[name] = f"no verdict{by} on {', '.join(without)}"
    return found
