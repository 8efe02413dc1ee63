"""The main job's pure parts: what runs again, what is unknown, what the exit code says."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tfcompat.errors import SelectionError, UserError
from tfcompat.execution import campaign_run
from tfcompat.execution.campaign_run import RunOptions, RunSummary, is_unknown
from tfcompat.planning.plan import Plan, Selection
from tfcompat.results.campaign import Campaign
from tfcompat.results.schema import Build, CellResult, Example, Inputs
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.execution.progress import Progress

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
        # Not asked for.
        (cell(a=Verdict.SAME, c=Verdict.UNKNOWN), False),
        (cell(Verdict.UNKNOWN), True),
        (cell(Verdict.UNBUILDABLE), False),
        (cell(), False),
    ],
)
def test_is_unknown(stored: CellResult, *, unknown: bool) -> None:
    assert is_unknown(stored, [A, B]) is unknown


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
    content = ENDED.as_json()
    assert json.loads(json.dumps(content)) == content
    assert content[0]["examples"] == {A: "same", B: "failed"}
    assert (content[0]["verdict"], content[0]["cause"]) == (None, None)
    assert content[2] == {
        "identifier": NAME,
        "verdict": "unbuildable",
        "cause": Cause(kind=CauseKind.CONFLICT, message="numpy").as_json(),
        "examples": {},
    }


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    campaign = Campaign(tmp_path / "results")
    campaign.finish(cell(a=Verdict.SAME, b=Verdict.FAILED, c=Verdict.UNKNOWN))
    return campaign


def again(campaign: Campaign, options: RunOptions, identifier: str = NAME) -> set[str]:
    cells = [SimpleNamespace(identifier=name) for name in (NAME, OTHER, "pypi-foo-1.0-python-cp3")]
    plan = cast("Plan", SimpleNamespace(tests=TESTS, cells=cells))
    return campaign_run._again(plan, campaign, options)(identifier)


def test_what_runs_again(campaign: Campaign) -> None:
    assert again(campaign, RunOptions()) == set()
    assert again(campaign, RunOptions(force=True)) == set(TESTS)
    assert again(campaign, RunOptions(only="failed")) == {B}
    assert again(campaign, RunOptions(only="unknown")) == {C}
    assert again(campaign, RunOptions(only="failed"), OTHER) == set()
    assert again(campaign, RunOptions(only="failed", force=True)) == set(TESTS)


def test_what_a_file_lists_runs_again(campaign: Campaign, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text(f"{NAME} {B}\n{NAME} ex/gone.py\n\n{OTHER}\n", encoding="utf-8")
    options = RunOptions(only=str(path))
    assert again(campaign, options) == {B}
    assert again(campaign, options, OTHER) == set(TESTS)
    assert again(campaign, options, "pypi-foo-1.0-python-cp3") == set()


def test_a_list_written_on_windows(campaign: Campaign, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(f"{NAME} {B}\r\n{OTHER}\r\n".encode())
    options = RunOptions(only=str(tmp_path / "list"))
    assert again(campaign, options) == {B}
    assert again(campaign, options, OTHER) == set(TESTS)


@pytest.mark.parametrize(
    "text", ["", "\n", "pypi-foo-9.0-python-cp36\n", f"{NAME} ex/gone.py\n", f"{NAME}  {B}", B]
)
def test_a_list_that_names_no_selected_cell(campaign: Campaign, tmp_path: Path, text: str) -> None:
    (tmp_path / "list").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"--only: no line of .*list names a selected cell"):
        again(campaign, RunOptions(only=str(tmp_path / "list")))


@pytest.mark.parametrize(("name", "why"), [("faild", "No such file"), ("bytes", "can't decode")])
def test_a_list_that_cannot_be_read(
    campaign: Campaign, tmp_path: Path, name: str, why: str
) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    said = rf"--only: cannot read .*{name} .*{why}.*; or say failed, unknown"
    with pytest.raises(UserError, match=said):
        again(campaign, RunOptions(only=str(tmp_path / name)))


@pytest.fixture
def _no_plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make up a plan that is as bare as can be: these runs end before anything is tried."""
    analysis = SimpleNamespace(dependency="foo", resolve="release")
    study = SimpleNamespace(
        analysis=analysis, results=tmp_path / "results", notes=lambda: iter(["a note"])
    )
    plan = SimpleNamespace(study=study, tests=TESTS, cells=(), cache=tmp_path / "cache")
    monkeypatch.setattr(campaign_run, "make_plan", lambda _: plan)


def refused(options: RunOptions) -> str:
    said: list[str] = []
    progress = cast("Progress", SimpleNamespace(say=said.append))
    with pytest.raises(UserError) as caught:
        campaign_run.run(Selection(), options, progress)
    assert said == ["a note"]
    return str(caught.value)


@pytest.mark.usefixtures("_no_plan")
def test_a_resolve_that_is_none(tmp_path: Path) -> None:
    assert refused(RunOptions(resolve="tomorrow")).startswith("--resolve: 'tomorrow' is not one of")
    assert not (tmp_path / "results").exists()
    assert issubclass(SelectionError, UserError)


@pytest.mark.usefixtures("_no_plan")
def test_another_resolve_in_the_folder(tmp_path: Path) -> None:
    Campaign(tmp_path / "results").open(dependency="foo", resolve="release")
    assert "name another folder with --results" in refused(RunOptions(resolve="latest"))
    Campaign(tmp_path / "elsewhere").open(dependency="foo", resolve="latest")
    said = refused(RunOptions(results=tmp_path / "elsewhere"))
    assert "resolve 'latest', not 'release'" in said


@pytest.mark.usefixtures("_no_plan")
def test_a_results_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot write" in refused(RunOptions(results=tmp_path / "file"))
