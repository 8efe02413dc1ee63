"""Merging folders: what is stored, what is judged anew, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_cell, made_up_plan

from tfcompat.errors import UserError
from tfcompat.execution.merge import merge_folders
from tfcompat.execution.shard_run import take_shard
from tfcompat.results.campaign import Campaign
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import CellResult, Run, example_of
from tfcompat.results.shards import Shard
from tfcompat.results.timings import read_costs
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.plan import Plan

TEST = "one.py"
OUTPUTS = {"1.0": "old\n", "2.0": "new\n", "3.0": "new\n", "4.0": "new\n"}


@dataclass(frozen=True)
class Shards:
    """The folders of the shards of a campaign, in which every run has ended."""

    plan: Plan
    folders: list[Path]


@pytest.fixture
def shards(tmp_path: Path) -> Shards:
    plan = made_up_plan(tmp_path, (TEST,), {}, releases=tuple(OUTPUTS))
    folders = []
    for number in (1, 2):
        store = CampaignStore(tmp_path / f"{number}-of-2")
        store.open(dependency="foo", resolve="release")
        for cell in take_shard(plan, store, Shard(number=number, of=2)).cells:
            run = Run(retval=0, seconds=1.0, output=[OUTPUTS[cell.release]])
            store.finish(made_up_cell(cell, {TEST: example_of([run] * 6, key="k")}))
        folders.append(store.folder)
    return Shards(plan, folders)


def verdicts(folder: Path) -> dict[str, Verdict]:
    cells = Campaign(folder).cells().values()
    return {
        cell.environment.release: cell.examples[TEST].verdict for cell in cells if cell.environment
    }


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def on_processor(folder: Path, *flags: str, key: str = "k") -> None:
    """Change the cells of a folder into those of another class of machines."""
    store = CampaignStore(folder)
    for cell in store.cells().values():
        assert cell.environment is not None
        host = {**cell.environment.host, "cpu_flags": list(flags)}
        environment = cell.environment.model_copy(update={"host": host})
        examples = {t: e.model_copy(update={"key": key}) for t, e in cell.examples.items()}
        store.write(cell.model_copy(update={"environment": environment, "examples": examples}))


def test_without_a_named_baseline_the_newest_of_all_serves(shards: Shards, tmp_path: Path) -> None:
    target = tmp_path / "merged"
    done = merge_folders(shards.folders, target, shards.plan.study)
    assert (done.cells, done.changed, dict(done.incomplete)) == (4, 4, {})
    assert (done.contradictions, done.notes, done.damaged) == ((), (), ())
    assert verdicts(target) == {
        "1.0": Verdict.DIFFERENT,
        "2.0": Verdict.SAME,
        "3.0": Verdict.SAME,
        "4.0": Verdict.SAME,
    }
    assert read_costs(target).keys() == {cell.identifier for cell in shards.plan.cells}


def test_without_the_study_verdicts_stay_and_that_is_said(shards: Shards, tmp_path: Path) -> None:
    done = merge_folders(shards.folders, tmp_path / "merged")
    assert set(verdicts(tmp_path / "merged").values()) == {Verdict.UNKNOWN}
    (note,) = done.notes
    assert "name the study with --config" in note


def test_merging_again_writes_nothing(shards: Shards, tmp_path: Path) -> None:
    target = tmp_path / "merged"
    merge_folders(shards.folders, target, shards.plan.study)
    before = content(target)
    again = merge_folders(shards.folders, target, shards.plan.study)
    assert (again.changed, again.notes, again.contradictions) == (0, (), ())
    assert content(target) == before


def test_into_one_of_the_sources(shards: Shards, tmp_path: Path) -> None:
    merge_folders(shards.folders, tmp_path / "merged", shards.plan.study)
    merge_folders(shards.folders, shards.folders[0], shards.plan.study)
    again = merge_folders(shards.folders, shards.folders[0], shards.plan.study)
    assert again.changed == 0
    assert content(shards.folders[0]) == content(tmp_path / "merged")


def test_a_lost_shard_may_come_later(shards: Shards, tmp_path: Path) -> None:
    target = tmp_path / "merged"
    first = merge_folders(shards.folders[:1], target, shards.plan.study)
    assert len(first.incomplete) == 2
    assert all("shard 2/2" in why for why in first.incomplete.values())
    assert Campaign(target).unknown().keys() == first.incomplete.keys()
    second = merge_folders(shards.folders[1:], target, shards.plan.study)
    assert (dict(second.incomplete), Campaign(target).unknown()) == ({}, {})
    assert verdicts(target)["1.0"] is Verdict.DIFFERENT


def test_a_damaged_file_is_named_and_its_cell_missing(shards: Shards, tmp_path: Path) -> None:
    path = next(shards.folders[1].glob("*.json"))
    path.write_text('{"schema": 1', encoding="utf-8")
    done = merge_folders(shards.folders, tmp_path / "merged", shards.plan.study)
    (line,) = done.damaged
    assert line.startswith(f"{path} is damaged")
    assert list(done.incomplete) == [path.stem]


def test_runs_of_two_classes_of_processors_are_not_compared(shards: Shards, tmp_path: Path) -> None:
    # The keys of runs have the flags in them.
    on_processor(shards.folders[0], "avx2", key="k")
    on_processor(shards.folders[1], "avx2", "avx512f", key="other")
    done = merge_folders(shards.folders, tmp_path / "merged", shards.plan.study)
    (note,) = done.notes
    assert note.startswith("the cells come from 2 classes of processors: 2 cells such as ")
    baselines = {
        (cell.environment.host["cpu_flags"][-1], cell.examples[TEST].baseline)
        for cell in Campaign(tmp_path / "merged").cells().values()
        if cell.environment
    }
    assert len(baselines) == 2


def test_different_across_classes_is_said(shards: Shards, tmp_path: Path) -> None:
    merge_folders(shards.folders, tmp_path / "merged", shards.plan.study)
    store = CampaignStore(tmp_path / "merged")
    (changed,) = (c for c in store.cells().values() if _differs(c))
    assert changed.environment is not None
    host = {**changed.environment.host, "cpu_flags": ["neon"]}
    environment = changed.environment.model_copy(update={"host": host})
    store.write(changed.model_copy(update={"environment": environment}))
    done = merge_folders([store.folder], tmp_path / "again")
    (line,) = (note for note in done.notes if note.startswith("`different`"))
    assert f"{TEST} in {changed.identifier}, against pypi-foo-4.0" in line


def _differs(cell: CellResult) -> bool:
    return cell.examples[TEST].verdict is Verdict.DIFFERENT


def test_another_campaign_is_refused(shards: Shards, tmp_path: Path) -> None:
    for dependency, resolve in (("foo", "latest"), ("bar", "release")):
        other = CampaignStore(tmp_path / dependency)
        other.open(dependency=dependency, resolve=resolve)
        cell = Campaign(shards.folders[0]).cells().popitem()[1]
        assert cell.environment is not None
        other.finish(
            cell.model_copy(
                update={
                    "inputs": cell.inputs.model_copy(update={"dependency": dependency}),
                    "environment": cell.environment.model_copy(update={"resolve": resolve}),
                }
            )
        )
        with pytest.raises(UserError, match="merge folders of one campaign"):
            merge_folders([*shards.folders, other.folder], tmp_path / "merged")
        with pytest.raises(UserError, match="merge folders of one campaign"):
            merge_folders(shards.folders, other.folder)
    assert not (tmp_path / "merged").exists()


def test_what_is_no_folder_of_results_is_refused(shards: Shards, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no folder"):
        merge_folders([*shards.folders, tmp_path / "nowhere"], tmp_path / "merged")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no results"):
        merge_folders([tmp_path / "empty"], tmp_path / "merged")
