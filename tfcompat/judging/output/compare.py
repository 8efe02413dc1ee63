"""Transcripts compared with those of a baseline: same on what ground, or different where.

Pure. Equality is decided here, by alignment and the rule for noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tfcompat.judging.output.alignment import COARSE, Track, line_up, places
from tfcompat.judging.output.differences import MAX_DIFFERENCES, Range, cut, report
from tfcompat.judging.output.transcript import PrintedLines
from tfcompat.results.differences import BandLine, Difference, DifferenceKind, LargestDifference
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from tfcompat.judging.output.transcript import Line, Transcript


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two numbers may be: the larger of the two allowances counts.

    ``lines`` are exceptions: the first whose pattern is found in a line counts for its numbers.
    """

    relative: float = 1e-5
    absolute: float = 1e-8
    lines: tuple[tuple[re.Pattern[str], Tolerance], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would make every number differ, or none."""
        for name in ("relative", "absolute"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"tolerance: {name} must be 0 or more, and finite")

    def at(self, *values: float) -> float:
        """Return the allowance between numbers of these sizes."""
        return max(self.absolute, self.relative * max(abs(value) for value in values))

    def of(self, *lines: Line) -> Tolerance:
        """Return the tolerance for lines that stand at one place, whichever of them is named."""
        for pattern, tolerance in self.lines:
            if any(pattern.search(line.raw) for line in lines):
                return tolerance
        return self


def close(a: float, b: float, tolerance: Tolerance) -> bool:
    """Tell whether two numbers count as equal; nan equals nan, inf the inf of its sign."""
    if a == b or (a != a and b != b):  # noqa: PLR0124 - nan alone differs from itself
        return True
    if not (math.isfinite(a) and math.isfinite(b)):
        return False
    return abs(a - b) <= tolerance.at(a, b)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputComparison:
    """What comparing the output of observed runs with that of baseline runs found.

    ``differences`` are the first of ``difference_count``; ``deepdiff`` reports the same lines as
    strict JSON. The largest distances are over all numbers, also those within noise or tolerance.
    ``note`` states what a reader has to know of how the comparison was cut short, if it was.
    """

    equal: bool
    basis: Basis | None
    needs_confirmation: bool = False
    differences: tuple[Difference, ...] = ()
    difference_count: int = 0
    largest_relative: LargestDifference | None = None
    largest_absolute: LargestDifference | None = None
    deepdiff: dict[str, Any]
    note: str | None = None

    @property
    def first_difference(self) -> Difference | None:
        """The first place that differs, or None."""
        return self.differences[0] if self.differences else None


def band(baseline: Sequence[Transcript], most: int | None = None) -> tuple[BandLine, ...]:
    """Return the measured noise of a baseline: the lines that hold numbers, in order.

    ``most`` bounds how many lines are returned; None: all of them.
    """
    return tuple(islice(_band(line_up(baseline)), most)) if baseline else ()


def _band(tracks: Sequence[Track]) -> Iterator[BandLine]:
    for place in places(tracks):
        lines = max(_by_text(_lines(tracks, place)).values(), key=len)
        if lines[0] is not None and lines[0].numbers:
            values = zip(*(line.numbers for line in lines if line is not None), strict=True)
            yield BandLine(
                line=lines[0].at,
                text=cut(lines[0].raw),
                runs=len(lines),
                ranges=tuple(Range.of(numbers).as_record() for numbers in values),
            )


def printed_nothing_stable(baseline: Sequence[Transcript]) -> bool:
    """Tell whether no skeleton occurs in all runs, blank lines apart: nothing can be compared."""
    common = set.intersection(*({line.skeleton for line in run.lines} for run in baseline))
    return not common - {""}


def _lines(tracks: Sequence[Track], place: Sequence[int | None]) -> list[Line | None]:
    pairs = zip(tracks, place, strict=True)
    return [None if index is None else track.run.lines[index] for track, index in pairs]


def _by_text(lines: Sequence[Line | None]) -> dict[str | None, list[Line | None]]:
    groups: dict[str | None, list[Line | None]] = {}
    for line in lines:
        groups.setdefault(None if line is None else line.skeleton, []).append(line)
    return groups


def compare_outputs(
    baseline: Sequence[Transcript], observed: Sequence[Transcript], tolerance: Tolerance
) -> OutputComparison:
    """Compare observed runs, of which the first is the run in question, with the baseline's runs.

    Equal are, in this order: ``exact``, the first observed run and some baseline run; within
    ``tolerance``, those; within ``noise``, the two samples. By the last rule a number differs where
    the samples' ranges, each widened by the larger of the two, are further apart than the
    tolerance; text differs where no text at that place is in both samples, and one of the samples
    agrees on its own. Raises ValueError without a run on each side.
    """
    if not baseline or not observed:
        raise ValueError("a comparison needs at least one run on each side")
    if any(_within(run, observed[0], Tolerance(0.0, 0.0)) for run in baseline):
        return OutputComparison(equal=True, basis=Basis.EXACT, deepdiff={})
    tracks = line_up([*baseline, *observed])
    samples = _Samples(tracks, len(baseline), tolerance)
    samples.compare()
    basis = None if samples.count else Basis.NOISE
    if any(_within(run, observed[0], tolerance) for run in baseline):
        # The samples agree too, up to the rounding of the sums in the rule for noise.
        samples.differences, samples.count, basis = [], 0, Basis.TOLERANCE
    return OutputComparison(
        equal=basis is not None,
        basis=basis,
        needs_confirmation=basis is None and len(observed) < len(baseline),
        differences=tuple(samples.differences),
        difference_count=samples.count,
        largest_relative=samples.largest_relative,
        largest_absolute=samples.largest_absolute,
        deepdiff=report(samples.differences),
        note=COARSE if any(track.coarse for track in tracks) else None,
    )


def _within(a: Transcript, b: Transcript, tolerance: Tolerance) -> bool:
    """Tell whether all skeletons are equal and all numbers close."""
    return len(a.lines) == len(b.lines) and all(
        x.skeleton == y.skeleton
        and (x.numbers == y.numbers or _all_close(x, y, tolerance.of(x, y)))
        for x, y in zip(a.lines, b.lines, strict=True)
    )


def _all_close(a: Line, b: Line, tolerance: Tolerance) -> bool:
    return all(close(m, n, tolerance) for m, n in zip(a.numbers, b.numbers, strict=True))


class _Samples:
    """The lines of both samples, place by place: applies the rule for noise, collects what differs.

    The first ``baselines`` of ``tracks`` are the baseline's runs, the others the observed ones.
    """

    def __init__(self, tracks: Sequence[Track], baselines: int, tolerance: Tolerance) -> None:
        self.tracks, self.baselines, self.tolerance = tracks, baselines, tolerance
        self.differences: list[Difference] = []
        self.count = 0
        self.most_relative = self.most_absolute = 0.0
        self.largest_relative: LargestDifference | None = None
        self.largest_absolute: LargestDifference | None = None

    def compare(self) -> None:
        shown = (self.tracks[0], self.tracks[self.baselines])
        passed = [0, 0]
        for place in places(self.tracks):
            lines = _lines(self.tracks, place)
            first = lines[0]
            if first is None or any(
                line is None or line.skeleton != first.skeleton or line.numbers != first.numbers
                for line in lines
            ):
                here = [_at(track.run, index) for track, index in zip(shown, passed, strict=True)]
                self._place(lines, here[0], here[1])
            for side, index in enumerate((place[0], place[self.baselines])):
                passed[side] = passed[side] if index is None else index + 1

    def _place(self, lines: Sequence[Line | None], baseline_line: int, observed_line: int) -> None:
        baseline, observed = _by_text(lines[: self.baselines]), _by_text(lines[self.baselines :])
        if len(baseline) > 1 and len(observed) > 1:
            return  # neither sample agrees on a text: what is random has no right one
        common = [text for text in baseline if text in observed]
        old, new = (
            next((line for group in groups.values() for line in group if line is not None), None)
            for groups in (baseline, observed)
        )
        if common:
            if common[0] is not None:
                self._numbers(
                    [line for line in baseline[common[0]] if line is not None],
                    [line for line in observed[common[0]] if line is not None],
                )
            return
        self._text(old, new, baseline_line, observed_line)

    def _text(
        self, old: Line | None, new: Line | None, baseline_line: int, observed_line: int
    ) -> None:
        """Note a line that has another text, or that one side has not (at the line given)."""
        kind = DifferenceKind.TEXT
        if old is None or new is None:
            kind = DifferenceKind.EXTRA if old is None else DifferenceKind.MISSING
        self.count += 1
        if len(self.differences) >= MAX_DIFFERENCES:
            return
        self.differences.append(
            Difference(
                kind=kind,
                baseline_line=baseline_line if old is None else old.at,
                observed_line=observed_line if new is None else new.at,
                baseline_text=None if old is None else cut(old.raw, new.raw if new else ""),
                observed_text=None if new is None else cut(new.raw, old.raw if old else ""),
                index=None,
                baseline_value=None,
                observed_value=None,
                band=None,
            )
        )

    def _numbers(self, baseline: Sequence[Line], observed: Sequence[Line]) -> None:
        """Compare the numbers of the lines at one place, which have one text."""
        old, new = baseline[0], observed[0]
        tolerance = self.tolerance.of(old, new)
        printed = PrintedLines(old), PrintedLines(new)
        for index in range(len(old.numbers)):
            ours = Range.of([line.numbers[index] for line in baseline])
            theirs = Range.of([line.numbers[index] for line in observed])
            if ours == theirs:
                continue
            self._measure(ours, theirs, printed, index)
            if _overlap(ours, theirs, tolerance):
                continue
            self.count += 1
            if len(self.differences) < MAX_DIFFERENCES:
                self.differences.append(_number(index, (old, new), printed, ours))

    def _measure(
        self, ours: Range, theirs: Range, printed: tuple[PrintedLines, PrintedLines], index: int
    ) -> None:
        """Keep the largest distances between the samples, from nearest end to nearest end."""
        if ours.low is None or ours.high is None or theirs.low is None or theirs.high is None:
            return
        below = ours.high < theirs.low
        old, new = (ours.high, theirs.low) if below else (ours.low, theirs.high)
        distance = new - old if below else old - new
        if distance <= 0:
            return
        relative = distance / max(abs(old), abs(new))
        if distance <= self.most_absolute and relative <= self.most_relative:
            return
        place = {
            "baseline_line": printed[0].where(index)[0],
            "observed_line": printed[1].where(index)[0],
            "index": index,
            "baseline_value": old,
            "observed_value": new,
        }
        if distance > self.most_absolute:
            self.most_absolute = distance
            self.largest_absolute = LargestDifference(size=distance, **place)
        if relative > self.most_relative:
            self.most_relative = relative
            self.largest_relative = LargestDifference(size=relative, **place)


def _number(
    index: int,
    lines: tuple[Line, Line],
    printed: tuple[PrintedLines, PrintedLines],
    band: Range,
) -> Difference:
    """Return the difference of a number: of the baseline's line and the observed one, in order."""
    old, new = lines
    (old_at, old_text), (new_at, new_text) = (side.where(index) for side in printed)
    return Difference(
        kind=DifferenceKind.NUMBER,
        baseline_line=old_at,
        observed_line=new_at,
        baseline_text=cut(old_text, new_text),
        observed_text=cut(new_text, old_text),
        index=index,
        baseline_value=old.numbers[index],
        observed_value=new.numbers[index],
        band=band.as_record(),
    )


def _overlap(ours: Range, theirs: Range, tolerance: Tolerance) -> bool:
    if set(ours.others) & set(theirs.others):
        return True
    if ours.low is None or ours.high is None or theirs.low is None or theirs.high is None:
        return False
    wider = max(ours.high - ours.low, theirs.high - theirs.low)
    gap = max(theirs.low - ours.high, ours.low - theirs.high)
    return gap <= 2 * wider + tolerance.at(ours.low, ours.high, theirs.low, theirs.high)


def _at(run: Transcript, index: int) -> int:
    """Return where the line of this index is printed, or would be, counted from 1."""
    if index < len(run.lines):
        return run.lines[index].at
    return run.lines[-1].at + 1 if run.lines else 1
