"""The findings of a search as text, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tfcompat.judging.ranges import Level
from tfcompat.report import search
from tfcompat.search.findings import (
    Blame,
    Edge,
    Findings,
    Hole,
    Island,
    ReleaseRange,
    ScriptFindings,
    Untried,
)

EDGE = Edge(
    direction="up",
    level=Level.RUNS,
    release="2.0.0",
    python="3.13",
    verdict="failed",
    why="`jwt.encode` removed",
    last="1.7.1",
)
WORKS = ReleaseRange(low="1.0", high="1.7.1", pythons=("3.8",))
SCRIPT = ScriptFindings(
    script="a.py",
    baseline="1.7.1",
    python="3.8",
    baseline_problem="",
    untried=False,
    works=WORKS,
    same=WORKS,
    islands=(),
    edges=(EDGE,),
    open_ends={"down": ()},
    specifier=">=1,<2",
    marks=(),
)
FOUND = Findings(
    dependency="pyjwt",
    project="PyJWT",
    module="jwt",
    oldest="0.1.1",
    newest="2.10.1",
    resolve="release",
    releases=45,
    built=5,
    unbuilt=0,
    stored=0,
    seconds=3.2,
    scripts=(SCRIPT,),
)


def lines(changes: dict[str, Any]) -> list[str]:
    return search.text(replace(FOUND, scripts=(replace(SCRIPT, **changes),))).splitlines()


def line_of_edge(changes: dict[str, Any]) -> str:
    return lines({"edges": (replace(EDGE, **changes),)})[2]


def test_the_whole() -> None:
    assert search.text(FOUND).splitlines() == [
        "PyJWT (import jwt): 45 releases, 0.1.1 … 2.10.1",
        "a.py   works 1.0 … 1.7.1 (Python 3.8)   same result 1.0 … 1.7.1",
        "  up    2.0.0  failed     `jwt.encode` removed",
        "  down  nothing stops it down to 1.0",
        "  5 environments built of 45, 3 s",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"project": "six", "module": "six", "oldest": "1.0", "newest": "1.17.0"},
            "six: 45 releases, 1.0 … 1.17.0",
        ),
        (
            {"releases": 1, "oldest": "2.0", "newest": "2.0"},
            "PyJWT (import jwt): 1 release, 2.0",
        ),
        (
            {"added": ("with cryptography, which it needs",)},
            "PyJWT (import jwt): 45 releases, 0.1.1 … 2.10.1, with cryptography, which it needs",
        ),
        (
            {"added": ("with a, which it needs", "on Python 2.7, which it needs")},
            (
                "PyJWT (import jwt): 45 releases, 0.1.1 … 2.10.1, with a, which it needs, "
                "on Python 2.7, which it needs"
            ),
        ),
    ],
)
def test_the_first_line_names_library_and_project(changes: dict[str, Any], line: str) -> None:
    found = replace(FOUND, **changes)
    assert search.text(found).splitlines()[0] == line
    assert search.markdown(found).splitlines()[0] == line


def test_untried_releases_are_grouped_with_their_reasons() -> None:
    groups = (
        Untried(
            reason="could not be built (sdist only: build error)",
            releases=("0.1", "0.2", "0.3"),
            shown="0.1 … 0.3",
        ),
        Untried(reason="have no Python here (3.5)", releases=("0.5",), shown="0.5"),
    )
    found = replace(FOUND, untried=groups)
    said = (
        "3 releases could not be built (sdist only: build error): 0.1 … 0.3; "
        "1 has no Python here (3.5): 0.5"
    )
    assert search.text(found).splitlines()[-2] == f"  {said}"
    assert search.markdown(found).split("\n\n")[2] == said
    assert search.as_json(found, walk=False)["untried"] == [
        {
            "reason": "could not be built (sdist only: build error)",
            "releases": ["0.1", "0.2", "0.3"],
        },
        {"reason": "have no Python here (3.5)", "releases": ["0.5"]},
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"why": "SyntaxError: bad", "blame": Blame.PYTHON}, "SyntaxError: bad (on Python 3.13)"),
        (
            {"why": "Python 3.13 has no `cgi`", "blame": Blame.PYTHON},
            "Python 3.13 has no `cgi`",
        ),
        ({"why": "", "between": ("1.8", "1.9")}, "[1.8, 1.9 could not be tried]"),
        (
            {"hole": Hole(low="2.0.0", high="2.0.0", below="1.7.1", above="2.0.1"), "why": "boom"},
            "does not run with 2.0.0 (between 1.7.1 and 2.0.1, which do): boom",
        ),
        (
            {
                "hole": Hole(low="2.0.0", high="2.0.1", below="1.7.1", above="2.0.2"),
                "level": Level.SAME,
                "why": "",
            },
            "another result with 2.0.0 … 2.0.1 (between 1.7.1 and 2.0.2, which give the same)",
        ),
    ],
)
def test_an_edge_says_why(changes: dict[str, Any], line: str) -> None:
    assert line_of_edge(changes) == f"  up    2.0.0  failed     {line}"


@pytest.mark.parametrize(
    ("same", "said"),
    [
        (None, ""),
        ((), "   another result"),
        ((("2.1", "2.9"),), "   same result"),
        ((("2.2", "2.3"), ("2.5", "2.5")), "   same result 2.2 … 2.3, 2.5"),
    ],
)
def test_an_island_says_whether_the_result_is_the_same(
    same: tuple[tuple[str, str], ...] | None, said: str
) -> None:
    ranges = None
    if same is not None:
        ranges = tuple(ReleaseRange(low=low, high=high, pythons=()) for low, high in same)
    island = Island(low="2.1", high="2.9", pythons=("3.8",), same=ranges)
    assert lines({"islands": (island,)})[4] == f"  also  works 2.1 … 2.9 (Python 3.8){said}"


@pytest.mark.parametrize(
    ("untried", "line"),
    [
        (True, "a.py   could not be tried with its baseline 1.7.1"),
        (False, "a.py   does not run with its baseline 1.7.1"),
    ],
)
def test_a_baseline_that_cannot_serve_says_which_it_is(*, untried: bool, line: str) -> None:
    problem = {"untried": untried, "baseline_problem": "no such luck"}
    found = lines({"works": None, "same": None, **problem})
    assert found[1:3] == [line, "        no such luck"]
