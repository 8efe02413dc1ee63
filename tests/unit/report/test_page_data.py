"""What the scripts of the page show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import ONE, SAME, TWO, built, cell, store

from tfcompat.report import page_data

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tfcompat.report.model import Report


def test_a_text_that_occurs_twice_is_stored_once(tmp_path: Path) -> None:
    data: Any = page_data.data_of(
        built(store(tmp_path, cell("1.0.0", {ONE: SAME, TWO: SAME}), cell("1.1.0", {ONE: SAME})))
    )
    assert sorted(data["texts"]) == ["loss: 1\n", "numpy==1.13.3\n"]


def test_long_texts_keep_head_and_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_data, "STREAMS_LIMIT", 2000)
    long = SAME.model_copy(update={"output": ["a" * 5000, "z" * 5000]})
    data: Any = page_data.data_of(built(store(tmp_path, cell("1.0.0", {ONE: long}))))
    (cut,) = [text for text in data["texts"] if isinstance(text, dict)]
    assert cut == {"head": "a" * 750, "tail": "z" * 250, "left_out": 9000}


def test_a_row_has_the_ranges_of_the_markdown_and_a_column_its_packages(shown: Report) -> None:
    data: Any = page_data.data_of(shown)
    rows = {row["path"]: row for family in data["families"] for row in family["rows"]}
    assert rows["examples/old/b.py"]["runs_with"] == "1.0.0 … 1.4.0"
    assert data["columns"][1]["packages"] == [("numpy", "1.1")]
    assert data["runs"] == ["same", "different"]
