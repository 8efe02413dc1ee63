"""With which releases of two packages a script works, as a small grid and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tfcompat.results.printed import PlaneArea, PlanePoint, PrintedPlane
from tfcompat.results.verdicts import Verdict
from tfcompat.util.text import duration, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.counterfactual.plane_findings import Point, Span
    from tfcompat.search.plane_answers import PlaneAnswer, VariedPackage

_NOT_TRIED = "·"

# How an area is marked in which something was tried; the first of these that was found counts.
_MARKS = {
    Verdict.SAME: "same",
    Verdict.DIFFERENT: "different",
    Verdict.FAILED: "failed",
    Verdict.UNBUILDABLE: "no env",
    Verdict.UNKNOWN: "unknown",
}


def printed(answer: PlaneAnswer) -> PrintedPlane:
    """Return what was found, for other programs."""
    rows, columns = answer.packages
    subject = answer.subject
    return PrintedPlane(
        script=subject.script,
        dependency=subject.dependency,
        release=subject.release,
        python=subject.python,
        day=answer.day,
        rows=rows.name,
        columns=columns.name,
        works=tuple(_areas(answer)),
        points=tuple(
            PlanePoint(
                row=rows.releases[row],
                column=columns.releases[column],
                verdict=point.verdict,
                why=point.why or None,
            )
            for (row, column), point in sorted(answer.points.items())
        ),
        environments=answer.environments,
        seconds=round(answer.seconds, 1),
    )


def text(answer: PlaneAnswer) -> str:
    """Return the grid, what works, and why something does not beside it."""
    rows, columns = answer.packages
    subject = answer.subject
    day = f", all else as of {answer.day}" if answer.day else ""
    what = f"{subject.script} with {subject.title} {subject.release} on Python {subject.python}"
    sides = f"{plural(len(rows.releases), 'release')} of {rows.name} (rows)"
    lines = [
        f"{what}, by {sides} and {len(columns.releases)} of {columns.name}{day}",
        *_without_wheel(answer.packages),
        *_grid(answer),
    ]
    areas = list(_areas(answer))
    lines += [
        f"  same result with {rows.name} {_stretch(*area.rows)} and "
        f"{columns.name} {_stretch(*area.columns)}"
        for area in areas
    ]
    lines += _reasons(answer)
    lines.append(
        f"  {plural(len(answer.points), 'pair')} tried of "
        f"{len(rows.releases) * len(columns.releases)}, "
        f"{plural(answer.environments, 'environment')} built, {duration(answer.seconds)}"
    )
    return "\n".join(visible(line) for line in lines)


def _without_wheel(packages: Sequence[VariedPackage]) -> Iterator[str]:
    for one in packages:
        if one.others:
            others = plural(one.others, "release")
            yield f"  not tried: {others} of {one.name} without a wheel for this Python"


def _areas(answer: PlaneAnswer) -> Iterator[PlaneArea]:
    """Yield what works: rows next to each other with the same releases of the second package."""
    rows, columns = answer.packages
    for span, group in _alike(answer):
        if span is not None:
            yield PlaneArea(
                rows=(rows.releases[group[0]], rows.releases[group[-1]]),
                columns=(columns.releases[span.low], columns.releases[span.high]),
            )


def _alike(answer: PlaneAnswer) -> Iterator[tuple[Span | None, list[int]]]:
    """Yield rows next to each other that are alike, by number, with what works in them."""
    numbered = enumerate(answer.rows)
    for span, group in groupby(numbered, key=lambda one: one[1].span):
        yield span, [number for number, _ in group]


def _grid(answer: PlaneAnswer) -> Iterator[str]:
    """Yield the grid, whose rows and columns are releases that are alike."""
    rows, columns = answer.packages
    groups = list(_alike(answer))
    spans = [span for span, _ in groups if span is not None]
    cuts = {0, *(span.low for span in spans), *(span.high + 1 for span in spans)}
    begins = sorted(cut for cut in cuts if cut < len(columns.releases))
    ends = [*(begin - 1 for begin in begins[1:]), len(columns.releases) - 1]
    parts = list(zip(begins, ends, strict=True))
    table = [
        ["", *(_stretch(columns.releases[low], columns.releases[high]) for low, high in parts)]
    ]
    for _, group in groups:
        label = _stretch(rows.releases[group[0]], rows.releases[group[-1]])
        table.append([label, *(_mark(answer, group, low, high) for low, high in parts)])
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    for row in table:
        padded = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(padded)}".rstrip()


def _mark(answer: PlaneAnswer, rows: Sequence[int], low: int, high: int) -> str:
    """Return what was seen where some rows and columns meet, or what follows from beside it."""
    tried = [
        point.verdict
        for (row, column), point in answer.points.items()
        if row in rows and low <= column <= high
    ]
    span = answer.rows[rows[0]].span
    if span is not None and span.low <= low and high <= span.high:
        return "same" if Verdict.SAME in tried else "(same)"
    # A release in a stretch that does not work as a whole may do so all the same.
    return next((mark for verdict, mark in _MARKS.items() if verdict in tried), _NOT_TRIED)


def _reasons(answer: PlaneAnswer) -> Iterator[str]:
    """Yield why pairs do not work, each reason once, with the first pair of which it was found."""
    rows, columns = answer.packages
    told: dict[str, tuple[str, Point]] = {}
    for (row, column), point in sorted(answer.points.items()):
        if not point.is_good:
            pair = f"{rows.name} {rows.releases[row]} and {columns.name} {columns.releases[column]}"
            told.setdefault(_kind(point), (pair, point))
    for pair, point in told.values():
        why = f": {point.why}" if point.why else ""
        yield f"  {pair}: {_MARKS.get(point.verdict, point.verdict.value)}{why}"


def _kind(point: Point) -> str:
    """Return what makes reasons alike: the verdict and the words, without what numbers say."""
    words = "".join(one for one in point.why if not one.isdigit())
    return f"{point.verdict.value} {words if point.verdict is Verdict.FAILED else ''}"


def _stretch(first: str, last: str) -> str:
    return first if first == last else f"{first} … {last}"
