"""The signs, names and sentences that all forms of a report share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tfcompat.results.differences import DifferenceKind
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Basis, CauseKind, Verdict
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from tfcompat.report.model import Entry, Report

GLYPHS = {
    Verdict.SAME: "=",
    Verdict.DIFFERENT: "≠",
    Verdict.FAILED: "✗",
    Verdict.UNBUILDABLE: "⊘",
    Verdict.NO_BASELINE: "○",
    Verdict.UNKNOWN: "?",
}
NEARLY = "≈"
_PLAIN = str.maketrans({"≠": "!", "✗": "x", "⊘": "/", "○": "o", "≈": "~"})

MEANINGS = {
    Verdict.SAME: f"prints what the baseline printed ({NEARLY} within noise or tolerance)",
    Verdict.DIFFERENT: "runs, and prints something else",
    Verdict.FAILED: "does not end with exit 0",
    Verdict.UNBUILDABLE: "no environment can be made",
    Verdict.NO_BASELINE: "its baseline fails or is not stable",
    Verdict.UNKNOWN: "could not be tried or judged on this machine",
}
ORDER = (
    # The results, best first; then what prevented a result.
    Verdict.SAME,
    Verdict.DIFFERENT,
    Verdict.FAILED,
    Verdict.UNBUILDABLE,
    Verdict.NO_BASELINE,
    Verdict.UNKNOWN,
)


def sizes(report: Report) -> str:
    """Return how many examples, cells and verdicts a report has, in words."""
    examples = sum(len(family.examples) for family in report.families)
    cells, verdicts = len(report.columns), len(report.entries)
    return f"{plural(examples, 'example')}, {plural(cells, 'cell')}, {plural(verdicts, 'verdict')}"


def notes(report: Report) -> list[str]:
    """Return how comparisons were cut short: the commonest ways, in a sentence each."""
    runs = (entry.run for entry in report.entries.values())
    counts = Counter(run.comparison_note for run in runs if run and run.comparison_note)
    return [f"in {plural(count, 'comparison')}, {note}" for note, count in counts.most_common(3)]


def plain(glyph: str) -> str:
    """Return a text with each glyph replaced by its stand-in of ASCII."""
    return glyph.translate(_PLAIN)


def glyph(entry: Entry) -> str:
    """Return the sign of an entry: of its verdict, or NEARLY within noise or tolerance."""
    if entry.verdict is Verdict.SAME and entry.basis in {Basis.NOISE, Basis.TOLERANCE}:
        return NEARLY
    return GLYPHS[entry.verdict]


def sentence(entry: Entry) -> str:
    """Return what happened in one sentence, harmless to a terminal."""
    where = f"{entry.column.dependency} {entry.column.release}"
    if entry.column.python:
        where += f" on Python {entry.column.python}"
    why = entry.cause.message if entry.cause else ""
    return visible(_SENTENCES[entry.verdict](entry, where, why))


def _same(entry: Entry, where: str, _why: str) -> str:
    if entry.is_baseline:
        return f"It runs with {where}, and is the baseline that other releases are compared with."
    how = {
        Basis.EXACT: "what its baseline printed",
        Basis.NOISE: "what its baseline printed, up to the noise between the baseline's own runs",
        Basis.TOLERANCE: "what its baseline printed, up to the study's tolerance",
        None: "what its baseline printed",
    }[entry.basis]
    does = "prints"
    if entry.run is not None and entry.run.figures:
        does, how = "prints and draws", how.replace("printed", "did")
    return f"It runs with {where} and {does} {how} ({_baseline(entry)})."


def _different(entry: Entry, where: str, why: str) -> str:
    noise = "; each ran once, so this may be noise" if entry.alone else ""
    baseline = f"something else than its baseline ({_baseline(entry)})"
    known = entry.cause is not None and entry.cause.kind is not CauseKind.UNEXPLAINED
    reason = f": {why}" if known else ""
    first = entry.run.first_difference if entry.run else None
    does = "draws" if first and first.kind is DifferenceKind.FIGURE else "prints"
    return f"It runs with {where}, but {does} {baseline}{noise}{reason}."


def _failed(_entry: Entry, where: str, why: str) -> str:
    return f"It does not run with {where}: {why}" if why else f"It does not run with {where}."


def _unbuildable(_entry: Entry, where: str, why: str) -> str:
    return f"There is no environment with {where}: {why or 'no reason is stored'}"


def _no_baseline(entry: Entry, where: str, why: str) -> str:
    ended = "ran" if entry.run and entry.run.retval == 0 else "failed"
    return f"It {ended} with {where}, but there is nothing to compare it with: {why}"


def _unknown(entry: Entry, where: str, why: str) -> str:
    if entry.cause and entry.cause.kind is not CauseKind.BASELINE_UNAVAILABLE:
        return f"It could not be tried with {where}: {why}"
    if entry.cause:
        return f"It was tried with {where}, but its baseline was not available here: {why}"
    return f"It was tried with {where}, and has not been judged."


_SENTENCES = {
    Verdict.SAME: _same,
    Verdict.DIFFERENT: _different,
    Verdict.FAILED: _failed,
    Verdict.UNBUILDABLE: _unbuildable,
    Verdict.NO_BASELINE: _no_baseline,
    Verdict.UNKNOWN: _unknown,
}


def _baseline(entry: Entry) -> str:
    if entry.run is not None and entry.run.stored_output is not None:
        return "stored in the notebook"
    release, python = parse_identifier(entry.baseline or "unnamed")
    borrowed = f", as run for {entry.run.borrowed}" if entry.run and entry.run.borrowed else ""
    return (f"{release} on Python {python}" if python else release) + borrowed
