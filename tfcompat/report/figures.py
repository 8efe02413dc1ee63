"""The report as pictures for a README or a paper: the grid, the bars, the likeness of environments.

Each is drawn for a light page and for a dark one, about 830 points wide: what a README shows.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path as MplPath
from matplotlib.textpath import TextPath

from tfcompat.report import phrases
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
_LETTER = 5.3  # points that a letter takes of a line, on the average
_LONGEST, _LONGEST_LABEL = 46, 22  # letters of a name, and of a release
_DPI = 144  # two pixels a point at 72: sharp on a dense screen
_WIDEST = 26.0  # a column
_GAP = 0.06  # around a cell, of its side
_GLYPHS_FROM = 8.0  # a column narrower than this has colours alone
_MOST_VECTORS = 4_000  # beyond it, the cells of an SVG are one bitmap
_SETTINGS: dict[Any, object] = {
    "font.family": "DejaVu Sans",
    "font.size": _TEXT,
    "text.parse_math": False,  # a name may have dollar signs
    "svg.fonttype": "none",  # text stays text: it is smaller, and can be searched
    "svg.hashsalt": "tfcompat",  # the same picture is the same file
    "figure.dpi": 72,
    "savefig.dpi": _DPI,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.spines.bottom": False,
}
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Colours:
    """The colours of one scheme, by the names that the page's style gives them."""

    of: dict[str, str]

    def fill(self, verdict: Verdict) -> str:
        """Return what a verdict is painted with."""
        return self.of.get(verdict.value, self.of["raised"])

    def ink(self, verdict: Verdict) -> str:
        """Return what its sign is written with."""
        return self.of.get(f"{verdict.value}-text", self.of["soft"])


def colours(scheme: str) -> Colours:
    """Return the colours of the page in one scheme; its style sheet is where they are set."""
    style = (resources.files("tfcompat.report") / "web" / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", style)[:2]
    found: dict[str, str] = {}
    for block in blocks[: 1 + (scheme == "dark")]:
        found |= dict(re.findall(r"--([\w-]+): (#\w+)", block))
    return Colours(found)


def draw(report: Report, folder: Path, *, formats: Sequence[str]) -> list[Path]:
    """Draw all pictures of a report into a folder and return their paths.

    ``formats`` are ``png`` and ``svg``. Raises OSError where they cannot be written.
    """
    kinds: dict[str, Callable[[Report, Colours], Figure | None]] = {
        "grid": grid,
        "bars": bars,
        "similarity": likeness,
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with mpl.rc_context(_SETTINGS):
        for name, picture in kinds.items():
            for scheme in SCHEMES:
                palette = colours(scheme)
                figure = picture(report, palette)
                if figure is None:
                    continue
                for ending in formats:
                    path = folder / f"{name}{'-dark' if scheme == 'dark' else ''}.{ending}"
                    _save(figure, path, palette)
                    written.append(path)
    return written


def _save(figure: Figure, path: Path, palette: Colours) -> None:
    metadata = {"Date": None} if path.suffix == ".svg" else {}
    figure.savefig(path, facecolor=palette.of["page"], metadata=metadata)


def _figure(height: float, palette: Colours) -> Figure:
    figure = Figure(figsize=(_WIDTH / 72, height / 72), facecolor=palette.of["page"])
    FigureCanvasAgg(figure)
    return figure


def _axes(
    figure: Figure, palette: Colours, left: float, top: float, height: float, right: float = 8.0
) -> Axes:
    """Return axes with a margin at the left, the top and the right, in points."""
    whole = figure.get_figheight() * 72
    box = (left / _WIDTH, 1 - (top + height) / whole, 1 - (left + right) / _WIDTH, height / whole)
    axes = figure.add_axes(box)
    axes.tick_params(length=0, labelcolor=palette.of["text"])
    axes.set_facecolor("none")
    return axes


def _lines(report: Report) -> list[tuple[str, str | None]]:
    """Return the lines of a picture: the name of each family, and below it its examples."""
    lines: list[tuple[str, str | None]] = []
    for family in report.families:
        lines.append((family.name, None))
        lines += [(e.removeprefix(f"{family.name}/"), e) for e in family.examples]
    return lines


def _name_lines(axes: Axes, lines: Sequence[tuple[str, str | None]]) -> None:
    axes.set_ylim(len(lines), 0)
    axes.set_yticks([place + 0.5 for place in range(len(lines))])
    labels = [_shortened(name) for name, _ in lines]
    for label, (_, example) in zip(axes.set_yticklabels(labels), lines, strict=True):
        label.set_fontweight("normal" if example else "bold")
    axes.tick_params(axis="y", pad=3)


def _shortened(name: str, longest: int = _LONGEST) -> str:
    """Return the end of a name, where it is long: there stands what tells it from others."""
    shown = visible(name)
    return shown if len(shown) <= longest else f"…{shown[1 - longest :]}"


def _left(lines: Sequence[tuple[str, str | None]]) -> float:
    return 12 + _LETTER * max((len(_shortened(name)) for name, _ in lines), default=0)


def _name_columns(axes: Axes, labels: Sequence[str], width: float) -> None:
    """Name the columns above them, as many as there is room for."""
    step = _step(width)
    places = range(0, len(labels), step)
    axes.set_xlim(0, len(labels))
    axes.xaxis.tick_top()
    axes.set_xticks([place + 0.5 for place in places])
    axes.set_xticklabels([labels[place] for place in places], rotation=90)
    axes.tick_params(axis="x", pad=2)


def _step(width: float) -> int:
    """Return of how many places of a width one can have a name."""
    return max(1, math.ceil((_TEXT + 2) / width))


def _labels(report: Report) -> list[str]:
    """Return the names of the columns, as short as they can be told from each other."""
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


def _legend(figure: Figure, report: Report, palette: Colours, *, glyphs: bool) -> None:
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
        said = f"{report.counts[verdict]} {verdict.value}"
        axes.text(left + 16, 13.8, said, va="center", color=palette.of["text"])
        left += 32 + _LETTER * len(said)


def grid(report: Report, palette: Colours) -> Figure:
    """Return the picture of examples by cells: a sign in a colour for each verdict."""
    lines = _lines(report)
    labels = _labels(report)
    left, height = _left(lines), _ROW * len(lines)
    top = 30 + _LETTER * max(map(len, labels), default=0)
    figure = _figure(top + height + 8, palette)
    width = min(_WIDEST, (_WIDTH - left - 8) / max(len(labels), 1))
    right = _WIDTH - left - width * max(len(labels), 1)
    axes = _axes(figure, palette, left, top, height, right=right)
    _name_lines(axes, lines)
    _name_columns(axes, labels, width)
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
        here = [(x + gap, y + gap) for x, y, entry in placed if entry.verdict is verdict]
        boxes = [(x, y, 1 - 2 * gap, 1 - 2 * gap) for x, y in here]
        _paint(axes, boxes, palette.fill(verdict)).set_rasterized(len(placed) > _MOST_VECTORS)
    if large:
        _signs(axes, placed, palette)
    _legend(figure, report, palette, glyphs=large)
    return figure


def _paint(
    axes: Axes, boxes: Sequence[tuple[float, float, float, float]], colour: str
) -> PolyCollection:
    """Paint boxes of left, top, width and height in one colour."""
    corners = [
        [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        for x, y, width, height in boxes
    ]
    shape = np.array(corners, dtype=float).reshape(-1, 4, 2)
    # An array is taken as a whole; its stub knows of sequences alone.
    painted = PolyCollection(shape, facecolors=colour, edgecolors="none")  # type: ignore[arg-type]
    axes.add_collection(painted, autolim=False)
    return painted


def _outline(glyph: str) -> MplPath:
    """Return the shape of a sign, around its middle."""
    drawn = TextPath((0, 0), glyph, size=10)
    box = drawn.get_extents()
    return MplPath(drawn.vertices - (box.p0 + box.p1) / 2, drawn.codes)


def _signs(axes: Axes, placed: Sequence[tuple[int, int, Entry]], palette: Colours) -> None:
    marked = {phrases.glyph(entry): entry.verdict for _, _, entry in placed}
    for glyph, verdict in marked.items():
        here = [(x + 0.5, y + 0.5) for x, y, entry in placed if phrases.glyph(entry) == glyph]
        ink = palette.ink(verdict)
        xs, ys = zip(*here, strict=True)
        signs = axes.scatter(xs, ys, s=42, marker=_outline(glyph), color=ink, linewidths=0)
        signs.set_rasterized(len(placed) > _MOST_VECTORS)
    baselines = [(x, y) for x, y, entry in placed if entry.is_baseline]
    frames = [Rectangle((x + 0.1, y + 0.1), 0.8, 0.8) for x, y in baselines]
    edge = palette.of["ring"]
    axes.add_collection(PatchCollection(frames, facecolor="none", edgecolor=edge, linewidth=1))


_SAID = 120.0  # points beside the bars, for what they say


def _states(report: Report, example: str) -> dict[str, Verdict]:
    """Return the best verdict on an example with each release that it was tried with."""
    found: dict[str, Verdict] = {}
    for column in report.columns:
        entry = report.entry(example, column)
        if entry is not None:
            known = (found.get(column.release, entry.verdict), entry.verdict)
            found[column.release] = min(known, key=phrases.ORDER.index)
    return found


def bars(report: Report, palette: Colours) -> Figure:
    """Return the picture of where each example works: a bar over the releases."""
    lines = _lines(report)
    releases = list(dict.fromkeys(column.release for column in report.columns))
    labels = [_shortened(release, _LONGEST_LABEL) for release in releases]
    left, height = _left(lines), _ROW * len(lines)
    top = 30 + _LETTER * max(map(len, labels), default=0)
    figure = _figure(top + height + 8, palette)
    axes = _axes(figure, palette, left, top, height, right=_SAID)
    _name_lines(axes, lines)
    _name_columns(axes, labels, (_WIDTH - left - _SAID) / max(len(releases), 1))
    boxes: dict[Verdict, list[tuple[float, float, float, float]]] = {}
    for y, (_, example) in enumerate(lines):
        if example is None:
            continue
        states = _states(report, example)
        for verdict, start, end in _segments([states.get(release) for release in releases]):
            boxes.setdefault(verdict, []).append((start, y + 0.2, end - start, 0.6))
        axes.text(len(releases) * 1.01, y + 0.5, _range(states), va="center",
                  color=palette.of["soft"], clip_on=False)  # fmt: skip
    for verdict, found in boxes.items():
        _paint(axes, found, palette.fill(verdict))
    _legend(figure, report, palette, glyphs=False)
    return figure


def _segments(states: Sequence[Verdict | None]) -> Iterator[tuple[Verdict, int, int]]:
    """Yield each stretch of one verdict with its first place and the one behind its last."""
    at = 0
    for verdict, group in groupby(states):
        length = len(list(group))
        if verdict is not None:
            yield verdict, at, at + length
        at += length


def _range(states: dict[str, Verdict]) -> str:
    same = [release for release, verdict in states.items() if verdict is Verdict.SAME]
    if not same:
        return "never the same"
    return same[0] if len(same) == 1 else f"{visible(same[0])} … {visible(same[-1])}"


def likeness(report: Report, palette: Colours) -> Figure | None:
    """Return how alike the environments of each two releases are; None where there is but one."""
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
        _name_columns(axes, labels, side / len(labels))
        step = _step(side / len(labels))
        axes.set_yticks([place + 0.5 for place in range(0, len(labels), step)])
        axes.set_yticklabels(labels[::step])
        figure.text(left / _WIDTH, 1 - 16 / height, title, fontweight="bold",
                    color=palette.of["text"])  # fmt: skip
    box = ((_WIDTH - 44) / _WIDTH, 16 / height, 8 / _WIDTH, side / height)
    scale = figure.colorbar(image, cax=figure.add_axes(box))
    scale.ax.tick_params(length=0, labelcolor=palette.of["text"])
    scale.outline.set_visible(False)
    return figure
