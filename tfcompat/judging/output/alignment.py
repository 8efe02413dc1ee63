"""Which line of one run stands at the place of which line of another. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from tfcompat.judging.output.cells import sections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tfcompat.judging.output.lines import Line, Transcript

    _Matching = Callable[[Sequence[object], Sequence[object], "_Box"], list[tuple[int, int]] | None]

# Up to so many pairs of lines the best alignment is computed: a quarter of a second at most.
_MOST_CELLS = 250_000
# Beyond, lines that many insertions and deletions apart; the time grows with their square.
_MOST_EDITS = 500
# And so many equal pairs that are looked at: where lines are alike, each edit may pass all of them.
_MOST_STEPS = 5_000_000

COARSE = (
    "too many lines differ to find the best alignment; some may be compared with a line that they "
    "do not belong to"
)
"""What a reader has to know of a coarse alignment."""


class Pair(NamedTuple):
    """The indices of two lines that stand at the same place; None where one side has no line."""

    baseline: int | None
    observed: int | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """The pairs of two transcripts; ``coarse`` where a better alignment would take too long."""

    pairs: list[Pair]
    coarse: bool = False


def align(baseline: Transcript, observed: Transcript) -> Alignment:
    """Pair the lines of two transcripts, in order; every line is in exactly one pair.

    Where all skeletons are equal, lines pair one by one. Otherwise equal lines at both ends are set
    aside; of the rest as many equal skeletons as possible are paired, and among those alignments
    one with the most equal numbers is taken. Above 250,000 possible pairs the fewest insertions and
    deletions are sought instead. Where more than 500 are needed, the alignment is ``coarse``: equal
    lines are paired that occur once on each side, or else those at the same place. Lines between
    two matches pair in order, as one changed into the other. Of notebooks, whose cells are marked,
    each cell is aligned by itself.
    """
    if baseline.lines.skeletons == observed.lines.skeletons:
        return Alignment([Pair(i, i) for i in range(len(baseline.lines))])
    a, b = list(baseline.lines), list(observed.lines)
    cells = sections(a), sections(b)
    if len(cells[0]) != len(cells[1]):
        return _align(a, b)
    pairs: list[Pair] = []
    coarse = False
    for (i, i_end), (j, j_end) in zip(*cells, strict=True):
        found = _align(a[i:i_end], b[j:j_end])
        coarse = coarse or found.coarse
        pairs += [
            Pair(
                None if pair.baseline is None else pair.baseline + i,
                None if pair.observed is None else pair.observed + j,
            )
            for pair in found.pairs
        ]
    return Alignment(pairs, coarse)


def _align(a: Sequence[Line], b: Sequence[Line]) -> Alignment:
    pairs: list[Pair] = []
    i = j = 0
    aligner = _Aligner(a, b)
    for next_i, next_j in aligner.matches():
        pairs += _in_order(i, next_i, j, next_j)
        pairs.append(Pair(next_i, next_j))
        i, j = next_i + 1, next_j + 1
    return Alignment(pairs + _in_order(i, len(a), j, len(b)), aligner.coarse)


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
        most = max((len(line.numbers) for line in (*a, *b)), default=0)
        # Without numbers all keys are the same, and with one number two of them.
        self.keys: list[Sequence[Sequence[object]]] = [self.full]
        self.keys += [self.lead] if most > 1 else []
        self.keys += [self.text] if most else []
        self.coarse = False

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
        found: list[tuple[int, int]] = []
        i, j, cells = box.a, box.b, 0
        for next_i, next_j in [*self._anchors(box), (box.a_end, box.b_end)]:
            gap = _Box(i, next_i, j, next_j)
            cells += gap.cells
            found += self._best(gap) if cells <= _MOST_CELLS else _in_place(*self.text, gap)
            found.append((next_i, next_j))
            i, j = next_i + 1, next_j + 1
        return found[:-1]

    def _anchors(self, box: _Box) -> list[tuple[int, int]]:
        """Return matches of most of the lines, or else of those that are the most certain."""
        found = self._first_of_most(box, _fewest_edits)
        if found is None:
            self.coarse = True
            found = self._first_of_most(box, _single_or_in_place)
        return found or []

    def _first_of_most(self, box: _Box, match: _Matching) -> list[tuple[int, int]] | None:
        """Match by the first key by which at least half of the lines match, or by text alone.

        Equal numbers align runs that repeat each other. Between noisy runs they are chance, and
        would shift all lines around them: then the text alone counts.
        """
        most = min(box.a_end - box.a, box.b_end - box.b)
        for keys in self.keys:
            found = match(keys[0], keys[1], box)
            if found is not None and 2 * len(found) >= most:
                break
        return found

    def _best(self, box: _Box) -> list[tuple[int, int]]:
        """Match the most skeletons, and among those alignments the most equal numbers."""
        if not box.cells:
            return []
        rows, columns = range(box.a, box.a_end), range(box.b, box.b_end)
        # One more skeleton outweighs any count of equal numbers.
        weight = 2 * min(len(rows), len(columns)) + 1
        right = self.text[1][box.b : box.b_end]
        known = set(right)
        score = [[0] * (len(columns) + 1)]
        for i in reversed(rows):
            below, text = score[-1], self.text[0][i]
            if text not in known:
                score.append(below)
                continue
            row = below.copy()
            for j in range(len(right) - 1, -1, -1):
                row[j] = max(row[j], row[j + 1])
                if text == right[j]:
                    row[j] = max(row[j], below[j + 1] + weight + self._bonus(i, box.b + j))
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
    """Match by the fewest insertions and deletions (Myers 1986); None where that takes too long."""
    a, b = left[box.a : box.a_end], right[box.b : box.b_end]
    alone = Counter(a)
    alone.subtract(b)
    if sum(map(abs, alone.values())) > _MOST_EDITS:
        return None
    reach = {1: 0}  # per diagonal i - j, how far along a
    past: list[dict[int, int]] = []
    steps = 0
    for edits in range(min(_MOST_EDITS, len(a) + len(b)) + 1):
        past.append(reach.copy())
        for diagonal in range(-edits, edits + 1, 2):
            start = i = _step(reach, diagonal, edits)
            j = i - diagonal
            while i < len(a) and j < len(b) and a[i] == b[j]:
                i, j = i + 1, j + 1
            reach[diagonal] = i
            if i >= len(a) and j >= len(b):
                return [(box.a + x, box.b + y) for x, y in _walk_back(past, i, j)]
            steps += i - start
        if steps > _MOST_STEPS:
            return None
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


def _single_or_in_place(
    left: Sequence[object], right: Sequence[object], box: _Box
) -> list[tuple[int, int]]:
    """Match lines that occur once on each side, or those at the same place if these are more."""
    return max(_in_place(left, right, box), _single_lines(left, right, box), key=len)


def _in_place(left: Sequence[object], right: Sequence[object], box: _Box) -> list[tuple[int, int]]:
    rows = zip(range(box.a, box.a_end), range(box.b, box.b_end), strict=False)
    return [(i, j) for i, j in rows if left[i] == right[j]]


def _single_lines(
    left: Sequence[object], right: Sequence[object], box: _Box
) -> list[tuple[int, int]]:
    """Match lines that occur once on each side: the most of them that are in one order."""
    once = [_places_of_single(left, box.a, box.a_end), _places_of_single(right, box.b, box.b_end)]
    shared = [(i, once[1][line]) for line, i in once[0].items() if line in once[1]]
    # The longest increasing subsequence, by its least ends (Schensted 1961).
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, (_, j) in enumerate(shared):
        length = bisect_left(ends, j)
        ends[length : length + 1] = [j]
        last[length : length + 1] = [place]
        before.append(last[length - 1] if length else -1)
    found: list[tuple[int, int]] = []
    place = last[-1] if last else -1
    while place >= 0:
        found.append(shared[place])
        place = before[place]
    return found[::-1]


def _places_of_single(lines: Sequence[object], start: int, end: int) -> dict[object, int]:
    """Return the places of the lines that occur once, in order."""
    counts = Counter(lines[start:end])
    return {lines[i]: i for i in range(start, end) if counts[lines[i]] == 1}


@dataclass(frozen=True, slots=True)
class Track:
    """Where the places of a frame are in one run: per line of the frame, and per gap before it.

    ``coarse``: a better alignment with the frame would take too long.
    """

    run: Transcript
    matched: Sequence[int | None]
    inserted: Mapping[int, Sequence[int]]
    coarse: bool = False


def line_up(runs: Sequence[Transcript]) -> list[Track]:
    """Align all runs with one of them, and return where its places are in each.

    Which run that is, and which of several with the same skeletons decides how they are aligned,
    depends on their content alone: baseline and observed runs must be able to change roles.
    """
    groups: dict[tuple[str, ...], list[Transcript]] = {}
    for run in runs:
        groups.setdefault(run.lines.skeletons, []).append(run)
    frame_key = max(groups, key=lambda key: (len(key), key))
    if len(groups) == 1:
        return [Track(run, range(len(frame_key)), {}) for run in runs]
    frame = min(groups[frame_key], key=_numbers_text)
    layout: dict[tuple[str, ...], Track] = {}
    for key, members in groups.items():
        matched: list[int | None] = []
        inserted: dict[int, list[int]] = {}
        member = frame if key == frame_key else min(members, key=_numbers_text)
        found = align(frame, member)
        for pair in found.pairs:
            if pair.baseline is not None:
                matched.append(pair.observed)
            elif pair.observed is not None:
                inserted.setdefault(len(matched), []).append(pair.observed)
        layout[key] = Track(member, matched, inserted, found.coarse)
    return [replace(layout[run.lines.skeletons], run=run) for run in runs]


def _numbers_text(run: Transcript) -> list[str]:
    # As text, because nan has no order.
    return [repr(tuple(run.lines.numbers(at))) for at in range(len(run.lines))]


def places(tracks: Sequence[Track]) -> Iterator[list[int | None]]:
    """Yield for each place, in order, the index of the line that each run has there."""
    for index in range(len(tracks[0].matched) + 1):
        gaps = [track.inserted.get(index, ()) for track in tracks]
        for extra in range(max(map(len, gaps))):
            yield [gap[extra] if extra < len(gap) else None for gap in gaps]
        if index < len(tracks[0].matched):
            yield [track.matched[index] for track in tracks]
