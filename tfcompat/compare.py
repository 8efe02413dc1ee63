"""Transcripts held against the transcripts of a baseline: same on what ground, or different where.

Pure. Equality is decided here; deepdiff only words the report of the lines that differ, since it
does not align inserted lines and its own form changes with the size of what it is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from deepdiff import DeepDiff

from tfcompat.alignment import Track, line_up, places
from tfcompat.verdicts import Basis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.transcript import Line, Transcript

MAX_DIFFERENCES = 50
MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two numbers may be: the larger of the two allowances counts."""

    relative: float = 1e-5
    absolute: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse what would make every number differ, or none."""
        for name in ("relative", "absolute"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"tolerance: {name} must be 0 or more, and finite")

    def at(self, *values: float) -> float:
        """Return the allowance between numbers of these sizes."""
        return max(self.absolute, self.relative * max(abs(value) for value in values))


def close(a: float, b: float, tolerance: Tolerance) -> bool:
    """Tell whether two numbers count as equal; nan equals nan, inf the inf of its sign."""
    if a == b or (a != a and b != b):  # noqa: PLR0124 - nan alone differs from itself
        return True
    if not (math.isfinite(a) and math.isfinite(b)):
        return False
    return abs(a - b) <= tolerance.at(a, b)


class Kind(str, Enum):
    """In what two transcripts differ at one place."""

    NUMBER = "number"
    TEXT = "text"
    MISSING = "missing"  # the baseline has a line here, the observed run none
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers seen at one position: the finite ones from low to high, and the others."""

    low: float | None
    high: float | None
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Sequence[float]) -> Range:
        """Return the range of at least one number."""
        finite = [value for value in values if math.isfinite(value)]
        others = tuple(sorted({str(value) for value in values if not math.isfinite(value)}))
        if not finite:
            return cls(None, None, others)
        return cls(min(finite), max(finite), others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where the observed runs differ from the baseline.

    Lines are counted from 1; where one side has no line, its text is None and its count says before
    which line it would stand. Values, ``index`` (the how manieth number of the line, from 0) and
    ``band`` (what the baseline runs printed there) are those of a number, else None.
    """

    kind: Kind
    baseline_line: int
    observed_line: int
    baseline_text: str | None
    observed_text: str | None
    index: int | None = None
    baseline_value: float | None = None
    observed_value: float | None = None
    band: Range | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the difference as strict JSON can hold it."""
        content = {name: jsonable(getattr(self, name)) for name in self.__slots__}
        if self.band is not None:
            low, high = self.band.low, self.band.high
            content["band"] = {"low": low, "high": high, "others": list(self.band.others)}
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """The largest distance between the baseline's numbers and the observed ones, and its place."""

    size: float
    baseline_line: int
    observed_line: int
    index: int
    baseline_value: float
    observed_value: float

    def as_json(self) -> dict[str, Any]:
        """Return the distance as strict JSON can hold it."""
        return {name: jsonable(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of holding observed runs against baseline runs.

    ``differences`` are the first of ``difference_count``; ``deepdiff`` reports the same lines as
    strict JSON. The largest distances are over all numbers, also those within noise or tolerance.
    """

    equal: bool
    basis: Basis | None
    needs_confirmation: bool = False
    differences: tuple[Difference, ...] = ()
    difference_count: int = 0
    largest_relative: Largest | None = None
    largest_absolute: Largest | None = None
    deepdiff: Mapping[str, Any]

    @property
    def first_difference(self) -> Difference | None:
        """The first place that differs, or None."""
        return self.differences[0] if self.differences else None


def jsonable(value: object) -> Any:  # noqa: ANN401 - what JSON holds has no narrower type
    """Return the value as strict JSON can hold it: nan, inf and whatever is unknown as text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item) for item in value]
    return value.__name__ if isinstance(value, type) else str(value)


@dataclass(frozen=True, slots=True)
class LineBand:
    """What the baseline runs printed at one line: its text in the first, and every number's range.

    ``runs`` counts those that printed the line with this skeleton.
    """

    line: int
    text: str
    runs: int
    ranges: tuple[Range, ...]


def band(baseline: Sequence[Transcript]) -> tuple[LineBand, ...]:
    """Return the measured noise of a baseline: every line that holds numbers, in order."""
    tracks = line_up(baseline) if baseline else []
    found = []
    for place in places(tracks) if tracks else ():
        lines = max(_by_text(_lines(tracks, place)).values(), key=len)
        if lines[0] is not None and lines[0].numbers:
            values = zip(*(line.numbers for line in lines if line is not None), strict=True)
            ranges = tuple(Range.of(numbers) for numbers in values)
            found.append(LineBand(lines[0].at, _cut(lines[0].raw), len(lines), ranges))
    return tuple(found)


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


def compare(
    baseline: Sequence[Transcript], observed: Sequence[Transcript], tolerance: Tolerance
) -> Comparison:
    """Judge observed runs, of which the first is the run in question, by the baseline's runs.

    Equal are, in this order: ``exact``, the first observed run and some baseline run; within
    ``tolerance``, those; within ``noise``, the two samples. By the last rule a number differs where
    the samples' ranges, each widened by the larger of the two, are further apart than the
    tolerance; text differs where no text at that place is in both samples, and one of the samples
    agrees on its own. Raises ValueError without a run on each side.
    """
    if not baseline or not observed:
        raise ValueError("a comparison needs at least one run on each side")
    if any(_within(run, observed[0], Tolerance(0.0, 0.0)) for run in baseline):
        return Comparison(equal=True, basis=Basis.EXACT, deepdiff={})
    judge = _Judge(line_up([*baseline, *observed]), len(baseline), tolerance)
    judge.judge()
    basis = None if judge.count else Basis.NOISE
    if any(_within(run, observed[0], tolerance) for run in baseline):
        # The samples agree too, up to the rounding of the sums in the rule for noise.
        judge.differences, judge.count, basis = [], 0, Basis.TOLERANCE
    return Comparison(
        equal=basis is not None,
        basis=basis,
        needs_confirmation=basis is None and len(observed) < len(baseline),
        differences=tuple(judge.differences),
        difference_count=judge.count,
        largest_relative=judge.largest_relative,
        largest_absolute=judge.largest_absolute,
        deepdiff=_report(judge.differences),
    )


def _within(a: Transcript, b: Transcript, tolerance: Tolerance) -> bool:
    """Tell whether all skeletons are equal and all numbers close."""
    return len(a.lines) == len(b.lines) and all(
        x.skeleton == y.skeleton
        and all(close(m, n, tolerance) for m, n in zip(x.numbers, y.numbers, strict=True))
        for x, y in zip(a.lines, b.lines, strict=True)
    )


class _Judge:
    """Applies the rule for noise to every place, and collects what differs."""

    def __init__(self, tracks: Sequence[Track], baselines: int, tolerance: Tolerance) -> None:
        self.tracks, self.baselines, self.tolerance = tracks, baselines, tolerance
        self.differences: list[Difference] = []
        self.count = 0
        self.largest_relative: Largest | None = None
        self.largest_absolute: Largest | None = None

    def judge(self) -> None:
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
        kind = Kind.EXTRA if old is None else Kind.MISSING if new is None else Kind.TEXT
        self._add(
            Difference(
                kind=kind,
                baseline_line=baseline_line if old is None else old.at,
                observed_line=observed_line if new is None else new.at,
                baseline_text=None if old is None else _cut(old.raw, new.raw if new else ""),
                observed_text=None if new is None else _cut(new.raw, old.raw if old else ""),
            )
        )

    def _add(self, difference: Difference) -> None:
        self.count += 1
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(difference)

    def _numbers(self, baseline: Sequence[Line], observed: Sequence[Line]) -> None:
        old, new = baseline[0], observed[0]
        for index in range(len(old.numbers)):
            ours = Range.of([line.numbers[index] for line in baseline])
            theirs = Range.of([line.numbers[index] for line in observed])
            if ours == theirs:
                continue
            self._measure(ours, theirs, (old.at, new.at), index)
            if not _overlap(ours, theirs, self.tolerance):
                self._add(
                    Difference(
                        kind=Kind.NUMBER,
                        baseline_line=old.at,
                        observed_line=new.at,
                        baseline_text=_cut(old.raw, new.raw),
                        observed_text=_cut(new.raw, old.raw),
                        index=index,
                        baseline_value=old.numbers[index],
                        observed_value=new.numbers[index],
                        band=ours,
                    )
                )

    def _measure(self, ours: Range, theirs: Range, at: tuple[int, int], index: int) -> None:
        """Keep the largest distances between the samples, from nearest end to nearest end."""
        if ours.low is None or ours.high is None or theirs.low is None or theirs.high is None:
            return
        below = ours.high < theirs.low
        old, new = (ours.high, theirs.low) if below else (ours.low, theirs.high)
        distance = new - old if below else old - new
        if distance <= 0:
            return
        relative = distance / max(abs(old), abs(new))
        here = Largest(
            size=distance,
            baseline_line=at[0],
            observed_line=at[1],
            index=index,
            baseline_value=old,
            observed_value=new,
        )
        if self.largest_absolute is None or distance > self.largest_absolute.size:
            self.largest_absolute = here
        if self.largest_relative is None or relative > self.largest_relative.size:
            self.largest_relative = replace(here, size=relative)


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


def _cut(text: str, other: str = "") -> str:
    """Bound a text, to the stretch around the first character in which it differs."""
    if len(text) <= MAX_TEXT:
        return text
    pairs = enumerate(zip(text, other, strict=False))
    same = next((index for index, (x, y) in pairs if x != y), min(len(text), len(other)))
    start = max(0, same - MAX_TEXT // 4)
    end = start + MAX_TEXT
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _report(differences: Sequence[Difference]) -> dict[str, Any]:
    """Return deepdiff's report of the lines that differ, numbers apart from text."""
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for one in differences:
        key = f"line {one.baseline_line}"
        if one.kind is Kind.EXTRA:
            key = f"observed line {one.observed_line}"
        elif one.index is not None:
            key += f", number {one.index + 1}"
        number = one.kind is Kind.NUMBER
        old = one.baseline_value if number else one.baseline_text
        new = one.observed_value if number else one.observed_text
        for side, value in zip(sides, (old, new), strict=True):
            if value is not None:
                # As text before deepdiff sees it: nan would not equal itself.
                side[key] = jsonable(value)
    if not differences:
        return {}
    report = DeepDiff(*sides, verbose_level=2).to_dict()
    return dict(jsonable(report))
