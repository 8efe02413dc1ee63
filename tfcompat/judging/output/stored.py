"""What runs of a notebook printed, compared with the outputs that its author stored in it. Pure.

There is one sample of the author's, and there can be no second: no number of runs here tells what
varied there. So what varies between the runs here is not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.output.alignment import COARSE, line_up, places
from tfcompat.judging.output.compare import OutputComparison, is_copy
from tfcompat.judging.output.differences import (
    MAX_DIFFERENCES,
    Range,
    number_difference,
    text_difference,
)
from tfcompat.judging.output.noise import REPEATS, Runs
from tfcompat.judging.output.tolerance import Tolerance, close
from tfcompat.judging.output.transcript import PrintedLines
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.judging.output.alignment import Track
    from tfcompat.judging.output.lines import Line, Transcript
    from tfcompat.results.differences import Difference

# A single run does not show what varies.
_FEWEST_RUNS = 2


def compare_with_stored(
    stored: Transcript,
    observed: Sequence[Transcript],
    tolerance: Tolerance,
    repeats: int = REPEATS,
) -> OutputComparison:
    """Compare runs with stored output; all are in the form of ``stored_form``.

    A place at which the runs differ from each other is not compared: text there, or a number.
    Everywhere else the runs agree on one text or number, which has to be the stored one, within the
    tolerance. That needs ``repeats`` runs, and two at least. Raises ValueError without a run.
    """
    if not observed:
        raise ValueError("a comparison needs at least one run")
    tracks = line_up([stored, *observed])
    found = list(_differences(tracks, tolerance))
    varies = not all(is_copy(run, observed[0]) for run in observed)
    exact = any(is_copy(stored, run) for run in observed)
    basis = Basis.EXACT if exact else Basis.NOISE if varies else Basis.TOLERANCE
    needed = max(repeats, _FEWEST_RUNS)
    return OutputComparison(
        equal=not found,
        basis=None if found else basis,
        wanted=Runs(1, needed) if found and len(observed) < needed else None,
        differences=tuple(found[:MAX_DIFFERENCES]),
        difference_count=len(found),
        note=COARSE if any(track.coarse for track in tracks) else None,
    )


def _differences(tracks: Sequence[Track], tolerance: Tolerance) -> Iterator[Difference]:
    """Yield where all runs agree with each other, and not with what is stored, the first track."""
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
            yield text_difference(stored, new, (passed[0] + 1, passed[1] + 1))
            continue
        yield from _numbers(stored, [line for line in observed if line is not None], tolerance)


def _numbers(old: Line, runs: Sequence[Line], tolerance: Tolerance) -> Iterator[Difference]:
    """Yield the numbers on which all runs agree, and which are not the stored ones."""
    allowed = tolerance.of(old, runs[0])
    printed = PrintedLines(old), PrintedLines(runs[0])
    for index, value in enumerate(old.numbers):
        seen = [line.numbers[index] for line in runs]
        varies = any(not close(seen[0], one, Tolerance(0.0, 0.0)) for one in seen)
        if not varies and not close(value, seen[0], allowed):
            yield number_difference(index, (old, runs[0]), printed, Range.of([value]))
