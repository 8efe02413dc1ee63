"""One example in one cell, on a terminal: what happened, what shows it, and how to run it again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tfcompat.counterfactual.packages import changed_packages
from tfcompat.errors import SelectionError, near_miss
from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.report import facts, phrases
from tfcompat.results.verdicts import Verdict
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.report.model import Entry, Report

_ERROR_LINES = 15
_PACKAGES = 12


def find_entries(report: Report, cell: str, example: str) -> list[Entry]:
    """Return the entries that a cell (or its release) and an example (or its end) name.

    Raises SelectionError where there is no such cell or example in the results.
    """
    columns = [
        column for column in report.columns if cell in (column.cell.identifier, column.release)
    ]
    if not columns:
        known = [column.cell.identifier for column in report.columns]
        releases = [column.release for column in report.columns]
        hint = near_miss(cell, [*releases, *known])
        if releases and not hint:
            hint = f"; they have {releases[0]} … {releases[-1]}"
        msg = f"there is no cell {cell!r} in the results{hint}"
        raise SelectionError(msg)
    keys = {column.key for column in columns}
    entries = [entry for entry in report.entries.values() if entry.column.key in keys]
    found = [entry for entry in entries if _is_named(entry.example, example)]
    if not found:
        known = sorted({entry.example.rpartition("/")[2] for entry in entries})
        msg = f"there is no example {example!r} in {cell}{near_miss(example, known)}"
        raise SelectionError(msg)
    return found


def _is_named(example: str, text: str) -> bool:
    return example == text or example.endswith((f"/{text}", f"/{text}.py"))


def as_text(entry: Entry, report: Report) -> str:
    """Return all that is known of an entry, harmless to a terminal."""
    lines = [f"{entry.example}: {entry.verdict.value}", phrases.sentence(entry), ""]
    lines += [f"  {label}: {value}" for label, value in facts.of_entry(entry)]
    lines += ["", *(f"  {line}" for line in entry.source.numbered)] if entry.source else []
    lines += _error(entry)
    lines += _moved(entry, report)
    lines += ["", "run it again:", f"  {_again(entry)}"]
    return "\n".join(visible(line) for line in lines)


def _error(entry: Entry) -> Iterator[str]:
    """Yield the end of what a run that failed wrote to standard error."""
    failure = entry.run.failure if entry.run else None
    if failure is None or entry.verdict is not Verdict.FAILED:
        return
    written = [line.rstrip("\n") for line in failure.error]
    yield from ("", "standard error:")
    if len(written) > _ERROR_LINES:
        yield f"  … {plural(len(written) - _ERROR_LINES, 'line')} before"
    yield from (f"  {line}" for line in written[-_ERROR_LINES:])


def _moved(entry: Entry, report: Report) -> Sequence[str]:
    """Return the packages that are not as in the baseline's environment, but for the library."""
    named = (column.cell for column in report.columns)
    baseline = next((cell for cell in named if cell.identifier == entry.baseline), None)
    if baseline is None or entry.is_baseline or entry.verdict is Verdict.SAME:
        return []
    old, new = freeze_of(baseline), freeze_of(entry.column.cell)
    moved = [
        f"  {one.name} {one.old or '(none)'} → {one.new or '(none)'}"
        for one in changed_packages(old, new, entry.column.dependency)
    ]
    more = [f"  and {len(moved) - _PACKAGES} more"] if len(moved) > _PACKAGES else []
    return ["", "packages, beside the baseline's:", *moved[:_PACKAGES], *more] if moved else []


def _again(entry: Entry) -> str:
    column = entry.column
    words = ["tfcompat", "run", "--release", column.release]
    words += ["--python", column.python] if column.python else []
    return shlex.join([*words, "--test", entry.example, "--force"])
