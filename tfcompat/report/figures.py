"""Figures for a README or a paper: the grid, the bars, the similarity of environments.

Each is drawn for a light page and for a dark one, 830 points wide, which is what a README shows. In
an SVG, what is shown of an example leads to it on the page, which lies beside it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path as MplPath
from matplotlib.textpath import TextPath

from tfcompat.report import phrases, ranges
from tfcompat.report.model import PAGE
from tfcompat.report.similarity import environments, similarity
from tfcompat.results.verdicts import Verdict
from tfcompat.util.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from tfcompat.report.model import Entry, Report

_WIDTH = 830.0  # points
_ROW = 15.0
_TEXT = 9  # points
_LETTER = 5.3  # points: the average width of a letter
_LONGEST, _LONGEST_LABEL = 46, 22  # letters of an example, and of a release
_DPI = 144  # two pixels for each point, which is sharp on a dense screen
_WIDEST = 26.0  # points of a column
_GAP = 0.06  # around a cell, as a part of its side
_GLYPHS_FROM = 8.0  # points: narrower columns have colours alone
_MOST_VECTORS = 4_000  # with more cells than these, an SVG holds them as one bitmap
_RANGE_WIDTH = 120.0  # points beside the bars, for the range
_SETTINGS: dict[Any, object] = {
    "font.family": "DejaVu Sans",
    "font.size": _TEXT,
    "text.parse_math": False,  # a name may contain dollar signs
    "svg.fonttype": "none",  # text stays text: it is smaller, and can be searched
    "svg.hashsalt": "tfcompat",  # the same figure is the same file
    "figure.dpi": 72,
    "savefig.dpi": _DPI,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.spines.bottom": False,
}
SCHEMES = ("light", "dark")
"""The colour schemes in which each figure is drawn."""

_Box = tuple[float, float, float, float]  # left, top, width and height
_Line = tuple[str, str | None]  # what stands before a line; its example, unless it is a family


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme, by their names in the style sheet of the page."""

    colours: dict[str, str]

    def fill(self, verdict: Verdict) -> str:
        """Return the background of a verdict."""
        return self.colours.get(verdict.value, self.colours["raised"])

    def ink(self, verdict: Verdict) -> str:
        """Return the colour of its sign."""
        return self.colours.get(f"{verdict.value}-text", self.colours["soft"])


def palette_of(scheme: str) -> Palette:
    """Return the colours of one scheme, read from the style sheet of the page."""
    style = (resources.files("tfcompat.report") / "web" / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", style)[:2]
    found: dict[str, str] = {}
    for block in blocks[: 1 + (scheme == "dark")]:
        found |= dict(re.findall(r"--([\w-]+): (#\w+)", block))
    return Palette(found)


def draw(report: Report, folder: Path, *, formats: Sequence[str]) -> list[Path]:
    """Draw all figures of a report into a folder and return their paths.

    ``formats`` are ``png`` and ``svg``. Raises OSError where they cannot be written.
    """
    kinds: dict[str, Callable[[Report, Palette], Figure | None]] = {
        "grid": draw_grid,
        "bars": draw_bars,
        "similarity": draw_similarity,
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with mpl.rc_context(_SETTINGS):
        for name, draw_kind in kinds.items():
            for scheme in SCHEMES:
                palette = palette_of(scheme)
                figure = draw_kind(report, palette)
                if figure is None:
                    continue
                for ending in formats:
                    path = folder / f"{name}{'-dark' if scheme == 'dark' else ''}.{ending}"
                    _save(figure, path, palette)
                    written.append(path)
    return written


def _save(figure: Figure, path: Path, palette: Palette) -> None:
    metadata = {"Date": None} if path.suffix == ".svg" else {}
    figure.savefig(path, facecolor=palette.colours["page"], metadata=metadata)


def _figure(height: float, palette: Palette) -> Figure:
    figure = Figure(figsize=(_WIDTH / 72, height / 72), facecolor=palette.colours["page"])
    FigureCanvasAgg(figure)
    return figure


def _axes(
    figure: Figure, palette: Palette, left: float, top: float, height: float, right: float = 8.0
) -> Axes:
    """Return axes with a margin at the left, the top and the right, in points."""
    whole = figure.get_figheight() * 72
    box = (left / _WIDTH, 1 - (top + height) / whole, 1 - (left + right) / _WIDTH, height / whole)
    axes = figure.add_axes(box)
    axes.tick_params(length=0, labelcolor=palette.colours["text"])
    axes.set_facecolor("none")
    return axes


def _lines(report: Report) -> list[_Line]:
    """Return the lines of a figure: each family, and below it its examples."""
    lines: list[_Line] = []
    for family in report.families:
        lines.append((family.name, None))
        lines += [(e.removeprefix(f"{family.name}/"), e) for e in family.examples]
    return lines


def _address(entry: Entry) -> str:
    """Return the address of an entry on the page beside the figure."""
    return f"{PAGE}#{urlencode({'cell': entry.column.key, 'example': entry.example})}"


def _label_lines(axes: Axes, lines: Sequence[_Line]) -> None:
    axes.set_ylim(len(lines), 0)
    axes.set_yticks([place + 0.5 for place in range(len(lines))])
    labels = [_shortened(name) for name, _ in lines]
    for label, (_, example) in zip(axes.set_yticklabels(labels), lines, strict=True):
        label.set_fontweight("normal" if example else "bold")
        if example:
            label.set_url(f"{PAGE}#{urlencode({'example': example})}")
    axes.tick_params(axis="y", pad=3)


def _shortened(name: str, longest: int = _LONGEST) -> str:
    """Return a name, or of a long one its end, in which it differs most from others."""
    shown = visible(name)
    return shown if len(shown) <= longest else f"…{shown[1 - longest :]}"


def _left(lines: Sequence[_Line]) -> float:
    """Return the points that the names of the lines take."""
    return 12 + _LETTER * max((len(_shortened(name)) for name, _ in lines), default=0)


def _label_columns(axes: Axes, labels: Sequence[str], width: float) -> None:
    """Write the labels above the columns, as many as there is room for."""
    step = _step(width)
    places = range(0, len(labels), step)
    axes.set_xlim(0, len(labels))
    axes.xaxis.tick_top()
    axes.set_xticks([place + 0.5 for place in places])
    axes.set_xticklabels([labels[place] for place in places], rotation=90)
    axes.tick_params(axis="x", pad=2)


def _step(width: float) -> int:
    """Return of how many columns, each of a width in points, one can have a label."""
    return max(1, math.ceil((_TEXT + 2) / width))


def _labels(report: Report) -> list[str]:
    """Return labels for the columns, as short as they can be while they differ."""
    pythons: dict[tuple[str, str], set[str]] = {}
    for column in report.columns:
        pythons.setdefault((column.release, column.campaign), set()).add(column.python)
    several = any(len(found) > 1 for found in pythons.values())
    labels = []
    for column in report.columns:
        parts = [column.release]
        parts += [column.python] if several else []
        parts += [column.campaign] if len(report.campaigns) > 1 else []
        labels.append(_shortened(" ".join(parts), _LONGEST_LABEL))
    return labels


def _legend(figure: Figure, report: Report, palette: Palette, *, glyphs: bool) -> None:
    """Write the verdicts that occur, with their numbers, at the top."""
    left = 10.0
    height = figure.get_figheight() * 72
    axes = figure.add_axes((0, 0, 1, 1), zorder=-1)
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    axes.axis("off")
    for verdict in phrases.ORDER:
        if not report.counts[verdict]:
            continue
        axes.add_patch(Rectangle((left, 8), 11, 11, color=palette.fill(verdict), linewidth=0))
        if glyphs:
            axes.text(left + 5.5, 13.8, phrases.GLYPHS[verdict], ha="center", va="center",
                      color=palette.ink(verdict))  # fmt: skip
        label = f"{report.counts[verdict]} {verdict.value}"
        axes.text(left + 16, 13.8, label, va="center", color=palette.colours["text"])
        left += 32 + _LETTER * len(label)


def draw_grid(report: Report, palette: Palette) -> Figure:
    """Return the figure of examples by cells: a coloured sign for each verdict."""
    lines = _lines(report)
    labels = _labels(report)
    left, height = _left(lines), _ROW * len(lines)
    top = 30 + _LETTER * max(map(len, labels), default=0)
    figure = _figure(top + height + 8, palette)
    width = min(_WIDEST, (_WIDTH - left - 8) / max(len(labels), 1))
    right = _WIDTH - left - width * max(len(labels), 1)
    axes = _axes(figure, palette, left, top, height, right=right)
    _label_lines(axes, lines)
    _label_columns(axes, labels, width)
    placed = [
        (x, y, entry)
        for y, (_, example) in enumerate(lines)
        for x, column in enumerate(report.columns)
        if example is not None
        if (entry := report.entry(example, column)) is not None
    ]
    large = width >= _GLYPHS_FROM
    gap = _GAP if large else 0.0
    for verdict in phrases.ORDER:
        here = [(x, y, entry) for x, y, entry in placed if entry.verdict is verdict]
        boxes = [(x + gap, y + gap, 1 - 2 * gap, 1 - 2 * gap) for x, y, _ in here]
        painted = _paint(axes, boxes, palette.fill(verdict))
        painted.set_rasterized(len(placed) > _MOST_VECTORS)
        painted.set_urls([_address(entry) for _, _, entry in here])
    if large:
        _signs(axes, [(x, y, entry, _sign(report, entry)) for x, y, entry in placed], palette)
    _legend(figure, report, palette, glyphs=large)
    return figure


def _paint(axes: Axes, boxes: Sequence[_Box], colour: str) -> PolyCollection:
    """Fill boxes with one colour."""
    corners = [
        [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        for x, y, width, height in boxes
    ]
    shape = np.array(corners, dtype=float).reshape(-1, 4, 2)
    # Matplotlib accepts an array, and handles it faster; its stub allows sequences alone.
    painted = PolyCollection(shape, facecolors=colour, edgecolors="none")  # type: ignore[arg-type]
    axes.add_collection(painted, autolim=False)
    return painted


def _outline(glyph: str) -> MplPath:
    """Return the shape of a sign, centred at 0."""
    drawn = TextPath((0, 0), glyph, size=10)
    box = drawn.get_extents()
    return MplPath(drawn.vertices - (box.p0 + box.p1) / 2, drawn.codes)


def _sign(report: Report, entry: Entry) -> str:
    """Return what stands in a box: where an example failed, the number of predicted breaks."""
    breaks = report.predicted.get((entry.example, entry.column.key), ())
    if entry.verdict is Verdict.FAILED and breaks:
        return str(len(breaks))
    return phrases.glyph(entry)


def _signs(axes: Axes, placed: Sequence[tuple[int, int, Entry, str]], palette: Palette) -> None:
    """Draw the signs, each in the middle of its box, and frames around baselines."""
    marked = {sign: entry.verdict for _, _, entry, sign in placed}
    for sign, verdict in marked.items():
        here = [one for one in placed if one[3] == sign]
        ink = palette.ink(verdict)
        xs, ys = [x + 0.5 for x, *_ in here], [y + 0.5 for _, y, *_ in here]
        # A marker is as large as its longer side, which of two digits is their width.
        size = 64 if sign.isdigit() and len(sign) > 1 else 42
        signs = axes.scatter(xs, ys, s=size, marker=_outline(sign), color=ink, linewidths=0)
        signs.set_rasterized(len(placed) > _MOST_VECTORS)
        signs.set_urls([_address(entry) for _, _, entry, _ in here])
    baselines = [(x, y) for x, y, entry, _ in placed if entry.is_baseline]
    frames = [Rectangle((x + 0.1, y + 0.1), 0.8, 0.8) for x, y in baselines]
    edge = palette.colours["ring"]
    axes.add_collection(PatchCollection(frames, facecolor="none", edgecolor=edge, linewidth=1))


def _best_verdicts(report: Report, example: str) -> dict[str, Verdict]:
    """Return the best verdict on an example with each release with which it was tried."""
    found: dict[str, Verdict] = {}
    for column in report.columns:
        entry = report.entry(example, column)
        if entry is not None:
            known = (found.get(column.release, entry.verdict), entry.verdict)
            found[column.release] = min(known, key=phrases.ORDER.index)
    return found


def draw_bars(report: Report, palette: Palette) -> Figure:
    """Return the figure of where each example works: a bar over the releases."""
    lines = _lines(report)
    releases = list(dict.fromkeys(column.release for column in report.columns))
    labels = [_shortened(release, _LONGEST_LABEL) for release in releases]
    left, height = _left(lines), _ROW * len(lines)
    top = 30 + _LETTER * max(map(len, labels), default=0)
    figure = _figure(top + height + 8, palette)
    axes = _axes(figure, palette, left, top, height, right=_RANGE_WIDTH)
    _label_lines(axes, lines)
    _label_columns(axes, labels, (_WIDTH - left - _RANGE_WIDTH) / max(len(releases), 1))
    boxes: dict[Verdict, list[_Box]] = {}
    for y, (_, example) in enumerate(lines):
        if example is None:
            continue
        best = _best_verdicts(report, example)
        for verdict, start, end in _segments([best.get(release) for release in releases]):
            boxes.setdefault(verdict, []).append((start, y + 0.2, end - start, 0.6))
        axes.text(len(releases) * 1.01, y + 0.5, _range(report, example), va="center",
                  color=palette.colours["soft"], clip_on=False)  # fmt: skip
    for verdict, found in boxes.items():
        _paint(axes, found, palette.fill(verdict))
    _legend(figure, report, palette, glyphs=False)
    return figure


def _segments(verdicts: Sequence[Verdict | None]) -> Iterator[tuple[Verdict, int, int]]:
    """Yield each sequence of one verdict with its first place and the one after its last."""
    at = 0
    for verdict, group in groupby(verdicts):
        length = len(list(group))
        if verdict is not None:
            yield verdict, at, at + length
        at += length


def _range(report: Report, example: str) -> str:
    """Return the oldest and the newest release with the same result: there is no room for more."""
    same = ranges.ranges_with(report, example, frozenset({Verdict.SAME}))
    return visible(ranges.text(ranges.outermost(same))) if same else "never the same"


def draw_similarity(report: Report, palette: Palette) -> Figure | None:
    """Return how similar the environments of each two releases are; None if there is only one."""
    columns = environments(report)
    if len(columns) < 2:
        return None
    several = len(report.campaigns) > 1
    names = [f"{c.release} {c.campaign}" if several else c.release for c in columns]
    labels = [_shortened(name, _LONGEST_LABEL) for name in names]
    margin = 14 + _LETTER * max(map(len, labels))
    side = (_WIDTH - 2 * margin - 60) / 2
    height = side + margin + 34
    figure = _figure(height, palette)
    image: Any = None
    for number, (title, versions) in enumerate((("packages", False), ("with versions", True))):
        left = margin + number * (side + margin)
        axes = _axes(figure, palette, left, margin + 18, side, right=_WIDTH - left - side)
        image = axes.imshow(similarity(columns, versions=versions), vmin=0, vmax=1, cmap="cividis",
                            extent=(0, len(labels), len(labels), 0), aspect="auto")  # fmt: skip
        _label_columns(axes, labels, side / len(labels))
        step = _step(side / len(labels))
        axes.set_yticks([place + 0.5 for place in range(0, len(labels), step)])
        axes.set_yticklabels(labels[::step])
        figure.text(left / _WIDTH, 1 - 16 / height, title, fontweight="bold",
                    color=palette.colours["text"])  # fmt: skip
    box = ((_WIDTH - 44) / _WIDTH, 16 / height, 8 / _WIDTH, side / height)
    scale = figure.colorbar(image, cax=figure.add_axes(box))
    scale.ax.tick_params(length=0, labelcolor=palette.colours["text"])
    scale.outline.set_visible(False)
    return figure
