"""Why a script fails, or in what its result differs, in the words of an answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING

from tfcompat.judging.diagnosis import diagnose
from tfcompat.judging.differing import NOT_TRIED
from tfcompat.judging.output.alignment import align
from tfcompat.judging.output.sides import read_both
from tfcompat.results.differences import DifferenceKind
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.util import package_names
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from tfcompat.judging.output.lines import Line, Transcript
    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.sides import Side
    from tfcompat.results.differences import Difference
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Cause

# Characters of a text that a difference quotes.
_QUOTED = 60

# So many letters before two long texts begin to differ are quoted.
_BEFORE = 15


def cause_of(result: CellResult, script: str, module: str = "") -> Cause | None:
    """Return why a script does not run in a cell, or why it has no environment; None if it runs.

    That of a named baseline which fails is found anew: its record only says that it is one.
    ``module`` is what scripts import of the dependency.
    """
    example = result.examples.get(script)
    if example is None or result.verdict is not None:
        return result.cause
    cause = example.cause
    if cause is None or cause.kind is not CauseKind.EXAMPLE_BUG or example.failure is None:
        return cause
    python = parse_identifier(result.identifier).python or None
    return diagnose(example.failure, script, result.inputs.dependency, python=python, module=module)


def python_cause(result: CellResult, script: str, module: str) -> Cause | None:
    """Return what a library's own files want of Python and the Python of a cell lacks, if anything.

    The judge does not say so where the baseline ran on the same Python: for the script, that lack
    is none. It is for a release that was made before that Python.
    """
    example = result.examples.get(script)
    if example is None or example.failure is None:
        return None
    python = parse_identifier(result.identifier).python or None
    dependency = result.inputs.dependency
    cause = diagnose(example.failure, script, dependency, python=python, module=module)
    return cause if cause.kind is CauseKind.PYTHON and cause.package else None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What an example was compared with: the masks of the comparison, and both sides of it."""

    masks: tuple[Mask, ...] = ()
    baseline: Side
    observed: Side


def explain(
    example: Example,
    direction: str = "",
    *,
    compared: Compared | None = None,
) -> str:
    """Return in short why an example failed, or where and why it differs; else nothing.

    ``direction`` is in which this stops it: ``up`` where no newer release has what is missing, so
    that it is removed, ``down`` where no older one has it, so that it does not exist yet, and empty
    where neither is known. ``compared`` is what it was compared with, where that is at hand.
    """
    cause = example.cause
    if example.verdict is Verdict.DIFFERENT:
        return "; ".join(filter(None, (_difference(example, compared), _of_result(cause))))
    return _of_cause(cause, direction) if cause is not None else _difference(example, compared)


def _difference(example: Example, compared: Compared | None) -> str:
    return difference(example.first_difference, compared)


def difference(found: Difference | None, compared: Compared | None = None) -> str:
    """Return the first place at which two sides differ, in short; empty where there is none."""
    if found is None:
        return ""
    if found.kind is DifferenceKind.FIGURE:
        return found.figure_change
    where = f"in cell {found.cell}: " if found.cell is not None else ""
    if found.kind in (DifferenceKind.EXTRA, DifferenceKind.MISSING):
        return where + _of_lines(found, compared)
    return where + _changed(found.baseline_text, found.observed_text, found.observed_line)


def _of_result(cause: Cause | None) -> str:
    """Return why a result is another one; empty where nobody looked."""
    if cause is None or (cause.kind is CauseKind.UNEXPLAINED and cause.message == NOT_TRIED):
        return ""
    return cause.message


def _of_cause(cause: Cause, direction: str) -> str:
    return _failure_of(cause, direction) + _of_package(cause)


def _of_package(cause: Cause) -> str:
    """Return that a package beside the library makes a failure, where that was shown."""
    if not (cause.package and cause.old and cause.new and cause.evidence):
        return ""
    return f"; since {cause.package} {cause.old} → {cause.new} ({cause.evidence})"


def _failure_of(cause: Cause, direction: str) -> str:
    gone = {"up": "removed", "down": "does not exist yet"}.get(direction)
    if gone and cause.symbol and cause.kind is CauseKind.REMOVED_API:
        return f"`{package_names.to_alias(cause.symbol)}` {gone}"
    if cause.kind is CauseKind.MISSING_PACKAGE and cause.package:
        return f"{cause.message}; try --require {cause.package}"
    if cause.kind is CauseKind.NETWORK:
        return f"{cause.message}; runs have no network unless --network open"
    return cause.message


def _of_lines(found: Difference, compared: Compared | None) -> str:
    """Return what differs where, by the first difference, one side has a line more."""
    if compared is None:
        more = found.kind is DifferenceKind.EXTRA
        return _alone(found.observed_text if more else found.baseline_text, found, more=more)
    old, new = (side[0] for side in read_both(compared.masks, compared.baseline, compared.observed))
    pairs = align(old, new).pairs
    removed = [pair.baseline for pair in pairs if pair.observed is None]
    added = [pair.observed for pair in pairs if pair.baseline is None]
    if removed and added:
        # Lines came and went: then what stands at one place on both sides is what a reader sees.
        start = min(found.baseline_line or 1, found.observed_line or 1)
        return _first_changed_line(old, new, start)
    more = found.kind is DifferenceKind.EXTRA
    text = found.observed_text if more else found.baseline_text
    return _alone(text, found, more=more, lines=len(removed) + len(added))


def _first_changed_line(old: Transcript, new: Transcript, start: int) -> str:
    """Return the first line, from one on, that is not the same in two transcripts."""
    for before, after in zip_longest(old.lines, new.lines):
        line = after or before
        if line.at >= start and (before is None or after is None or _differs(before, after)):
            texts = [one.raw if one else None for one in (before, after)]
            return _changed(texts[0], texts[1], line.at)
    return ""


def _differs(before: Line, after: Line) -> bool:
    return (before.skeleton, before.numbers) != (after.skeleton, after.numbers)


def _alone(text: str | None, found: Difference, *, more: bool, lines: int | None = None) -> str:
    """Return that lines were added or removed, with the first of them."""
    shown = _cut(" ".join((text or "").split()) or repr(text or ""))
    number = found.observed_line if more else found.baseline_line
    word = "more" if more else "fewer"
    count = f"{word} lines" if lines is None else plural(lines, f"{word} line")
    first = "" if lines == 1 else ", the first"
    return f"prints {count}{first}: {shown} (line {number})"


def _changed(old: str | None, new: str | None, line: int | None) -> str:
    """Return a line as the baseline has it, and as it is."""
    texts = [old, new]
    shown = [" ".join(text.split()) if text is not None else "nothing" for text in texts]
    if shown[0] == shown[1]:
        # They differ in what only a quotation shows.
        shown = [repr(text) for text in texts]
    heads = {text.rpartition(": ")[0] for text in shown}
    if len(heads) == 1 and "" not in heads:
        # A number by its name, which stands there once.
        shown[1] = shown[1].rpartition(": ")[2]
    before, after = _cut_where_they_differ(*shown)
    return f"{before} → {after} (line {line})"


def _cut_where_they_differ(old: str, new: str) -> tuple[str, str]:
    """Return two texts cut to what can be quoted, so that it shows where they begin to differ."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    common = sum(1 for _ in alike)
    if max(len(old), len(new)) <= _QUOTED or common < _QUOTED // 2:
        return _cut(old), _cut(new)
    start = common - _BEFORE
    return f"…{_cut(old[start:])}", f"…{_cut(new[start:])}"


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…"
