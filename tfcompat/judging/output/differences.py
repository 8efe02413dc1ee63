"""Of what a comparison finds: ranges of numbers, bounded texts, and deepdiff's report.

deepdiff only words the report of the lines that differ, since it does not align inserted lines and
its own form changes with the size of what it is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from tfcompat.results.differences import Difference, DifferenceKind, NumberRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.judging.output.lines import Line
    from tfcompat.judging.output.transcript import PrintedLines
    from tfcompat.results.figures import DrawnFigure

MAX_DIFFERENCES = 50
MAX_TEXT = 500
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers seen at one place, to compute with: the finite ones, and the others as text."""

    low: float | None
    high: float | None
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Sequence[float]) -> Range:
        """Return the range of at least one number."""
        finite = [value for value in values if math.isfinite(value)]
        if len(finite) == len(values):
            return cls(min(finite), max(finite))
        others = tuple(sorted({str(value) for value in values if not math.isfinite(value)}))
        if not finite:
            return cls(None, None, others)
        return cls(min(finite), max(finite), others)

    def as_record(self) -> NumberRange:
        """Return the range as a result file holds it."""
        return NumberRange(low=self.low, high=self.high, others=self.others)


def jsonable(value: object) -> Any:  # noqa: ANN401 - what JSON holds has no narrower type
    """Return the value as strict JSON can hold it: nan, inf and anything else as text."""
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


def cut(text: str, other: str = "") -> str:
    """Bound a text, to the stretch around the first character in which it differs."""
    if len(text) <= MAX_TEXT:
        return text
    start = max(0, _first_change(text, other) - MAX_TEXT // 4)
    end = start + MAX_TEXT
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _first_change(text: str, other: str) -> int:
    """Return the first place in which two texts differ; the end of the shorter one, if in none."""
    shorter = min(len(text), len(other))
    # Whole blocks first: texts may be megabytes long, and the same up to their ends.
    block = next(
        (
            at
            for at in range(0, shorter, _BLOCK)
            if text[at : at + _BLOCK] != other[at : at + _BLOCK]
        ),
        shorter,
    )
    return next((at for at in range(block, shorter) if text[at] != other[at]), shorter)


def text_difference(old: Line | None, new: Line | None, lines: tuple[int, int]) -> Difference:
    """Return that a line has another text, or that one side has none.

    ``lines`` are where each side has its line, or would have it.
    """
    kind = DifferenceKind.TEXT
    if old is None or new is None:
        kind = DifferenceKind.EXTRA if old is None else DifferenceKind.MISSING
    return Difference(
        kind=kind,
        baseline_line=lines[0] if old is None else old.at,
        observed_line=lines[1] if new is None else new.at,
        baseline_text=None if old is None else cut(old.raw, new.raw if new else ""),
        observed_text=None if new is None else cut(new.raw, old.raw if old else ""),
        index=None,
        baseline_value=None,
        observed_value=None,
        band=None,
    )


def number_difference(
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


def figure_difference(
    number: int, old: DrawnFigure | None, new: DrawnFigure | None, distance: float
) -> Difference:
    """Return that the figure of a number is another one, or that one side has none."""
    return Difference(
        kind=DifferenceKind.FIGURE,
        figure=number,
        baseline_text=cut(old.size) if old else None,
        observed_text=cut(new.size) if new else None,
        distance=round(distance, 1) if math.isfinite(distance) else None,
    )


def report(differences: Sequence[Difference]) -> dict[str, Any]:
    """Return deepdiff's report of the lines that differ, numbers apart from text."""
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for one in differences:
        key = f"line {one.baseline_line}"
        if one.kind is DifferenceKind.FIGURE:
            key = f"figure {one.figure}"
        elif one.kind is DifferenceKind.EXTRA:
            key = f"observed line {one.observed_line}"
        elif one.index is not None:
            key += f", number {one.index + 1}"
        number = one.kind is DifferenceKind.NUMBER
        old = one.baseline_value if number else one.baseline_text
        new = one.observed_value if number else one.figure_change or one.observed_text
        for side, value in zip(sides, (old, new), strict=True):
            if value is not None:
                # As text before deepdiff sees it: nan would not equal itself.
                side[key] = jsonable(value)
    if not differences:
        return {}
    from deepdiff import DeepDiff  # noqa: PLC0415 - it loads long, and most runs are the same

    return dict(jsonable(DeepDiff(*sides, verbose_level=2).to_dict()))
