"""Many cases at once: how a table is read, which are searched as one, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import IndexUnavailableError, InterruptedRunError, SelectionError, StudyError
from tfcompat.judging.ranges import Level
from tfcompat.report import batch as batch_report
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.advice import RunsNowhereError
from tfcompat.search.batch import run_batch, worst
from tfcompat.search.cases import Case, CaseResult, ExpectedEdge, read_cases
from tfcompat.search.findings import Edge, Findings, ReleaseRange, ScriptFindings, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "cases.csv",
        "script,dependency,baseline,python,requirements,expected\n"
        "ex/a.py,foo,1.4,3.10,numpy<2 pandas,1.4..2.0\n"
        "\n"
        "b.py,,,,a >= 1; b,\n",
    )
    assert read_cases(path) == (
        Case(
            row=2,
            name="ex/a.py",
            script=tmp_path / "ex" / "a.py",
            dependency="foo",
            baseline="1.4",
            python="3.10",
            requirements=("numpy<2", "pandas"),
            expected=ExpectedEdge(last="1.4", first="2.0"),
        ),
        Case(row=4, name="b.py", script=tmp_path / "b.py", requirements=("a >= 1", "b")),
    )


@pytest.mark.parametrize(
    "edge",
    [
        '"expected": "1.4..2.0"',
        '"expected_edge": "1.4..2.0"',
        '"expected_edge": {"last": "1.4", "first": "2.0"}',
        '"expected_edge": ["1.4", "2.0"]',
    ],
)
def test_lines_of_json_are_read(tmp_path: Path, edge: str) -> None:
    text = f'{{"script": "a.py", "requirements": ["numpy<2"], {edge}}}\n\n{{"script": "b.py"}}\n'
    first, second = read_cases(written(tmp_path, "cases.jsonl", text))
    assert (first.row, first.requirements) == (1, ("numpy<2",))
    assert first.expected == ExpectedEdge(last="1.4", first="2.0")
    assert (second.row, second.expected) == (3, None)


def test_an_edge_may_stand_in_a_table_as_json(tmp_path: Path) -> None:
    text = 'script,expected_edge\na.py,"{""last"": ""1"", ""first"": ""2""}"\nb.py,..2\n'
    first, second = read_cases(written(tmp_path, "cases.csv", text))
    assert first.expected == ExpectedEdge(last="1", first="2")
    assert second.expected == ExpectedEdge(last="", first="2")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "script,basline\na.py,1\n", "line 1: unknown column 'basline' (did you mean 'ba"),
        ("a.csv", "script,zzz\na.py,1\n", "unknown column 'zzz'; columns are script, dependency, "),
        ("a.csv", "dependency\nfoo\n", "line 1: there is no column 'script'"),
        ("a.csv", "script,python\na.py\n", "line 2: it has not as many fields as the head"),
        ("a.csv", "script\na.py,b\n", "line 2: it has not as many fields as the head"),
        ("a.csv", "script,expected\na.py,2.0\n", "line 2: the expected edge '2.0' is not of the f"),
        ("a.csv", "script,expected\na.py,a..b\n", "is not of the form last..first, as 1.4..2.0"),
        ("a.csv", "script,python\n,3.6\n", "line 2: `script` is empty"),
        ("a.csv", "script\n", "has no cases"),
        ("a.csv", "", "there is no column 'script'"),
        ("a.jsonl", "{\n", "line 1: Expecting property name"),
        ("a.jsonl", "[]\n", "line 1: it holds no object"),
        ("a.jsonl", '{"script": "a.py", "python": 3.1}\n', "line 1: `python` is no text: 3.1"),
        ("a.jsonl", '{"script": "a.py", "requirements": [1]}\n', "`requirements` is no text: 1"),
        ("a.jsonl", '{"script": "a.py", "basline": "1"}\n', "unknown column 'basline' (did you m"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(SelectionError) as error:
        read_cases(written(tmp_path, name, text))
    assert said in str(error.value)


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match=r"cannot read .*: No such file or directory"):
        read_cases(tmp_path / "nowhere.csv")


def case(number: int, name: str, **more: object) -> Case:
    made = Case(row=number, name=name, script=Path("/x") / name)
    return replace(made, **more)  # type: ignore[arg-type]


NEEDS = Cause(kind=CauseKind.MISSING_PACKAGE, message="no pandas", package="pandas")


def finding(name: str, cause: Cause | None = None, *, untried: bool = False) -> ScriptFindings:
    edge = Edge(
        direction="up", level=Level.RUNS, release="2.0", python="3.8", verdict="failed", why="boom",
        last="1.4", cause=cause,
    )  # fmt: skip
    return ScriptFindings(
        script=name, baseline="1.4", python="3.8", baseline_problem="", untried=untried,
        works=None if untried else ReleaseRange(low="1.0", high="1.4", pythons=("3.8",)),
        same=None, islands=(), edges=(edge,), open_ends={}, specifier="", marks=(),
    )  # fmt: skip


@dataclass
class Searches:
    """Stands for the search: what it raises, or which causes it finds, by the name of a script."""

    errors: dict[str, BaseException] = field(default_factory=dict)
    causes: dict[str, Cause] = field(default_factory=dict)
    untried: tuple[str, ...] = ()
    stopped: Mapping[str, Stop] = field(default_factory=dict)
    made: list[list[str]] = field(default_factory=list)

    def search(self, cases: Sequence[Case]) -> Findings:
        names = [case.name for case in cases]
        self.made.append(names)
        for name in names:
            if name in self.errors:
                raise self.errors[name]
        scripts = tuple(
            finding(name, self.causes.get(name), untried=name in self.untried) for name in names
        )
        return Findings(
            dependency="foo", resolve="release", releases=3, built=1, unbuilt=0, stored=0,
            seconds=1, scripts=scripts, stopped=self.stopped.get(names[0]),
        )  # fmt: skip

    def run(self, *cases: Case) -> list[CaseResult]:
        return run_batch(cases, lambda case: case.dependency, self.search)


def codes(results: list[CaseResult]) -> dict[str, int]:
    return {result.case.name: result.exit_code for result in results}


def test_cases_that_can_share_are_searched_as_one_and_told_apart() -> None:
    searches = Searches()
    results = searches.run(case(1, "a"), case(2, "b", dependency="bar"), case(3, "c"))
    assert searches.made == [["a", "c"], ["b"]]
    assert [(one.case.name, one.script and one.script.script) for one in results] == [
        ("a", "a"), ("b", "b"), ("c", "c")
    ]  # fmt: skip
    assert set(codes(results).values()) == {0}


def test_a_script_may_stand_in_several_cases() -> None:
    searches = Searches()
    results = searches.run(case(1, "a"), case(2, "a", baseline="2"), case(3, "b"))
    assert searches.made == [["a", "b"], ["a"]]
    assert [one.case.row for one in results] == [1, 2, 3]


def test_a_case_that_fails_is_a_row_and_the_others_go_on() -> None:
    searches = Searches(errors={"b": RuntimeError("odd"), "c": IndexUnavailableError("no network")})
    results = searches.run(case(1, "a"), case(2, "b"), case(3, "c"), case(4, "d"))
    assert codes(results) == {"a": 0, "b": 2, "c": 3, "d": 0}
    assert results[1].error.startswith("internal error: RuntimeError: odd")
    assert results[2].error == "no network"
    assert worst(codes(results).values()) == 2


def test_a_script_that_runs_nowhere_is_searched_alone_and_the_others_together() -> None:
    error = RunsNowhereError("b runs with no release", script="b", remedy=None)
    searches = Searches(errors={"b": error})
    results = searches.run(case(1, "a"), case(2, "b"), case(3, "c"))
    assert searches.made == [["a", "b", "c"], ["b"], ["a", "c"]]
    assert codes(results) == {"a": 0, "b": 2, "c": 0}


def test_a_script_that_needs_something_is_searched_alone() -> None:
    searches = Searches(causes={"a": NEEDS})
    searches.run(case(1, "a"), case(2, "b"))
    assert searches.made == [["a", "b"], ["a"]]


def test_a_case_whose_library_cannot_be_told_is_a_row() -> None:
    def key(one: Case) -> str:
        if one.name == "a":
            msg = "a imports no package of the index"
            raise StudyError(msg)
        return ""

    searches = Searches()
    results = run_batch([case(1, "a"), case(2, "b")], key, searches.search)
    assert [result.error for result in results] == ["a imports no package of the index", ""]
    assert searches.made == [["b"]]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InterruptedRunError("stop")])
def test_an_interrupted_batch_says_what_is_left(error: BaseException) -> None:
    searches = Searches(errors={"b": error})
    results = searches.run(case(1, "a"), case(2, "b", dependency="x"), case(3, "c", dependency="y"))
    assert codes(results) == {"a": 0, "b": 130, "c": 130}
    assert results[2].error == "interrupted"


def test_a_search_that_the_user_stops_is_the_last_one() -> None:
    searches = Searches(stopped={"b": Stop.USER}, causes={"c": NEEDS})
    results = searches.run(
        case(1, "a"), case(2, "b", dependency="x"), case(3, "c", dependency="x"),
        case(4, "d", dependency="y"),
    )  # fmt: skip
    assert codes(results) == {"a": 0, "b": 130, "c": 130, "d": 130}
    # What it found is told of all its cases, and nothing is searched again.
    assert [bool(result.findings) for result in results] == [True, True, True, False]
    assert searches.made == [["a"], ["b", "c"]]


def test_a_search_whose_time_is_over_is_no_wrong_answer() -> None:
    searches = Searches(stopped={"a": Stop.TIME})
    wanted = [ExpectedEdge(last="", first=first) for first in ("2.0", "3.0")]
    (right,) = searches.run(case(1, "a", expected=wanted[0]))
    (unknown,) = searches.run(case(1, "a", expected=wanted[1]))
    assert (right.is_as_expected, right.exit_code) == (True, 3)
    assert (unknown.is_as_expected, unknown.exit_code) == (None, 3)
    assert "..3.0 not finished" in batch_report.text([unknown])
    assert right.script is not None
    (edge, *_) = right.script.edges
    open_edge = replace(right.script, edges=(replace(edge, untried=("1.5",)),))
    assert not wanted[0].is_in(open_edge)


@pytest.mark.parametrize(
    ("expected", "right"),
    [("1.4..2.0", True), ("1.4.0..2", True), ("..2.0", True), ("1.3..2", False)],
)
def test_the_expected_edge_is_compared(expected: str, *, right: bool) -> None:
    last, _, first = expected.partition("..")
    edge = ExpectedEdge(last=last, first=first)
    (result,) = Searches().run(case(1, "a", expected=edge))
    assert (result.is_as_expected, result.exit_code) == (right, 0 if right else 1)


def test_a_case_that_could_not_be_tried_has_its_own_code() -> None:
    (result,) = Searches(untried=("a",)).run(case(1, "a"))
    assert result.exit_code == 3


@pytest.mark.parametrize(
    ("found", "code"),
    [((), 0), ((0, 1), 1), ((1, 3, 0), 3), ((3, 2, 1), 2), ((2, 130, 3), 130)],
)
def test_the_worst_code_counts(found: tuple[int, ...], code: int) -> None:
    assert worst(found) == code
