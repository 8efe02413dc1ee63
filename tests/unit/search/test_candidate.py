"""What counts as news of a candidate: runs on a made-up machine, with the real rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes import Machine, made_up_plan

from tfcompat.counterfactual.packages import changed_packages
from tfcompat.judging.judge import Judge
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.variants import variant_of
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.candidate_answers import (
    Group,
    Outcome,
    SideOutcome,
    classify,
    slowdown,
)
from tfcompat.search.side_by_side import SideBySide

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.search.candidate_answers import Finding


class World:
    """The sides ``old`` and ``new`` of one release, on a made-up machine."""

    def __init__(self, folder: Path) -> None:
        plan = made_up_plan(folder, ("a.py",), {})
        cell = plan.cell("3.0", None)
        self.old, self.new = (variant_of(cell, side=side) for side in ("old", "new"))
        self.machine = Machine()
        runner = self.machine.evaluation(folder, ("a.py",)).runner
        judge = Judge(judging_rules(plan.study))
        self.sides = SideBySide(runner, judge, self.old, self.new)

    def prints(self, old: list[str | None], new: list[str | None]) -> Finding:
        self.machine.prints[self.old.identifier, "a.py"] = old
        self.machine.prints[self.new.identifier, "a.py"] = new
        return self.sides.compare(["a.py"])[0]

    def runs(self) -> tuple[int, int]:
        made = self.machine.made
        return made[self.old.identifier, "a.py"], made[self.new.identifier, "a.py"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_two_sides_of_one_release_are_two_cells(world: World) -> None:
    assert world.old.identifier != world.new.identifier


def test_what_prints_the_same_is_run_once_a_side(world: World) -> None:
    assert world.prints(["x 1\n"], ["x 1\n"]).group is Group.SAME
    assert world.runs() == (1, 1)


def test_another_result_is_news_once_repeats_confirm_it(world: World) -> None:
    found = world.prints(["x 1\n"], ["x 2\n"])
    assert (found.group, found.new) == (Group.DIFFERENT, Outcome.DIFFERENT)
    assert min(world.runs()) > 1


def test_what_is_slower_is_run_again_before_it_is_told(world: World) -> None:
    world.machine.seconds[world.new.identifier, "a.py"] = [10.0]
    found = world.prints(["x 1\n"], ["x 1\n"])
    assert (found.group, found.slowdown) == (Group.SAME, (1.0, 10.0))
    assert world.runs() == (5, 5)


def test_what_is_slow_once_is_not_slower(world: World) -> None:
    world.machine.seconds[world.new.identifier, "a.py"] = [10.0, 1.0]
    assert world.prints(["x 1\n"], ["x 1\n"]).slowdown is None


def test_noise_is_no_news(world: World) -> None:
    found = world.prints(["x 1\n", "x 2\n", "x 3\n"], ["x 2\n", "x 3\n", "x 1\n"])
    assert found.group is Group.SAME


def test_a_failure_is_news_once_it_fails_again(world: World) -> None:
    found = world.prints(["x 1\n"], [None])
    assert (found.group, found.old, found.new) == (Group.FAILING, Outcome.WORKS, Outcome.FAILED)
    assert world.runs() == (2, 2)


def test_what_fails_only_sometimes_is_no_news(world: World) -> None:
    found = world.prints(["x 1\n"], [None, "x 1\n"])
    assert found.group is Group.UNTRIED
    assert found.cause is not None
    assert found.cause.kind is CauseKind.UNCONFIRMED


def test_what_fails_on_the_old_side_as_well_is_no_news(world: World) -> None:
    assert world.prints([None], [None]).group is Group.BROKEN_ON_BOTH
    assert world.runs() == (1, 1)


def test_a_failure_that_the_old_side_has_later_is_no_news(world: World) -> None:
    assert world.prints(["x 1\n", None], [None]).group is Group.BROKEN_ON_BOTH


def test_what_works_again_is_fixed(world: World) -> None:
    assert world.prints([None], ["x 1\n"]).group is Group.FIXED


def test_sides_take_turns(world: World) -> None:
    world.prints(["x 1\n"], ["x 2\n"])
    order = [identifier for _, identifier in world.machine.order()]
    old, new = world.old.identifier, world.new.identifier
    assert order[:4] == [old, new, new, old]


@pytest.mark.parametrize(
    ("kind", "group"),
    [(CauseKind.CONFLICT, Group.FAILING), (CauseKind.NETWORK, Group.UNTRIED)],
)
def test_a_candidate_without_an_environment(world: World, kind: CauseKind, group: Group) -> None:
    world.machine.broken[world.new.identifier] = Cause(kind=kind, message="why")
    found = world.prints(["x 1\n"], [])
    assert found.group is group
    assert found.cause is not None
    assert found.cause.message == "why"


def test_nothing_is_said_where_one_side_is_not_known() -> None:
    unknown = SideOutcome(Outcome.UNKNOWN)
    assert classify("a.py", unknown, SideOutcome(Outcome.FAILED)).group is Group.UNTRIED
    assert classify("a.py", SideOutcome(Outcome.FAILED), unknown).group is Group.UNTRIED


def test_packages_in_which_the_sides_differ() -> None:
    old = {"foo": "1", "bar": "1", "same": "1", "gone": "2"}
    new = {"foo": "2", "bar": "2", "same": "1", "six": "3"}
    assert changed_packages(old, new, "foo") == (
        ("bar", "1", "2"),
        ("gone", "2", ""),
        ("six", "", "3"),
    )


@pytest.mark.parametrize(
    ("old", "new", "slower"),
    [
        ([0.1], [1.0], (0.1, 1.0)),
        ([0.1, 0.2, 0.1], [1.0, 1.1, 0.9], (0.1, 1.0)),
        # One run on a busy machine, on either side.
        ([0.1, 0.6, 0.1], [1.0, 1.1, 1.0], None),
        ([0.1, 0.1, 0.1], [1.0, 0.1, 1.0], None),
        # Ten times as much of nearly nothing.
        ([0.005, 0.004], [0.05, 0.05], None),
        ([1.0], [1.5], None),
        ([1.0], [0.1], None),
    ],
)
def test_what_counts_as_slower(
    old: list[float], new: list[float], slower: tuple[float, float] | None
) -> None:
    assert slowdown(old, new) == slower
