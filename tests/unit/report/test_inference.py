"""What is inferred where nothing ran."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from reports import FAILED, ONE, SAME, TWO, built, cell, store
from rich.console import Console

from tfcompat.report import inference, model, page, page_data, terminal
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from pathlib import Path


def searched(folder: Path) -> Path:
    """Return a campaign of six releases in which edges were searched for."""
    store(
        folder,
        cell("1.0", {ONE: FAILED, TWO: SAME}),
        cell("1.1", {ONE: FAILED}),
        cell("1.2", {ONE: SAME}),
        cell("1.3", {TWO: SAME}),
        cell("1.4", {ONE: SAME, TWO: FAILED}),
        cell("1.5", {TWO: FAILED}),
    )
    write_text(folder / model.SEARCHED, "{}")
    return folder


def test_what_is_inferred_is_no_entry(tmp_path: Path) -> None:
    report = built(searched(tmp_path / "results"))
    keys = {column.release: column.key for column in report.columns}
    assert report.inferred == {
        (TWO, keys["1.1"]): inference.RUNS,
        (TWO, keys["1.2"]): inference.RUNS,
        (ONE, keys["1.3"]): inference.RUNS,
    }
    # Nothing is known above the newest release that ran.
    assert (ONE, keys["1.5"]) not in report.inferred
    # It is no entry, and no count has it.
    assert sum(report.counts.values()) == len(report.entries) == 8


def test_nothing_is_inferred_where_nothing_was_searched(results: Path) -> None:
    assert built(results).inferred == {}


def test_inferred_signs_on_page_and_terminal(tmp_path: Path) -> None:
    report = built(searched(tmp_path / "results"))
    rows: Any = page_data.data_of(report)["families"]
    assert [row["inferred"] for family in rows for row in family["rows"]] == [
        {3: "."},
        {1: ".", 2: "."},
    ]
    assert "inferred to run, not tried" in page.render(report)
    written = io.StringIO()
    terminal.show(report, Console(width=120, file=written, legacy_windows=False))
    assert ". inferred to run, not tried" in written.getvalue()
