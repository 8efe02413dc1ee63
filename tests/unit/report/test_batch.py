"""The table of many cases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tfcompat.judging.ranges import Level
from tfcompat.report import batch
from tfcompat.search.cases import Case, CaseResult, ExpectedEdge
from tfcompat.search.findings import Edge, Findings, ReleaseRange, ScriptFindings
from tfcompat.util.files import strict_json

EDGE = Edge(
    direction="up", level=Level.RUNS, release="2.0", python="3.8", verdict="failed", why="boom",
    last="1.4",
)  # fmt: skip
SCRIPT = ScriptFindings(
    script="a.py", baseline="1.4", python="3.8", baseline_problem="", untried=False,
    works=ReleaseRange(low="1.0", high="1.4", pythons=("3.8",)), same=None, islands=(),
    edges=(EDGE,), open_ends={"down": ()}, specifier="", marks=(),
)  # fmt: skip
FOUND = Findings(
    dependency="foo", project="Foo", resolve="release", releases=3, built=2, unbuilt=0, stored=0,
    seconds=3.4, scripts=(SCRIPT,),
)  # fmt: skip


def case(name: str) -> Case:
    return Case(row=1, name=name, script=Path(name), dependency="foo")


EDGES = ExpectedEdge(last="1.4", first="2.0"), ExpectedEdge(last="1.4", first="3.0")
RESULTS = (
    CaseResult(case=replace(case("a.py"), expected=EDGES[0]), findings=FOUND),
    CaseResult(case=replace(case("b.py"), expected=EDGES[1]), findings=FOUND, exit_code=1),
    CaseResult(case=case("c.py"), error="c.py runs with no release", exit_code=2),
    CaseResult(
        case=case("d.py"),
        findings=replace(
            FOUND,
            scripts=(replace(SCRIPT, works=None, edges=(), baseline_problem="no such luck"),),
        ),
        exit_code=3,
    ),
)


def test_as_text() -> None:
    assert [" ".join(line.split()) for line in batch.text(RESULTS).splitlines()] == [
        "script library works up down environments seconds expected",
        "a.py Foo 1.0 … 1.4 2.0 failed: boom nothing 2 3 1.4..2.0 right",
        "b.py Foo 1.0 … 1.4 2.0 failed: boom nothing 2 3 1.4..3.0 wrong",
        "c.py foo no answer",
        "d.py Foo not with its baseline 1.4 no such luck 2 3",
        "c.py: c.py runs with no release",
        "4 cases, 1 without an answer, 1 of 2 as expected",
    ]


def test_as_markdown() -> None:
    parts = batch.markdown(RESULTS).split("\n\n")
    assert parts[0].splitlines()[2].startswith("| a.py | Foo | 1.0 … 1.4 | 2.0 failed: boom |")
    assert parts[1:] == [
        "- `c.py`: c.py runs with no release",
        "4 cases, 1 without an answer, 1 of 2 as expected",
    ]


def test_as_json() -> None:
    documents = batch.as_json(RESULTS, walk=False)
    assert strict_json(documents)
    assert [one["schema"] for one in documents] == [1, 1, 1, 1]
    first, _, third, _ = documents
    assert first["frontier"]["scripts"][0]["edges"][0]["release"] == "2.0"
    assert (first["dependency"], first["expected"], first["as_expected"]) == (
        "foo",
        "1.4..2.0",
        True,
    )
    assert (third["error"], third["frontier"]) == ("c.py runs with no release", None)
    assert [one["exit_code"] for one in documents] == [0, 1, 2, 3]
