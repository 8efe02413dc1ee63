"""The report on a terminal: a row for each cell, a sign for each example."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from tfcompat.report import inference, phrases, timing
from tfcompat.results.verdicts import STYLES
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from rich.console import Console

    from tfcompat.report.model import Column, Failure, Family, Report
    from tfcompat.results.verdicts import Verdict

_FAILURES_SHOWN = 20


def show(report: Report, console: Console) -> None:
    """Print a report: the table, what its signs mean, the reasons of failures, and the time."""
    used = [verdict for verdict in phrases.ORDER if report.counts[verdict]]
    console.print(_table(report, used, console))
    legend = "  ".join(
        f"{_fit(phrases.GLYPHS[verdict], console)} {verdict.value} {report.counts[verdict]}"
        for verdict in used
    )
    _print(console, f"{phrases.sizes(report)}: {legend}")
    if report.inferred:
        _print(console, ", ".join(f"{sign} {text}" for sign, text in inference.MEANINGS.items()))
    for failure in report.failures[:_FAILURES_SHOWN]:
        _print(console, _line(failure))
    more = len(report.failures) - _FAILURES_SHOWN
    if more > 0:
        _print(console, f"and {plural(more, 'more reason')}")
    for note in phrases.notes(report):
        _print(console, note)
    time = timing.timing_of(report)
    if time.total:
        _print(console, timing.sentence(time))


def _table(report: Report, used: list[Verdict], console: Console) -> Table:
    """Return the table; its signs are explained in the line below it."""
    table = Table(show_footer=True)
    several = len(report.campaigns) > 1
    table.add_column("release", footer=plural(len(report.columns), "cell"), no_wrap=True)
    table.add_column("Python", no_wrap=True)
    if several:
        table.add_column("campaign")
    for family in report.families:
        name = PurePosixPath(family.name).name or family.name
        size = len(family.examples)
        # The signs stay on one line where there is room; rather is the name cut.
        table.add_column(Text(_fit(name, console)), footer=str(size), min_width=min(size, 30))
    for verdict in used:
        table.add_column(
            _fit(phrases.GLYPHS[verdict], console),
            footer=str(report.counts[verdict]),
            justify="right",
            style=STYLES[verdict],
            no_wrap=True,
        )
    for column in report.columns:
        names = [column.release, column.python, *([column.campaign] if several else [])]
        counts = report.counts_of(column)
        table.add_row(
            *(Text(_fit(name, console)) for name in names),
            *(_signs(report, family, column, console) for family in report.families),
            *(str(counts[verdict] or "") for verdict in used),
        )
    return table


def _signs(report: Report, family: Family, column: Column, console: Console) -> Text:
    signs = Text()
    for example in family.examples:
        entry = report.entry(example, column)
        if entry is None:
            signs.append(report.inferred.get((example, column.key), " "), "dim")
        else:
            signs.append(_fit(phrases.glyph(entry), console), STYLES[entry.verdict])
    return signs


def _line(failure: Failure) -> str:
    first = failure.entries[0]
    where = f"{first.example} with {first.column.release}"
    more = f" and {len(failure.entries) - 1} more" if len(failure.entries) > 1 else ""
    return f"{failure.verdict.value}: {failure.reason} ({where}{more})"


def _print(console: Console, line: str) -> None:
    console.print(Text(_fit(line, console)), soft_wrap=True)


def _fit(text: str, console: Console) -> str:
    """Return a text that this terminal can show, without characters that control it."""
    shown = visible(text)
    if console.encoding.lower().startswith("utf"):
        return shown
    return (
        phrases.plain(shown).encode(console.encoding, "backslashreplace").decode(console.encoding)
    )
