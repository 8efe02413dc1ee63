"""Do two outputs say the same, and only print it differently? Decided from the outputs alone. Pure.

Blanks, line breaks, quotes, commas, the rules of tables and the case of values such as ``NaN`` are
layout, and so are the kinds of brackets, and round ones around a whole line. What remains is a
sequence of words and numbers. It has to be the same one in both outputs, except that a number may
be printed with fewer digits, and that one that is noise may be any of the noise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.judging.output.lines import Transcript
    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.tolerance import Tolerance

LAYOUT = "the same words and numbers, laid out differently"
ROUNDING = "the same numbers, printed with another number of digits"

# A number with fewer significant digits may be another one that is near: 0.5 is not 0.54 rounded.
_FEWEST_DIGITS = 3
_LARGEST = 300
# What two outputs with more words than this say is not looked into.
_MOST_TOKENS = 200_000

_TOKEN = re.compile(
    r"""
    (?P<number>
        (?: (?<![\w.)\]]) [+-] )? (?<![\w.])
        (?: \d+ (?:\.\d*)? | \.\d+ ) (?:[eE][+-]?\d+)? (?![\w.])
    )
    | (?P<layout> [\s,'"`|] | [-=_+~*─═]{3,} )         # a table is underlined with the latter
    | (?P<word> \w+ (?:\.\w+)* | . )
    """,
    re.VERBOSE,
)
_KINDS = str.maketrans("[]{}", "()()")

# What libraries spell in one case or another. The case of any other word may be the result.
_VALUES = frozenset({"false", "inf", "infinity", "nan", "nat", "none", "null", "true"})

Said: TypeAlias = "Decimal | str"


@dataclass(frozen=True, slots=True)
class _Place:
    """The number that stands at one place in all runs of one side: one of them, and the range."""

    first: Decimal
    low: Decimal
    high: Decimal


_Agreed: TypeAlias = "list[_Place | str]"


def only_display(
    baseline: Sequence[Transcript],
    observed: Sequence[Transcript],
    masks: Sequence[Mask],
    tolerance: Tolerance,
) -> str | None:
    """Return in what alone two outputs differ, LAYOUT or ROUNDING; None where it is more than that.

    There is at least one run on each side. ``masks`` are those of their transcripts.
    """
    for enclosed in (True, False):
        sides = [
            _agreed([list(_tokens(run, masks, enclosed=enclosed)) for run in runs])
            for runs in (baseline, observed)
        ]
        found = _differs_in(sides[0], sides[1], tolerance)
        if found is not None:
            return found
    return None


def _differs_in(
    baseline: _Agreed | None, observed: _Agreed | None, tolerance: Tolerance
) -> str | None:
    if baseline is None or observed is None or len(baseline) != len(observed):
        return None
    rounded = False
    for old, new in zip(baseline, observed, strict=True):
        if isinstance(old, _Place) and isinstance(new, _Place):
            if _meet(old, new, tolerance):
                continue
            if not _is_rounded(old.first, new.first):
                return None
            rounded = True
        elif old != new:
            return None
    return ROUNDING if rounded else LAYOUT


def _tokens(run: Transcript, masks: Sequence[Mask], *, enclosed: bool) -> Iterator[Said]:
    """Yield what a run says; without the brackets around whole lines unless ``enclosed``."""
    for line in run.lines:
        text: str | None = line.raw.replace("\n", " ")
        for mask in masks:
            text = mask.apply(text, run.run) if text is not None else None
        for found in _TOKEN.finditer((text or "") if enclosed else _without_outer(text or "")):
            if found["number"]:
                number = Decimal(found["number"])
                # Of a size that a float can hold, so that arithmetic with it cannot overflow.
                yield number if abs(number.adjusted()) < _LARGEST else found["number"]
            elif found["word"]:
                word = found["word"].translate(_KINDS)
                yield word.casefold() if word.casefold() in _VALUES else word


def _without_outer(line: str) -> str:
    """Return a line without round brackets that enclose all of it, as Python 2 prints several."""
    line = line.strip()
    if not (line.startswith("(") and line.endswith(")")):
        return line
    inner = line[1:-1]
    return line if "(" in inner or ")" in inner else inner


def _agreed(runs: Sequence[list[Said]]) -> _Agreed | None:
    """Return the words and numbers of runs of one side; None where they are not as many.

    A word is that of the first run: where words vary, nothing is display alone.
    """
    first = runs[0]
    if len(first) > _MOST_TOKENS or any(len(run) != len(first) for run in runs):
        return None
    found: _Agreed = []
    for column in zip(*runs, strict=True):
        numbers = [token for token in column if isinstance(token, Decimal)]
        if len(numbers) == len(column):
            found.append(_Place(numbers[0], min(numbers), max(numbers)))
        elif _is_one(column):
            found.append(str(column[0]))
        else:
            return None
    return found


def _is_one(tokens: Iterable[Said]) -> bool:
    return len(set(map(str, tokens))) == 1


def _meet(old: _Place, new: _Place, tolerance: Tolerance) -> bool:
    """Tell whether two samples of a number overlap, or are as near as numbers may be."""
    gap = max(new.low - old.high, old.low - new.high)
    return gap <= 0 or float(gap) <= tolerance.at(float(old.first), float(new.first))


def _is_rounded(old: Decimal, new: Decimal) -> bool:
    """Tell whether the one of two numbers that is printed with fewer decimals is the other."""
    coarse, fine = sorted((old, new), key=lambda number: -_exponent(number))
    if _exponent(coarse) >= 0 or len(coarse.normalize().as_tuple().digits) < _FEWEST_DIGITS:
        return False
    return abs(coarse - fine) <= Decimal(1).scaleb(_exponent(coarse)) / 2


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
