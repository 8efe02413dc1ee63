"""Shards: every cell in one of them, and all of them about as long as each other."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_cell, made_up_plan
from hypothesis import assume, given
from hypothesis import strategies as st

from tfcompat.planning.shards import divide, divide_plan, read_seconds
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, example_of

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=6), st.floats(0, 1e6), max_size=60
)


@given(SECONDS, st.integers(1, 12))
def test_every_cell_is_in_one_shard(seconds: dict[str, float], number: int) -> None:
    shards = divide(seconds, number)
    assert len(shards) == number
    assert sorted(chain(*shards)) == sorted(seconds)


@given(SECONDS, st.integers(1, 12), st.randoms())
def test_the_order_of_the_cells_does_not_matter(
    seconds: dict[str, float], number: int, chance: random.Random
) -> None:
    names = list(seconds)
    chance.shuffle(names)
    other = divide({name: seconds[name] for name in names}, number)
    assert [set(shard) for shard in other] == [set(shard) for shard in divide(seconds, number)]


@given(st.integers(2, 12), st.integers(4, 20), st.integers(0, 2**32), st.floats(0.3, 1.2))
def test_no_shard_is_much_longer_than_the_others(
    number: int, each: int, seed: int, spread: float
) -> None:
    chance = random.Random(seed)
    seconds = {str(one): chance.lognormvariate(3, spread) for one in range(number * each)}
    mean = sum(seconds.values()) / number
    # One cell cannot be divided: where it is longer than a shard should be, nothing helps.
    assume(max(seconds.values()) <= mean)
    longest = max(sum(seconds[name] for name in shard) for shard in divide(seconds, number))
    assert longest <= 1.2 * mean


@given(st.integers(1, 30), st.integers(1, 30))
def test_equal_cells_are_dealt_out_evenly_and_empty_shards_come_last(
    cells: int, number: int
) -> None:
    counts = [len(shard) for shard in divide(dict.fromkeys(map(str, range(cells)), 0.0), number)]
    assert max(counts) - min(counts) <= 1
    assert counts == sorted(counts, reverse=True)


def test_what_is_recorded_counts_before_guesses(tmp_path: Path) -> None:
    plan = made_up_plan(tmp_path, ("one.py", "two.py"), {})
    runs = {"one.py": example_of([Run(retval=0, seconds=90.0)], key="k")}
    cell = made_up_cell(plan.cells[0], runs)
    cell = cell.with_phase("install", 5.0).with_phase("import", 4.0)
    CampaignStore(plan.study.results).finish(cell)
    seconds = divide_plan(plan, 2).seconds
    assert seconds[plan.cells[0].identifier] == pytest.approx(5.0 + 4.0 + 90.0 + 2.0)
    # The build is a guess, and so is the run of what never ran; that of one.py is known elsewhere.
    assert seconds[plan.cells[1].identifier] == pytest.approx(2.0 + 90.0 + 2.0)


def test_a_guess_grows_with_the_wheel_and_the_examples(tmp_path: Path) -> None:
    plan = made_up_plan(tmp_path, ("one.py", "two.py"), {})
    small = plan.cells[0]
    assert small.wheel is not None
    large = replace(small, wheel=replace(small.wheel, size=500_000_000))
    nothing = read_seconds([tmp_path])
    assert nothing.of_cell(large, plan.tests) > nothing.of_cell(small, plan.tests)
    assert nothing.of_cell(small, plan.tests) > nothing.of_cell(small, plan.tests[:1])
    without = replace(small, wheel=None)
    assert nothing.of_cell(without, plan.tests) < nothing.of_cell(small, ()) / 10
