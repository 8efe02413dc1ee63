"""The report on a terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from reports import ONE, SAME, TWO, built, cell, hostile, store
from rich.console import Console

from tfcompat.report import markdown, terminal
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from pathlib import Path


def test_hostile_text_does_not_drive_a_terminal(tmp_path: Path) -> None:
    written = io.StringIO()
    terminal.show(hostile(tmp_path), Console(file=written, width=200))
    assert not text_module._HARMFUL.search(written.getvalue())
    written.getvalue().encode()


def test_the_text_table_has_a_row_a_cell_and_a_sign_an_example(results: Path) -> None:
    written = io.StringIO()
    terminal.show(built(results), Console(file=written, width=100))
    lines = [line.replace("│", " ").split() for line in written.getvalue().splitlines()]
    assert ["1.10.0", "3.6", "=✗", "1", "1"] in lines
    assert ["2.3.4", "3.8", "??", "2"] in lines
    assert ["5", "cells", "2", "2", "3", "2", "2"] in lines
    assert "failed: removed-api: `tf.mul` is missing" in written.getvalue()


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_comparisons_that_were_cut_short_are_counted(tmp_path: Path, form: str) -> None:
    runs = {ONE: SAME.model_copy(update={"comparison_note": "lines are left out"}), TWO: SAME}
    shown = built(store(tmp_path, cell("1.9.0", runs), cell("1.8.0", runs)))
    written = io.StringIO()
    terminal.show(shown, Console(file=written, width=100))
    text = written.getvalue() if form == "text" else markdown.summary(shown)
    assert "in 2 comparisons, lines are left out\n" in text


def test_the_text_table_needs_no_unicode(results: Path) -> None:
    raw = io.BytesIO()
    ascii_only = io.TextIOWrapper(raw, encoding="ascii")
    terminal.show(built(results), Console(file=ascii_only, width=100))
    ascii_only.flush()
    assert b"=x" in raw.getvalue()
