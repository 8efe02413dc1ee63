"""What runs took last: what to expect of them, and in which order to make them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from tfcompat.results.schema import Run, example_of
from tfcompat.results.timings import UNKNOWN_MEMORY, Timings, measure_cost, read_costs

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {"one": {"a": (2.0, 100), "b": (9.0, 300)}, "two": {"a": (4.0, 50)}}


def test_a_cell_knows_its_own_runs_best() -> None:
    timings = Timings(KNOWN)
    assert [timings.seconds("one", test) for test in "ab"] == [2.0, 9.0]
    assert [timings.memory("one", test) for test in "ab"] == [100, 300]


def test_other_cells_serve_as_a_guess() -> None:
    timings = Timings(KNOWN)
    assert (timings.seconds("three", "a"), timings.memory("three", "a")) == (4.0, 100)


def test_of_what_never_ran_the_worst_is_expected() -> None:
    timings = Timings(KNOWN)
    assert timings.seconds("one", "c") == math.inf
    assert timings.memory("one", "c") == UNKNOWN_MEMORY
    assert timings.cell_seconds("three", ["a"]) == math.inf


def test_longest_first_and_unknown_ones_before_them() -> None:
    assert Timings(KNOWN).longest_first("one", ["a", "c", "b"]) == ["c", "b", "a"]


def test_what_was_measured_counts_at_once() -> None:
    timings = Timings(KNOWN)
    timings.add("three", {"a": (30.0, 7)})
    assert timings.seconds("three", "a") == timings.seconds("four", "a") == 30.0
    assert timings.cell_seconds("three", ["a", "b"]) == 30.0


def test_the_cost_is_the_most_of_all_runs() -> None:
    runs = [
        Run(retval=0, seconds=1.0, peak_memory=5),
        Run(retval=0, seconds=3.0, peak_memory=None),
    ]
    assert measure_cost({"a": example_of(runs, key="")}) == {"a": (3.0, 5)}


def test_a_campaign_remembers(tmp_path: Path) -> None:
    assert read_costs(tmp_path) == {}
    timings = Timings({"one": {"a": (1.0, 1)}}, tmp_path)
    timings.add("one", {"a": (2.0, 100), "b": (9.0, 300)})
    timings.add("two", {"a": (4.0, 50)})
    assert read_costs(tmp_path) == KNOWN
    assert (tmp_path / ".state" / "one" / "took.json").is_file()


def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    path = tmp_path / ".state" / "one" / "took.json"
    path.parent.mkdir(parents=True)
    for text in ("{", "[1]", json.dumps({"a": 3}), json.dumps({"a": ["x", 1]})):
        path.write_text(text, encoding="utf-8")
        assert read_costs(tmp_path) == {}
