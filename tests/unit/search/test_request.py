"""Requests for scripts and for studies: which cells, where results go, whether a claim holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from fakes import FakeCatalog, FakeIndex
from packaging.tags import parse_tag
from packaging.version import Version
from plans import empty_plan

from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.errors import SelectionError, StudyError
from tfcompat.execution import campaign_run
from tfcompat.execution.campaign_run import RunOptions, RunSummary
from tfcompat.planning.default_python import PythonRule
from tfcompat.planning.plan import Plan, Selection
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Example, Inputs
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.search import request
from tfcompat.search.request import SearchRequest
from tfcompat.util import folders

if TYPE_CHECKING:
    from tfcompat.environments.index.client import Release
    from tfcompat.execution.progress import Progress
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.study import Study

STUDY = """
analysis:
  dependency: foo
  tests: [ex/a.py, ex/b.py]
  versions: ["2"]
  python_versions: [2.7, 3.6]
  baselines: {ex/a.py: "3"}
"""
FOUND = tuple(
    Interpreter(path=Path(f"/opt/python{python}"), version=Version(f"{python}.1"), abi=abi)
    for python, abi in (("3.8", "cp38"), ("3.6", "cp36m"))
)


@pytest.fixture(autouse=True)
def _made_up_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def lay_out(study: Study, selection: Selection, _here: None) -> Plan:
        assert selection.releases
        index = FakeIndex(versions=("1", "2", "3", "10"))
        examples = selection.tests or study.examples
        rule = PythonRule(among=selection.pythons)
        plan = empty_plan(study, index, tmp_path, *FOUND, examples=examples, rule=rule)
        releases = ("1", "2", "3", "10") if selection.releases == ("all",) else selection.releases
        pythons = selection.pythons or (None,)
        return replace(plan, cells=tuple(plan.cell(r, p) for r in releases for p in pythons))

    catalog = FakeCatalog({"foo": ["foo"], "bar": ["foo"]})
    monkeypatch.setattr(request, "lay_out", lay_out)
    monkeypatch.setattr(request, "IndexCatalog", lambda index: (catalog, index)[0])
    monkeypatch.setattr(folders, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ex").mkdir()
    for name in ("ex/a.py", "ex/b.py", "c.py"):
        (tmp_path / name).write_text("import foo\n", encoding="utf-8")
    (tmp_path / "caliper.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def question(folder: Path, *scripts: str, **said: str) -> SearchRequest:
    selection = Selection(config=folder / "caliper.yaml")
    return SearchRequest(
        selection=selection,
        scripts=tuple(folder / name for name in scripts),
        dependency=said.get("dependency"),
        baseline=said.get("baseline"),
        resolve=said.get("resolve"),
    )


def cells(plan: Plan) -> list[tuple[str, str]]:
    return [(cell.release, cell.python) for cell in plan.cells]


def test_a_study_is_searched_over_every_release_on_one_python_each(folder: Path) -> None:
    plan, results = request.plan_of(question(folder))
    assert cells(plan) == [("1", "3.8"), ("2", "3.8"), ("3", "3.8"), ("10", "3.8")]
    assert plan.tests == ("ex/a.py", "ex/b.py")
    assert results == folder / "results"


def test_an_example_of_the_study_is_taken_as_one(folder: Path) -> None:
    plan, results = request.plan_of(question(folder, "ex/a.py"))
    assert (plan.tests, results) == (("ex/a.py",), folder / "results")
    named = plan.baseline("ex/a.py")
    assert named is not None
    assert named.release == "3"


def test_an_example_may_be_a_link(folder: Path) -> None:
    elsewhere = folder / "elsewhere.py"
    (folder / "ex" / "a.py").rename(elsewhere)
    (folder / "ex" / "a.py").symlink_to(elsewhere)
    plan, results = request.plan_of(question(folder, "ex/a.py"))
    assert (plan.tests, results) == (("ex/a.py",), folder / "results")


@pytest.mark.parametrize(
    ("scripts", "said"),
    [
        (("c.py",), {}),
        (("c.py", "ex/a.py"), {}),
        (("ex/a.py",), {"baseline": "2"}),
        (("ex/a.py",), {"dependency": "bar"}),
    ],
)
def test_other_scripts_make_a_study_of_their_own(
    folder: Path, scripts: tuple[str, ...], said: dict[str, str]
) -> None:
    plan, results = request.plan_of(question(folder, *scripts, **said))
    assert plan.study.analysis.dependency == said.get("dependency", "foo")
    assert results.parent == folder / "cache" / "frontiers"
    assert results != request.plan_of(question(folder, *scripts, resolve="latest", **said))[1]
    elsewhere = replace(question(folder, *scripts, **said), results=Path("x"))
    assert request.plan_of(elsewhere)[1] == Path("x")


def test_scripts_need_no_study(folder: Path) -> None:
    (folder / "caliper.yaml").unlink()
    assert request.plan_of(question(folder, "c.py"))[0].tests == ("c.py",)
    with pytest.raises(StudyError, match="there is no study"):
        request.plan_of(question(folder))


def test_what_is_said_of_no_script_is_refused(folder: Path) -> None:
    with pytest.raises(SelectionError, match="say something of scripts; name one"):
        request.plan_of(question(folder, baseline="2"))
    asked = question(folder, "c.py")
    with pytest.raises(SelectionError, match="--test selects examples of a study"):
        request.plan_of(replace(asked, selection=replace(asked.selection, tests=("a",))))


def test_a_baseline_is_searched_whatever_is_selected(folder: Path) -> None:
    asked = question(folder, "ex/a.py")
    selection = replace(asked.selection, releases=("10", "1"), pythons=("3.6", "3.8"))
    plan, _ = request.plan_of(replace(asked, selection=selection))
    assert cells(plan) == [("1", "3.8"), ("3", "3.8"), ("10", "3.8")]
    # What holds one release is about that one, whatever the study compares with.
    alone, _ = request.selected(replace(asked, selection=selection))
    assert cells(alone) == [("1", "3.8"), ("10", "3.8")]


def test_of_several_pythons_it_is_one_that_is_here(folder: Path) -> None:
    asked = question(folder, "c.py")
    plan, _ = request.plan_of(
        replace(asked, selection=replace(asked.selection, pythons=("3.6", "3.9")))
    )
    assert {python for _, python in cells(plan)} == {"3.6"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("new", "--baseline: 'new' is no release such as 1.4.0"),
        ("2@three", "--baseline: 'three' is no Python version; write it as 3.6 or cp36"),
        ("2@", "--baseline: '' is no Python version; write it as 3.6 or cp36"),
    ],
)
def test_a_baseline_that_is_none(folder: Path, text: str, said: str) -> None:
    with pytest.raises(SelectionError) as caught:
        request.plan_of(question(folder, "c.py", baseline=text))
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("baseline", "pythons", "python"),
    [
        ("2", (), "3.8"),
        ("2@3.6", (), "3.6"),
        ("2", ("3.6",), "3.6"),
        ("2@3.8", ("3.6",), "3.8"),
    ],
)
def test_the_python_of_a_baseline(
    folder: Path, baseline: str, pythons: tuple[str, ...], python: str
) -> None:
    asked = question(folder, "c.py", baseline=baseline)
    selection = replace(asked.selection, pythons=pythons)
    named = request.plan_of(replace(asked, selection=selection))[0].baseline("c.py")
    assert named is not None
    assert (named.release, named.python) == ("2", python)


def test_resolve_decides_on_pythons_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Selection] = []
    made_up = vars(request)["lay_out"]

    def lay_out(study: Study, selection: Selection, _here: None) -> Plan:
        asked.append(selection)
        plan: Plan = made_up(study, selection, None)
        return plan

    monkeypatch.setattr(request, "lay_out", lay_out)
    for scripts in ((), ("ex/a.py",), ("c.py",)):
        request.plan_of(question(folder, *scripts, resolve="latest"))
    assert [selection.resolve for selection in asked] == ["latest"] * 3


@dataclass
class Runs:
    """Stands for the pipeline: verdicts by release."""

    verdicts: dict[str, Verdict]
    asked: list[Plan]

    def evaluate_plan(self, plan: Plan, options: RunOptions, _: Progress) -> RunSummary:
        assert options.results is not None
        self.asked.append(plan)
        found = tuple(self.result(plan, cell.release, cell.identifier) for cell in plan.cells)
        return RunSummary(cells=found, tests=plan.tests, exit_code=0)

    def result(self, plan: Plan, release: str, identifier: str) -> CellResult:
        verdict = self.verdicts[release]
        inputs = Inputs(dependency="foo", name=identifier)
        environment = CellEnvironment(release=release, python="3.8", resolve="release")
        if verdict in (Verdict.UNBUILDABLE, Verdict.UNKNOWN):
            cause = Cause(kind=CauseKind.CONFLICT, message="no such luck")
            return CellResult(inputs=inputs, environment=environment, verdict=verdict, cause=cause)
        boom = Cause(kind=CauseKind.OTHER, message="boom") if verdict is Verdict.FAILED else None
        example = Example(retval=0, seconds=1, verdict=verdict, cause=boom)
        examples = dict.fromkeys(plan.tests, example)
        return CellResult(
            inputs=inputs, environment=environment, build=Build(retval=0), examples=examples
        )


def claims(
    monkeypatch: pytest.MonkeyPatch, folder: Path, specifier: str, **verdicts: Verdict
) -> tuple[list[str], Runs]:
    runs = Runs({name.strip("_"): verdict for name, verdict in verdicts.items()}, [])
    monkeypatch.setattr(campaign_run, "evaluate_plan", runs.evaluate_plan)
    nothing = cast("Progress", None)
    asked = question(folder, "c.py")
    found = request.verify(asked, specifier, RunOptions(), nothing)
    assert all(claim.holds == ("same" in str(claim)) for claim in found)
    return [str(claim) for claim in found], runs


def test_both_ends_of_a_claim_are_tried(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    found, runs = claims(monkeypatch, folder, ">=2,<10", _2=Verdict.FAILED, _3=Verdict.SAME)
    assert found == [
        "2 (Python 3.8, the oldest): failed: boom",
        "3 (Python 3.8, the newest): same",
    ]
    (plan,) = runs.asked
    assert cells(plan) == [("2", "3.8"), ("3", "3.8")]
    named = plan.study.baseline("c.py")
    assert named is not None
    assert (str(named.release), named.python) == ("3", "3.8")


def test_an_end_without_an_environment_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    found, _ = claims(monkeypatch, folder, "==2", _2=Verdict.UNBUILDABLE)
    assert found == [
        "2 (Python 3.8, the oldest): unbuildable: no such luck",
        "2 (Python 3.8, the newest): unbuildable: no such luck",
    ]


@pytest.mark.parametrize(
    ("specifier", "said"),
    [
        ("1.4 or so", "'1.4 or so' is no specifier such as '>=1.4,<2'"),
        (">11", "no release of foo that can be installed matches '>11'"),
    ],
)
def test_a_claim_about_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, folder: Path, specifier: str, said: str
) -> None:
    with pytest.raises(SelectionError, match=said):
        claims(monkeypatch, folder, specifier)


@dataclass(frozen=True)
class MixedIndex:
    """Releases with wheels for another system alone, with sources, and with wheels for any."""

    notes: tuple[str, ...] = ()

    def releases(self, _name: str) -> tuple[Release, ...]:
        one, two, three = FakeIndex(versions=("1", "2", "3")).releases("foo")
        return (
            changed(one, filename="foo-1-cp38-cp38-win32.whl", tags=parse_tag("cp38-cp38-win32")),
            changed(two, filename="foo-2.tar.gz", tags=frozenset()),
            changed(three, requires_python=">=3.7"),
        )


def changed(one: Release, **what: Any) -> Release:  # noqa: ANN401 - fields of a file
    return replace(one, files=tuple(replace(file, **what) for file in one.files))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FOUND, "2 (Python 3.8, the oldest): same"),
        # Wheels of others are no end, and what can only be tried elsewhere is one.
        ((), "2 (Python 3.8, the oldest): unknown: no Python 3.8 on this machine; put a python3.8"),
    ],
)
def test_ends_are_what_can_be_installed(
    monkeypatch: pytest.MonkeyPatch, folder: Path, found: tuple[Interpreter, ...], said: str
) -> None:
    def lay_out(study: Study, _: Selection, _here: None) -> Plan:
        plan = empty_plan(study, cast("FakeIndex", MixedIndex()), folder, *found)
        return replace(plan, cells=tuple(map(plan.cell, ("1", "2", "3"))))

    def evaluate_plan(plan: Plan, _options: RunOptions, _progress: Progress) -> RunSummary:
        made = Runs(dict.fromkeys(("2", "3"), Verdict.SAME), [])
        cells = tuple(
            unknown(cell) if cell.cause else made.result(plan, cell.release, cell.identifier)
            for cell in plan.cells
        )
        return RunSummary(cells=cells, tests=plan.tests, exit_code=0)

    monkeypatch.setattr(request, "lay_out", lay_out)
    monkeypatch.setattr(campaign_run, "evaluate_plan", evaluate_plan)
    nothing = cast("Progress", None)
    oldest, newest = request.verify(question(folder, "c.py"), ">=1", RunOptions(), nothing)
    assert str(oldest).startswith(said)
    assert newest.cell.release == "3"
    assert (oldest.verdict is Verdict.UNKNOWN) == (not found)


def unknown(cell: Cell) -> CellResult:
    return CellResult(
        inputs=Inputs(dependency="foo", name=cell.identifier),
        verdict=Verdict.UNKNOWN,
        cause=cell.cause,
    )


@pytest.mark.parametrize(
    ("stated", "said", "pythons"),
    [(">=3.7", (), ["3.8"]), ("<3.7", (), ["3.6"]), ("<3.7", ("3.8",), ["3.8"])],
)
def test_pythons_are_those_that_a_script_states(
    folder: Path, stated: str, said: tuple[str, ...], pythons: list[str]
) -> None:
    text = f"# /// script\n# requires-python = '{stated}'\n# ///\nimport foo\n"
    (folder / "c.py").write_text(text, encoding="utf-8")
    asked = question(folder, "c.py")
    asked = replace(asked, selection=replace(asked.selection, pythons=said))
    plan, _ = request.plan_of(asked)
    assert [python for _, python in cells(plan)] == pythons * 4


def test_a_script_for_no_python_is_refused(folder: Path) -> None:
    text = "# /// script\n# requires-python = '>=4'\n# ///\nimport foo\n"
    (folder / "c.py").write_text(text, encoding="utf-8")
    with pytest.raises(SelectionError, match="`requires-python` is >=4, and no Python is"):
        request.plan_of(question(folder, "c.py"))


def test_constraints_have_results_of_their_own(folder: Path) -> None:
    (folder / "held.txt").write_text("numpy==1.20\n", encoding="utf-8")
    asked = question(folder, "c.py")
    held = replace(asked.command_line, requirement_files=(str(folder / "held.txt"),))
    plan, results = request.plan_of(replace(asked, command_line=held))
    assert plan.study.analysis.constraints == ("numpy==1.20",)
    assert results != request.plan_of(asked)[1]
