"""Transcripts held against the transcripts of a baseline: same on what ground, or different where.

Pure. Equality is decided here; deepdiff only words the report of the lines that differ, since it
does not align inserted lines and its own form changes with the size of what it is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from deepdiff import DeepDiff

from tfcompat.verdicts import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.transcript import Line, Transcript

MAX_DIFFERENCES = 50
MAX_TEXT = 500

# Up to so many pairs of lines the best alignment is computed: a quarter of a second at most.
_MOST_CELLS = 250_000
# Beyond, lines that many insertions and deletions apart; the time grows with their square.
_MOST_EDITS = 500


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


class Pair(NamedTuple):
    """The indices of two lines that stand at the same place; None where one side has no line."""

    baseline: int | None
    observed: int | None


def align(baseline: Transcript, observed: Transcript) -> list[Pair]:
    """Pair the lines of two transcripts, in order; every line is in exactly one pair.

    Where all skeletons are equal, lines pair one by one. Otherwise equal lines at both ends are set
    aside; of the rest as many equal skeletons as possible are paired, and among those alignments
    one with the most equal numbers is taken. Above 250,000 possible pairs the fewest insertions and
    deletions are sought instead, and where more than 500 are needed, lines pair one by one. Lines
    between two matches pair in order, as one changed into the other.
    """
    a, b = baseline.lines, observed.lines
    if len(a) == len(b) and all(x.skeleton == y.skeleton for x, y in zip(a, b, strict=True)):
        return [Pair(i, i) for i in range(len(a))]
    pairs: list[Pair] = []
    i = j = 0
    for next_i, next_j in _Aligner(a, b).matches():
        pairs += _in_order(i, next_i, j, next_j)
        pairs.append(Pair(next_i, next_j))
        i, j = next_i + 1, next_j + 1
    return pairs + _in_order(i, len(a), j, len(b))


def _in_order(a: int, a_end: int, b: int, b_end: int) -> list[Pair]:
    return [Pair(i, j) for i, j in zip_longest(range(a, a_end), range(b, b_end))]


class _Aligner:
    """Finds the pairs of lines with equal skeletons that an alignment is built on.

    difflib is not used: transcripts repeat a few skeletons ("step N: loss N") thousands of times,
    on which it is cubic, and it takes the longest block where the most lines are wanted.
    """

    def __init__(self, a: Sequence[Line], b: Sequence[Line]) -> None:
        self.text = ([x.skeleton for x in a], [x.skeleton for x in b])
        # The first number of a line is often its step, which holds where the others are noise.
        self.lead = tuple([(x.skeleton, x.numbers[:1]) for x in side] for side in (a, b))
        self.full = tuple([(x.skeleton, x.numbers) for x in side] for side in (a, b))

    def matches(self) -> list[tuple[int, int]]:
        a, b = self.full
        start, end, most = 0, 0, min(len(a), len(b))
        while start < most and a[start] == b[start]:
            start += 1
        while end < most - start and a[-1 - end] == b[-1 - end]:
            end += 1
        return [
            *((k, k) for k in range(start)),
            *self._inner(_Box(start, len(a) - end, start, len(b) - end)),
            *((len(a) - k, len(b) - k) for k in range(end, 0, -1)),
        ]

    def _inner(self, box: _Box) -> list[tuple[int, int]]:
        if box.cells <= _MOST_CELLS:
            return self._best(box)
        # Equal numbers align runs that repeat each other. Between noisy runs they are chance, and
        # would shift all lines around them: then the text alone counts.
        anchors = None
        for keys in (self.full, self.lead, self.text):
            anchors = _fewest_edits(keys[0], keys[1], box)
            most = min(box.a_end - box.a, box.b_end - box.b)
            if anchors is not None and (keys is self.text or 2 * len(anchors) >= most):
                break
        if anchors is None:
            rows = zip(range(box.a, box.a_end), range(box.b, box.b_end), strict=False)
            return [(i, j) for i, j in rows if self.text[0][i] == self.text[1][j]]
        found: list[tuple[int, int]] = []
        i, j = box.a, box.b
        for next_i, next_j in anchors:
            # Too large only where the edits are spent on one stretch: nothing in it is equal.
            gap = _Box(i, next_i, j, next_j)
            found += self._best(gap) if 0 < gap.cells <= _MOST_CELLS else []
            found.append((next_i, next_j))
            i, j = next_i + 1, next_j + 1
        gap = _Box(i, box.a_end, j, box.b_end)
        return found + (self._best(gap) if 0 < gap.cells <= _MOST_CELLS else [])

    def _best(self, box: _Box) -> list[tuple[int, int]]:
        """Match the most skeletons, and among those alignments the most equal numbers."""
        rows, columns = range(box.a, box.a_end), range(box.b, box.b_end)
        # One more skeleton outweighs any count of equal numbers.
        weight = 2 * min(len(rows), len(columns)) + 1
        score = [[0] * (len(columns) + 1)]
        for i in reversed(rows):
            below, row = score[-1], [0] * (len(columns) + 1)
            for j in reversed(columns):
                best = max(below[j - box.b], row[j - box.b + 1])
                if self.text[0][i] == self.text[1][j]:
                    best = max(best, below[j - box.b + 1] + weight + self._bonus(i, j))
                row[j - box.b] = best
            score.append(row)
        score.reverse()
        found: list[tuple[int, int]] = []
        i = j = 0
        while i < len(rows) and j < len(columns):
            x, y = rows[i], columns[j]
            gain = weight + self._bonus(x, y) if self.text[0][x] == self.text[1][y] else -1
            if score[i][j] == score[i + 1][j + 1] + gain:
                found.append((x, y))
                i, j = i + 1, j + 1
            elif score[i][j] == score[i + 1][j]:
                i += 1
            else:
                j += 1
        return found

    def _bonus(self, i: int, j: int) -> int:
        return (self.lead[0][i] == self.lead[1][j]) + (self.full[0][i] == self.full[1][j])


class _Box(NamedTuple):
    """A stretch of lines on each side, ends excluded."""

    a: int
    a_end: int
    b: int
    b_end: int

    @property
    def cells(self) -> int:
        return (self.a_end - self.a) * (self.b_end - self.b)


def _fewest_edits(
    left: Sequence[object], right: Sequence[object], box: _Box
) -> list[tuple[int, int]] | None:
    """Match by the fewest insertions and deletions (Myers 1986); None above _MOST_EDITS."""
    a, b = left[box.a : box.a_end], right[box.b : box.b_end]
    reach = {1: 0}  # per diagonal i - j, how far along a
    past: list[dict[int, int]] = []
    for edits in range(min(_MOST_EDITS, len(a) + len(b)) + 1):
        past.append(reach.copy())
        for diagonal in range(-edits, edits + 1, 2):
            i = _step(reach, diagonal, edits)
            j = i - diagonal
            while i < len(a) and j < len(b) and a[i] == b[j]:
                i, j = i + 1, j + 1
            reach[diagonal] = i
            if i >= len(a) and j >= len(b):
                return [(box.a + x, box.b + y) for x, y in _walk_back(past, i, j)]
    return None


def _step(reach: Mapping[int, int], diagonal: int, edits: int) -> int:
    down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
    return reach[diagonal + 1] if down else reach[diagonal - 1] + 1


def _walk_back(past: Sequence[Mapping[int, int]], i: int, j: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for edits in range(len(past) - 1, -1, -1):
        start = _step(past[edits], i - j, edits)
        while i > start:
            i, j = i - 1, j - 1
            found.append((i, j))
        if edits:
            down = start == past[edits].get(i - j + 1, -1)
            i, j = (i, j - 1) if down else (i - 1, j)
    return found[::-1]


@dataclass(frozen=True, slots=True)
class _Track:
    """Where the places of a frame are in one run: per line of the frame, and per gap before it."""

    run: Transcript
    matched: Sequence[int | None]
    inserted: Mapping[int, Sequence[int]]


def _skeletons(run: Transcript) -> tuple[str, ...]:
    return tuple(line.skeleton for line in run.lines)


def _tracks(runs: Sequence[Transcript]) -> list[_Track]:
    """Align all runs with one of them, and say where its places are in each.

    Which run that is, and which of several with the same skeletons decides how they are aligned,
    depends on their content alone: baseline and observed runs must be able to change roles.
    """
    groups: dict[tuple[str, ...], list[Transcript]] = {}
    for run in runs:
        groups.setdefault(_skeletons(run), []).append(run)
    frame_key = max(groups, key=lambda key: (len(key), key))
    if len(groups) == 1:
        return [_Track(run, range(len(frame_key)), {}) for run in runs]
    frame = min(groups[frame_key], key=_numbers_text)
    layout: dict[tuple[str, ...], tuple[Sequence[int | None], dict[int, list[int]]]] = {}
    for key, members in groups.items():
        matched: list[int | None] = []
        inserted: dict[int, list[int]] = {}
        member = frame if key == frame_key else min(members, key=_numbers_text)
        for pair in align(frame, member):
            if pair.baseline is not None:
                matched.append(pair.observed)
            elif pair.observed is not None:
                inserted.setdefault(len(matched), []).append(pair.observed)
        layout[key] = (matched, inserted)
    return [_Track(run, *layout[_skeletons(run)]) for run in runs]


def _numbers_text(run: Transcript) -> list[str]:
    # As text, because nan has no order.
    return [repr(line.numbers) for line in run.lines]


def _places(tracks: Sequence[_Track]) -> Iterator[list[int | None]]:
    """Yield for each place, in order, the index of the line that each run has there."""
    for index in range(len(tracks[0].matched) + 1):
        gaps = [track.inserted.get(index, ()) for track in tracks]
        for extra in range(max(map(len, gaps))):
            yield [gap[extra] if extra < len(gap) else None for gap in gaps]
        if index < len(tracks[0].matched):
            yield [track.matched[index] for track in tracks]


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
    tracks = _tracks(baseline) if baseline else []
    found = []
    for place in _places(tracks) if tracks else ():
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


def _lines(tracks: Sequence[_Track], place: Sequence[int | None]) -> list[Line | None]:
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
    judge = _Judge(_tracks([*baseline, *observed]), len(baseline), tolerance)
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

    def __init__(self, tracks: Sequence[_Track], baselines: int, tolerance: Tolerance) -> None:
        self.tracks, self.baselines, self.tolerance = tracks, baselines, tolerance
        self.differences: list[Difference] = []
        self.count = 0
        self.largest_relative: Largest | None = None
        self.largest_absolute: Largest | None = None

    def judge(self) -> None:
        shown = (self.tracks[0], self.tracks[self.baselines])
        passed = [0, 0]
        for place in _places(self.tracks):
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
    report = DeepDiff(*sides, verbose_level=2, ignore_numeric_type_changes=True).to_dict()
    return dict(jsonable(report))
