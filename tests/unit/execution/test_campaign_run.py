"""The main job's pure parts: what runs again, what is unknown, and the exit code."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from fakes import FakeProgress, made_up_plan

from tfcompat.errors import SelectionError, UserError
from tfcompat.execution.campaign_run import (
    RunOptions,
    RunSummary,
    evaluate_plan,
    examples_to_rerun,
    is_unknown,
    without_own_baselines,
)
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.printed import as_json
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Example, Inputs
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.plan import Plan

A, B, C = TESTS = ("ex/a.py", "ex/b.py", "ex/c.py")
NAME = "pypi-foo-1.0-python-cp36"
OTHER = "pypi-foo-2.0-python-cp36"


def example(verdict: Verdict) -> Example:
    return Example(retval=0, seconds=1, verdict=verdict)


def cell(verdict: Verdict | None = None, **examples: Verdict) -> CellResult:
    cause = Cause(kind=CauseKind.CONFLICT, message="numpy") if verdict else None
    return CellResult(
        inputs=Inputs(dependency="foo", name=NAME),
        build=Build(retval=0),
        examples={f"ex/{name}.py": example(found) for name, found in examples.items()},
        verdict=verdict,
        cause=cause,
    )


@pytest.mark.parametrize(
    ("stored", "unknown"),
    [
        (cell(a=Verdict.SAME, b=Verdict.FAILED), False),
        (cell(a=Verdict.SAME, b=Verdict.UNKNOWN), True),
        # Not selected.
        (cell(a=Verdict.SAME, c=Verdict.UNKNOWN), False),
        (cell(Verdict.UNKNOWN), True),
        (cell(Verdict.UNBUILDABLE), False),
        (cell(), False),
    ],
)
def test_is_unknown(stored: CellResult, *, unknown: bool) -> None:
    assert is_unknown(stored, [A, B]) is unknown


def test_what_own_baselines_would_tell() -> None:
    def on(release: str, **examples: Verdict) -> CellResult:
        environment = CellEnvironment(release=release, python="3.6", resolve="release")
        return cell(**examples).model_copy(update={"environment": environment})

    old = on("1.0", a=Verdict.SAME, b=Verdict.UNKNOWN, c=Verdict.UNKNOWN)
    new = on("2.0", a=Verdict.SAME, b=Verdict.UNKNOWN)
    known = on("3.0", a=Verdict.SAME, b=Verdict.FAILED)
    unbuilt = cell(Verdict.UNKNOWN)
    (note,) = without_own_baselines([old, new, known, unbuilt], [A, B])
    assert "leave 2 examples open" in note
    assert "`tfcompat run --release 1.0 --release 2.0`" in note
    assert not list(without_own_baselines([known], [A, B]))


ENDED = RunSummary(
    cells=(
        cell(a=Verdict.SAME, b=Verdict.FAILED, c=Verdict.DIFFERENT),
        cell(a=Verdict.FAILED),
        cell(Verdict.UNBUILDABLE),
    ),
    tests=(A, B),
    exit_code=0,
)


def test_ended_as_json() -> None:
    content = as_json(ENDED.printed)
    assert json.loads(json.dumps(content)) == content
    assert content[0]["examples"] == {A: "same", B: "failed"}
    assert (content[0]["verdict"], content[0]["cause"]) == (None, None)
    assert content[2] == {
        "schema": 1,
        "identifier": NAME,
        "verdict": "unbuildable",
        "cause": as_json(Cause(kind=CauseKind.CONFLICT, message="numpy")),
        "examples": {},
    }


@pytest.fixture
def campaign(tmp_path: Path) -> CampaignStore:
    campaign = CampaignStore(tmp_path / "results")
    campaign.finish(cell(a=Verdict.SAME, b=Verdict.FAILED, c=Verdict.UNKNOWN))
    return campaign


def rerun(campaign: CampaignStore, options: RunOptions, identifier: str = NAME) -> set[str]:
    cells = [SimpleNamespace(identifier=name) for name in (NAME, OTHER, "pypi-foo-1.0-python-cp3")]
    plan = cast("Plan", SimpleNamespace(tests=TESTS, cells=cells))
    return examples_to_rerun(plan, campaign, options).get(identifier, set())


def test_what_runs_again(campaign: CampaignStore) -> None:
    assert rerun(campaign, RunOptions()) == set()
    assert rerun(campaign, RunOptions(force=True)) == set(TESTS)
    assert rerun(campaign, RunOptions(only="failed")) == {B}
    assert rerun(campaign, RunOptions(only="unknown")) == {C}
    assert rerun(campaign, RunOptions(only="failed"), OTHER) == set()
    assert rerun(campaign, RunOptions(only="failed", force=True)) == set(TESTS)


def test_what_a_file_lists_runs_again(campaign: CampaignStore, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text(f"{NAME} {B}\n{NAME} ex/gone.py\n\n{OTHER}\n", encoding="utf-8")
    options = RunOptions(only=str(path))
    assert rerun(campaign, options) == {B}
    assert rerun(campaign, options, OTHER) == set(TESTS)
    assert rerun(campaign, options, "pypi-foo-1.0-python-cp3") == set()


def test_a_list_written_on_windows(campaign: CampaignStore, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(f"{NAME} {B}\r\n{OTHER}\r\n".encode())
    options = RunOptions(only=str(tmp_path / "list"))
    assert rerun(campaign, options) == {B}
    assert rerun(campaign, options, OTHER) == set(TESTS)


@pytest.mark.parametrize(
    "text", ["", "\n", "pypi-foo-9.0-python-cp36\n", f"{NAME} ex/gone.py\n", f"{NAME}  {B}", B]
)
def test_a_list_that_names_no_selected_cell(
    campaign: CampaignStore, tmp_path: Path, text: str
) -> None:
    (tmp_path / "list").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"--only: no line of .*list names a selected cell"):
        rerun(campaign, RunOptions(only=str(tmp_path / "list")))


@pytest.mark.parametrize(("name", "why"), [("faild", "No such file"), ("bytes", "can't decode")])
def test_a_list_that_cannot_be_read(
    campaign: CampaignStore, tmp_path: Path, name: str, why: str
) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    said = rf"--only: cannot read .*{name} .*{why}.*; or say failed, unknown"
    with pytest.raises(UserError, match=said):
        rerun(campaign, RunOptions(only=str(tmp_path / name)))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    for test in TESTS:
        (tmp_path / test).parent.mkdir(exist_ok=True)
        (tmp_path / test).touch()
    return made_up_plan(tmp_path, TESTS, {"old": {"release": "1.0"}})


def refused(plan: Plan, options: RunOptions) -> str:
    """Return why a command ends before anything is tried, but for the notes on its study."""
    progress = FakeProgress()
    with pytest.raises(UserError) as caught:
        evaluate_plan(plan, options, progress)
    assert progress.said == ["caliper.yaml: `baselines.old` matches no example."]
    assert progress.begun == []
    return str(caught.value)


def test_a_resolve_that_is_none(plan: Plan) -> None:
    said = refused(plan, RunOptions(resolve="tomorrow"))
    assert said.startswith("--resolve: 'tomorrow' is not one of")
    assert not plan.study.results.exists()
    assert issubclass(SelectionError, UserError)


def test_another_resolve_in_the_folder(plan: Plan, tmp_path: Path) -> None:
    CampaignStore(plan.study.results).open(dependency="foo", resolve="release")
    assert "name another folder with --results" in refused(plan, RunOptions(resolve="latest"))
    CampaignStore(tmp_path / "elsewhere").open(dependency="foo", resolve="latest")
    said = refused(plan, RunOptions(results=tmp_path / "elsewhere"))
    assert "resolve 'latest', not 'release'" in said


def test_a_results_folder_that_cannot_be_written(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot write" in refused(plan, RunOptions(results=tmp_path / "file"))


def test_settings_come_from_the_command_line_and_else_from_the_study(plan: Plan) -> None:
    given = RunOptions(resolve="latest", timeout=7, isolation="fresh").settings(plan.study)
    assert (given.resolve, given.limits.timeout, given.isolation) == ("latest", 7.0, "fresh")
    found = RunOptions().settings(plan.study)
    assert (found.resolve, found.first_runs) == ("release", 1)
    assert RunOptions(steadiness=True).settings(plan.study).first_runs == 3
    assert found.limits.timeout == plan.study.analysis.timeout


def test_nothing_of_a_command_stays_in_the_cache(plan: Plan) -> None:
    store = CampaignStore(plan.study.results)
    settings = RunOptions().settings(plan.study)
    with open_evaluation(plan, store, settings, FakeProgress(), jobs=1) as evaluation:
        (folder,) = (path for path in (plan.cache / "work").iterdir() if path.is_dir())
        assert (folder / "study" / A).is_file()
        assert set(evaluation.keys) == set(TESTS)
    assert not list((plan.cache / "work").iterdir())
