"""Dask's workers as a site: which Pythons there are, what is said of them, where variants run."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from fakes import KEY, FakeProgress, made_up_cell, made_up_plan, run_settings
from remote_workers import MASKED, PLAIN, FakeCluster, python, worker

from tfcompat.errors import UserError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.execution.dask_site import (
    DaskSite,
    available_pythons,
    lacking,
    left_open,
    open_site,
    settings_on,
    standing_by,
    stored_runs,
)
from tfcompat.execution.sites import HERE
from tfcompat.execution.variants import Variant
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import host

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.execution.worker_facts import MachineClass
    from tfcompat.planning.plan import Plan
    from tfcompat.planning.study import Study
    from tfcompat.results.schema import CellResult

A = "ex/a.py"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "ex").mkdir()
    (tmp_path / A).write_text("import foo\n", encoding="utf-8")
    return made_up_plan(tmp_path, (A,), {})


@pytest.fixture
def study(plan: Plan) -> Study:
    return plan.study


def test_without_dask_cells_run_here() -> None:
    with open_site(RunOptions(), FakeProgress()) as site:
        assert site is HERE


def test_keep_is_refused() -> None:
    options = RunOptions(keep=True, dask="local")
    with (
        pytest.raises(UserError, match="--keep keeps environments of this machine"),
        open_site(options, FakeProgress()),
    ):
        pass


def test_the_pythons_are_those_of_the_workers(study: Study) -> None:
    workers = [worker("a", python("3.9.1")), worker("b", python("3.12.2"), machine=MASKED)]
    found = available_pythons(study, workers, PLAIN)
    assert [one.python for one in found.found] == ["3.9"]
    assert found.refused["3.12"].startswith("only workers of another class of machines have Python")
    assert found.refused["3.11"].startswith("none of the workers has Python 3.11; `uv python")
    assert "3.9" not in found.refused
    assert not found.fetchable


def test_what_stands_by_is_said() -> None:
    workers = [worker("a"), worker("b", machine=MASKED)]
    first, second = standing_by(workers, PLAIN)
    assert first == "2 Dask workers"
    assert second.startswith("1 of them stand by")
    assert list(standing_by(workers[:1], PLAIN)) == ["1 Dask worker"]


def test_what_workers_cannot_close_is_open_and_said() -> None:
    able = replace(PLAIN, closes_network=False)
    settings = settings_on(able, run_settings())
    assert (settings.network, settings.files) == ("open", "closed")
    said = "the network cannot be closed for runs on the workers"
    assert list(left_open(run_settings(), able)) == [said]


def test_the_pythons_that_cells_lack_are_said_once(plan: Plan) -> None:
    cell = plan.cells[0]
    no_python, no_wheel = (
        replace(cell, cause=Cause(kind=kind, message=f"no {kind.value}"))
        for kind in (CauseKind.NO_INTERPRETER, CauseKind.NO_WHEEL)
    )
    cells = (cell, no_python, no_python, no_wheel)
    assert list(lacking(replace(plan, cells=cells))) == ["no no-interpreter"]


def made_on(plan: Plan, machine: MachineClass, network: str) -> CellResult:
    """Return a cell that was made on a machine of a class."""
    cell = made_up_cell(plan.cells[0], {A: example_of([Run(retval=0, seconds=1)], key=KEY)})
    this = replace(host.this_host(), machine=machine.machine, cpu_flags=machine.cpu_flags)
    assert cell.environment
    update = {"host": asdict(this), "network": network, "files": "closed"}
    return cell.model_copy(update={"environment": cell.environment.model_copy(update=update)})


def test_the_stored_runs_of_a_class(plan: Plan) -> None:
    open_network = replace(PLAIN, closes_network=False)
    classes = (PLAIN, MASKED, open_network)

    def stored(cells: Sequence[CellResult]) -> list[int]:
        return [stored_runs(cells, run_settings(), one) for one in classes]

    assert stored([]) == [0, 0, 0]
    assert stored([made_on(plan, PLAIN, "closed")]) == [1, 0, 0]
    assert stored([made_on(plan, MASKED, "closed")] * 2) == [0, 2, 0]
    assert stored([made_on(plan, PLAIN, "open")]) == [0, 0, 1]


def test_a_campaign_stays_with_its_class_and_lines_are_said_once(
    study: Study, tmp_path: Path
) -> None:
    progress = FakeProgress()
    cluster = FakeCluster.of(worker("a"), worker("b"), worker("m", machine=MASKED))
    assert isinstance(cluster, FakeCluster)
    site = DaskSite(cluster, lambda _: run_settings(), progress)
    first = site.pythons(study, tmp_path / "results")
    cluster.workers = {"m": cluster.workers["m"]}
    # Those that it had are gone; what it has is not compared with what others would make.
    assert site.pythons(study, tmp_path / "results").found == ()
    assert first.found
    assert site.pythons(study, tmp_path / "other").found == first.found
    assert [line for line in progress.said if "stand by" in line] == progress.said[1:2]


def test_variants_run_on_the_workers_with_their_own_files(plan: Plan, tmp_path: Path) -> None:
    cluster = FakeCluster.of(worker("a"), worker("b", cells=3))
    assert isinstance(cluster, FakeCluster)
    store = CampaignStore(tmp_path / "results")
    settings, progress = run_settings(), FakeProgress()
    site = DaskSite(cluster, lambda _: settings, progress)
    with site.open_evaluation(plan, store, settings, progress) as evaluation:
        assert (evaluation.side_by_side, evaluation.environments) == (4, None)
        del cluster.workers["b"]
        assert evaluation.side_by_side == 1
        assert evaluation.variants is not None
        pinned = Variant.of(plan.cells[0], pins=["bar==2"])
        edited = Variant.of(plan.cells[0], files={"ex/more.py": b"print(3)\n"})
        for variant in (pinned, edited):
            evaluation.variants.run(variant, {A: 1})
        assert set(evaluation.variants.built) == {pinned.cell.identifier, edited.cell.identifier}
    one, other = (request for _, request in cluster.asked)
    assert one.cell.pins == ("bar==2",)
    assert (set(one.commands), set(other.commands)) == ({A}, {A, "ex/more.py"})
    assert len(set(cluster.studies)) == 2
    # They lie apart, and what was sent is forgotten.
    assert (store.cells(), cluster.forgotten) == ({}, 1)
