"""How a report is built from stored campaigns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from reports import NO_PYTHON, OLD, ONE, SAME, TEN, TWO, built, cell, identifier, store

from tfcompat.report import build
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path


def test_columns_are_ordered_by_release_then_python(results: Path) -> None:
    shown = [(column.release, column.python) for column in built(results).columns]
    assert shown == [
        ("1.9.0", "3.6"),
        ("1.9.0", "3.10"),
        ("1.10.0", "3.6"),
        ("2.0.0", "3.6"),
        ("2.3.4", "3.8"),
    ]


def test_rows_are_grouped_by_family_in_natural_order(tmp_path: Path) -> None:
    store(tmp_path, cell("1.0.0", dict.fromkeys((TEN, TWO, OLD, ONE), SAME)))
    families = [(family.name, family.examples) for family in built(tmp_path).families]
    assert families == [
        ("examples/tensorflow_v0.11", (OLD,)),
        ("examples/tensorflow_v1", (ONE, TWO, TEN)),
    ]


@pytest.mark.parametrize(
    ("example", "family"),
    [
        (ONE, "examples/tensorflow_v1"),
        ("study/examples/v2/a/b.py", "study/examples/v2"),
        ("examples/a.py", "examples"),
        ("tests/deep/a.py", "tests/deep"),
        ("a.py", "."),
    ],
)
def test_family(example: str, family: str) -> None:
    assert build.family_of(example) == family


def test_a_cell_without_an_environment_counts_for_each_of_its_examples(results: Path) -> None:
    shown = built(results)
    counts = {verdict.value: count for verdict, count in shown.counts.items() if count}
    assert counts == {"same": 2, "failed": 3, "unbuildable": 2, "unknown": 2}
    assert shown.entry(TWO, shown.columns[0]) is None  # it was not selected


def test_what_is_finished_stays_a_result_and_an_attempt_adds_what_it_lacks(tmp_path: Path) -> None:
    attempt = cell("1.0.0", tests=(ONE, TWO), verdict=Verdict.UNKNOWN, cause=NO_PYTHON)
    shown = built(store(tmp_path, cell("1.0.0", {ONE: SAME}), attempt))
    (column,) = shown.columns
    verdicts = [entry and entry.verdict for entry in (shown.entry(t, column) for t in (ONE, TWO))]
    assert verdicts == [Verdict.SAME, Verdict.UNKNOWN]


def test_caliper_files_name_release_and_python_in_the_identifier(tmp_path: Path) -> None:
    document = {"inputs": {"dependency": "tensorflow", "name": identifier("2.0.0rc1", "3.10")}}
    (tmp_path / "a.json").write_text(json.dumps({**document, "build_retval": 1}))
    store(tmp_path, cell("1.0.0", {ONE: SAME}))
    shown = built(tmp_path)
    assert [(c.release, c.python) for c in shown.columns] == [
        ("1.0.0", "3.6"),
        ("2.0.0rc1", "3.10"),
    ]
    # It lists no examples, so it counts for all that the campaign has.
    assert shown.counts[Verdict.UNBUILDABLE] == 1


def test_the_output_of_a_baseline_is_found_in_an_unfinished_cell(tmp_path: Path) -> None:
    name = identifier("0.12.1")
    CampaignStore(tmp_path).begin(cell("0.12.1", {ONE: SAME}))
    store(tmp_path, cell("1.0.0", {ONE: SAME.model_copy(update={"baseline": name})}))
    shown = built(tmp_path)
    entry = shown.entry(ONE, shown.columns[0])
    assert [column.release for column in shown.columns] == ["1.0.0"]
    assert entry is not None
    assert entry.baseline_run is not None
    assert entry.baseline_run.output == ["loss: 1\n"]


@pytest.mark.parametrize("name", ["../secret", "x" * 5000, "a\x00b", "/etc/passwd", ""])
def test_a_baseline_of_a_hostile_name_is_not_looked_for(tmp_path: Path, name: str) -> None:
    store(tmp_path / "results", cell("1.0.0", {ONE: SAME.model_copy(update={"baseline": name})}))
    (tmp_path / "secret.json").write_text("{}")
    shown = built(tmp_path / "results")
    entry = shown.entry(ONE, shown.columns[0])
    assert entry is not None
    assert entry.baseline_run is None
    assert not shown.damaged
