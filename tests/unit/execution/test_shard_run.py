"""The part of a campaign that a shard works on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from fakes import made_up_cell, made_up_plan

from tfcompat.execution.shard_run import take_shard
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.shards import Shard, read_records

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.grid import Cell

RELEASES = tuple(f"{number}.0" for number in range(7))


def test_the_shards_are_the_campaign(tmp_path: Path) -> None:
    plan = made_up_plan(tmp_path, ("one.py", "two.py"), {"one.py": "1.0"}, releases=RELEASES)
    taken: list[Cell] = []
    for number in (1, 2, 3):
        store = CampaignStore(tmp_path / str(number))
        part = take_shard(plan, store, Shard(number=number, of=3))
        ((record,), damaged) = read_records(store.folder)
        assert damaged == []
        assert record.cells[number - 1] == tuple(cell.identifier for cell in part.cells)
        assert (record.examples, record.unnamed) == (("one.py", "two.py"), ("two.py",))
        assert part.baselines == plan.baselines
        taken += part.cells
    assert sorted(taken, key=lambda cell: cell.identifier) == list(plan.cells)


def test_a_folder_keeps_its_division(tmp_path: Path) -> None:
    plan = made_up_plan(tmp_path, ("one.py",), {}, releases=RELEASES)
    store = CampaignStore(plan.study.results)
    first = take_shard(plan, store, Shard(number=1, of=2))
    # By what it has recorded now, the cells would be divided in another way.
    store.finish(made_up_cell(first.cells[0], {}).with_phase("install", 5000.0))
    assert take_shard(plan, store, Shard(number=1, of=2)).cells == first.cells
    rest = take_shard(plan, store, Shard(number=2, of=2)).cells
    assert {*first.cells, *rest} == set(plan.cells)
    # So does a machine that begins when others are merged into the study's results.
    late = CampaignStore(tmp_path / "late")
    assert take_shard(plan, late, Shard(number=2, of=2)).cells == rest
    shutil.rmtree(plan.study.results / "shards")
    elsewhere = CampaignStore(tmp_path / "elsewhere")
    assert take_shard(plan, elsewhere, Shard(number=1, of=2)).cells == first.cells[:1]


def test_another_selection_is_divided_anew(tmp_path: Path) -> None:
    store = CampaignStore(tmp_path / "results")
    plan = made_up_plan(tmp_path, ("one.py",), {}, releases=RELEASES)
    take_shard(plan, store, Shard(number=1, of=2))
    fewer = made_up_plan(tmp_path, ("one.py",), {}, releases=RELEASES[:2])
    assert len(take_shard(fewer, store, Shard(number=1, of=2)).cells) == 1
