"""The report as Markdown, as a CI system shows it below a job: counts, ranges and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.report import phrases, ranges, timing
from tfcompat.report.model import tally
from tfcompat.results.verdicts import RUNS, Verdict
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.report.model import Failure, Report

_FAILURES_SHOWN = 30
_SAME = frozenset({Verdict.SAME})


def cell(content: str) -> str:
    """Return a text that stays within a cell of a Markdown table and is not markup itself."""
    escaped = visible(content).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(escaped.split())


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: int = 0) -> str:
    """Return a table; its last ``numbers`` columns are aligned to the right."""
    marks = ["---"] * (len(head) - numbers) + ["--:"] * numbers
    lines = [head, marks, *rows]
    return "\n".join(f"| {' | '.join(cell(str(part)) for part in line)} |" for line in lines)


def folded(title: str, content: str) -> str:
    """Return a part that a click unfolds, where Markdown is shown as a page."""
    return f"<details>\n<summary>{cell(title)}</summary>\n\n{content}\n\n</details>"


def summary(report: Report) -> str:
    """Return the report: counts by family, where each example works, and what stops it."""
    used = [verdict for verdict in phrases.ORDER if report.counts[verdict]]
    parts = [
        f"## {cell(report.dependency)}: what still works with which release",
        f"{phrases.sizes(report)} ({cell(', '.join(report.campaigns))})",
        table(
            ["family", *(f"{phrases.GLYPHS[v]} {v.value}" for v in used)],
            _by_family(report, used),
            numbers=len(used),
        ),
    ]
    if len(report.columns) > 1:
        works = table(["example", "runs with", "same result with"], _by_example(report))
        parts.append(folded("Where each example works", works))
    if report.failures:
        parts.append("### What is not the same, by reason")
        parts.append("\n".join(_reasons(report)))
    parts += [cell(note) for note in phrases.notes(report)]
    time = timing.timing_of(report)
    if time.total:
        parts.append(cell(timing.sentence(time)))
    if report.damaged:
        parts.append(f"**{plural(len(report.damaged), 'file')} could not be read**")
        parts.append("\n".join(f"- {cell(line)}" for line in report.damaged))
    return "\n\n".join(parts) + "\n"


def _by_family(report: Report, used: Sequence[Verdict]) -> Iterator[list[object]]:
    for family in report.families:
        examples = set(family.examples)
        counts = tally(e for e in report.entries.values() if e.example in examples)
        yield [family.name, *(counts[verdict] for verdict in used)]
    yield ["all", *(report.counts[verdict] for verdict in used)]


def _by_example(report: Report) -> Iterator[list[object]]:
    for family in report.families:
        for example in family.examples:
            found = (ranges.ranges_with(report, example, verdicts) for verdicts in (RUNS, _SAME))
            yield [example, *map(ranges.text, found)]


def _reasons(report: Report) -> Iterator[str]:
    for failure in report.failures[:_FAILURES_SHOWN]:
        yield f"- **{len(failure.entries)}** {failure.verdict.value}: {_reason(failure)}"
    left = len(report.failures) - _FAILURES_SHOWN
    if left > 0:
        yield f"- and {plural(left, 'other reason')}"


def _reason(failure: Failure) -> str:
    examples = {entry.example for entry in failure.entries}
    releases = {entry.column.release for entry in failure.entries}
    extent = f"{plural(len(examples), 'example')}, {plural(len(releases), 'release')}"
    return f"{cell(failure.reason)} ({extent})"
