"""What is counted in a report agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import built

from tfcompat.report import page_data
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path


def test_counts_agree_everywhere(results: Path) -> None:
    shown = built(results)
    by_column = [shown.counts_of(column) for column in shown.columns]
    for verdict, count in shown.counts.items():
        assert sum(counts[verdict] for counts in by_column) == count
        failures = [f for f in shown.failures if f.verdict is verdict]
        listed = sum(len(failure.entries) for failure in failures)
        assert listed == (0 if verdict is Verdict.SAME else count)
    data: Any = page_data.data_of(shown)
    drawn = [e for f in data["families"] for row in f["rows"] for e in row["entries"] if e]
    assert len(drawn) == sum(shown.counts.values())


def test_failures_are_grouped_by_reason_with_the_largest_first(results: Path) -> None:
    failures = built(results).failures
    assert [(f.verdict.value, len(f.entries)) for f in failures] == [
        ("failed", 3),
        ("unbuildable", 2),
        ("unknown", 2),
    ]
    assert failures[0].reason == "removed-api: `tf.mul` is missing"
