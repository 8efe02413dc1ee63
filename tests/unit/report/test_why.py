"""One example in one cell, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reports import FAILED, ONE, SAME, TWO, built, cell, store

from tfcompat.errors import SelectionError
from tfcompat.report import why

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report.model import Report


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return built(
        store(
            tmp_path / "results",
            cell("1.10.0", {ONE: SAME, TWO: FAILED}),
            cell("1.9.0", {ONE: FAILED, TWO: SAME}, python="3.10"),
            cell("1.9.0", {ONE: SAME}, python="3.6"),
        )
    )


def test_a_release_names_its_cells_and_the_end_of_a_path_an_example(report: Report) -> None:
    name = ONE.rpartition("/")[2]
    for text in (ONE, name, name.removesuffix(".py")):
        found = why.find_entries(report, "1.9.0", text)
        assert {(entry.example, entry.column.python) for entry in found} == {
            (ONE, "3.10"),
            (ONE, "3.6"),
        }
    (only,) = why.find_entries(report, found[0].column.cell.identifier, ONE)
    assert only.column.python == found[0].column.python


def test_what_is_not_there(report: Report) -> None:
    with pytest.raises(SelectionError, match=r"no cell '1\.9' in the results"):
        why.find_entries(report, "1.9", ONE)
    with pytest.raises(SelectionError, match=r"no cell '7' in the results; they have 1\.9\.0 … 1"):
        why.find_entries(report, "7", ONE)
    with pytest.raises(SelectionError, match=r"no example 'missing' in 1\.9\.0"):
        why.find_entries(report, "1.9.0", "missing")


def test_it_tells_what_happened_and_how_to_run_it_again(report: Report) -> None:
    (entry,) = why.find_entries(report, "1.10.0", TWO)
    lines = why.as_text(entry, report).splitlines()
    assert lines[0] == f"{TWO}: failed"
    assert lines[1].startswith("It does not run with")
    assert lines[-1].startswith("  tfcompat run --release 1.10.0 ")
    assert lines[-1].endswith(f"--test {TWO} --force")
