"""The search carried out over a made-up machine: what is tried, how often, and what is found."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from fakes import PYTHON, FakeProgress, Machine, made_up_plan
from packaging.version import Version

from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.errors import UserError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.judging.ranges import Level
from tfcompat.planning.grid import AvailablePythons
from tfcompat.report import search
from tfcompat.results.differences import Difference
from tfcompat.results.schema import Example
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.search import SearchOptions, SearchResult, search_releases
from tfcompat.search.summary import explain, newest_same, summarize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfcompat.planning.plan import Plan
    from tfcompat.search.findings import ScriptFindings

A, B = "ex/a.py", "ex/b.py"
SAME, OTHER = ["loss 0.5\n"], ["loss 0.7\n"]


@pytest.fixture
def machine() -> Machine:
    return Machine()


@dataclass
class World:
    """Scripts whose outcomes with releases 1 to n are given by letters, as in a truth table."""

    folder: Path
    machine: Machine
    rows: dict[str, str]
    progress: FakeProgress = field(default_factory=FakeProgress)

    def plan(self, baselines: dict[str, str] | None = None) -> Plan:
        releases = range(1, len(next(iter(self.rows.values()))) + 1)
        return made_up_plan(
            self.folder, tuple(self.rows), baselines or {}, releases=tuple(map(str, releases))
        )

    def tell(self, python: str = "36") -> None:
        for test, row in self.rows.items():
            for number, letter in enumerate(row, start=1):
                name = f"pypi-foo-{number}-python-cp{python}"
                printed = {"S": SAME, "D": OTHER, "F": [None]}.get(letter)
                if printed is None:
                    kind = CauseKind.CONFLICT if letter == "-" else CauseKind.NETWORK
                    self.machine.broken[name] = Cause(kind=kind, message="no such luck")
                else:
                    self.machine.prints[name, test] = cast("list[str | None]", printed)

    def explore(
        self,
        plan: Plan,
        *,
        spot_checks: int | None = None,
        walk: bool = False,
        joint: bool = False,
    ) -> tuple[SearchResult, dict[str, ScriptFindings]]:
        self.tell()
        wanted = SearchOptions(
            run=RunOptions(jobs=1), spot_checks=spot_checks, walk=walk, joint=joint
        )
        evaluation = self.machine.evaluation(self.folder, plan.tests, self.progress)
        explored = search_releases(plan, wanted, evaluation)
        return explored, {finding.script: finding for finding in summarize(explored).scripts}

    @property
    def cells_tried(self) -> set[str]:
        return {call.identifier for call in self.machine.calls}


@pytest.fixture
def world(machine: Machine, tmp_path: Path) -> Callable[..., World]:
    return lambda **rows: World(tmp_path, machine, {f"ex/{n}.py": r for n, r in rows.items()})


def test_both_edges_of_both_levels_are_found(world: Callable[..., World]) -> None:
    here = world(a="FFDDSSSSSSDDFFFFFFFFFFFF")
    explored, found = here.explore(here.plan({"ex": "7"}), spot_checks=0)
    finding = found[A]
    assert (str(finding.works), str(finding.same)) == ("3 … 12", "5 … 10")
    assert [(e.direction, e.level, e.release, e.verdict, e.last) for e in finding.edges] == [
        ("up", Level.RUNS, "13", "failed", "12"),
        ("up", Level.SAME, "11", "different", "10"),
        ("down", Level.RUNS, "2", "failed", "3"),
        ("down", Level.SAME, "4", "different", "5"),
    ]
    assert finding.edges[0].why == "ValueError: bad"
    assert finding.edges[1].why == "loss 0.5 → loss 0.7 (line 1)"
    assert finding.specifier == ">=5,<11"
    assert explored.built == len(here.cells_tried) < 14


def test_what_ran_is_told_from_what_is_inferred(world: Callable[..., World]) -> None:
    here = world(a="FFFFFFSSSSSSSSSSFFFFFFFF")
    _, found = here.explore(here.plan({"ex": "10"}), spot_checks=0)
    tried = {name.split("-")[2] for name in here.cells_tried}
    for mark, letter in zip(found[A].marks, here.rows[A], strict=True):
        assert (mark.how == "ran") == (mark.release in tried)
        assert (mark.verdict is not None) == (mark.release in tried), "nothing inferred has one"
        assert mark.how in ("ran", "inferred")
        assert mark.runs is mark.same is (letter == "S")


def test_nothing_runs_twice_and_what_is_stored_is_used(world: Callable[..., World]) -> None:
    here = world(a="FFFFFFSSSSSSSSSSFFFFFFFF", b="FFSSSSSSSSSSSSSSFFFFFFFF")
    first, found = here.explore(here.plan({"ex": "10"}))
    made = dict(here.machine.made)
    # A baseline three times, all else once.
    assert {n for (name, _), n in made.items() if "foo-10-" not in name} == {1}
    again, found_again = here.explore(here.plan({"ex": "10"}))
    assert here.machine.made == made
    assert (again.built, again.stored) == (0, first.built)
    assert {t: f.edges for t, f in found_again.items()} == {t: f.edges for t, f in found.items()}


def test_one_environment_serves_all_scripts(world: Callable[..., World]) -> None:
    here = world(a="FFFFFFSSSSSSSSSSFFFFFFFF", b="FFFFFFSSSSSSSSSSFFFFFFFF")
    explored, _ = here.explore(here.plan({"ex": "10"}), spot_checks=0)
    assert len(here.machine.made) == 2 * explored.built


def test_what_has_no_environment_is_stepped_over_and_said(world: Callable[..., World]) -> None:
    here = world(a="SSSSSSS--?FFFFFF")
    explored, found = here.explore(here.plan({"ex": "1"}), spot_checks=0)
    (edge,) = found[A].edges
    assert (edge.release, edge.last, edge.between) == ("11", "7", ("8", "9", "10"))
    # Nothing is claimed of them.
    assert found[A].specifier == ">=1,<8"
    marks = {mark.release: mark for mark in found[A].marks}
    assert marks["8"].how == "no answer"
    assert marks["8"].runs is None
    assert (explored.built, explored.unbuilt) == (len(here.cells_tried) - 3, 3)
    assert found[A].open_ends == {"down": ()}


def test_an_island_is_found_by_a_spot_and_reported_as_one(world: Callable[..., World]) -> None:
    here = world(a="SSSSSFFFFFFFFSSSFFFF")
    _, without = here.explore(here.plan({"ex": "1"}), spot_checks=0)
    assert without[A].islands == ()
    _, found = here.explore(here.plan({"ex": "1"}), spot_checks=3)
    assert [str(island) for island in found[A].islands] == ["14 … 16"]
    assert str(found[A].works) == "1 … 5"


def test_a_walk_tries_one_release_after_the_other(world: Callable[..., World]) -> None:
    here = world(a="FFFFSSSDDFFF")
    explored, found = here.explore(here.plan({"ex": "6"}), walk=True)
    assert explored.built == 5
    assert [(e.direction, e.release, e.verdict) for e in found[A].edges] == [
        ("up", "8", "different"),
        ("down", "4", "failed"),
    ]


def test_the_newest_release_that_runs_is_the_baseline_where_none_is_named(
    world: Callable[..., World],
) -> None:
    here = world(a="FFDSSSSSSFFFFFFFFFFF", b="SSSSSSSSSSSSSSSSSSSS")
    _, found = here.explore(here.plan())
    assert {test: finding.baseline for test, finding in found.items()} == {A: "9", B: "20"}
    assert str(found[A].same) == "4 … 9"
    assert found[B].open_ends == {"up": (), "down": ()}
    assert found[B].specifier == ">=1"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("F" * 8, "runs with no release (with 8: ValueError: bad)"),
        ("F" * 60, "ran with none of the 16 releases it was tried with (with 60: ValueError: bad)"),
        ("-" * 5, "runs with no release (with 5: no such luck)"),
    ],
)
def test_a_script_that_runs_nowhere_says_so(
    world: Callable[..., World], row: str, said: str
) -> None:
    here = world(a=row)
    with pytest.raises(UserError) as error:
        here.explore(here.plan())
    assert said in str(error.value)


@pytest.mark.parametrize(("letter", "untried"), [("F", False), ("?", True), ("-", False)])
def test_a_baseline_that_cannot_serve_says_so(
    world: Callable[..., World], letter: str, *, untried: bool
) -> None:
    here = world(a=f"SSS{letter}SSS")
    explored, found = here.explore(here.plan({"ex": "4"}))
    finding = found[A]
    assert (finding.works, finding.edges, finding.untried) == (None, (), untried)
    assert finding.baseline_problem
    assert finding.baseline_problem in search.text(summarize(explored))


def test_an_edge_between_two_pythons_is_tried_with_the_other(
    world: Callable[..., World],
) -> None:
    here = world(a="SSSFFF")
    plan = here.plan({"ex": "1"})
    newer = Interpreter(path=Path("/opt/python3.8"), version=Version("3.8.1"), abi="cp38")
    plan = plan.again(AvailablePythons(found=(newer, PYTHON)))
    cells = [plan.cell(str(n), "3.6" if n < 4 else "3.8") for n in range(1, 7)]
    here.tell("38")
    # What fails on 3.8 alone.
    here.rows[A] = "SSSSSS"
    _, found = here.explore(replace(plan, cells=tuple(cells)), spot_checks=0)
    (edge,) = found[A].edges
    assert (edge.release, edge.python) == ("4", "3.8")
    assert edge.other_python == "on Python 3.6 it is same, so it is the Python"
    assert here.machine.runs_wanted("pypi-foo-4-python-cp36") == [{A: 1}]


def test_the_newest_release_with_the_same_result_is_one_that_ran(
    world: Callable[..., World],
) -> None:
    here = world(a="FFSSSSSSSSSSFFFF", b="FFSSSSSSDDDDFFFF")
    explored, _ = here.explore(here.plan({"ex": "4"}), spot_checks=0, joint=True)
    alone, both = (newest_same(explored, tests) for tests in ((A,), (A, B)))
    assert alone is not None
    assert both is not None
    assert alone.identifier == "pypi-foo-12-python-cp36"
    assert both.identifier == "pypi-foo-8-python-cp36"
    assert (
        newest_same(replace(explored, search=replace(explored.search, known={A: {}})), (A,)) is None
    )


def test_as_text_as_markdown_as_specifiers_and_as_json(world: Callable[..., World]) -> None:
    here = world(a="FFSSSSDDDDFFFF", b="SSSSSSSSSSSSSS")
    explored, _ = here.explore(here.plan({"ex": "4"}), spot_checks=0)
    found = summarize(replace(explored, seconds=130.2, built=9, stored=2))
    assert search.text(found).splitlines() == [
        "ex/a.py   works 3 … 10 (Python 3.6)   same result 3 … 6",
        "  up    11  failed     ValueError: bad",
        "  up    7   different  loss 0.5 → loss 0.7 (line 1)",
        "  down  2   failed     ValueError: bad",
        "ex/b.py   works 1 … 14 (Python 3.6)   same result 1 … 14",
        "  up    nothing stops it up to 14",
        "  down  nothing stops it down to 1",
        "  9 environments built of 14, 2 cells known from before, 2 min 10 s",
    ]
    rows = search.markdown(found).splitlines()[2:4]
    assert [row.strip("| ").split(" | ") for row in rows] == [
        [
            "`ex/a.py`",
            "4 (Python 3.6)",
            "3 … 10 (Python 3.6)",
            "3 … 6",
            "11 failed: ValueError: bad; 7 different: loss 0.5 → loss 0.7 (line 1)",
            "2 failed: ValueError: bad",
        ],
        [
            "`ex/b.py`",
            "4 (Python 3.6)",
            "1 … 14 (Python 3.6)",
            "1 … 14",
            "nothing stops it up to 14",
            "nothing stops it down to 1",
        ],
    ]
    assert search.specifiers(found) == "ex/a.py: >=3,<7\nex/b.py: >=1"
    assert search.specifiers(replace(found, scripts=found.scripts[:1])) == ">=3,<7"
    content = search.as_json(found, walk=False)
    assert (content["environments"], content["releases"]) == (9, 14)
    assert content["scripts"][0]["edges"][0]["level"] == "runs"
    assert content["scripts"][0]["marks"][2] == {
        "release": "3", "python": "3.6", "how": "ran", "verdict": "same", "runs": True, "same": True
    }  # fmt: skip


def test_what_could_not_be_tried_at_an_end_is_said(world: Callable[..., World]) -> None:
    here = world(a="----?SSSSS")
    explored, _ = here.explore(here.plan({"ex": "8"}))
    assert search.text(summarize(explored)).splitlines()[1:3] == [
        "  up    nothing stops it up to 10",
        "  down  nothing stops it down to 6; 5, … 1 (5 releases) could not be tried",
    ]


@pytest.mark.parametrize(
    ("direction", "said"),
    [
        ("up", "`tf.layers` removed"),
        ("down", "`tf.layers` does not exist yet"),
        ("", "no `tf.layers`"),
    ],
)
def test_what_is_missing_is_gone_or_not_there_yet(direction: str, said: str) -> None:
    cause = Cause(kind=CauseKind.REMOVED_API, message="no `tf.layers`", symbol="tensorflow.layers")
    example = Example(retval=1, seconds=1, cause=cause)
    assert explain(example, direction) == said


def test_a_difference_in_spaces_alone_is_quoted() -> None:
    place = Difference(baseline_text="a  b", observed_text="a b", observed_line=3)
    example = Example(retval=0, seconds=1, first_difference=place)
    assert explain(example) == "'a  b' → 'a b' (line 3)"


def test_a_number_is_named_once() -> None:
    place = Difference(baseline_text="loss: 0.5", observed_text="loss: 0.7", observed_line=3)
    assert (
        explain(Example(retval=0, seconds=1, first_difference=place)) == "loss: 0.5 → 0.7 (line 3)"
    )


def test_an_answer_on_some_scripts_leaves_what_was_said_of_others(tmp_path: Path) -> None:
    path = tmp_path / "frontier" / "frontier.json"
    for scripts in ([{"script": "b", "n": 1}, {"script": "a", "n": 1}], [{"script": "b", "n": 2}]):
        search.store(path, {"scripts": scripts})
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored == {"scripts": [{"script": "a", "n": 1}, {"script": "b", "n": 2}]}
    path.write_text("{", encoding="utf-8")
    search.store(path, {"scripts": []})
    assert json.loads(path.read_text(encoding="utf-8")) == {"scripts": []}
