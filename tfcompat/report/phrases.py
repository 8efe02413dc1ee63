"""What a report says of an entry, and how text of unknown origin is made fit to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Basis, CauseKind, Verdict
from tfcompat.util.text import count, visible

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
# What is read first: the outcomes of the question, best first, then what kept it from an answer.
ORDER = (
    Verdict.SAME,
    Verdict.DIFFERENT,
    Verdict.FAILED,
    Verdict.UNBUILDABLE,
    Verdict.NO_BASELINE,
    Verdict.UNKNOWN,
)


def sizes(report: Report) -> str:
    """Return how many examples, cells and verdicts a report has."""
    examples = sum(len(family.examples) for family in report.families)
    cells, verdicts = len(report.columns), len(report.entries)
    return f"{count(examples, 'example')}, {count(cells, 'cell')}, {count(verdicts, 'verdict')}"


def plain(glyph: str) -> str:
    """Return glyphs as a terminal without Unicode can show them."""
    return glyph.translate(_PLAIN)


def glyph(entry: Entry) -> str:
    """Return the sign of an entry."""
    if entry.verdict is Verdict.SAME and entry.basis in {Basis.NOISE, Basis.TOLERANCE}:
        return NEARLY
    return GLYPHS[entry.verdict]


def sentence(entry: Entry) -> str:
    """Return what happened, in a sentence."""
    where = f"{entry.column.dependency} {entry.column.release}"
    if entry.column.python:
        where += f" on Python {entry.column.python}"
    why = entry.cause.message if entry.cause else ""
    return visible(_SENTENCES[entry.verdict](entry, where, why))


def _same(entry: Entry, where: str, _why: str) -> str:
    if entry.is_baseline:
        return f"It runs with {where}, and is the baseline that other releases are held against."
    how = {
        Basis.EXACT: "what its baseline printed",
        Basis.NOISE: "what its baseline printed, up to the noise between the baseline's own runs",
        Basis.TOLERANCE: "what its baseline printed, up to the study's tolerance",
        None: "what its baseline printed",
    }[entry.basis]
    return f"It runs with {where} and prints {how} ({_baseline(entry)})."


def _different(entry: Entry, where: str, _why: str) -> str:
    said = f"It runs with {where}, but prints something else than its baseline ({_baseline(entry)})"
    return f"{said}; each ran once, so this may be noise." if entry.alone else f"{said}."


def _failed(_entry: Entry, where: str, why: str) -> str:
    return f"It does not run with {where}: {why}" if why else f"It does not run with {where}."


def _unbuildable(_entry: Entry, where: str, why: str) -> str:
    return f"There is no environment with {where}: {why or 'no reason is stored'}"


def _no_baseline(entry: Entry, where: str, why: str) -> str:
    ended = "ran" if entry.run and entry.run.retval == 0 else "failed"
    return f"It {ended} with {where}, but there is nothing to hold it against: {why}"


def _unknown(entry: Entry, where: str, why: str) -> str:
    if entry.cause and entry.cause.kind is not CauseKind.BASELINE_UNAVAILABLE:
        return f"It could not be tried with {where}: {why}"
    if entry.cause:
        return f"It was tried with {where}, but its baseline could not be had here: {why}"
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
    release, python = parse_identifier(entry.baseline or "unnamed")
    return f"{release} on Python {python}" if python else release
