"""The search carried out over a made-up machine: what is tried, how often, and what is found."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
from fakes import FakeProgress, Machine, made_up_plan

from tfcompat.errors import UserError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.judging.ranges import Level
from tfcompat.report import search
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search import baselines
from tfcompat.search.search import SearchOptions, SearchResult, search_releases
from tfcompat.search.summary import newest_same, summarize
from tfcompat.search.trials import NeedsPackageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tfcompat.planning.plan import Plan
    from tfcompat.search.findings import ScriptFindings

A, B = "ex/a.py", "ex/b.py"
SAME, OTHER, CLOSE = ["loss 0.5\n"], ["loss 0.7\n"], ["loss 0.500001\n"]


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
                printed = {"S": SAME, "D": OTHER, "F": [None], "T": CLOSE}.get(letter)
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


def test_an_edge_is_said_as_soon_as_it_is_settled(world: Callable[..., World]) -> None:
    here = world(a="FFDDSSSSSSDDFFFFFFFFFFFF")
    here.explore(here.plan({"ex": "7"}), spot_checks=0)
    above = "ex/a.py: works with 10, different with 11: loss 0.5 → loss 0.7 (line 1)"
    assert here.progress.said[:2] == [
        above,
        "ex/a.py: works with 12, failed with 13: ValueError: bad",
    ]
    again = replace(here, progress=FakeProgress())
    again.explore(here.plan({"ex": "7"}), spot_checks=0)
    assert not again.progress.said  # all is known: the answer comes at once


def test_an_edge_is_said_too_that_was_met_while_a_baseline_was_sought(
    world: Callable[..., World],
) -> None:
    here = world(a="FFFFSSSSSSSSSSSSSSSSSFFF")
    here.explore(here.plan(), spot_checks=0)
    said = "ex/a.py: works with 21, failed with 22: ValueError: bad"
    assert said in here.progress.said


def test_what_is_equal_within_tolerance_alone_is_said(world: Callable[..., World]) -> None:
    here = world(a="FFTTTTSSSSSS")
    explored, found = here.explore(here.plan({"ex": "10"}), spot_checks=0)
    tried = [str(n) for n in (3, 4, 5, 6) if f"pypi-foo-{n}-python-cp36" in here.cells_tried]
    assert found[A].within_tolerance == tuple(tried) != ()
    text = search.text(summarize(explored))
    assert f"  ≈     within tolerance, not exactly: {', '.join(tried)}" in text
    _, exact = world(b="FFSSSSSSSSSS").explore(world(b="FFSSSSSSSSSS").plan({"ex": "10"}))
    assert exact[B].within_tolerance == ()


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
    assert [str(one) for one in found[A].islands[0].same or ()] == ["14 … 16"]
    assert str(found[A].works) == "1 … 5"
    assert found[A].edges[0].hole is None


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


@pytest.mark.parametrize("promising", [range(6, 20), range(9), (6, 7, 8)])
def test_a_baseline_far_below_the_newest_is_sought_where_sources_have_what_is_used(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch, promising: Sequence[int]
) -> None:
    asked = []

    def fewest_breaks(_plan: Plan, example: str) -> Sequence[int]:
        asked.append(example)
        return promising

    monkeypatch.setattr(baselines, "fewest_breaks", fewest_breaks)
    here = world(a="FFFFFFSSSFFFFFFFFFFF" + "F" * 100)
    _, found = here.explore(here.plan())
    assert (str(found[A].works), found[A].baseline, asked) == ("7 … 9", "9", [A])
    read = f"{A}: reading which releases have what it uses"
    assert here.progress.said.count(read) == 1


def test_the_release_after_those_that_have_what_is_used_is_tried_next(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "fewest_breaks", lambda *_: range(40))
    here = world(a="S" * 40 + "F" * 80)
    _, found = here.explore(here.plan(), spot_checks=0)
    assert found[A].baseline == "40"
    tried = list(dict.fromkeys(call.identifier for call in here.machine.calls))
    numbers = [int(name.split("-")[2]) for name in tried]
    # Three of the newest, then what is predicted: the last that runs, and the first that does not.
    assert numbers[:5] == [120, 119, 117, 40, 41]
    assert len([number for number in numbers if number > 41]) == 3


def test_sources_that_mislead_are_left(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "fewest_breaks", lambda *_: range(90, 118))
    here = world(a="S" * 60 + "F" * 60)
    _, found = here.explore(here.plan())
    assert (str(found[A].works), found[A].baseline) == ("1 … 60", "60")


def test_no_sources_are_read_where_one_of_the_newest_runs_or_python_stops_it(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "fewest_breaks", lambda *_: pytest.fail("it was read"))
    here = world(a="FFSSSSSSSSSSFF")
    here.explore(here.plan())
    python2 = world(b="F" * 20)
    for number in range(1, 21):
        error = "NameError: name 'xrange' is not defined"
        here.machine.errors[f"pypi-foo-{number}-python-cp36", B] = error
    with pytest.raises(UserError, match=r"runs with no|ran with none"):
        python2.explore(python2.plan())


def lacking(here: World, *numbers: int) -> World:
    for number in numbers:
        error = "ModuleNotFoundError: No module named 'pandas'"
        here.machine.errors[f"pypi-foo-{number}-python-cp36", A] = f"{error}\n"
    return here


def search_without(here: World, baseline: str | None = None) -> SearchResult:
    """Search where every package that a run lacks is asked for."""
    plan = here.plan({"ex": baseline} if baseline else {})
    here.tell()
    options = SearchOptions(run=RunOptions(jobs=1), spot_checks=0, given=frozenset())
    return search_releases(plan, options, here.machine.evaluation(here.folder, plan.tests))


def test_a_package_is_wanted_where_a_range_ends_for_want_of_it(
    world: Callable[..., World],
) -> None:
    with pytest.raises(NeedsPackageError, match="pandas"):
        search_without(lacking(world(a="FFFFSSSSSS"), 1, 2, 3, 4), "7")


def test_it_is_wanted_too_where_that_was_seen_while_a_baseline_was_sought(
    world: Callable[..., World],
) -> None:
    with pytest.raises(NeedsPackageError) as error:
        search_without(lacking(world(a="SSSSSSSSSSSSFFFF"), 13, 14))
    assert "a.py with 13" in error.value.why


def test_where_no_release_runs_the_first_run_that_lacks_a_package_is_enough(
    world: Callable[..., World],
) -> None:
    with pytest.raises(NeedsPackageError) as error:
        search_without(lacking(world(a="FFFFFFFFFF"), *range(1, 11)))
    assert "a.py with 10" in error.value.why


def test_no_package_is_wanted_for_releases_beyond_an_edge(world: Callable[..., World]) -> None:
    found = summarize(search_without(lacking(world(a="FFFFSSSSSS"), 1, 2), "7")).scripts[0]
    assert str(found.works) == "5 … 10"
    assert found.edges[0].why == "ValueError: bad"


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


@pytest.mark.parametrize(("letter", "untried"), [("F", False), ("?", True), ("-", True)])
def test_a_baseline_that_cannot_serve_says_so(
    world: Callable[..., World], letter: str, *, untried: bool
) -> None:
    here = world(a=f"SSS{letter}SSS")
    explored, found = here.explore(here.plan({"ex": "4"}))
    finding = found[A]
    assert (finding.works, finding.edges, finding.untried) == (None, (), untried)
    assert finding.baseline_problem
    assert finding.baseline_problem in search.text(summarize(explored))


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
        "foo: 14 releases, 1 … 14",
        "ex/a.py   works 3 … 10 (Python 3.6)   same result 3 … 6",
        "  up    11  failed     ValueError: bad",
        "  up    7   different  loss 0.5 → loss 0.7 (line 1)",
        "  down  2   failed     ValueError: bad",
        "ex/b.py   works 1 … 14 (Python 3.6)   same result 1 … 14",
        "  up    nothing stops it up to 14",
        "  down  nothing stops it down to 1",
        "  9 environments built of 14, 2 cells known from before, 2 min 10 s",
    ]
    rows = search.markdown(found).splitlines()[4:6]
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
    assert search.text(summarize(explored)).splitlines()[2:5] == [
        "  up    nothing stops it up to 10",
        "  down  nothing stops it down to 6; 5, … 1 (5 releases) could not be tried",
        (
            "  4 releases could not be built (requirements in conflict): 1 … 4; "
            "1 could not be tried (network): 5"
        ),
    ]
    assert search.as_json(summarize(explored), walk=False)["untried"] == [
        {
            "reason": "could not be built (requirements in conflict)",
            "releases": ["1", "2", "3", "4"],
        },
        {"reason": "could not be tried (network)", "releases": ["5"]},
    ]


@pytest.mark.parametrize(
    ("row", "baseline", "lines"),
    [
        (
            "SSSSFSSSFF",
            "2",
            [
                "ex/a.py   works 1 … 4 (Python 3.6)   same result 1 … 4",
                (
                    "  up    5   failed     does not run with 5 (between 4 and 6, which do): "
                    "ValueError: bad"
                ),
                "  up    9   failed     ValueError: bad",
                "  down  nothing stops it down to 1",
                "  also  works 6 … 8 (Python 3.6)   same result",
            ],
        ),
        (
            "FSSDDSSSSS",
            "8",
            [
                "ex/a.py   works 2 … 10 (Python 3.6)   same result 6 … 10",
                "  up    nothing stops it up to 10",
                "  down  1   failed     ValueError: bad",
                (
                    "  down  5   different  another result with 4 … 5 (between 3 and 6, which "
                    "give the same): loss 0.5 → loss 0.7 (line 1)"
                ),
            ],
        ),
        (
            "SSSFFFFFDDDSSS",
            "2",
            [
                "ex/a.py   works 1 … 3 (Python 3.6)   same result 1 … 3",
                "  up    4   failed     ValueError: bad",
                "  down  nothing stops it down to 1",
                "  also  works 9 … 14 (Python 3.6)   same result 12 … 14",
            ],
        ),
        (
            "SSSFFFFFDDD",
            "2",
            [
                "ex/a.py   works 1 … 3 (Python 3.6)   same result 1 … 3",
                "  up    4   failed     ValueError: bad",
                "  down  nothing stops it down to 1",
                "  also  works 9 … 11 (Python 3.6)   another result",
            ],
        ),
    ],
)
def test_every_range_says_what_it_is_and_a_hole_that_it_is_one(
    world: Callable[..., World], row: str, baseline: str, lines: list[str]
) -> None:
    here = world(a=row)
    explored, _ = here.explore(here.plan({"ex": baseline}), spot_checks=10)
    shown = search.text(summarize(explored)).splitlines()[1:-1]
    assert [line.split() for line in shown] == [line.split() for line in lines]


def test_a_hole_is_in_the_json(world: Callable[..., World]) -> None:
    here = world(a="SSSSFSSSFF")
    explored, found = here.explore(here.plan({"ex": "2"}), spot_checks=10)
    assert found[A].specifier == ">=1,<5"
    edges = search.as_json(summarize(explored), walk=False)["scripts"][0]["edges"]
    assert edges[0]["hole"] == {"low": "5", "high": "5", "below": "4", "above": "6"}
    assert (edges[0]["last"], edges[0]["release"]) == ("4", "5")
    assert (edges[1]["last"], edges[1]["release"], edges[1]["hole"]) == ("8", "9", None)


def test_what_newer_releases_have_is_not_called_removed(world: Callable[..., World]) -> None:
    here = world(a="FFSSSFFFFSSS")
    for number in (1, 2, 6, 7, 8, 9):
        here.machine.errors[f"pypi-foo-{number}-python-cp36", A] = (
            'Traceback (most recent call last):\n  File "ex/a.py", line 3, in <module>\n'
            "    foo.bar()\nAttributeError: module 'foo' has no attribute 'bar'\n"
        )
    _, found = here.explore(here.plan({"ex": "4"}), spot_checks=10)
    assert [(edge.release, edge.why) for edge in found[A].edges] == [
        ("6", "AttributeError: module 'foo' has no attribute 'bar'"),
        ("2", "`foo.bar` does not exist yet"),
    ]


def test_an_answer_on_some_scripts_leaves_what_was_said_of_others(tmp_path: Path) -> None:
    path = tmp_path / "frontier" / "frontier.json"
    for scripts in ([{"script": "b", "n": 1}, {"script": "a", "n": 1}], [{"script": "b", "n": 2}]):
        search.store(path, {"scripts": scripts})
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored == {"scripts": [{"script": "a", "n": 1}, {"script": "b", "n": 2}]}
    path.write_text("{", encoding="utf-8")
    search.store(path, {"scripts": []})
    assert json.loads(path.read_text(encoding="utf-8")) == {"scripts": []}


@pytest.mark.parametrize("spent", [{"resolve": 200.0}, {"before": 200.0}], ids=["now", "before"])
def test_slow_builds_that_come_to_nothing_are_few_now_and_before(
    world: Callable[..., World], machine: Machine, spent: dict[str, float]
) -> None:
    here = world(a=30 * "-" + 10 * "S")
    machine.spent = {f"pypi-foo-{number}-python-cp36": spent for number in range(1, 31)}
    _, found = here.explore(here.plan({"ex": "40"}), spot_checks=0)
    assert len(here.cells_tried & machine.spent.keys()) <= 2
    assert str(found[A].works) == "31 … 40"


class StoredWorld(World):
    """One notebook that stores what it prints in the same result."""

    def tell(self, python: str = "36") -> None:
        cell = {
            "cell_type": "code",
            "source": "f()",
            "metadata": {},
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": SAME}],
        }
        content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        for test in self.rows:
            (self.folder / test).write_text(json.dumps(content), encoding="utf-8")
        super().tell(python)
        for place, printed in self.machine.prints.items():
            marked = ["# %% cell 1\n" + text if text else text for text in printed]
            self.machine.prints[place] = marked


def test_a_search_from_stored_outputs_starts_where_they_come_again(
    tmp_path: Path, machine: Machine
) -> None:
    world = StoredWorld(tmp_path, machine, {"p.ipynb": "FFSSSSDDDDFF"})
    result, found = world.explore(world.plan({"p.ipynb": "stored"}))
    one = found["p.ipynb"]
    assert (one.baseline, str(one.works), str(one.same)) == ("6", "3 … 10", "3 … 6")
    assert one.specifier == ">=3,<7"
    assert all(cell.examples["p.ipynb"].baseline == "stored" for cell in result.results.values())
    differing = [edge for edge in one.edges if edge.verdict == "different"]
    assert [edge.why for edge in differing] == ["in cell 1: loss 0.5 → loss 0.7 (line 2)"]


def test_where_stored_outputs_never_come_again_it_says_so(tmp_path: Path, machine: Machine) -> None:
    world = StoredWorld(tmp_path, machine, {"p.ipynb": "FFDDDDFF"})
    _, found = world.explore(world.plan({"p.ipynb": "stored"}))
    one = found["p.ipynb"]
    assert (str(one.works), one.same) == ("3 … 6", None)
    said = "no release gave what is stored in it; 6: in cell 1: loss 0.5 → loss 0.7 (line 2)"
    assert one.baseline_problem == said


def test_a_test_that_runs_nowhere_has_no_baseline_where_others_of_its_suite_run(
    tmp_path: Path, machine: Machine
) -> None:
    good, bad, broken = (f"ex/t.py::test_{name}" for name in "abc")
    here = World(tmp_path, machine, {good: "S" * 40, bad: "F" * 40, broken: "S" * 30 + "F" * 10})
    _, found = here.explore(here.plan(), spot_checks=0)
    assert found[good].baseline == "40"
    assert found[good].specifier == ">=1"
    assert (found[bad].works, found[bad].baseline) == (None, "40")
    assert found[bad].baseline_problem == "the baseline itself fails: ValueError: bad"
    assert (found[broken].baseline, str(found[broken].same)) == ("30", "1 … 30")
    # What was run for one of them is known of all.
    tried = [{name for name, test in machine.made if test == one} for one in (good, bad, broken)]
    assert tried == [here.cells_tried] * 3


def test_a_suite_that_runs_nowhere_says_so(tmp_path: Path, machine: Machine) -> None:
    here = World(tmp_path, machine, {f"ex/t.py::test_{name}": "F" * 40 for name in "ab"})
    with pytest.raises(UserError, match="ran with none of the 16 releases"):
        here.explore(here.plan())
