"""The part of a campaign that one machine works on, and the record of it beside its results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.planning.shards import divide_plan
from tfcompat.results.shards import ShardRecord, read_records, write_record

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
        stored, _ = read_records(store.folder)
        record = _record(plan, shard)
        cells = next((one.cells for one in stored if _is_same_campaign(one, record)), None)
        if cells is not None:
            record = record.model_copy(update={"cells": cells})
        write_record(store.folder, record)
    own = set(record.cells[shard.number - 1])
    return replace(plan, cells=tuple(cell for cell in plan.cells if cell.identifier in own))


def _record(plan: Plan, shard: Shard) -> ShardRecord:
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
        cells=divide_plan(plan, shard.of).cells,
    )


def _is_same_campaign(stored: ShardRecord, record: ShardRecord) -> bool:
    return (
        stored.of == record.of
        and stored.examples == record.examples
        and stored.owed().keys() == record.owed().keys()
    )
