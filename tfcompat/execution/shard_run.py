"""The part of a campaign that one machine works on, and the record of it beside its results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.planning.shards import divide_plan, kept_division
from tfcompat.results.shards import ShardRecord, write_record

if TYPE_CHECKING:
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.shards import Shard


def take_shard(plan: Plan, store: CampaignStore, shard: Shard) -> Plan:
    """Return the plan with the cells of one shard alone, and store what that shard has to do.

    A folder that has a division of the same cells already keeps it, whatever runs have recorded
    since. Raises ResultsError where the folder cannot be written.
    """
    # The first of several commands that share a folder divides; the others find what it stored.
    with store.working_on("shards"):
        cells = kept_division(store.folder, plan, shard.of) or divide_plan(plan, shard.of).cells
        record = _record(plan, shard, cells)
        write_record(store.folder, record)
    own = set(record.cells[shard.number - 1])
    return replace(plan, cells=tuple(cell for cell in plan.cells if cell.identifier in own))


def _record(plan: Plan, shard: Shard, cells: tuple[tuple[str, ...], ...]) -> ShardRecord:
    return ShardRecord(
        number=shard.number,
        of=shard.of,
        dependency=canonicalize_name(plan.study.analysis.dependency),
        resolve=plan.study.analysis.resolve,
        examples=plan.tests,
        unnamed=tuple(
            test
            for test in plan.tests
            if plan.baseline(test) is None and not plan.study.is_stored(test)
        ),
        cells=cells,
    )
