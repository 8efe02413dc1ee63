"""``tfcompat merge``: what it prints, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import made_up_cell, made_up_plan

from tfcompat.cli.main import main
from tfcompat.execution.shard_run import take_shard
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, example_of
from tfcompat.results.shards import Shard
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("signals")


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return two folders of results, relative to the current one; it has no study."""
    monkeypatch.chdir(tmp_path)
    plan = made_up_plan(tmp_path, ("one.py",), {"one.py": "1.0"})
    example = example_of([Run(retval=0, seconds=1.0)], key="k")
    example = example.model_copy(update={"verdict": Verdict.SAME})
    for number in (1, 2):
        store = CampaignStore(tmp_path / str(number))
        for cell in take_shard(plan, store, Shard(number=number, of=2)).cells:
            store.finish(made_up_cell(cell, {"one.py": example}))
    return ["1", "2"]


def test_all_there_is_0(shards: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", *shards, "--results", "all"]) == 0
    assert capsys.readouterr() == ("all: 3 cells, 3 written\n", "")


def test_a_missing_shard_is_3(shards: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", shards[0], "--results", "all"]) == 3
    lines = capsys.readouterr().err.splitlines()
    why = "unknown: it was for shard 2/2, and no merged folder has it"
    assert lines == [
        "note: shard 2/2 is in none of the folders",
        f"missing: pypi-foo-2.0-python-cp36: {why}",
    ]


@pytest.mark.usefixtures("shards")
def test_what_is_no_folder_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", "nowhere", "--results", "all"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "tfcompat: nowhere is no folder; name folders of results"


def test_a_study_that_is_named_must_be_there(
    shards: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["merge", *shards, "--results", "all", "--config", "other.yaml"]) == 2
    assert "other.yaml" in capsys.readouterr().err
