"""What runs of a notebook printed, compared with the outputs that its author stored in it. Pure.

There is one sample of the author's, and it was made by IPython, which wraps long values, writes
addresses otherwise, and shows figures in sizes of its own. So both sides are brought to one form
first, and what varies between the runs here is not compared.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tfcompat.judging.output.alignment import line_up, places
from tfcompat.judging.output.cells import is_mark, sections
from tfcompat.judging.output.compare import OutputComparison, Tolerance, close
from tfcompat.judging.output.differences import MAX_DIFFERENCES, Range, cut, report
from tfcompat.judging.output.transcript import Transcript, parse
from tfcompat.results.differences import Difference, DifferenceKind
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.transcript import Line

# Measured, or said by a magic: the launcher prints none of it.
_MAGIC = re.compile(
    r"^(?:CPU times: |Wall time: |Compiler +: |peak memory: |The slowest run took |Populating the "
    r"interactive namespace|env: )|\bper loop\b"
)
# Of a warning that TensorFlow 1 logs, in Jupyter to standard output: what to do stands below it.
_ADVICE = "Instructions for updating:"
_FIGURE = re.compile(
    r"<(?:Figure size [\d.e+]+x[\d.e+]+(?: with \d+ Axes)?|matplotlib\.figure\.Figure(?: object)? "
    r"at 0x[0-9a-fA-F]+|Figure\(\d[^>]*\))>"
)
_OBJECT = re.compile(
    r"<(?:function |bound method |class '|type ')?[\w.<> ]+?(?: object)? at 0x[0-9a-fA-F]+L?>"
    r"|<(?:\w+\.)*Axes(?:Subplot)?\b[^<>]*>"
)
_SPACES = re.compile(r"\s+")
_BEGINS_VALUE = re.compile(r"\s*(?:[\w.]+)?[(\[{]")
_LONGEST_VALUE = 1000  # lines
_OPENING, _CLOSING = "([{", ")]}"


def compare_with_stored(
    stored: Sequence[str],
    observed: Sequence[Sequence[str]],
    masks: Sequence[Mask],
    tolerance: Tolerance,
) -> OutputComparison:
    """Compare runs, given by the lines of their output, with stored output.

    Cells without stored output are not compared, nor is a place at which the runs differ from each
    other: text there, or a number. Everywhere else the runs agree on one text or number, which has
    to be the stored one, within the tolerance. A difference that one run shows has to be confirmed
    by further ones. Raises ValueError without a run.
    """
    if not observed:
        raise ValueError("a comparison needs at least one run")
    ours = parsed(stored, masks)
    theirs = [parsed(lines, masks) for lines in observed]
    marks = len(sections(ours.lines))
    if any(len(sections(run.lines)) != marks for run in theirs):
        # A notebook that ended early, by sys.exit: what lines up is compared as it is.
        sides = [(ours, theirs)]
    else:
        sides = list(_cells(ours, theirs))
    found = [one for old, new in sides for one in _differences(old, new, tolerance)]
    varies = any(run.lines != theirs[0].lines for run in theirs)
    exact = not found and any(_texts(ours, run, marks) for run in theirs)
    basis = Basis.EXACT if exact else Basis.NOISE if varies else Basis.TOLERANCE
    return OutputComparison(
        equal=not found,
        basis=None if found else basis,
        needs_confirmation=bool(found) and len(observed) == 1,
        differences=tuple(found[:MAX_DIFFERENCES]),
        difference_count=len(found),
        deepdiff=report(found[:MAX_DIFFERENCES]),
    )


def parsed(output: Sequence[str], masks: Sequence[Mask]) -> Transcript:
    """Return the transcript of output in the form in which it is compared with stored output."""
    printed = "".join(output).split("\n")
    joined = list(_joined(printed))
    text = "\n".join(_unified(line) for _, line in joined)
    advised = {
        place + n for place, (_, line) in enumerate(joined, 1) if line == _ADVICE for n in (0, 1)
    }
    lines = []
    for line in parse(text, masks).lines:
        at, raw = joined[line.at - 1]
        if line.skeleton and line.at not in advised and not _MAGIC.search(raw):
            lines.append(replace(line, at=at, raw=raw))
    return Transcript(tuple(lines))


def _unified(line: str) -> str:
    return _OBJECT.sub("<object>", _FIGURE.sub("<Figure>", line))


def _joined(printed: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers, from 1; a value that is wrapped over several is one."""
    number = 0
    while number < len(printed):
        taken = [printed[number]]
        depth = _depth(printed[number]) if _BEGINS_VALUE.match(printed[number]) else 0
        for line in printed[number + 1 : number + _LONGEST_VALUE]:
            if depth <= 0:
                break
            taken.append(line)
            depth += _depth(line)
        if depth > 0:
            # Its end was not found: it is no value.
            taken = taken[:1]
        text = taken[0] if len(taken) == 1 else _SPACES.sub(" ", " ".join(taken))
        yield number + 1, text
        number += len(taken)


def _depth(line: str) -> int:
    """Return how many more brackets a line opens than it closes, those in strings left out."""
    bare = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "", line)
    return sum((one in _OPENING) - (one in _CLOSING) for one in bare)


def _cells(
    ours: Transcript, theirs: Sequence[Transcript]
) -> Iterator[tuple[Transcript, list[Transcript]]]:
    """Yield the cells that have stored output, each with that of the runs."""
    ends = [sections(run.lines) for run in (ours, *theirs)]
    for place, (begin, end) in enumerate(ends[0]):
        cell = ours.lines[begin:end]
        if all(map(is_mark, cell)):
            continue
        runs = [
            Transcript(run.lines[slice(*cells[place])])
            for run, cells in zip(theirs, ends[1:], strict=True)
        ]
        yield Transcript(cell), runs


def _texts(ours: Transcript, run: Transcript, marks: int) -> bool:
    """Tell whether a run has just what is stored, in each cell that is compared."""
    if len(sections(run.lines)) != marks:
        return False
    return all(_same(old, new[0]) for old, new in _cells(ours, [run]))


def _same(old: Transcript, new: Transcript) -> bool:
    return [(x.skeleton, x.numbers) for x in old.lines] == [
        (x.skeleton, x.numbers) for x in new.lines
    ]


def _differences(
    old: Transcript, runs: Sequence[Transcript], tolerance: Tolerance
) -> Iterator[Difference]:
    """Yield where all runs agree with each other, and not with what is stored."""
    tracks = line_up([old, *runs])
    passed = [1, 1]
    for place in places(tracks):
        lines = [
            None if index is None else track.run.lines[index]
            for track, index in zip(tracks, place, strict=True)
        ]
        stored, *observed = lines
        for side, line in enumerate((stored, observed[0])):
            passed[side] = line.at if line else passed[side]
        if len({line.skeleton if line else None for line in observed}) > 1:
            continue
        new = observed[0]
        if stored is None or new is None or stored.skeleton != new.skeleton:
            yield _text(stored, new, (passed[0], passed[1]))
            continue
        yield from _numbers(stored, [line for line in observed if line is not None], tolerance)


def _text(old: Line | None, new: Line | None, passed: tuple[int, int]) -> Difference:
    kind = DifferenceKind.TEXT
    if old is None or new is None:
        kind = DifferenceKind.EXTRA if old is None else DifferenceKind.MISSING
    return Difference(
        kind=kind,
        baseline_line=old.at if old else passed[0] + 1,
        observed_line=new.at if new else passed[1] + 1,
        baseline_text=cut(old.raw, new.raw if new else "") if old else None,
        observed_text=cut(new.raw, old.raw if old else "") if new else None,
        index=None,
        baseline_value=None,
        observed_value=None,
        band=None,
    )


def _numbers(old: Line, runs: Sequence[Line], tolerance: Tolerance) -> Iterator[Difference]:
    """Yield the numbers on which all runs agree, and which are not the stored ones."""
    allowed = tolerance.of(old, runs[0])
    for index, value in enumerate(old.numbers):
        seen = [line.numbers[index] for line in runs]
        varies = any(not close(seen[0], one, Tolerance(0.0, 0.0)) for one in seen)
        if not varies and not close(value, seen[0], allowed):
            yield Difference(
                kind=DifferenceKind.NUMBER,
                baseline_line=old.at,
                observed_line=runs[0].at,
                baseline_text=cut(old.raw, runs[0].raw),
                observed_text=cut(runs[0].raw, old.raw),
                index=index,
                baseline_value=value,
                observed_value=seen[0],
                band=Range.of([value]).as_record(),
            )
