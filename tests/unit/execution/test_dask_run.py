"""The job of ``run --dask``: which Pythons there are, and what is said of the workers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes import FakeProgress, made_up_cell, made_up_plan, run_settings
from remote_workers import MASKED, PLAIN, python, worker

from tfcompat.errors import UserError
from tfcompat.execution import dask_run
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.execution.workspace import take_copy
from tfcompat.planning.plan import Selection
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, example_of

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.study import Study

A = "ex/a.py"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "ex").mkdir()
    (tmp_path / A).write_text("import foo\n", encoding="utf-8")
    return made_up_plan(tmp_path, (A,), {}).study


def test_keep_is_refused() -> None:
    with pytest.raises(UserError, match="--keep keeps environments of this machine"):
        dask_run.run(Selection(), RunOptions(keep=True), FakeProgress(), "local")


def test_the_pythons_are_those_of_the_workers(study: Study) -> None:
    workers = [worker("a", python("3.9.1")), worker("b", python("3.12.2"), machine=MASKED)]
    found = dask_run._available(study, workers, PLAIN)
    assert [one.python for one in found.found] == ["3.9"]
    assert found.refused["3.12"].startswith("only workers of another class of machines have Python")
    assert found.refused["3.11"].startswith("none of the workers has Python 3.11; `uv python")
    assert "3.9" not in found.refused
    assert not found.fetchable


def test_what_stands_by_is_said() -> None:
    progress = FakeProgress()
    workers = [worker("a"), worker("b", machine=MASKED)]
    dask_run._say_workers(workers, PLAIN, progress)
    assert progress.said[0] == "2 Dask workers"
    assert progress.said[1].startswith("1 of them stand by")
    dask_run._say_workers(workers[:1], PLAIN, progress)
    assert progress.said[2:] == ["1 Dask worker"]


def test_what_workers_cannot_close_is_open_and_said(study: Study, tmp_path: Path) -> None:
    copy = take_copy(tmp_path, ["ex"], tmp_path / "copy")
    classes = dask_run._Classes(study, copy, run_settings())
    able = replace(PLAIN, closes_network=False)
    settings = classes.settings(able)
    assert (settings.network, settings.files) == ("open", "closed")
    progress = FakeProgress()
    dask_run._say_open(settings, run_settings(), progress)
    assert progress.said == ["the network cannot be closed for runs on the workers"]
    assert len({classes.keys(one)[A] for one in (able, PLAIN, MASKED)}) == 3


def test_the_stored_runs_of_a_class(study: Study, tmp_path: Path) -> None:
    copy = take_copy(tmp_path, ["ex"], tmp_path / "copy")
    classes = dask_run._Classes(study, copy, run_settings())
    store = CampaignStore(tmp_path / "results")
    assert classes.stored_runs(PLAIN, store) == 0
    store.open(dependency="foo", resolve="release")
    runs = example_of([Run(retval=0, seconds=1)], key=classes.keys(PLAIN)[A])
    store.finish(made_up_cell(made_up_plan(tmp_path, (A,), {}).cells[0], {A: runs}))
    assert [classes.stored_runs(one, store) for one in (PLAIN, MASKED)] == [1, 0]
