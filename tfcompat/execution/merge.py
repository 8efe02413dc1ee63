"""The job of ``tfcompat merge``: results folders of one campaign, joined in one of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.errors import ResultsError, UserError
from tfcompat.judging import differing, failure_groups
from tfcompat.judging.judge import Judge, judge_cell, newest_passing, unnamed
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.results.campaign import Campaign
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.merging import Source, incomplete, merge
from tfcompat.results.shards import read_records, write_record
from tfcompat.results.timings import Timings, measure_cost
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tfcompat.planning.study import Study
    from tfcompat.results.merging import Merged
    from tfcompat.results.schema import CellResult
    from tfcompat.results.shards import ShardRecord


@dataclass(frozen=True, kw_only=True)
class MergeSummary:
    """What became of a merge: counts, and sentences for the user."""

    cells: int
    changed: int
    contradictions: tuple[str, ...]
    notes: tuple[str, ...]
    damaged: tuple[str, ...]
    incomplete: Mapping[str, str]


def merge_folders(
    folders: Sequence[Path], results: Path, study: Study | None = None
) -> MergeSummary:
    """Join the results of folders in another one, or in one of them, and store what is missing.

    What ``results`` holds already is joined as well. With a study, examples without a named
    baseline are compared anew with the newest release of all folders. Raises UserError where a
    folder holds no results, or results of another campaign.
    """
    for folder in folders:
        if not folder.is_dir():
            msg = f"{folder} is no folder; name folders of results"
            raise UserError(msg)
    places = list(folders)
    if results.is_dir() and not any(results.samefile(place) for place in places):
        places.append(results)
    damaged: dict[str, None] = {}
    sources = [
        _read(place, damaged, is_target=results.is_dir() and results.samefile(place))
        for place in places
    ]
    dependency, resolve = _campaign(places, sources)
    merged = merge(sources)
    cells = _judged(merged.cells, merged.records, study)
    store = CampaignStore(results)
    store.open(dependency=dependency, resolve=resolve)
    changed = _store(store, cells, merged)
    return MergeSummary(
        cells=len(cells),
        changed=changed,
        contradictions=tuple(merged.contradictions),
        notes=(*merged.notes, *_uncompared(merged.records, study), *_across_classes(cells)),
        damaged=tuple(damaged),
        incomplete=incomplete(cells, merged.unknown, merged.records),
    )


def _read(folder: Path, damaged: dict[str, None], *, is_target: bool) -> Source:
    """Read a folder, and add what is damaged in it; UserError where there is nothing to read."""
    campaign = Campaign(folder)
    records, unreadable = read_records(folder)
    source = Source(
        name=str(folder),
        cells=campaign.cells(),
        unknown=campaign.unknown(),
        records=records,
        is_target=is_target,
    )
    found = dict.fromkeys(unreadable) | campaign.damaged
    damaged.update(found)
    if not (source.cells or source.unknown or source.records or found or is_target):
        msg = f"{folder} holds no results of tfcompat; name folders of results"
        raise UserError(msg)
    return source


def _campaign(places: Sequence[Path], sources: Sequence[Source]) -> tuple[str, str]:
    """Return dependency and ``resolve`` of all sources; UserError where two of them differ."""
    first: dict[tuple[str, str], Path] = {}
    for place, source in zip(places, sources, strict=True):
        settings = Campaign(place).settings()
        if "dependency" in settings and "resolve" in settings:
            first.setdefault((settings["dependency"], settings["resolve"]), place)
        for record in source.records:
            first.setdefault((record.dependency, record.resolve), place)
        for cell in source.cells.values():
            if cell.environment is not None:
                name = canonicalize_name(cell.inputs.dependency)
                first.setdefault((name, cell.environment.resolve), place)
    if not first:
        msg = f"{places[0]} does not say what it holds results of; make its results again"
        raise ResultsError(msg)
    if len(first) > 1:
        (one, here), (other, there) = list(first.items())[:2]
        msg = (
            f"{here} holds results of {one[0]} with `resolve: {one[1]}`, and {there} of "
            f"{other[0]} with `resolve: {other[1]}`; merge folders of one campaign"
        )
        raise UserError(msg)
    return next(iter(first))


def _judged(
    cells: Mapping[str, CellResult], records: Iterable[ShardRecord], study: Study | None
) -> dict[str, CellResult]:
    """Return cells with what only all of them together show.

    Where a baseline is named, each shard has compared with runs of its own machine: that stays.
    The key of a run has the flags of its processor in it, so what is compared here is never of two
    classes of machines.
    """
    judged = dict(cells)
    tests = {test for record in records for test in record.unnamed}
    if study is not None and tests:
        judge = Judge(judging_rules(study))
        references = {}
        for cell in cells.values():
            for test in tests & cell.examples.keys():
                key = cell.examples[test].key
                if (test, key) not in references:
                    newest = newest_passing(test, key, cells.values())
                    references[test, key] = unnamed(test, newest)
        for name, cell in cells.items():
            keys = {test: cell.examples[test].key for test in tests & cell.examples.keys()}
            own = {test: references[test, key] for test, key in keys.items()}
            judged[name] = judge_cell(judge, cell, own, keys)
    return differing.blame_pythons(failure_groups.date_missing_symbols(judged))


def _uncompared(records: Iterable[ShardRecord], study: Study | None) -> Iterator[str]:
    tests = {test for record in records for test in record.unnamed}
    if study is None and tests:
        yield (
            f"examples without a named baseline: {len(tests)}, each compared within its shard "
            "alone; name the study with --config to compare them across all"
        )


def _store(store: CampaignStore, cells: Mapping[str, CellResult], merged: Merged) -> int:
    """Write what is new, and return how many cells that were."""
    changed = 0
    timings = Timings({}, store.folder)
    for name, cell in cells.items():
        if store.cell(name) != cell:
            store.finish(cell)
            timings.add(name, measure_cost(cell.examples))
            changed += 1
    present = store.unknown()
    for name, cell in merged.unknown.items():
        if present.get(name) != cell:
            store.store_unknown(cell)
            changed += 1
    for record in {record.shard: record for record in reversed(merged.records)}.values():
        write_record(store.folder, record)
    return changed


def _across_classes(cells: Mapping[str, CellResult]) -> Iterator[str]:
    """Yield what is to be known where cells come from processors with different abilities."""
    classes: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, cell in cells.items():
        if cell.environment is not None and cell.environment.host:
            classes[_class_of(cell)].append(name)
    if len(classes) < 2:
        return
    models = " and ".join(f"{len(names)} cells such as {names[0]}" for names in classes.values())
    yield f"the cells come from {len(classes)} classes of processors: {models}"
    across = [
        f"{test} in {name}, against {example.baseline}"
        for name, cell in cells.items()
        for test, example in cell.examples.items()
        if example.verdict is Verdict.DIFFERENT
        and example.baseline is not None
        and example.baseline in cells
        and _class_of(cells[example.baseline]) != _class_of(cell)
    ]
    if across:
        yield (
            f"`different`, while the merged baseline is of another class: {len(across)} "
            f"({across[0]}); each was compared on the machine of its shard"
        )


def _class_of(cell: CellResult) -> tuple[str, ...]:
    host = cell.environment.host if cell.environment else {}
    return (str(host.get("machine")), *map(str, host.get("cpu_flags", ())))
