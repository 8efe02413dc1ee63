"""The report as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import hostile

from tfcompat.report import markdown
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report import model


def test_markdown_shows_counts_ranges_and_reasons(shown: model.Report) -> None:
    text = markdown.summary(shown)
    assert "| family | = same | ≠ different | ✗ failed |" in text
    assert "| examples/old | 6 | 1 | 7 |" in text
    assert "| all | 15 | 1 | 14 |" in text
    assert "| examples/old/a.py | 1.0.0 … 1.2.0 | 1.0.0 … 1.1.0 |" in text
    assert "- **14** failed: removed-api: `tf.mul` is missing (4 examples, 8 releases)" in text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = markdown.summary(hostile(tmp_path))
    assert not text_module._HARMFUL.search(text)
    text.encode()
    assert "<img" not in text
    assert "<script" not in text
