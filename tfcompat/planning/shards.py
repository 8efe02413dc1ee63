"""Divides the cells of a campaign among machines, so that all end at about the same time."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.results.campaign import Campaign, published_folders
from tfcompat.results.printed import PlannedSeconds, PlannedShard, PlannedShards
from tfcompat.results.schema import IMPORT_PHASE
from tfcompat.results.shards import read_records
from tfcompat.results.timings import Timings, measure_cost, read_costs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan

# Guesses, for what has never run: on a machine of two cores, a cold environment took from 2.4 s
# (TensorFlow 0.12.1) to 14 s (2.21.0), and short scripts with their import took seconds.
_BUILD_SECONDS = 2.0
_BYTES_A_SECOND = 50e6
_RUN_SECONDS = 2.0
# Nothing is built or run, but the cell is looked at and stored.
_UNTRIED_SECONDS = 0.1


def divide(seconds: Mapping[str, float], number: int) -> tuple[tuple[str, ...], ...]:
    """Return the cells of each of ``number`` shards; the sums of their seconds are near each other.

    Each cell goes to the shard that is shortest so far, the longest cells first. The division
    depends on the names and their seconds, and not on their order; in each shard it is kept.
    """
    shards: list[set[str]] = [set() for _ in range(number)]
    loads = [(0.0, 0, place) for place in range(number)]
    for name in sorted(seconds, key=lambda name: (-seconds[name], name)):
        load, count, place = loads[0]
        shards[place].add(name)
        heapq.heapreplace(loads, (load + seconds[name], count + 1, place))
    return tuple(tuple(name for name in seconds if name in shard) for shard in shards)


@dataclass(frozen=True, kw_only=True)
class RecordedSeconds:
    """What is stored of earlier campaigns: seconds of builds with imports by cell, and of runs."""

    builds: Mapping[str, float]
    runs: Timings

    def of_cell(self, cell: Cell, examples: Sequence[str]) -> float:
        """Return how long a cell is expected to take, guessed where nothing is stored."""
        obtainable = cell.interpreter is not None or cell.fetchable or cell.contained
        if cell.file is None or not obtainable:
            return _UNTRIED_SECONDS
        guess = _BUILD_SECONDS + (cell.file.size or 0) / _BYTES_A_SECOND
        known = [self.runs.seconds(cell.identifier, example) for example in examples]
        runs = sum(_RUN_SECONDS if math.isinf(one) else one for one in known)
        return self.builds.get(cell.identifier, guess) + runs


def read_seconds(folders: Iterable[Path]) -> RecordedSeconds:
    """Return what results folders have recorded; of one cell, the last folder that has it counts.

    Raises NewerSchemaError where a file was written by a newer release.
    """
    builds: dict[str, float] = {}
    costs = {}
    for folder in folders:
        for name, cell in Campaign(folder).cells().items():
            costs[name] = measure_cost(cell.examples)
            if cell.environment is not None:
                phases = cell.environment.phases
                builds[name] = cell.environment.build_seconds + phases.get(IMPORT_PHASE, 0.0)
        for name, tests in read_costs(folder).items():
            costs[name] = {**costs.get(name, {}), **tests}
    return RecordedSeconds(builds=builds, runs=Timings(costs))


@dataclass(frozen=True, kw_only=True)
class Division:
    """The cells of a plan by shard, and how long each cell is expected to take."""

    cells: tuple[tuple[str, ...], ...]
    seconds: Mapping[str, float]

    def total(self, number: int) -> float:
        """Return how long one shard takes, run by run; shards count from 1."""
        return sum(self.seconds[name] for name in self.cells[number - 1])

    @property
    def printed(self) -> PlannedShards:
        """The shards as ``plan --shards N --json`` prints them."""
        return PlannedShards(
            shards=tuple(
                PlannedShard(
                    shard=f"{number}/{len(self.cells)}",
                    seconds=round(self.total(number), 1),
                    cells=tuple(
                        PlannedSeconds(identifier=name, seconds=round(self.seconds[name], 1))
                        for name in names
                    ),
                )
                for number, names in enumerate(self.cells, 1)
            )
        )


def divide_plan(plan: Plan, number: int) -> Division:
    """Return a plan's cells in shards, by what the study's own and published results recorded.

    Where shards of this division are merged into the study's results it is kept: one that comes
    late has the cells that are missing, whatever the others recorded.
    """
    results = plan.study.results
    recorded = read_seconds([*published_folders(results), results])
    seconds = {cell.identifier: recorded.of_cell(cell, plan.tests) for cell in plan.cells}
    cells = kept_division(results, plan, number) or divide(seconds, number)
    return Division(cells=cells, seconds=seconds)


def kept_division(folder: Path, plan: Plan, number: int) -> tuple[tuple[str, ...], ...] | None:
    """Return how a results folder has the cells of a plan in shards, None where it has not.

    Raises NewerSchemaError where a newer release wrote it.
    """
    stored, _ = read_records(folder)
    names = sorted(cell.identifier for cell in plan.cells)
    return next(
        (
            one.cells
            for one in stored
            if (one.of, one.examples, sorted(one.owed())) == (number, plan.tests, names)
        ),
        None,
    )
