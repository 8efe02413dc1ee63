"""Which pairs of cells are explained, what is stored of that, and who inherits it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from fakes import FakeProgress, FakeVariants, Machine, made_up_plan

from tfcompat.counterfactual.campaign import explain_campaign, neighbours
from tfcompat.execution.campaign_run import RunOptions, evaluate_cells
from tfcompat.judging.differing import NOT_TRIED
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.execution.variants import Variant
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult

A, B = "ex/a.py", "ex/b.py"
TEXTS = {"S": "loss 0.5\n", "D": "loss 0.7\n", "E": "loss 0.9\n", "L": "loss | 0.5\n", "F": None}


@dataclass
class Campaign:
    """Examples whose outcomes with releases 1 to n are given by letters; see TEXTS.

    A dash is a release without an environment. Releases named in ``left_out`` are not selected.
    Outputs begin with the ``mark``.
    """

    folder: Path
    rows: dict[str, str]
    baseline: str = "1"
    left_out: str = ""
    causes: bool = True
    mark: str = ""
    progress: FakeProgress = field(default_factory=FakeProgress)
    machine: Machine = field(default_factory=Machine)

    @property
    def variants(self) -> FakeVariants:
        def prints(variant: Variant, test: str) -> str:
            del variant, test
            raise AssertionError("with the same packages nothing need be run")

        return FakeVariants(prints)

    def plan(self) -> Plan:
        releases = [str(number + 1) for number in range(len(next(iter(self.rows.values()))))]
        plan = made_up_plan(
            self.folder, tuple(self.rows), {"ex": self.baseline}, releases=tuple(releases)
        )
        for test, row in self.rows.items():
            for release, letter in zip(releases, row, strict=True):
                name = f"pypi-foo-{release}-python-cp36"
                if letter == "-":
                    cause = Cause(kind=CauseKind.CONFLICT, message="no such luck")
                    self.machine.broken[name] = cause
                else:
                    text = TEXTS[letter]
                    self.machine.prints[name, test] = [text and self.mark + text]
        return plan

    def run(self) -> dict[str, CellResult]:
        plan = self.plan()
        chosen = tuple(cell for cell in plan.cells if cell.release not in self.left_out)
        object.__setattr__(plan, "cells", chosen)
        evaluation = self.machine.evaluation(self.folder, plan.tests, self.progress, self.variants)
        options = RunOptions(jobs=1, causes=self.causes)
        cells = evaluate_cells(plan, evaluation, options, explain_campaign)
        stored = evaluation.store.cells()
        assert all(stored[cell.identifier] == cell for cell in cells if cell.verdict is None)
        return stored

    def said(self, test: str = A) -> list[str]:
        cells = self.run().values()
        different = [c.examples[test] for c in cells if test in c.examples]
        return [e.cause.message for e in different if e.cause and e.verdict is Verdict.DIFFERENT]


def test_the_first_other_release_is_explained_and_those_beyond_inherit(tmp_path: Path) -> None:
    here = Campaign(tmp_path, {A: "SSDDED"})
    assert here.said() == [
        "foo itself changed it",
        "as 3: foo itself changed it",
        NOT_TRIED,
        "as 3: foo itself changed it",
    ]
    assert here.progress.said == ["finding out why the result differs: 3"]
    # Again, nothing is left to find.
    here.progress.said.clear()
    assert here.said()[0] == "foo itself changed it"
    assert here.progress.said == []


def test_both_sides_of_a_baseline(tmp_path: Path) -> None:
    here = Campaign(tmp_path, {A: "DSSE", B: "SSSS"}, baseline="3")
    assert here.said() == ["foo itself changed it", "foo itself changed it"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("DSSE", ["foo itself changed it", "foo itself changed it"]),
        # Where nothing gives the stored result, nothing is known to have changed it.
        ("DE", [NOT_TRIED, NOT_TRIED]),
    ],
)
def test_both_sides_of_the_newest_release_with_the_stored_result(
    tmp_path: Path, row: str, said: list[str]
) -> None:
    test = "ex/c.ipynb"
    output = {"output_type": "stream", "name": "stdout", "text": TEXTS["S"]}
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [output]}
    content = {"cells": [{**cell, "execution_count": 1}], "metadata": {}}
    document = {**content, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "ex").mkdir()
    (tmp_path / test).write_text(json.dumps(document), encoding="utf-8")
    here = Campaign(tmp_path, {test: row}, baseline="stored", mark="# %% cell 1\n")
    assert here.said(test) == said


def test_nothing_is_explained_where_that_is_not_wanted(tmp_path: Path) -> None:
    assert Campaign(tmp_path, {A: "SSD"}, causes=False).said() == [NOT_TRIED]


def test_what_only_looks_different_says_so(tmp_path: Path) -> None:
    (said,) = Campaign(tmp_path, {A: "SSL"}).said()
    assert said.startswith("only how it is printed differs: ")
    assert said.endswith("; foo itself changed it")


def test_neighbours_that_did_not_run_hide_the_edge(tmp_path: Path) -> None:
    assert Campaign(tmp_path, {A: "SFD"}).said() == [NOT_TRIED]
    assert Campaign(tmp_path / "b", {A: "S-D"}).said() == ["foo itself changed it"]
    # Not selected, and not stored: the edge may be there.
    assert Campaign(tmp_path / "c", {A: "SSD"}, left_out="2").said() == [NOT_TRIED]


def test_a_baseline_need_not_be_selected(tmp_path: Path) -> None:
    assert Campaign(tmp_path, {A: "SD"}, left_out="1").said() == ["foo itself changed it"]


def test_a_campaign_of_single_cells_explains_what_becomes_an_edge(tmp_path: Path) -> None:
    here = Campaign(tmp_path, {A: "SSDD"}, left_out="24")
    assert here.said() == [NOT_TRIED]
    here.left_out = "134"
    assert here.said() == ["foo itself changed it"]


def test_pairs_of_two_baselines(tmp_path: Path) -> None:
    here = Campaign(tmp_path, {A: "SSDSSD"})
    plan, results = here.plan(), here.run()
    pairs = list(neighbours(A, plan.cells, results))
    assert [(pair.old.release, pair.new.release) for pair in pairs] == [("2", "3")]
    assert [cell.release for cell in pairs[0].beyond] == ["4", "5", "6"]
