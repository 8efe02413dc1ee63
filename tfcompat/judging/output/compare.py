"""Transcripts compared with those of a baseline: same on what ground, or different where.

Pure. Equality is decided here, by alignment and the rule for noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tfcompat.judging.output.alignment import COARSE, Track, line_up, places
from tfcompat.judging.output.cells import MARK
from tfcompat.judging.output.differences import (
    MAX_DIFFERENCES,
    Range,
    cut,
    number_difference,
    report,
    text_difference,
)
from tfcompat.judging.output.lines import Place
from tfcompat.judging.output.noise import (
    REPEATS,
    Division,
    Runs,
    is_certain,
    more_runs,
    number_divisions,
    text_divisions,
)
from tfcompat.judging.output.tolerance import Tolerance, are_apart, close
from tfcompat.judging.output.transcript import PrintedLines
from tfcompat.results.differences import BandLine, Difference, LargestDifference
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.judging.output.lines import Line, Lines, Transcript


_NONE = Tolerance(0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputComparison:
    """What comparing the output of observed runs with that of baseline runs found.

    ``differences`` are the first of ``difference_count``. The largest distances are over all
    numbers, also those within noise or tolerance.
    ``note`` states what a reader has to know of how the comparison was cut short, if it was.
    ``wanted`` is how many runs each side needs before a difference is certain; None: it is.
    """

    equal: bool
    basis: Basis | None
    wanted: Runs | None = None
    differences: tuple[Difference, ...] = ()
    difference_count: int = 0
    largest_relative: LargestDifference | None = None
    largest_absolute: LargestDifference | None = None
    note: str | None = None

    @property
    def deepdiff(self) -> dict[str, Any]:
        """The differences as deepdiff reports them, as strict JSON; made anew each time."""
        return report(self.differences)

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
        if lines[0] is not None and len(lines[0].numbers):
            first = lines[0].line
            values = zip(*(line.numbers for line in lines if line is not None), strict=True)
            yield BandLine(
                line=first.at,
                text=cut(first.raw),
                runs=len(lines),
                ranges=tuple(Range.of(numbers).as_record() for numbers in values),
            )


def printed_nothing_stable(baseline: Sequence[Transcript]) -> bool:
    """Tell whether no skeleton occurs in all runs: nothing can be compared.

    Blank lines, and those that begin the cells of a notebook, do not count.
    """
    common = set(baseline[0].lines.skeletons) - {"", MARK}
    for run in baseline[1:]:
        common.intersection_update(run.lines.skeletons)
    return not common


def _lines(tracks: Sequence[Track], place: Sequence[int | None]) -> list[Place | None]:
    pairs = zip(tracks, place, strict=True)
    return [None if index is None else Place(track.run.lines, index) for track, index in pairs]


def _by_text(lines: Sequence[Place | None]) -> dict[str | None, list[Place | None]]:
    groups: dict[str | None, list[Place | None]] = {}
    for line in lines:
        groups.setdefault(None if line is None else line.skeleton, []).append(line)
    return groups


def compare_outputs(
    baseline: Sequence[Transcript],
    observed: Sequence[Transcript],
    tolerance: Tolerance,
    repeats: int = REPEATS,
) -> OutputComparison:
    """Compare observed runs, of which the first is the run in question, with the baseline's runs.

    Equal are, in this order: ``exact``, the first observed run and some baseline run; within
    ``tolerance``, those; within ``noise``, any two runs, or else the two samples. By the last rule
    a number differs where all of one sample's are below all of the other's, by more than the
    tolerance; text differs where one sample agrees on one that the other never has. That needs
    ``repeats`` runs a side and, where any place varies within a sample, as many as make it certain
    (``noise.is_certain``): what is not certain with the most runs that there may be is noise.
    Raises ValueError without a run on each side.
    """
    if not baseline or not observed:
        raise ValueError("a comparison needs at least one run on each side")
    if any(is_copy(run, observed[0]) for run in baseline):
        return OutputComparison(equal=True, basis=Basis.EXACT)
    tracks = line_up([*baseline, *observed])
    samples = _Samples(tracks, len(baseline), tolerance)
    samples.compare()
    basis, wanted = None, None
    if _share_a_run(baseline, observed[:1], tolerance):
        basis = Basis.TOLERANCE
    elif not samples.count or _share_a_run(baseline, observed, tolerance):
        basis = Basis.NOISE
    elif not _is_decided(samples, repeats):
        wanted = more_runs(Runs(len(baseline), len(observed)), repeats)
        basis = Basis.NOISE if wanted is None else None
    return OutputComparison(
        equal=basis is not None,
        basis=basis,
        wanted=wanted,
        differences=tuple(samples.differences) if basis is None else (),
        difference_count=samples.count if basis is None else 0,
        largest_relative=samples.largest_relative,
        largest_absolute=samples.largest_absolute,
        note=COARSE if any(track.coarse for track in tracks) else None,
    )


def _share_a_run(
    baseline: Sequence[Transcript], observed: Sequence[Transcript], tolerance: Tolerance
) -> bool:
    return any(_within(old, new, tolerance) for old in baseline for new in observed)


def _is_decided(samples: _Samples, repeats: int) -> bool:
    """Tell whether the places that lie apart are different for certain.

    Or once were, when both sides had as many runs: a baseline may have got more of them since, for
    the sake of another release.
    """
    fewer = min(samples.baselines, len(samples.tracks) - samples.baselines)
    if fewer < repeats:
        return False
    if samples.are_steady or samples.are_certain:
        return True
    if 2 * fewer == len(samples.tracks):
        return False
    first = samples.first(fewer)
    return bool(first.apart) and first.are_certain


def is_copy(a: Transcript, b: Transcript) -> bool:
    """Tell whether two runs printed the same."""
    return _within(a, b, _NONE)


def _within(a: Transcript, b: Transcript, tolerance: Tolerance) -> bool:
    """Tell whether all skeletons are equal and all numbers close."""
    return a.lines.skeletons == b.lines.skeletons and all(
        _all_close(Place(a.lines, at), Place(b.lines, at), tolerance) for at in range(len(a.lines))
    )


def _all_close(a: Place, b: Place, tolerance: Tolerance) -> bool:
    ours, theirs = a.numbers, b.numbers
    if ours == theirs:
        return True
    allowed = _tolerance_of(tolerance, a, b)
    return all(close(m, n, allowed) for m, n in zip(ours, theirs, strict=True))


def _tolerance_of(tolerance: Tolerance, a: Place, b: Place) -> Tolerance:
    return tolerance.of(a.line, b.line) if tolerance.lines else tolerance


class _Samples:
    """The lines of both samples, place by place: finds where they lie apart, collects what differs.

    The first ``baselines`` of ``tracks`` are the baseline's runs, the others the observed ones.
    ``apart`` has how many runs those places have.
    """

    def __init__(self, tracks: Sequence[Track], baselines: int, tolerance: Tolerance) -> None:
        self.tracks, self.baselines, self.tolerance = tracks, baselines, tolerance
        self.runs: list[Lines] = [track.run.lines for track in tracks]
        self.differences: list[Difference] = []
        self.count = 0
        self.apart: set[Runs] = set()
        self.most_relative = self.most_absolute = 0.0
        self.largest_relative: LargestDifference | None = None
        self.largest_absolute: LargestDifference | None = None

    def compare(self) -> None:
        shown = (self.tracks[0], self.tracks[self.baselines])
        passed = [0, 0]
        for place in places(self.tracks):
            if self._varies(place):
                here = [_at(track.run, index) for track, index in zip(shown, passed, strict=True)]
                self._place(_lines(self.tracks, place), here[0], here[1])
            for side, index in enumerate((place[0], place[self.baselines])):
                passed[side] = passed[side] if index is None else index + 1

    def _varies(self, place: Sequence[int | None]) -> bool:
        """Tell whether not all runs have an equal line at a place."""
        first = place[0]
        if first is None:
            return True
        text, numbers = self.runs[0].skeletons[first], self.runs[0].numbers(first)
        # A plain loop: of noisy runs, the first comparison ends it.
        for run, index in zip(self.runs[1:], place[1:], strict=True):
            if index is None or run.skeletons[index] != text or run.numbers(index) != numbers:
                return True
        return False

    @property
    def are_steady(self) -> bool:
        """Whether no place varies within a sample."""
        samples = self.tracks[: self.baselines], self.tracks[self.baselines :]
        return all(is_copy(track.run, own[0].run) for own in samples for track in own[1:])

    @property
    def are_certain(self) -> bool:
        """Whether what lies apart does not do so by chance."""
        return is_certain(self.apart, self._divisions())

    def first(self, runs: int) -> _Samples:
        """Return what the first so many runs of each sample alone show."""
        samples = self.tracks[: self.baselines], self.tracks[self.baselines :]
        both = [track.run for own in samples for track in own[:runs]]
        found = _Samples(line_up(both), runs, self.tolerance)
        found.compare()
        return found

    def _divisions(self) -> Iterator[Division]:
        """Yield each way to divide the runs by which some place would lie apart."""
        # Found again, not kept: there may be as many as all runs have lines.
        for place in filter(self._varies, places(self.tracks)):
            lines = _lines(self.tracks, place)
            texts = [None if line is None else line.skeleton for line in lines]
            yield from text_divisions(texts, self.baselines)
            for text in dict.fromkeys(texts):
                have = [n for n, line in enumerate(lines) if line is not None and texts[n] == text]
                own = sum(n < self.baselines for n in have)
                if 0 < own < len(have):
                    yield from self._number_divisions([(lines[n], 1 << n) for n in have], own)

    def _number_divisions(
        self, lines: Sequence[tuple[Place | None, int]], baselines: int
    ) -> Iterator[Division]:
        """Yield those of lines with one text, each with the bit of its run, baseline's first."""
        have = [(line, bit) for line, bit in lines if line is not None]
        tolerance = _tolerance_of(self.tolerance, have[0][0], have[baselines][0])

        def is_below(low: float, high: float) -> bool:
            return low < high and not close(low, high, tolerance)

        bits = [bit for _, bit in have]
        for values in zip(*(line.numbers for line, _ in have), strict=True):
            if values.count(values[0]) < len(values):
                pairs = list(zip(values, bits, strict=True))
                yield from number_divisions(pairs, baselines, is_below)

    def _place(self, lines: Sequence[Place | None], baseline_line: int, observed_line: int) -> None:
        baseline, observed = _by_text(lines[: self.baselines]), _by_text(lines[self.baselines :])
        common = [text for text in baseline if text in observed]
        for text in common:
            if text is not None:
                self._numbers(
                    [line for line in baseline[text] if line is not None],
                    [line for line in observed[text] if line is not None],
                )
        # Where neither sample agrees on a text, what is random has no right one.
        if not common and 1 in (len(baseline), len(observed)):
            old, new = (
                next(
                    (line for group in groups.values() for line in group if line is not None), None
                )
                for groups in (baseline, observed)
            )
            self.apart.add(Runs(self.baselines, len(lines) - self.baselines))
            self._text(old, new, baseline_line, observed_line)

    def _text(
        self, old: Place | None, new: Place | None, baseline_line: int, observed_line: int
    ) -> None:
        """Note a line that has another text, or that one side has not (at the line given)."""
        self.count += 1
        if len(self.differences) < MAX_DIFFERENCES:
            ours, theirs = (one.line if one else None for one in (old, new))
            self.differences.append(text_difference(ours, theirs, (baseline_line, observed_line)))

    def _numbers(self, baseline: Sequence[Place], observed: Sequence[Place]) -> None:
        """Compare the numbers of the lines at one place, which have one text."""
        tolerance = _tolerance_of(self.tolerance, baseline[0], observed[0])
        shown: tuple[Line, Line] | None = None
        columns = zip(
            zip(*(line.numbers for line in baseline), strict=True),
            zip(*(line.numbers for line in observed), strict=True),
            strict=True,
        )
        for index, (ours, theirs) in enumerate(columns):
            if max(ours) >= min(theirs) and max(theirs) >= min(ours):
                continue  # not so where either begins with nan
            if shown is None:
                shown = baseline[0].line, observed[0].line
                printed = PrintedLines(shown[0]), PrintedLines(shown[1])
            self._measure(Range.of(ours), Range.of(theirs), printed, index)
            if not are_apart(ours, theirs, tolerance):
                continue
            self.apart.add(Runs(len(ours), len(theirs)))
            self.count += 1
            if len(self.differences) < MAX_DIFFERENCES:
                self.differences.append(number_difference(index, shown, printed, Range.of(ours)))

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


def _at(run: Transcript, index: int) -> int:
    """Return where the line of this index is printed, or would be, counted from 1."""
    lines = run.lines
    if index < len(lines):
        return lines.at(index)
    return lines.at(len(lines) - 1) + 1 if len(lines) else 1
