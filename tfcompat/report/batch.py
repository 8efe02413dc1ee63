"""What became of many cases of ``frontier --batch``: one table, or a list of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfcompat.report import search
from tfcompat.report.markdown import table
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.search.cases import CaseResult
    from tfcompat.search.findings import ScriptFindings

SCHEMA = 1
"""The schema of each document of ``frontier --batch --json``."""

_HEAD = ("script", "library", "works", "up", "down", "environments", "seconds", "expected")

# Characters of a cell of the table; the whole is in the JSON.
_WIDEST = 60


def text(results: Sequence[CaseResult]) -> str:
    """Return a table for a terminal: a row for each case, and how many there are of each end."""
    rows = [[_cut(visible(part)) for part in _row(result)] for result in results]
    lines = [list(_HEAD), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    shown = (
        "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    errors = [f"{one.case.name}: {visible(one.error)}" for one in results if one.error]
    return "\n".join([*shown, *errors, _totals(results)])


def markdown(results: Sequence[CaseResult]) -> str:
    """Return the same as a Markdown table."""
    errors = [f"- `{one.case.name}`: {one.error}" for one in results if one.error]
    parts = [table(_HEAD, map(_row, results)), "\n".join(errors), _totals(results)]
    return "\n\n".join(part for part in parts if part)


def as_json(results: Sequence[CaseResult], *, walk: bool) -> list[dict[str, Any]]:
    """Return a document for each case; ``frontier`` is as ``frontier --json`` prints it."""
    return [
        {
            "schema": SCHEMA,
            "row": one.case.row,
            "script": one.case.name,
            "dependency": one.findings.dependency if one.findings else one.case.dependency,
            "baseline": one.script.baseline if one.script else one.case.baseline,
            "python": one.script.python if one.script else one.case.python,
            "requirements": list(one.case.requirements),
            "expected": str(one.case.expected) if one.case.expected else None,
            "as_expected": one.is_as_expected,
            "error": one.error or None,
            "exit_code": one.exit_code,
            "frontier": search.as_json(one.findings, walk=walk) if one.findings else None,
        }
        for one in results
    ]


def _row(result: CaseResult) -> list[str]:
    found, script = result.findings, result.script
    if found is None or script is None:
        return [
            result.case.name,
            result.case.dependency,
            "no answer",
            "",
            "",
            "",
            "",
            _said(result),
        ]
    works = str(script.works) if script.works else f"not with its baseline {script.baseline}"
    return [
        result.case.name,
        found.project or found.dependency,
        works,
        _stop(script, "up"),
        _stop(script, "down"),
        str(found.built),
        f"{found.seconds:.0f}",
        _said(result),
    ]


def _stop(script: ScriptFindings, direction: str) -> str:
    if script.works is None:
        return script.baseline_problem if direction == "up" else ""
    if direction in script.unfinished:
        return "not finished"
    return (
        "; ".join(
            f"{'not finished, ' if edge.untried else ''}{edge.release} {edge.verdict}: {edge.why}"
            for edge in script.edges
            if edge.direction == direction
        )
        or "nothing"
    )


def _said(result: CaseResult) -> str:
    if result.is_as_expected is None:
        return f"{result.case.expected} not finished" if result.case.expected else ""
    return f"{result.case.expected} {'right' if result.is_as_expected else 'wrong'}"


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"


def _totals(results: Sequence[CaseResult]) -> str:
    parts = [plural(len(results), "case")]
    failed = sum(bool(one.error) for one in results)
    if failed:
        parts.append(f"{failed} without an answer")
    expected = [one.is_as_expected for one in results if one.is_as_expected is not None]
    if expected:
        parts.append(f"{sum(expected)} of {len(expected)} as expected")
    return ", ".join(parts)
