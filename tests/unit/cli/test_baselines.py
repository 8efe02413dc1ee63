"""The table for authors of examples: how steady each is at its baseline."""

from __future__ import annotations

import io

from packaging.version import Version
from rich.console import Console

from tfcompat.cli.baselines import agreement, metrics, table
from tfcompat.planning.grid import Cell
from tfcompat.results.schema import Example, Run, example_of
from tfcompat.results.verdicts import Verdict


def example(*outputs: str, retval: int = 0) -> Example:
    runs = [
        Run(retval=retval, seconds=number, output=text.splitlines(keepends=True))
        for number, text in enumerate(outputs, start=1)
    ]
    return example_of(runs, key="k")


def test_agreement_counts_the_runs_that_equal_the_first() -> None:
    assert agreement(example("a\n", "a\n", "a\n")) == "3 of 3"
    assert agreement(example("a\n", "b\n", "a\n")) == "2 of 3"
    assert agreement(example("a\n", "a\n", retval=1)) == "fails"


def test_metrics_are_the_last_named_values() -> None:
    text = "begun\nloss: 3\nloss_last: 0.5\ndone\naccuracy: 0.9\nerror: 0.1\n"
    assert metrics(example(text)) == "loss_last: 0.5, accuracy: 0.9, error: 0.1"
    assert metrics(example("nothing named\n")) == ""


def test_a_row_tells_where_and_how_long() -> None:
    cell = Cell(dependency="foo", version=Version("1.2.3"), python="3.6", wheel=None)
    judged = example("loss: 1\n", "loss: 1\n", "loss: 1\n").model_copy(
        update={"verdict": Verdict.SAME}
    )
    console = Console(file=io.StringIO(), width=160)
    console.print(table([(cell, "examples/old/1_First/one.py", judged)]))
    assert isinstance(console.file, io.StringIO)
    (row,) = [line for line in console.file.getvalue().splitlines() if "1_First" in line]
    parts = ("old/1_First/one ", "1.2.3 on 3.6", "same", "3 of 3", "2.0", "loss: 1")
    assert all(part in row for part in parts)
